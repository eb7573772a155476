"""``classify``: a text's vector to the probability of each label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import DataError, InputError
from duli.neural.index import Vectors
from duli.neural.neighbours import Neighbours, unit
from duli.types import Codes, Floats

_ARRAYS = ("mean", "weights", "bias", "votes", "vectors", "means")


@dataclass(frozen=True, eq=False)
class Classifier:
    """A softmax over labels that exclude one another: P(k | x, v) ~ exp(W_k z + b_k + sum_j V_jk[v_j]).

    z is the vector x without the mean of all texts, smoothed by its neighbours. What learning makes of no, few or
    many labels (``duli.learn.classify``) comes down to this.

    Args:
        labels: K names.
        mean: of all texts [d].
        weights: W [K, d].
        bias: b [K].
        neighbours: of the texts it was learned with.
        votes: V [J, K, K + 1]: what it counts for each label that function j votes for each label or (last) for none.
        encoder: the revision of the model whose vectors it was learned from; empty where that is not known.
    """

    labels: tuple[str, ...]
    mean: Vectors
    weights: Floats
    bias: Floats
    neighbours: Neighbours
    votes: Floats
    encoder: str = ""

    def logits(self, vectors: Vectors, votes: Codes | None = None) -> Floats:
        """Log-probabilities up to a constant of each text [n, K]; the arguments are those of ``probabilities``."""
        if vectors.ndim != 2 or vectors.shape[1] != len(self.mean):
            raise InputError(f"vectors must be [n, {len(self.mean)}], not {vectors.shape}")
        moved = self.neighbours.smooth(unit(vectors - self.mean))
        found: Floats = moved @ self.weights.T + self.bias
        return found if votes is None else found + said(self.votes, votes)

    def probabilities(self, vectors: Vectors, votes: Codes | None = None) -> Floats:
        """Of each label [n, K]; rows sum to 1.

        Args:
            vectors: of n texts [n, d].
            votes: of the labelling functions [n, J]: a label's number, or -1; None when there are none.
        """
        return softmax(self.logits(vectors, votes))

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All numbers, by name."""
        near = self.neighbours
        found = (self.mean, self.weights, self.bias, self.votes, near.vectors, near.means)
        return {name: np.ascontiguousarray(array) for name, array in zip(_ARRAYS, found, strict=True)}

    @classmethod
    def of_arrays(
        cls, labels: Sequence[str], arrays: Mapping[str, NDArray[Any]], encoder: str = ""
    ) -> Classifier:
        """What has these ``arrays``; DataError where they are not those of a classifier of these labels."""
        try:
            mean, weights, bias, votes, vectors, means = (arrays[name] for name in _ARRAYS)
        except KeyError as error:
            raise DataError(f"this is no saved classifier: it has no {error}") from error
        if len(weights) != len(labels) or len(bias) != len(labels):
            raise DataError(f"this classifier has {len(weights)} labels, not {len(labels)}")
        return cls(tuple(labels), mean, weights, bias, Neighbours(vectors, means), votes, encoder)


def said(tables: Floats, votes: Codes) -> Floats:
    """What votes [n, J] count for each label [n, K], by the tables [J, K, K + 1]."""
    if votes.ndim != 2 or votes.shape[1] != len(tables):
        raise InputError(f"votes must be [n, {len(tables)}], not {votes.shape}")
    total = np.zeros((len(votes), tables.shape[1]))
    for table, column in zip(tables, votes.T, strict=True):
        total += table.T[column]
    return total


def softmax(logits: Floats) -> Floats:
    """exp(z) / sum exp(z) over the last axis, for any z."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    found: Floats = powers / powers.sum(-1, keepdims=True)
    return found


def log_softmax(logits: Floats) -> Floats:
    """The logarithm of ``softmax``."""
    moved = logits - logits.max(-1, keepdims=True)
    found: Floats = moved - np.log(np.exp(moved).sum(-1, keepdims=True))
    return found


def prototypes(descriptions: Vectors, of: Codes, count: int) -> Vectors:
    """One direction a label [K, d]: the mean of its descriptions, without what all labels share.

    Args:
        descriptions: unit vectors [m, d].
        of: whose description each is [m]: numbers from 0.
        count: how many labels there are, K.

    Raises:
        InputError: one label only, or a label without a description.
    """
    if count < 2:
        raise InputError("a classifier needs two labels or more", hint='add "none of these" in your words')
    counts = np.bincount(of, minlength=count)
    if not counts.all():
        raise InputError(f"label number {int(np.argmin(counts))} has no description")
    sums = np.zeros((count, descriptions.shape[1]))
    np.add.at(sums, of, descriptions)
    means = unit(sums / counts[:, None])
    return unit(means - means.mean(0))


def labels_of(names: Sequence[str]) -> tuple[str, ...]:
    """Names of labels, or InputError where one stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"the label {name!r} stands twice")
        seen.add(name)
    return tuple(names)
