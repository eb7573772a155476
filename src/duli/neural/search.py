"""The nearest of many vectors: all of them compared, or, among very many, those in the nearest cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from duli.errors import InputError, MissingExtraError
from duli.neural.index import Vectors, nearest
from duli.types import Codes, Floats

MANY = 100_000
"""Vectors from which on ``search`` is approximate."""

PROBED = 128
"""Cells that are looked at for a query; chosen by ``python -m bench.search`` and ``python -m bench.heads DATA``."""

_BLOCK = 256
_TRAINED, _ROUNDS = 40, 10


class Search(Protocol):
    """Finds vectors that are like others."""

    def nearest(self, queries: Vectors, count: int) -> tuple[Codes, Floats]:
        """Rows and cosines of the most similar vectors, best first, each [n, count]; -1 and -1 where there are none."""
        ...


@dataclass(frozen=True, eq=False)
class Exact:
    """All vectors are compared; O(n m d).

    Args:
        vectors: unit vectors [m, d].
    """

    vectors: Vectors

    def nearest(self, queries: Vectors, count: int) -> tuple[Codes, Floats]:
        """As ``Search``."""
        rows = np.full((len(queries), count), -1)
        cosines = np.full((len(queries), count), -1.0)
        found = min(count, len(self.vectors))
        for i in range(0, len(queries) if found else 0, _BLOCK):
            part = queries[i : i + _BLOCK] @ self.vectors.T
            rows[i : i + _BLOCK, :found], cosines[i : i + _BLOCK, :found] = nearest(part, found)
        return rows, cosines


class Approximate:
    """An inverted file (Sivic and Zisserman 2003; Jégou, Douze and Schmid 2011) of the library faiss.

    Vectors lie in about 4 sqrt(m) cells, by k-means; a query looks at the nearest ones. On 100,000 generated vectors of
    384 numbers it was built in 34 s of two cores, where usearch 2.26 (HNSW) took more than 130 s.

    Args:
        vectors: unit vectors [m, d].
        probed: how many cells are looked at: more find more, and take longer.
        seed: of the sample the cells are made from.

    Raises:
        MissingExtraError: faiss is not installed.
    """

    def __init__(self, vectors: Vectors, *, probed: int = PROBED, seed: int = 0) -> None:
        try:
            import faiss
        except ImportError as error:
            raise MissingExtraError("faiss", "search") from error
        m, d = vectors.shape
        cells = max(1, min(int(4 * m**0.5), m // _TRAINED))
        index: Any = faiss.index_factory(d, f"IVF{cells},Flat", faiss.METRIC_INNER_PRODUCT)
        index.cp.seed, index.cp.niter = seed, _ROUNDS
        index.nprobe = probed
        sample = np.random.default_rng(seed).choice(m, min(m, _TRAINED * cells), replace=False)
        index.train(np.ascontiguousarray(vectors[np.sort(sample)], np.float32))
        index.add(np.ascontiguousarray(vectors, np.float32))
        self._index = index

    @property
    def probed(self) -> int:
        """How many cells are looked at."""
        return int(self._index.nprobe)

    @probed.setter
    def probed(self, cells: int) -> None:
        self._index.nprobe = cells

    def nearest(self, queries: Vectors, count: int) -> tuple[Codes, Floats]:
        """As ``Search``; some of the nearest may be missed."""
        cosines, rows = self._index.search(np.ascontiguousarray(queries, np.float32), count)
        return rows, np.where(rows < 0, -1.0, cosines.astype(np.float64))


def search(vectors: Vectors, *, approximate: bool | None = None) -> Search:
    """What finds the nearest of unit vectors [m, d].

    Args:
        vectors: to search.
        approximate: whether some may be missed, for speed; None is: where there are more than ``MANY``.

    Raises:
        InputError: vectors that are no matrix, or not finite.
        MissingExtraError: faiss is needed and not installed.
    """
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise InputError(f"vectors must be finite and [m, d], not {vectors.shape}")
    many = len(vectors) > MANY if approximate is None else approximate
    return Approximate(vectors) if many else Exact(vectors)
