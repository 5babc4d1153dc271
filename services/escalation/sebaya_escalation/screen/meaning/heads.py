"""The trained heads: from what a text means and how it is spelt to a probability for each level.

The weights are `weights.npz`, made by `make screen-model` (docs/screening-model.md). For each of
the questions "amber or above", "red or above" and "imminent" the file holds

    an ensemble of small networks on the embedding      (DIMENSIONS -> hidden -> levels and kinds)
    one linear map on the hashed letters                (BUCKETS -> level, in 8 bits)
    a logistic combination of both, of their highest passages, and of what the rules said
    the threshold above which the level counts

and the vectors of the own examples that an alert's reason names.
"""

import json
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ..model import Construct, Level, Screening
from .letters import hash_letters
from .networks import Network

LEVELS = (Level.AMBER, Level.RED, Level.IMMINENT)
WEIGHTS = "weights.npz"
# What a kind of the corpus is called in an alert's reason.
CONSTRUCTS = {
    "suicide": Construct.SUICIDAL_THOUGHTS,
    "self_harm": Construct.SELF_HARM,
    "overdose": Construct.DANGER_NOW,
    "abuse": Construct.ABUSE,
    "sexual": Construct.ABUSE,
    "threatened": Construct.VIOLENCE_SUFFERED,
    "violence": Construct.VIOLENCE_THREAT,
    "eating": Construct.EATING,
    "running_away": Construct.RUNNING_AWAY,
    "friend_at_risk": Construct.CONCERN_FOR_OTHER,
}
KINDS = tuple(CONSTRUCTS)
Numbers = NDArray[np.float32]


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
    examples: Numbers

    def standardize(self, vectors: Numbers) -> Numbers:
        """Shift and scale embeddings to what the networks were trained on."""
        scaled: Numbers = (vectors - self.centre) / self.spread
        return scaled

    def score_texts(self, standard: Numbers, texts: list[str]) -> tuple[Numbers, Numbers]:
        """Score texts: (texts, 2, levels), networks before letters; and the kinds."""
        outputs = np.mean([network.predict(standard) for network in self.networks], axis=0)
        spelt = np.stack([self._score_letters(text) for text in texts])
        scores = np.stack([outputs[:, : len(LEVELS)], spelt], axis=1)
        return scores.astype(np.float32), outputs[:, len(LEVELS) :]

    def _score_letters(self, text: str) -> Numbers:
        buckets, weights = hash_letters(text.lower())
        summed: Numbers = weights @ self.letters[buckets].astype(np.float32)
        return summed * self.letter_scale + self.letter_bias

    def combine(self, scores: Numbers, rules: Screening, words: int) -> Numbers:
        """Combine scores and rules to the probability of each level."""
        logits = (combine_features(scores, rules, words) * self.combination).sum(axis=1)
        probabilities: Numbers = 1 / (1 + np.exp(-logits))
        return probabilities

    def decide(self, probabilities: Numbers) -> Level:
        """Decide the highest level whose threshold is met, whatever the lower ones' say."""
        met = [
            level
            for level, probability, threshold in zip(
                LEVELS, probabilities, self.thresholds, strict=True
            )
            if probability >= threshold
        ]
        return met[-1] if met else Level.NONE


def combine_features(scores: Numbers, rules: Screening, words: int) -> Numbers:
    """Combine the scores of a text (first row) and its passages: shape (levels, features)."""
    whole, passages = scores[0], scores[1:]
    is_long = 1.0 if len(passages) else 0.0
    joined = passages.sum(axis=1) if len(passages) else np.zeros((1, len(LEVELS)), np.float32)
    ordered = np.sort(joined, axis=0)
    highest, second = ordered[-1], ordered[-2] if len(ordered) > 1 else ordered[-1]
    said = [float(rules.level >= level) for level in LEVELS]
    # Words of danger that the rules saw, and lowered for their context ("not", "she", "in the
    # film").
    lowered = float(any(reason.tags for reason in rules.reasons))
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
            lowered,
            float(np.log1p(words)),
        ]
        for at in range(len(LEVELS))
    ]
    return np.asarray(rows, dtype=np.float32)


def load_heads() -> Heads:
    """Load the weights that ship with the package."""
    with (resources.files(__package__) / WEIGHTS).open("rb") as file:
        stored = np.load(file)
        about = json.loads(bytes(stored["about"]))
        networks = tuple(
            Network(*(stored[f"network{at}_{part}"].astype(np.float32) for part in range(4)))
            for at in range(about["networks"])
        )
        return Heads(
            version=about["version"],
            centre=stored["centre"].astype(np.float32),
            spread=stored["spread"].astype(np.float32),
            networks=networks,
            letters=stored["letters"],
            letter_scale=stored["letter_scale"],
            letter_bias=stored["letter_bias"],
            combination=stored["combination"],
            thresholds=tuple(about["thresholds"]),
            examples=stored["examples"].astype(np.float32) / 127,
        )
