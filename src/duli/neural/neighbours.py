"""Texts say together what one says unclearly: each vector is moved toward those of its nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError
from duli.neural.index import Vectors
from duli.types import Codes

COUNT = 10
"""Neighbours of a text."""

SHARE = 0.4
"""How far a vector moves; chosen by ``python -m bench.classify DATA --choices``."""

MOST = 20_000
"""Texts in which neighbours are looked for; of more, a sample is drawn."""

_BLOCK = 1_000
_SAME = 1 - 1e-4


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Texts to whose neighbourhoods other texts are moved: x + s (a + a'), scaled to length 1.

    a is the weighted mean of the nearest texts (weights: the squared cosine), a' the mean of their own a: two
    steps of a graph convolution without parameters (Wu et al. 2019, Simplifying Graph Convolutional Networks).

    Args:
        vectors: unit vectors [m, d], float32.
        means: of each text the sum of itself and its a [m, d], float32.
    """

    vectors: Vectors
    means: Vectors

    @classmethod
    def fit(cls, vectors: Vectors, seed: int = 0) -> Neighbours:
        """The neighbours among unit vectors [n, d]; O(m^2 d), m at most ``MOST``."""
        if len(vectors) > MOST:
            vectors = vectors[np.sort(np.random.default_rng(seed).choice(len(vectors), MOST, replace=False))]
        alone = cls(vectors, vectors)
        return cls(vectors, vectors + alone._mean(vectors))

    def smooth(self, vectors: Vectors) -> Vectors:
        """Unit vectors [n, d], moved; a text that is among the fitted ones is not its own neighbour."""
        if vectors.ndim != 2 or vectors.shape[1] != self.vectors.shape[1]:
            raise InputError(f"vectors must be [n, {self.vectors.shape[1]}], not {vectors.shape}")
        return unit(vectors + SHARE * self._mean(vectors))

    def _mean(self, vectors: Vectors) -> Vectors:
        """The weighted mean of what the neighbours carry [n, d]; zero where there are none."""
        moved = np.zeros_like(vectors)
        count = min(COUNT, len(self.vectors))
        if not count:
            return moved
        for start in range(0, len(vectors), _BLOCK):
            near = vectors[start : start + _BLOCK] @ self.vectors.T
            near[near > _SAME] = -1
            rows, weights = _largest(near, count)
            weights = np.maximum(weights, 0) ** 2
            weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
            moved[start : start + _BLOCK] = np.einsum("nk,nkd->nd", weights, self.means[rows])
        return moved


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Vectors [n, d] of length 1; one without direction stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(length, 1e-9)).astype(np.float32)
    return scaled


def _largest(values: Vectors, count: int) -> tuple[Codes, Vectors]:
    if count == values.shape[1]:
        rows = np.broadcast_to(np.arange(count), values.shape)
    else:
        rows = np.argpartition(-values, count - 1, axis=1)[:, :count]
    return rows, np.take_along_axis(values, rows, 1)
