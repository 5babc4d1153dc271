"""What the heads see of the corpus: embeddings, hashed letters, passages, and what the rules said.

Embedding takes most of the time, so each text is embedded once in the life of the cache file.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from sebaya_cli.labelled_texts import BENIGN, LabelledText
from sebaya_escalation.screen import screen
from sebaya_escalation.screen.characters import unmask
from sebaya_escalation.screen.meaning.embedder import Embedder, Vectors
from sebaya_escalation.screen.meaning.heads import KINDS, LEVELS
from sebaya_escalation.screen.meaning.letters import BUCKETS, hash_letters
from sebaya_escalation.screen.meaning.passages import cut_passages
from sebaya_escalation.screen.model import Level

CACHE = Path(".sebaya/cache/embeddings.npz")
SAVED_EACH = 2000
GROUP = 50


class CachedEmbedder:
    """Embeds what the cache file does not know yet."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float16]] = {}
        if CACHE.exists():
            stored = np.load(CACHE)
            self._known = dict(zip(stored["names"].tolist(), stored["vectors"], strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as rows, from the cache where they are known."""
        names = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = list(
            {
                name: text
                for name, text in zip(names, texts, strict=True)
                if name not in self._known
            }.items()
        )
        for at in range(0, len(missing), GROUP):
            part = missing[at : at + GROUP]
            vectors = self._embedder.embed([text for _, text in part])
            for (name, _), vector in zip(part, vectors, strict=True):
                self._known[name] = vector.astype(np.float16)
            if at % SAVED_EACH == 0 or at + GROUP >= len(missing):
                sys.stderr.write(f"embedded {at + len(part)} of {len(missing)}\n")
                self._save()
        return np.stack([self._known[name] for name in names]).astype(np.float32)

    def _save(self) -> None:
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        written = CACHE.with_suffix(".part.npz")
        names = sorted(self._known)
        np.savez(written, names=np.array(names), vectors=np.stack([self._known[n] for n in names]))
        written.replace(CACHE)


def list_readings(text: str) -> list[str]:
    """List what is embedded of a text: the whole, and its passages."""
    plain = unmask(text)[0]
    return [plain, *(one.text for one in cut_passages(plain))]


class Features:
    """Everything the heads see of some texts: whole, their passages, and whose these are."""

    def __init__(self, texts: list[LabelledText], embedder: CachedEmbedder) -> None:
        readings = [list_readings(one.text) for one in texts]
        plain = [whole for whole, *_ in readings]
        passages = [inside for _, *inside in readings]
        flat = [text for inside in passages for text in inside]
        self.owners = np.array([at for at, inside in enumerate(passages) for _ in inside], int)
        self.vectors = embedder.embed(plain)
        self.letters = hash_texts(plain)
        self.passage_vectors = embedder.embed(flat)
        self.passage_letters = hash_texts(flat)
        self.words = [len(text.split()) for text in plain]
        self.rules = [screen(one.text) for one in texts]
        self.targets = np.array([make_targets(one) for one in texts], dtype=np.float32)
        self.ordinary = np.array([one.kind == BENIGN for one in texts])
        self.families = np.array([f"{one.lang}/{one.kind}/{one.family}" for one in texts])

    def __len__(self) -> int:
        return len(self.words)


def make_targets(text: LabelledText) -> list[float]:
    """Make the answers a network is to learn: one for each level, one for each kind."""
    levels = [float(text.level >= level) for level in LEVELS]
    return levels + [float(text.level > Level.NONE and text.kind == kind) for kind in KINDS]


def hash_texts(texts: list[str]) -> csr_matrix:
    """Hash texts into a sparse matrix of shape (texts, BUCKETS)."""
    hashed = [hash_letters(text.lower()) for text in texts]
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in hashed)])
    data = np.concatenate([weights for _, weights in hashed])
    buckets = np.concatenate([buckets for buckets, _ in hashed])
    return csr_matrix((data, buckets, ends), shape=(len(texts), BUCKETS))
