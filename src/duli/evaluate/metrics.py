"""Ranking, classification and calibration, each with an interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.types import Codes, Floats


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


def bootstrap(measure: Callable[[Codes], float], count: int, *, seed: int = 0, draws: int = 500) -> Estimate:
    """A measure of rows, by number, with a percentile bootstrap interval (Efron 1979).

    Args:
        measure: of some rows, one of which may stand there more than once.
        count: how many rows there are.
        seed, draws: of the samples.
    """
    if not count:
        return Estimate(0.0, 0.0, 1.0)
    random = np.random.default_rng(seed)
    found = [measure(random.integers(0, count, count)) for _ in range(draws)]
    low, high = np.percentile(found, (2.5, 97.5))
    return Estimate(measure(np.arange(count)), float(low), float(high))


def macro_f1(gold: Codes, said: Codes) -> float:
    """The mean of 2 tp / (2 tp + fp + fn) over the classes that are among either [n]."""
    count = int(max(gold.max(), said.max())) + 1
    right = np.bincount(gold[gold == said], minlength=count)
    either = np.bincount(gold, minlength=count) + np.bincount(said, minlength=count)
    return float((2 * right[either > 0] / either[either > 0]).mean())


def brier(probabilities: Floats, gold: Codes) -> Floats:
    """Of each text [n] the sum over classes of (p - y)^2, in [0, 2] (Brier 1950), from p [n, K]."""
    wanted = np.zeros_like(probabilities)
    wanted[np.arange(len(gold)), gold] = 1
    found: Floats = ((probabilities - wanted) ** 2).sum(1)
    return found


def log_loss(probabilities: Floats, gold: Codes) -> Floats:
    """Of each text [n] -log of the probability [n, K] of its class, at most 34.5."""
    found: Floats = -np.log(np.maximum(probabilities[np.arange(len(gold)), gold], 1e-15))
    return found


def risk_coverage(confidence: Floats, hits: NDArray[np.bool_]) -> Floats:
    """The share that is wrong among the k most confident, for k = 1 … n [n] (El-Yaniv and Wiener 2010).

    Its mean is the area under the curve: small where what is doubtful is what is wrong.
    """
    order = np.argsort(-confidence, kind="stable")
    found: Floats = np.cumsum(~hits[order]) / np.arange(1, len(hits) + 1)
    return found


def classification(probabilities: Sequence[Floats], gold: Codes) -> dict[str, Estimate]:
    """Accuracy, macro-F1, Brier score, log-loss, calibration error, area under risk and coverage.

    Args:
        probabilities: of each text and class [n, K], from one or several draws: their mean is taken.
        gold: each text's class [n].
    """
    each = [_measures(p, gold) for p in probabilities]

    def mean_of(name: str) -> Callable[[Codes], float]:
        return lambda rows: float(np.mean([measures[name](rows) for measures in each]))

    return {name: bootstrap(mean_of(name), len(gold)) for name in each[0]}


def _measures(p: Floats, gold: Codes) -> dict[str, Callable[[Codes], float]]:
    said, best = p.argmax(1), p.max(1)
    hits, squares, losses = said == gold, brier(p, gold), log_loss(p, gold)
    return {
        "accuracy": lambda rows: float(hits[rows].mean()),
        "macro_f1": lambda rows: macro_f1(gold[rows], said[rows]),
        "brier": lambda rows: float(squares[rows].mean()),
        "log_loss": lambda rows: float(losses[rows].mean()),
        "ece": lambda rows: calibration_error(reliability(best[rows], hits[rows])),
        "aurc": lambda rows: float(risk_coverage(best[rows], hits[rows]).mean()),
    }


def auroc(scores: Floats, wanted: NDArray[np.bool_]) -> float:
    """How often a wanted case scores above another one, ties counting half (Hanley and McNeil 1982), from scores [n].

    0.5 where there are not both.
    """
    yes = int(wanted.sum())
    if not 0 < yes < len(wanted):
        return 0.5
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[wanted].sum() - yes * (yes + 1) / 2) / (yes * (len(wanted) - yes)))


def recall_at_precision(scores: Floats, wanted: NDArray[np.bool_], precision: float) -> float:
    """The largest share of wanted cases that a threshold on scores [n] finds with this precision; 0 where none has."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(wanted[order])
    # A threshold takes all cases of one score.
    last = np.append(np.diff(scores[order]) != 0, True)
    good = last & (hits >= precision * np.arange(1, len(hits) + 1))
    return float(hits[good].max() / max(hits[-1], 1)) if good.any() else 0.0


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


def calibration_floor(probabilities: Floats, bins: int = 10) -> float:
    """The calibration error to expect where all probabilities [n] are exactly right, because n is finite.

    In each bin |hits - sum p| is that of a normal distribution of variance sum p (1 - p), nearly: its mean is the root
    of 2 / pi times that.
    """
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    variances = np.bincount(place, probabilities * (1 - probabilities))
    return float(np.sqrt(2 / np.pi * variances).sum() / max(1, len(probabilities)))


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


def shown(value: Sequence[float]) -> str:
    """A figure and its interval, as reports print them.

    >>> shown([0.5, 0.4, 0.6])
    '0.500 [0.400, 0.600]'
    """
    return f"{value[0]:.3f} [{value[1]:.3f}, {value[2]:.3f}]"
