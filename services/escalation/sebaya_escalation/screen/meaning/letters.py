"""Letter groups and words of a text as hashed features.

They see what an embedding of whole sentences blurs: spelling, endings, regional words.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18
SHORTEST, LONGEST = 2, 5


def hash_letters(plain: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Hash a plain (lower-case) text into bucket numbers and their weights.

    The weights are 1 + ln(count), and the vector they make has length 1.
    """
    counts: dict[int, int] = {}
    words = plain.split()
    for word in words:
        padded = f" {word} ".encode("utf-8", "replace")
        for size in range(SHORTEST, LONGEST + 1):
            for at in range(max(1, len(padded) - size + 1)):
                _count(counts, b"c" + padded[at : at + size])
    for at, word in enumerate(words):
        _count(counts, f"w{word}".encode("utf-8", "replace"))
        if at:
            _count(counts, f"b{words[at - 1]} {word}".encode("utf-8", "replace"))
    buckets = np.fromiter(counts, dtype=np.int64, count=len(counts))
    weights = 1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    length = float(np.sqrt((weights**2).sum())) or 1.0
    return buckets, (weights / length).astype(np.float32)


def _count(counts: dict[int, int], group: bytes) -> None:
    bucket = zlib.crc32(group) % BUCKETS
    counts[bucket] = counts.get(bucket, 0) + 1
