"""Probabilities that mean something, and promises that hold for any model: calibration, prediction sets, abstention.

All of it is learned from texts with labels that the model was not fitted on (or ``Fitted.held_out``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError
from duli.lm.graph import need
from duli.neural.classify import log_softmax
from duli.types import Codes, Floats

_THRESHOLDS = 100


def temperature(logits: Floats, labels: Codes) -> float:
    """The T > 0 for which softmax(logits / T) has the least log-loss (Guo et al. 2017), between 1/100 and 100.

    Args:
        logits: [n, K], log-probabilities up to a constant.
        labels: [n], from 0.
    """
    _same(logits, labels)
    optimize = need("scipy.optimize", "learn")
    rows = np.arange(len(labels))

    def loss(t: float) -> float:
        return float(-log_softmax(logits * np.exp(-t))[rows, labels].mean())

    limit = np.log(100.0)
    return float(np.exp(optimize.minimize_scalar(loss, bounds=(-limit, limit), method="bounded").x))


@dataclass(frozen=True, eq=False)
class Isotonic:
    """A rising step function from a score to a probability; flat outside what was seen.

    Args:
        scores: where the steps begin [m], rising.
        values: the probability from there on [m].
    """

    scores: Floats
    values: Floats

    @property
    def steps(self) -> list[tuple[float, float]]:
        """The corners of its graph, from left to right."""
        before = [self.values[0], *self.values[:-1]]
        corners = zip(self.scores, before, self.values, strict=True)
        return [(float(x), float(y)) for x, low, high in corners for y in (low, high)]

    def __call__(self, scores: Floats) -> Floats:
        """Probabilities [n] of scores [n]."""
        found: Floats = self.values[np.maximum(np.searchsorted(self.scores, scores, side="right") - 1, 0)]
        return found


def isotonic(scores: Floats, hits: NDArray[np.bool_]) -> Isotonic:
    """The rising function nearest to the hits by squares, by pooling adjacent violators (Ayer et al. 1955); O(n log n).

    Args:
        scores: [n], any numbers.
        hits: whether each was right [n].
    """
    _same(scores, hits)
    starts, counts = np.unique(scores, return_counts=True)
    order = np.argsort(scores, kind="stable")
    means = np.add.reduceat(hits[order].astype(float), np.concatenate([[0], np.cumsum(counts)[:-1]])) / counts
    blocks: list[tuple[float, float, float]] = []
    for start, mean, count in zip(starts, means, counts, strict=True):
        blocks.append((float(start), float(mean), float(count)))
        while len(blocks) > 1 and blocks[-2][1] >= blocks[-1][1]:
            (first, one, n), (_, two, m) = blocks[-2:]
            blocks[-2:] = [(first, (one * n + two * m) / (n + m), n + m)]
    return Isotonic(np.array([b[0] for b in blocks]), np.array([b[1] for b in blocks]))


def set_threshold(probabilities: Floats, labels: Codes, *, risk: float = 0.1) -> float:
    """The probability from which a label belongs to the prediction set, so that sets miss at most ``risk`` of labels.

    Split conformal prediction with the score 1 - p_y (Vovk et al. 2005; Sadinle et al. 2019): for a new text from
    the same source the true label is in its set with probability 1 - risk at least, whatever the model. With fewer
    than 1 / risk - 1 texts nothing can be promised: 0 comes back, by which every label belongs.

    Args:
        probabilities: [n, K].
        labels: [n].
        risk: in (0, 1).
    """
    _same(probabilities, labels)
    _share(risk)
    n = len(labels)
    place = int(np.ceil((n + 1) * (1 - risk)))
    if place > n:
        return 0.0
    # The probabilities themselves are sorted: 1 - (1 - p) may be above p, and leave out all that are equal to it.
    return float(np.sort(probabilities[np.arange(n), labels])[n - place])


def sets(probabilities: Floats, threshold: float) -> NDArray[np.bool_]:
    """Which labels belong to each text's prediction set [n, K]."""
    return probabilities >= threshold


def answer_threshold(
    confidence: Floats, hits: NDArray[np.bool_], *, risk: float = 0.1, sureness: float = 0.95
) -> float:
    """The least confidence at which to answer, so that at most ``risk`` of the answers are wrong; else abstain.

    Thresholds are tried from the strictest on, each by the exact upper bound of the error among the answers (Clopper
    and Pearson 1934), until one fails: fixed-sequence testing (learn then test: Angelopoulos et al. 2021). With
    probability ``sureness`` over the texts given here, new texts from the same source keep the promise.

    Args:
        confidence: the likeliest label's probability [n].
        hits: whether it was right [n].
        risk: the share of wrong answers allowed, in (0, 1).
        sureness: in (0, 1).

    Returns:
        a threshold; above 1 (never answer) where no threshold can be promised.
    """
    _same(confidence, hits)
    _share(risk)
    _share(sureness)
    upper = need("scipy.special", "learn").betaincinv
    found = float(np.nextafter(1, 2))
    for threshold in np.unique(np.quantile(confidence, np.linspace(0, 1, _THRESHOLDS + 1)))[::-1]:
        answered = confidence >= threshold
        n, wrong = int(answered.sum()), int((answered & ~hits).sum())
        # With so few answers a single wrong one would fail, and end the search: testing begins at three times as many
        # as suffice when all are right. That depends on confidences alone, so the promise stays.
        if (1 - risk) ** (n / 3) > 1 - sureness:
            continue
        if wrong == n or upper(wrong + 1, n - wrong, sureness) > risk:
            break
        found = float(threshold)
    return found


@dataclass(frozen=True)
class Promise:
    """What held-out texts allow to promise of new ones from the same source.

    Args:
        risk: the share of wrong answers, and of sets without the true label, that is allowed.
        answer: the least confidence at which to answer (``answer_threshold``); above 1: never.
        member: the probability from which a label belongs to the set (``set_threshold``).
        texts: how many it was learned from.
        answered: the share of them that would be answered.
    """

    risk: float
    answer: float
    member: float
    texts: int
    answered: float

    @classmethod
    def of(cls, probabilities: Floats, labels: Codes, risk: float) -> Promise:
        """From probabilities [n, K] that did not see the labels [n], from 0."""
        confidence = probabilities.max(1) if len(probabilities) else np.empty(0)
        hits = probabilities.argmax(1) == labels if len(labels) else np.empty(0, np.bool_)
        answer = answer_threshold(confidence, hits, risk=risk)
        member = set_threshold(probabilities, labels, risk=risk)
        return cls(risk, answer, member, len(labels), float((confidence >= answer).mean()))


def _same(values: Floats, labels: Codes | NDArray[np.bool_]) -> None:
    if not len(labels) or len(values) != len(labels):
        raise InputError(
            f"{len(values)} texts and {len(labels)} labels: there must be one for each, and one at least"
        )


def _share(value: float) -> None:
    if not 0 < value < 1:
        raise InputError(f"{value} is not between 0 and 1")
