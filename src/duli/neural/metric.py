"""A distance that knows which differences do not matter, learned from synonyms: no labels are needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from duli.errors import InputError
from duli.neural.index import Entities, Index, Vectors

RIDGE = 2.0
"""On HPO, with the metric fitted on half of the entities, top-8 recall of lay synonyms of the other half: 0.724
without a metric, 0.816 at 0.3, 0.802 at 1, 0.756 at 10. Phrases that are no synonyms are served better by a rounder
metric; at 2 the calibration error of the likeliest link is 0.04, where it is 0.14 without a metric."""


@dataclass(frozen=True, eq=False)
class Metric:
    """A linear map after which the cosine is taken.

    Args:
        mean: what is taken away first [d], float32.
        matrix: what is multiplied by then [d, d], float32.
    """

    mean: Vectors
    matrix: Vectors

    def apply(self, vectors: Vectors) -> Vectors:
        """Unit vectors [n, d] in the new space; a vector without direction stays zero."""
        if vectors.ndim != 2 or vectors.shape[1] != len(self.mean):
            raise InputError(f"vectors must be [n, {len(self.mean)}], not {vectors.shape}")
        moved = (vectors - self.mean) @ self.matrix
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        unit: Vectors = (moved / np.maximum(length, 1e-12)).astype(np.float32)
        return unit


def fit_metric(entities: Entities, vectors: Vectors, *, ridge: float = RIDGE) -> Metric:
    """Within-class covariance normalisation: directions in which names of one entity differ count for less.

    W = (S + r t I)^-1/2, S the covariance of names around their entity's mean, t its mean variance,
    r = ridge + d/n for n names. O(n d^2). Without synonyms W = I.
    Source: Hatch, Kajarekar and Stolcke (2006).

    Args:
        entities: of each name [n].
        vectors: unit vectors of the names [n, d], float32. Give names only: definitions differ in other ways.
        ridge: how far S is drawn to a sphere.
    """
    index = Index(entities, vectors)
    counts = np.bincount(index.entity_of, minlength=len(index))
    several = counts[index.entity_of] > 1
    size = vectors.shape[1]
    mean = vectors.mean(axis=0) if len(vectors) else np.zeros(size, np.float32)
    if not several.any():
        return Metric(mean.astype(np.float32), np.eye(size, dtype=np.float32))
    centres = np.add.reduceat(index.vectors, index.starts, axis=0) / counts[:, None]
    rest = index.vectors[several] - centres[index.entity_of[several]]
    within = (rest.T @ rest).astype(np.float64) / len(rest)
    spread = max(float(np.trace(within)) / size, 1e-9)
    values, axes = np.linalg.eigh(within + (ridge + size / len(rest)) * spread * np.eye(size))
    matrix = (axes * np.sqrt(spread / values)) @ axes.T
    return Metric(mean.astype(np.float32), matrix.astype(np.float32))
