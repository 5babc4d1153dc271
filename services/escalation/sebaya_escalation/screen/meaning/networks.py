"""One small network: a hidden layer, and a logit for each answer."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]


class Network(NamedTuple):
    """Weights and biases of the hidden layer, weights and biases of the answers."""

    inner: Numbers
    inner_bias: Numbers
    outer: Numbers
    outer_bias: Numbers

    def predict(self, vectors: Numbers) -> Numbers:
        """Compute the logits of each answer: shape (rows, answers)."""
        hidden = np.maximum(vectors @ self.inner + self.inner_bias, 0)
        logits: Numbers = hidden @ self.outer + self.outer_bias
        return logits
