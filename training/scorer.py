"""Networks and letter maps trained on some of the corpus, and their combination on what they did
not see.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from sebaya_escalation.screen.meaning.embedder import Vectors
from sebaya_escalation.screen.meaning.heads import LEVELS, combine_features
from sebaya_escalation.screen.meaning.networks import Numbers
from training.features import Features
from training.networks import list_pairs, train_network

FOLDS = 5
ENSEMBLE = 3
# Most messages of a school are ordinary ones, of which the corpus has few.
ORDINARY_COUNTS = 3.0
LETTER_STRENGTH = 4.0  # scikit-learn's C, chosen by the folds' recall


class Scorer:
    """Networks on the embedding and linear maps on the letters, trained on some of the texts."""

    def __init__(self, features: Features, chosen: NDArray[np.int64]) -> None:
        self.centre = features.vectors[chosen].mean(axis=0)
        self.spread = features.vectors[chosen].std(axis=0)
        vectors = (features.vectors[chosen] - self.centre) / self.spread
        targets = features.targets[chosen]
        pairs = list_pairs(features.families[chosen], targets[:, 0] > 0)
        counts = np.where(features.ordinary[chosen], np.float32(ORDINARY_COUNTS), np.float32(1))
        self.networks = [
            train_network(vectors, targets, counts, pairs, seed) for seed in range(ENSEMBLE)
        ]
        self.maps = [
            LogisticRegression(C=LETTER_STRENGTH, solver="liblinear", random_state=0).fit(
                features.letters[chosen], targets[:, at], sample_weight=counts
            )
            for at in range(len(LEVELS))
        ]

    def score(self, vectors: Vectors, letters: csr_matrix) -> Numbers:
        """Score texts: shape (texts, 2, levels), networks first, letters second."""
        standard = (vectors - self.centre) / self.spread
        outputs = np.mean([network.predict(standard) for network in self.networks], axis=0)
        spelt = np.stack([one.decision_function(letters) for one in self.maps], axis=1)
        return np.stack([outputs[:, : len(LEVELS)], spelt], axis=1).astype(np.float32)

    def combine(self, features: Features, chosen: NDArray[np.int64]) -> list[Numbers]:
        """Make the combination's features of the chosen texts: each of shape (levels, features)."""
        whole = self.score(features.vectors[chosen], features.letters[chosen])
        inside = np.flatnonzero(np.isin(features.owners, chosen))
        parts = np.zeros((0, 2, len(LEVELS)), np.float32)
        if len(inside):
            parts = self.score(features.passage_vectors[inside], features.passage_letters[inside])
        owners = features.owners[inside]
        return [
            combine_features(
                np.concatenate([whole[at : at + 1], parts[owners == text]]),
                features.rules[text],
                features.words[text],
            )
            for at, text in enumerate(chosen)
        ]


def combine_out_of_fold(features: Features) -> Numbers:
    """Score every text by folds that never saw its family: shape (texts, levels, features)."""
    combined: list[Numbers] = [np.zeros(0, np.float32)] * len(features)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=0)
    for seen, unseen in folds.split(features.vectors, groups=features.families):
        parts = Scorer(features, seen).combine(features, unseen)
        for text, part in zip(unseen, parts, strict=True):
            combined[text] = part
    return np.stack(combined)


def fit_combination(combined: Numbers, targets: Numbers) -> Numbers:
    """Fit the logistic combination of each level: shape (levels, features)."""
    fitted = [
        LogisticRegression(C=1.0, fit_intercept=False, max_iter=2000).fit(
            combined[:, at], targets[:, at]
        )
        for at in range(len(LEVELS))
    ]
    return np.concatenate([one.coef_ for one in fitted]).astype(np.float32)
