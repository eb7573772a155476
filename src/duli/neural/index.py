"""Names of entities as vectors: the nearest entities are those with the nearest name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError
from duli.types import Codes

Vectors = NDArray[np.float32]
Entities = Sequence[str] | Codes


class Index:
    """Rows grouped by entity.

    Args:
        entities: of each row [n]; where the rows of each entity stand together, nothing is copied.
        vectors: unit vectors [n, d], float32.

    Raises:
        InputError: when there is not one vector for each name.
    """

    def __init__(self, entities: Entities, vectors: Vectors) -> None:
        labels = np.asarray(entities)
        if vectors.ndim != 2 or len(labels) != len(vectors):
            found = f"{len(labels)} entities, vectors of shape {vectors.shape}"
            raise InputError(f"there must be one vector for each name: {found}")
        starts = _runs(labels)
        self.rows = np.arange(len(labels))
        if len(starts) > len(np.unique(labels)):
            self.rows = np.argsort(labels, kind="stable")
            labels, vectors = labels[self.rows], vectors[self.rows]
            starts = _runs(labels)
        self.starts = starts
        self.entities: list[str] = [str(label) for label in labels[starts]]
        self.vectors = vectors
        self.entity_of = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(labels))))

    def __len__(self) -> int:
        return len(self.starts)

    def similarities(self, queries: Vectors) -> Vectors:
        """Cosine of each query with each row [m, n]; O(m n d), one product."""
        product: Vectors = queries @ self.vectors.T
        return product

    def per_entity(self, similarities: Vectors) -> Vectors:
        """Of rows [m, n] the largest of each entity [m, e]."""
        best: Vectors = np.maximum.reduceat(similarities, self.starts, axis=1)
        return best

    def row(self, similarities: Vectors, entity: int) -> int:
        """The row of an entity that is nearest, given one query's similarities [n]."""
        start = int(self.starts[entity])
        end = int(self.starts[entity + 1]) if entity + 1 < len(self.starts) else len(self.entity_of)
        return start + int(np.argmax(similarities[start:end]))


def nearest(best: Vectors, count: int) -> tuple[Codes, NDArray[np.float64]]:
    """The most similar entities, best first: numbers and values, both [m, min(count, e)]."""
    count = min(count, best.shape[1])
    some = np.argpartition(-best, count - 1, axis=1)[:, :count]
    values = np.take_along_axis(best, some, axis=1)
    # Ties go to the entity that comes first, so that an answer does not depend on the sort.
    order = np.lexsort((some, -values), axis=1)
    numbers = np.take_along_axis(some, order, axis=1)
    return numbers, np.take_along_axis(values, order, axis=1).astype(np.float64)


def _runs(labels: NDArray[np.generic]) -> Codes:
    if not len(labels):
        return np.zeros(0, np.int64)
    return np.append(0, np.flatnonzero(labels[1:] != labels[:-1]) + 1).astype(np.int64)
