"""Train one small network by Adam with weight decay (Kingma and Ba 2015; Loshchilov and Hutter
2019), and dropout.
"""

import numpy as np
from numpy.typing import NDArray

from sebaya_escalation.screen.meaning.networks import Network, Numbers

HIDDEN = 128
EPOCHS = 20
BATCH = 256
RATE = 2e-3
DECAY = 1e-3
# Without dropping inputs and hidden units the networks learn the corpus by heart.
KEEP_INPUT, KEEP_HIDDEN = 0.9, 0.7
# The kinds are learnt beside the levels: they help the hidden layer, and weigh less.
LEVEL_ANSWERS, KIND_WEIGHT = 3, 0.3
# A risky text is also to score above the benign ones of its own family, which share its words.
BENIGN_A_PAIR = 4
Pairs = NDArray[np.int64]


def list_pairs(families: NDArray[np.str_], risky: NDArray[np.bool_]) -> Pairs:
    """List each risky text with the first benign ones of its family: shape (pairs, 2)."""
    benign: dict[str, list[int]] = {}
    for at in np.flatnonzero(~risky):
        benign.setdefault(families[at], []).append(int(at))
    pairs = [
        (int(at), other)
        for at in np.flatnonzero(risky)
        for other in benign.get(families[at], [])[:BENIGN_A_PAIR]
    ]
    return np.array(pairs)


def train_network(
    vectors: Numbers, targets: Numbers, counts: Numbers, pairs: Pairs, seed: int
) -> Network:
    """Train on rows of vectors and of answers from 0 to 1; the seed makes it repeatable.

    `counts` are how often each row counts; `pairs` are rows of which the first is to score above
    the second.
    """
    random = np.random.default_rng(seed)
    rows, width = vectors.shape
    answers = targets.shape[1]
    parts = [
        random.normal(0, np.sqrt(2 / width), (width, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        random.normal(0, np.sqrt(1 / HIDDEN), (HIDDEN, answers)).astype(np.float32),
        np.zeros(answers, np.float32),
    ]
    weights = np.full(answers, KIND_WEIGHT, np.float32)
    weights[:LEVEL_ANSWERS] = 1
    means, squares = [np.zeros_like(one) for one in parts], [np.zeros_like(one) for one in parts]
    step, steps = 0, EPOCHS * (rows // BATCH + 1)
    for _ in range(EPOCHS):
        order = random.permutation(rows)
        for start in range(0, rows, BATCH):
            chosen = order[start : start + BATCH]
            drawn = pairs[random.integers(0, len(pairs), BATCH // 2)].T.ravel()
            inputs = vectors[np.concatenate([chosen, drawn])]
            counted = weights * counts[chosen, None]
            gradients = _find_gradients(parts, inputs, targets[chosen], counted, random)
            step += 1
            _take_step(parts, gradients, means, squares, step, RATE * (1 - step / steps) + 1e-5)
    return Network(*parts)


def _find_gradients(
    parts: list[Numbers],
    vectors: Numbers,
    targets: Numbers,
    weights: Numbers,
    random: np.random.Generator,
) -> list[Numbers]:
    """Find the gradients of rows with targets, and of the pairs that follow them."""
    inputs = vectors * _draw_mask(vectors, KEEP_INPUT, random)
    hidden = np.maximum(inputs @ parts[0] + parts[1], 0)
    mask = _draw_mask(hidden, KEEP_HIDDEN, random)
    dropped = hidden * mask
    logits = dropped @ parts[2] + parts[3]
    answers = 1 / (1 + np.exp(-logits))
    errors = np.zeros_like(answers)
    errors[: len(targets)] = (answers[: len(targets)] - targets) * weights / len(targets)
    above, below = np.split(logits[len(targets) :, 0], 2)
    push = 1 / (1 + np.exp(above - below)) / len(above)
    errors[len(targets) :, 0] = np.concatenate([-push, push])
    back = (errors @ parts[2].T) * mask * (hidden > 0)
    return [inputs.T @ back, back.sum(axis=0), dropped.T @ errors, errors.sum(axis=0)]


def _draw_mask(like: Numbers, keep: float, random: np.random.Generator) -> Numbers:
    # One byte a unit is enough of a random number, and drawn four times as fast.
    kept = round(keep * 256)
    drawn = random.integers(0, 256, like.shape, dtype=np.uint8) < kept
    mask: Numbers = drawn.astype(np.float32) * np.float32(256 / kept)
    return mask


def _take_step(
    parts: list[Numbers],
    gradients: list[Numbers],
    means: list[Numbers],
    squares: list[Numbers],
    step: int,
    rate: float,
) -> None:
    for at, gradient in enumerate(gradients):
        means[at] = 0.9 * means[at] + 0.1 * gradient
        squares[at] = 0.999 * squares[at] + 0.001 * gradient**2
        mean, square = means[at] / (1 - 0.9**step), squares[at] / (1 - 0.999**step)
        decay = DECAY * parts[at] if parts[at].ndim == 2 else 0
        parts[at] -= rate * (mean / (np.sqrt(square) + 1e-8) + decay)
