"""Train the second stage's heads from the corpus and write their weights: `make screen-model`.

 1. embed every text and passage once (kept in .sebaya/cache, since this takes most of the time)
 2. five folds by family: networks on the embedding, linear maps on the hashed letters
 3. combine the scores that each family got from folds without it, with what the rules said, by
    logistic regression: this is what calibrates the probabilities
 4. choose each level's threshold by the share of benign texts that may reach it by either stage
 5. train networks and maps again on all families that are not held out, and write the weights
 6. judge the families held out with what was written, and write docs/screening.md

Deterministic on one kind of machine: every random number comes from a seed, on one thread.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sebaya_cli.labelled_texts import LabelledText, read_labelled
from sebaya_cli.screen_figures import Judged, judge_texts
from sebaya_escalation.screen import Screening
from sebaya_escalation.screen.meaning import MeaningModel, ModelUnavailable
from sebaya_escalation.screen.meaning.embedder import E5Embedder
from sebaya_escalation.screen.meaning.heads import Heads, load_heads
from sebaya_escalation.screen.meaning.networks import Numbers
from training.features import CachedEmbedder, Features, list_readings
from training.report import write_report
from training.scorer import Scorer, combine_out_of_fold, fit_combination
from training.weights import PACKAGE, write_weights

CORPUS = Path("corpus")
# The shares of benign twins (they share a risky text's words, so they are harder than what pupils
# mostly write) that may reach amber, red and imminent by either stage; what the second stage may at
# least add where the rules reach a share by themselves; and the shares of ordinary requests, which
# most messages are, that it may raise: a screen that often cries wolf is switched off.
TWIN_SHARES = (0.10, 0.03, 0.010)
LEAST_ADDED = (0.03, 0.012, 0.008)
ORDINARY_SHARES = (0.01, 0.005, 0.003)


def choose_thresholds(
    probabilities: Numbers,
    rules: list[Screening],
    benign: NDArray[np.bool_],
    ordinary: NDArray[np.bool_],
) -> list[float]:
    """Choose the probabilities above which no share is exceeded."""
    said = np.array([one.level.rank for one in rules])
    thresholds = []
    for at, (share, least) in enumerate(zip(TWIN_SHARES, LEAST_ADDED, strict=True)):
        quiet = benign & (said <= at)
        spent = 1 - quiet.sum() / benign.sum()
        added = max(share - spent, least) * benign.sum() / quiet.sum()
        among_twins = np.quantile(probabilities[quiet, at], 1 - added)
        among_ordinary = np.quantile(probabilities[ordinary, at], 1 - ORDINARY_SHARES[at])
        thresholds.append(float(max(among_twins, among_ordinary)))
    return thresholds


def judge_folds(
    texts: list[LabelledText], features: Features, probabilities: Numbers, heads: Heads
) -> list[Judged]:
    """Judge texts by the probabilities that folds without them gave."""
    return [
        Judged(text, max(rules.level, heads.decide(row)), float(row[0]))
        for text, rules, row in zip(texts, features.rules, probabilities, strict=True)
    ]


def main() -> int:
    """Train, write weights and page, and say how large the weights are."""
    try:
        embedder = CachedEmbedder(E5Embedder())
    except ModelUnavailable as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    read = [text for path in sorted(CORPUS.glob("*.tsv")) for text in read_labelled(path)]
    texts = [text for text in read if not text.held_out]
    features = Features(texts, embedder)
    combined = combine_out_of_fold(features)
    combination = fit_combination(combined, features.targets)
    probabilities = 1 / (1 + np.exp(-(combined * combination).sum(axis=2)))
    thresholds = choose_thresholds(
        probabilities,
        features.rules,
        benign=features.targets[:, 0] == 0,
        ordinary=features.ordinary,
    )
    everything = Scorer(features, np.arange(len(texts)))
    version = write_weights(everything, combination, thresholds, features, texts)
    size = sum(path.stat().st_size for path in PACKAGE.glob("*.npz"))
    sys.stdout.write(f"version {version}, {size // 1024} KB, thresholds {thresholds}\n")

    held_out = [text for text in read if text.held_out]
    embedder.embed([reading for text in held_out for reading in list_readings(text.text)])
    heads = load_heads()
    write_report(
        judge_texts(held_out, MeaningModel(heads, embedder)),
        judge_folds(texts, features, probabilities, heads),
        judge_texts(held_out),
        version,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
