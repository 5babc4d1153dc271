"""How often the screen is right on labelled texts, with intervals."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sebaya_cli.labelled_texts import LabelledText
from sebaya_escalation.screen import Level, screen
from sebaya_escalation.screen.meaning import MeaningModel, raise_by_meaning

# 95 % of a normal distribution.
Z = 1.959964
BINS = 10


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
    """A labelled text and what the screen said of it.

    `score` orders texts: the rules' score, or the second stage's probability of an alert.
    """

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
    by_level: dict[Level, Share]
    """Risky texts of each level at amber or above."""
    red_at_red: Share
    imminent_at_red: Share
    imminent_at_imminent: Share
    benign_alerted: Share
    benign_at_red: Share
    separation: float
    """The area under the ROC curve of the score: how often a risky text scores above a benign
    one. NaN where one of both is missing."""
    calibration_error: float
    """How far the second stage's probabilities are from the shares that are risky; NaN of the rules
    alone."""


def judge_texts(texts: Iterable[LabelledText], model: MeaningModel | None = None) -> list[Judged]:
    """Judge every text with both stages, or with the rules alone where there is no model."""
    judged = []
    for text in texts:
        rules = screen(text.text)
        if model is None:
            judged.append(Judged(text, rules.level, rules.score))
        else:
            meaning = model.judge(text.text, rules)
            level = raise_by_meaning(rules, meaning).level
            judged.append(Judged(text, level, meaning.probability))
    return judged


def compute_figures(judged: Sequence[Judged], probable: bool = False) -> list[Figures]:
    """Compute the figures of each language, in the order of their names.

    `probable` says that the scores are probabilities, so that their calibration can be measured.
    """
    languages = sorted({one.text.lang for one in judged})
    return [
        _figures(lang, [one for one in judged if one.text.lang == lang], probable)
        for lang in languages
    ]


def _figures(lang: str, judged: Sequence[Judged], probable: bool) -> Figures:
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
        by_level={
            level: _share([one for one in risky if one.text.level is level], Level.AMBER)
            for level in (Level.AMBER, Level.RED, Level.IMMINENT)
        },
        red_at_red=_share([one for one in risky if one.text.level is Level.RED], Level.RED),
        imminent_at_red=_share(imminent, Level.RED),
        imminent_at_imminent=_share(imminent, Level.IMMINENT),
        benign_alerted=_share(benign, Level.AMBER),
        benign_at_red=_share(benign, Level.RED),
        separation=measure_separation([one.score for one in risky], [one.score for one in benign]),
        calibration_error=measure_calibration(judged) if probable else math.nan,
    )


def _share(judged: Sequence[Judged], level: Level) -> Share:
    return Share(sum(one.level >= level for one in judged), len(judged))


def measure_calibration(judged: Sequence[Judged]) -> float:
    """Measure the expected calibration error over BINS equal bins (Naeini et al. 2015)."""
    bins: list[list[Judged]] = [[] for _ in range(BINS)]
    for one in judged:
        bins[min(int(one.score * BINS), BINS - 1)].append(one)
    return sum(
        abs(sum(one.score for one in inside) - sum(one.text.level > Level.NONE for one in inside))
        for inside in bins
    ) / len(judged)


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
