"""``match``: the vectors of two texts to the probability that one means, or answers, the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import DataError, InputError
from duli.neural.index import Vectors
from duli.types import Floats

_ARRAYS = ("scale", "weights")
PLAIN = 3
"""Features that do not depend on the encoder's dimension: 1, the nearness, its square."""


@dataclass(frozen=True, eq=False)
class Matcher:
    """P(match | u, v) = 1 / (1 + exp(-w f)), f the features of the pair.

    f = (1, t, t^2, sqrt(d) u * v, sqrt(d) |u - v|), where t is minus the angle between u and v, in standard
    deviations from the mean of all pairs, held to where the quadratic in t rises: a pair that is nearer is never less
    likely to match for that.

    Args:
        scale: mean and standard deviation of minus the angle, least and largest t [4].
        weights: w [3 + 2 d].
    """

    scale: Floats
    weights: Floats

    def probabilities(self, vectors: Vectors) -> Floats:
        """Of a match and of none [n, 2], for pairs of unit vectors [n, 2, d]."""
        if vectors.ndim != 3 or PLAIN + 2 * vectors.shape[2] != len(self.weights) or vectors.shape[1] != 2:
            raise InputError(
                f"vectors must be [n, 2, {(len(self.weights) - PLAIN) // 2}], not {vectors.shape}"
            )
        p = sigmoid(features(vectors, self.scale) @ self.weights)
        return np.stack([p, 1 - p], 1)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All numbers, by name."""
        return {name: np.ascontiguousarray(getattr(self, name)) for name in _ARRAYS}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Matcher:
        """What has these ``arrays``; DataError where they are not those of a matcher."""
        try:
            made = cls(*(arrays[name] for name in _ARRAYS))
        except KeyError as error:
            raise DataError(f"this is no saved matcher: it has no {error}") from error
        if made.scale.shape != (4,) or made.weights.ndim != 1 or (len(made.weights) - PLAIN) % 2:
            raise DataError(f"this is no saved matcher: {made.scale.shape}, {made.weights.shape}")
        return made


def nearness(vectors: Vectors) -> Floats:
    """Minus the angle between the vectors of each pair [n], in radians, for unit vectors [n, 2, d]."""
    cosine = np.einsum("nd,nd->n", vectors[:, 0], vectors[:, 1]).astype(np.float64)
    angle: Floats = -np.arccos(np.clip(cosine, -1, 1))
    return angle


def features(vectors: Vectors, scale: Floats) -> Floats:
    """f [n, 3 + 2 d] of pairs [n, 2, d]."""
    mean, deviation, least, most = scale
    t = np.clip((nearness(vectors) - mean) / deviation, least, most)[:, None]
    u, v = vectors[:, 0], vectors[:, 1]
    root = np.sqrt(vectors.shape[2])
    return np.hstack([np.ones_like(t), t, t * t, root * u * v, root * np.abs(u - v)]).astype(np.float64)


def sigmoid(logits: Floats) -> Floats:
    """1 / (1 + exp(-z)), for any z."""
    found: Floats = 0.5 * (1 + np.tanh(logits / 2))
    return found
