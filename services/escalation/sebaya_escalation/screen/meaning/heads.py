"""The trained heads: from what a text means and how it is spelt to a probability for each level.

The weights are `weights.npz`, made by `make screen-model` (see screen/MODEL_CARD.md). For each of
the questions "amber or above", "red or above" and "imminent" the file holds

    an ensemble of small networks on the embedding      (DIMENSIONS -> hidden -> levels and kinds)
    one linear map on the hashed letters                (BUCKETS -> level, in 8 bits)
    a logistic combination of both, of their highest passages, and of what the rules said
    the threshold above which the level counts
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ..model import Construct, Level
from ..normal import unmask
from .embedder import Embedder
from .letters import hash_letters
from .networks import Network, predict
from .passages import Passage, cut_passages

LEVELS = (Level.AMBER, Level.RED, Level.IMMINENT)
WEIGHTS = "weights.npz"
Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the second stage makes of one text.

    `probabilities` are those of amber or above, red or above, and imminent, calibrated on families
    that the heads were not trained on. `[start, end)` is the passage that decided.
    """

    level: Level
    probabilities: tuple[float, float, float]
    construct: Construct | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heads:
    """The weights of one training run, ready for use."""

    version: str
    centre: Numbers
    spread: Numbers
    networks: tuple[Network, ...]
    letters: NDArray[np.int8]
    letter_scale: Numbers
    letter_bias: Numbers
    combination: Numbers
    thresholds: tuple[float, float, float]
    kinds: tuple[Construct, ...]

    def judge(self, text: str, rules: Level, embedder: Embedder) -> Meaning:
        """Judge a text beside what the rules said of it."""
        plain, starts, ends = unmask(text)
        passages = cut_passages(plain)
        scores, kinds = self.score_texts([plain, *(one.text for one in passages)], embedder)
        features = combine_features(scores, rules, len(plain.split()))
        logits = (features * self.combination).sum(axis=1)
        probabilities = 1 / (1 + np.exp(-logits))
        decided = _find_deciding(scores, passages, plain)
        level = self._level(probabilities)
        return Meaning(
            level,
            (float(probabilities[0]), float(probabilities[1]), float(probabilities[2])),
            self.kinds[int(kinds[0].argmax())] if level > Level.NONE else None,
            starts[decided.start] if plain else 0,
            ends[decided.end - 1] if plain else 0,
        )

    def score_texts(self, texts: list[str], embedder: Embedder) -> tuple[Numbers, Numbers]:
        """Score texts: shape (texts, 2, levels), networks first, letters second; and their kinds."""
        vectors = (embedder.embed(texts) - self.centre) / self.spread
        outputs = np.mean([predict(network, vectors) for network in self.networks], axis=0)
        spelt = np.stack([self._score_letters(text) for text in texts])
        scores = np.stack([outputs[:, : len(LEVELS)], spelt], axis=1)
        return scores.astype(np.float32), outputs[:, len(LEVELS) :]

    def _score_letters(self, text: str) -> Numbers:
        buckets, weights = hash_letters(text.lower())
        summed: Numbers = weights @ self.letters[buckets].astype(np.float32)
        return summed * self.letter_scale + self.letter_bias

    def _level(self, probabilities: Numbers) -> Level:
        """The highest level whose threshold is met; a level counts only above the ones below it."""
        reached = Level.NONE
        for level, probability, threshold in zip(
            LEVELS, probabilities, self.thresholds, strict=True
        ):
            if probability < threshold:
                break
            reached = level
        return reached


def combine_features(scores: Numbers, rules: Level, words: int) -> Numbers:
    """Combine the scores of a text (first row) and its passages: shape (levels, FEATURES)."""
    whole, passages = scores[0], scores[1:]
    is_long = 1.0 if len(passages) else 0.0
    joined = passages.sum(axis=1) if len(passages) else np.zeros((1, len(LEVELS)), np.float32)
    ordered = np.sort(joined, axis=0)
    highest, second = ordered[-1], ordered[-2] if len(ordered) > 1 else ordered[-1]
    said = [float(rules >= level) for level in LEVELS]
    rows = [
        [
            1.0,
            whole[0, at],
            whole[1, at],
            is_long,
            is_long * whole[0, at],
            is_long * whole[1, at],
            is_long * highest[at],
            is_long * second[at],
            *said,
            float(np.log1p(words)),
        ]
        for at in range(len(LEVELS))
    ]
    return np.asarray(rows, dtype=np.float32)


def _find_deciding(scores: Numbers, passages: list[Passage], text: str) -> Passage:
    if not passages:
        return Passage(text, 0, len(text))
    return passages[int(scores[1:, :, 0].sum(axis=1).argmax())]


@cache
def load_heads() -> Heads:
    """Load the weights that ship with the package."""
    with (resources.files(__package__) / WEIGHTS).open("rb") as file:
        stored = np.load(file)
        about = json.loads(bytes(stored["about"]))
        networks = tuple(
            tuple(stored[f"network{at}_{part}"].astype(np.float32) for part in range(4))
            for at in range(about["networks"])
        )
        return Heads(
            version=about["version"],
            centre=stored["centre"].astype(np.float32),
            spread=stored["spread"].astype(np.float32),
            networks=networks,  # type: ignore[arg-type] # four arrays each
            letters=stored["letters"],
            letter_scale=stored["letter_scale"],
            letter_bias=stored["letter_bias"],
            combination=stored["combination"],
            thresholds=tuple(about["thresholds"]),
            kinds=tuple(Construct(kind) for kind in about["kinds"]),
        )
