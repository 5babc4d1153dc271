"""How often the screen is right on labelled texts, with intervals."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sebaya_cli.labelled_texts import LabelledText
from sebaya_escalation.screen import Level, screen

# 95 % of a normal distribution.
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some texts, with Wilson's 95 % interval (Wilson 1927)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share itself; NaN of no texts."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Its lower and upper bound, from 0 to 1."""
        if not self.of:
            return 0.0, 1.0
        centre = (self.value + Z**2 / (2 * self.of)) / (1 + Z**2 / self.of)
        spread = Z**2 / (4 * self.of**2) + self.value * (1 - self.value) / self.of
        half = Z * math.sqrt(spread) / (1 + Z**2 / self.of)
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.2f} ({low:.2f}-{high:.2f}, n {self.of})" if self.of else "-"


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled text and what the screen said of it."""

    text: LabelledText
    level: Level
    score: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one language."""

    lang: str
    alerted: Share
    """Risky texts at amber or above."""
    by_kind: dict[str, Share]
    imminent_at_red: Share
    imminent_at_imminent: Share
    benign_alerted: Share
    benign_at_red: Share
    separation: float
    """The area under the ROC curve of the score: how often a risky text scores above a benign
    one. NaN where one of both is missing."""


def judge_texts(texts: Iterable[LabelledText]) -> list[Judged]:
    """Judge every text with the screen as it is."""
    judged = []
    for text in texts:
        screening = screen(text.text)
        judged.append(Judged(text, screening.level, screening.score))
    return judged


def compute_figures(judged: Sequence[Judged]) -> list[Figures]:
    """Compute the figures of each language, in the order of their names."""
    languages = sorted({one.text.lang for one in judged})
    return [_figures(lang, [one for one in judged if one.text.lang == lang]) for lang in languages]


def _figures(lang: str, judged: Sequence[Judged]) -> Figures:
    risky = [one for one in judged if one.text.level > Level.NONE]
    benign = [one for one in judged if one.text.level is Level.NONE]
    imminent = [one for one in risky if one.text.level is Level.IMMINENT]
    kinds = sorted({one.text.kind for one in risky})
    return Figures(
        lang=lang,
        alerted=_share(risky, Level.AMBER),
        by_kind={
            kind: _share([one for one in risky if one.text.kind == kind], Level.AMBER)
            for kind in kinds
        },
        imminent_at_red=_share(imminent, Level.RED),
        imminent_at_imminent=_share(imminent, Level.IMMINENT),
        benign_alerted=_share(benign, Level.AMBER),
        benign_at_red=_share(benign, Level.RED),
        separation=measure_separation([one.score for one in risky], [one.score for one in benign]),
    )


def _share(judged: Sequence[Judged], level: Level) -> Share:
    return Share(sum(one.level >= level for one in judged), len(judged))


def measure_separation(risky: Sequence[float], benign: Sequence[float]) -> float:
    """Measure the area under the ROC curve (Mann and Whitney 1947); a tie counts half."""
    if not risky or not benign:
        return math.nan
    ordered = sorted([(score, 1) for score in risky] + [(score, 0) for score in benign])
    above = 0.0
    seen = at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        tied_risky = sum(is_risky for _, is_risky in ordered[at:end])
        tied_benign = end - at - tied_risky
        above += tied_risky * (seen + tied_benign / 2)
        seen += tied_benign
        at = end
    return above / (len(risky) * len(benign))
