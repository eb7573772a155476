"""An encoder without a model: hashed character n-grams. For tests, and where no model may be installed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from duli.files import Progress, content_key, silent
from duli.lm.protocol import Vectors

_BATCH = 1000
_SIZES = (2, 3)
# Knuth's multiplicative hashing, with the odd constants of splitmix64 (Steele et al. 2014).
_MULTIPLIER, _FINAL = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


class FakeEncoder:
    """Texts that share pairs and triples of characters get close vectors, in any script; the same everywhere.

    Args:
        dimension: the length of the vectors, at least 1.
    """

    name = "fake"

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension
        self.revision = content_key("fake", "1", str(dimension))

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, dimension]: signed counts of n-grams (Weinberger et al. 2009)."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(text)
            if (row + 1) % _BATCH == 0 or row + 1 == len(texts):
                progress("encoding names", row + 1, len(texts))
        return vectors

    def _vector(self, text: str) -> NDArray[np.float64]:
        hashes = _grams(text)
        signs = np.where(hashes >> np.uint64(63), 1.0, -1.0)
        places = ((hashes >> np.uint64(20)) % np.uint64(self.dimension)).astype(np.int64)
        counts = np.bincount(places, signs, self.dimension)
        # Never zero: a text of n characters has 2n + 1 n-grams, and an odd number of signs cannot all cancel.
        vector: NDArray[np.float64] = counts / np.linalg.norm(counts)
        return vector


def _grams(text: str) -> NDArray[np.uint64]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    codes = np.frombuffer(f" {plain} ".encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    hashes = []
    for size in _SIZES:
        count = max(len(codes) - size + 1, 0)
        mixed = np.full(count, size, np.uint64)
        for offset in range(size):
            mixed = (mixed ^ codes[offset : offset + count]) * _MULTIPLIER
            mixed ^= mixed >> np.uint64(29)
        hashes.append(mixed * _FINAL)
    return np.concatenate(hashes)
