"""Labels' descriptions and unlabelled texts to classes: a Gaussian mixture whose means start at the descriptions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from duli.files import Progress, silent
from duli.neural.classify import said, softmax
from duli.neural.index import Vectors
from duli.types import Codes, Floats

ROUNDS = 12
DIMENSIONS = 128
HELD = 0.3
"""Descriptions weigh as much as this share of a class of average size; chosen by ``bench.classify --choices``."""

_RIDGE = 0.1
SHARPNESS = 20.0
"""What a cosine counts where nothing has been learned yet."""

_RIGHT = 0.8
_EVEN = 0.5


@dataclass(frozen=True, eq=False)
class Mixture:
    """P(k | x, v) ~ pi_k N(x; m_k, S) prod_j P(v_j | k), written as logits W x + b + sum_j V_j[v_j].

    Args:
        weights: W [K, d].
        bias: b [K].
        votes: V [J, K, K + 1], as of ``Classifier``.
    """

    weights: Floats
    bias: Floats
    votes: Floats

    def logits(self, vectors: Vectors, votes: Codes) -> Floats:
        """Of each text and label [n, K]."""
        found: Floats = vectors @ self.weights.T + self.bias + said(self.votes, votes)
        return found

    def scaled(self, by: float) -> Mixture:
        """The same with all logits multiplied: sharper above 1, softer below."""
        return Mixture(self.weights * by, self.bias * by, self.votes * by)


def fit_mixture(
    vectors: Vectors, prototypes: Vectors, votes: Codes, *, progress: Progress = silent
) -> Mixture:
    """Expectation-maximisation with a prior at the descriptions; O(rounds n (d^2 + K d)).

    All classes share one covariance, so that directions in which texts of one kind differ count little. The prior of
    a mean is its description's direction, as far out as the class itself is: models differ in how wide they spread
    texts, and the description of a class is not as far from the middle as its texts are. What a labelling function's
    vote means is estimated along with the classes (Dawid and Skene 1979), from a prior by which it is right in eight
    of ten cases.

    Args:
        vectors: unit vectors of n texts [n, d], without their mean.
        prototypes: unit vectors of the labels [K, d].
        votes: of J labelling functions [n, J], a label's number or -1.
        progress: told after every round.
    """
    count, labels = len(vectors), len(prototypes)
    basis = _principal(vectors)
    x, q = vectors @ basis, prototypes @ basis
    start = start_of(prototypes, votes)
    tables, given = start.votes, softmax(start.logits(vectors, votes))
    scatter, held = x.T @ x, HELD * count / labels
    for done in range(ROUNDS):
        sizes, sums = given.sum(0) + 1e-9, given.T @ x
        reach = np.maximum((sums / sizes[:, None] * q).sum(1), 1e-3)
        means = (sums + held * reach[:, None] * q) / (sizes + held)[:, None]
        within = (scatter - means.T @ sums - sums.T @ means + (means.T * sizes) @ means) / count
        scale = np.trace(within) / len(within)
        within = (1 - _RIDGE) * within + _RIDGE * scale * np.eye(len(within))
        weights = np.linalg.solve(within, means.T).T
        shares = sizes + _EVEN * count / labels
        bias = np.log(shares / shares.sum()) - (means * weights).sum(1) / 2
        tables = _tables(given, votes, tables)
        given = softmax(x @ weights.T + bias + said(tables, votes))
        progress("learning from texts", done + 1, ROUNDS)
    return Mixture(weights @ basis.T, bias, tables)


def start_of(prototypes: Vectors, votes: Codes) -> Mixture:
    """What descriptions [K, d] and votes [n, J] say before anything was learned."""
    count = len(prototypes)
    return Mixture(SHARPNESS * prototypes.astype(np.float64), np.zeros(count), _first_tables(votes, count))


def _principal(vectors: Vectors) -> Floats:
    """The directions in which texts differ most [d, at most 128]."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    found: Floats = directions[:, ::-1][:, :DIMENSIONS].astype(np.float64)
    return found


def _first_tables(votes: Codes, labels: int) -> Floats:
    """log P(v | k) [J, K, K + 1] where a vote for k is right in 8 of 10 cases and wrong ones fall evenly."""
    tables = np.empty((votes.shape[1], labels, labels + 1))
    for table, column in zip(tables, votes.T, strict=True):
        shares = (np.bincount(column[column >= 0], minlength=labels) + 1) / (len(column) + labels + 1)
        table[:, :-1] = labels * (1 - _RIGHT) / (labels - 1) * shares
        np.fill_diagonal(table, labels * _RIGHT * shares)
        table[:, :-1] *= np.minimum(1, 0.95 / np.maximum(table[:, :-1].sum(1, keepdims=True), 1e-9))
        table[:, -1] = 1 - table[:, :-1].sum(1)
    return np.log(np.maximum(tables, 1e-6))


def _tables(given: Floats, votes: Codes, before: Floats) -> Floats:
    """The same, estimated from how likely each text is of each label [n, K]; the last estimate is the prior."""
    count, labels = given.shape
    held = HELD * count / labels
    tables = np.empty_like(before)
    for table, column, prior in zip(tables, votes.T, before, strict=True):
        seen = np.zeros((labels + 1, labels))
        np.add.at(seen, column, given)
        table[:] = np.log((seen.T + held * np.exp(prior)) / (given.sum(0) + held)[:, None])
    return np.maximum(tables, np.log(1e-6))
