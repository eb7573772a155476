"""Ranking and calibration, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.types import Floats


@dataclass(frozen=True)
class Estimate:
    """A mean and its 95 % interval."""

    value: float
    low: float
    high: float

    def to_list(self) -> list[float]:
        """Value, low, high, rounded to four digits."""
        return [round(self.value, 4), round(self.low, 4), round(self.high, 4)]


@dataclass(frozen=True)
class Bin:
    """Cases whose first answer's probability is in [low, high): how many, mean probability, share that was right."""

    low: float
    high: float
    n: int
    probability: float
    accuracy: float


def proportion(hits: NDArray[np.bool_]) -> Estimate:
    """The share of hits [n] with Wilson's score interval (1927)."""
    n = len(hits)
    if n == 0:
        return Estimate(0.0, 0.0, 1.0)
    p, z = float(hits.mean()), 1.959964
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Estimate(p, max(0.0, float(middle - half)), min(1.0, float(middle + half)))


def mean(values: Floats, *, seed: int = 0, draws: int = 1000) -> Estimate:
    """The mean of values [n] with a percentile bootstrap interval (Efron 1979)."""
    if not len(values):
        return Estimate(0.0, 0.0, 1.0)
    picks = np.random.default_rng(seed).integers(0, len(values), (draws, len(values)))
    low, high = np.percentile(values[picks].mean(1), (2.5, 97.5))
    return Estimate(float(values.mean()), float(low), float(high))


def rank(scores: Floats, gold: int) -> float:
    """The rank, from 1, of one of the scores [n]; ties share the middle rank."""
    own = scores[gold]
    return float(1 + (scores > own).sum() + ((scores == own).sum() - 1) / 2)


def reliability(probabilities: Floats, hits: NDArray[np.bool_], bins: int = 10) -> list[Bin]:
    """Bins of equal width over [0, 1]; empty ones are left out."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    return [
        Bin(b / bins, (b + 1) / bins, int(m.sum()), float(probabilities[m].mean()), float(hits[m].mean()))
        for b in range(bins)
        if (m := place == b).any()
    ]


def calibration_error(table: list[Bin]) -> float:
    """Expected calibration error (Naeini et al. 2015): mean over cases of |probability - accuracy| of their bin."""
    n = sum(b.n for b in table)
    return sum(b.n * abs(b.probability - b.accuracy) for b in table) / n if n else 0.0


def summary(ranks: Floats, probabilities: Floats) -> dict[str, Any]:
    """Top-1/3/10, mean reciprocal rank, calibration of the first answer."""
    table = reliability(probabilities, ranks <= 1)
    figures = {f"top_{k}": proportion(ranks <= k).to_list() for k in (1, 3, 10)}
    return {
        "n": len(ranks),
        **figures,
        "mrr": mean(1 / ranks).to_list(),
        "ece": round(calibration_error(table), 4),
        "reliability": [vars(b) for b in table],
    }
