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
from duli.neural.posterior import Covariance, inputs, of_arrays
from duli.types import Codes, Floats

_ARRAYS = ("mean", "weights", "bias", "votes", "vectors", "means")
_POSTERIOR = "posterior."
_BLOCK = 128


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
        covariance: of W and b, where they are known as a Gaussian; then probabilities are means over it.
    """

    labels: tuple[str, ...]
    mean: Vectors
    weights: Floats
    bias: Floats
    neighbours: Neighbours
    votes: Floats
    encoder: str = ""
    covariance: Covariance | None = None

    def logits(self, vectors: Vectors, votes: Codes | None = None) -> Floats:
        """Log-probabilities up to a constant of each text [n, K]; the arguments are those of ``probabilities``."""
        return self._logits(self._inputs(vectors), votes)

    def probabilities(self, vectors: Vectors, votes: Codes | None = None) -> Floats:
        """Of each label [n, K]; rows sum to 1.

        Args:
            vectors: of n texts [n, d].
            votes: of the labelling functions [n, J]: a label's number, or -1; None when there are none.
        """
        z = self._inputs(vectors)
        logits = self._logits(z, votes)
        return softmax(logits) if self.covariance is None else expected(logits, z, self.covariance)

    def draws(self, vectors: Vectors, votes: Codes | None = None, *, count: int, seed: int = 0) -> Floats:
        """Probabilities drawn from what labels leave open [count, n, K]; all alike where that is not known."""
        z = self._inputs(vectors)
        logits = self._logits(z, votes)
        if self.covariance is None:
            return np.repeat(softmax(logits)[None], count, axis=0)
        return drawn(logits, self.covariance.logits(inputs(z)), count, np.random.default_rng(seed))

    def _inputs(self, vectors: Vectors) -> Vectors:
        if vectors.ndim != 2 or vectors.shape[1] != len(self.mean):
            raise InputError(f"vectors must be [n, {len(self.mean)}], not {vectors.shape}")
        return self.neighbours.smooth(unit(vectors - self.mean))

    def _logits(self, z: Vectors, votes: Codes | None) -> Floats:
        found: Floats = z @ self.weights.T + self.bias
        return found if votes is None else found + said(self.votes, votes)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All numbers, by name."""
        near = self.neighbours
        found = (self.mean, self.weights, self.bias, self.votes, near.vectors, near.means)
        open_ = {} if self.covariance is None else self.covariance.arrays
        named = {**dict(zip(_ARRAYS, found, strict=True)), **{_POSTERIOR + n: a for n, a in open_.items()}}
        return {name: np.ascontiguousarray(array) for name, array in named.items()}

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
        open_ = {n.removeprefix(_POSTERIOR): a for n, a in arrays.items() if n.startswith(_POSTERIOR)}
        near = Neighbours(vectors, means)
        return cls(tuple(labels), mean, weights, bias, near, votes, encoder, of_arrays(open_))


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


def expected(logits: Floats, z: Vectors, covariance: Covariance) -> Floats:
    """Means of softmax over a Gaussian of W and b [n, K], in closed form and nearly right.

    P(k) ~ 1 / sum_j exp((m_j - m_k) / sqrt(1 + v_kj pi / 8)), v_kj the variance of the logits' difference
    (Lu, Ie and Sha 2020); of two labels MacKay's (1992) probit.

    Args:
        logits: means m [n, K].
        z: the vectors that W is multiplied by [n, d].
        covariance: of W and b.
    """
    found = np.empty(logits.shape)
    for i in range(0, len(z), _BLOCK):
        m, s = logits[i : i + _BLOCK], covariance.logits(inputs(z[i : i + _BLOCK]))
        own = np.diagonal(s, axis1=1, axis2=2)
        variance = np.maximum(own[:, :, None] + own[:, None] - 2 * s, 0)
        apart = (m[:, None] - m[:, :, None]) / np.sqrt(1 + np.pi / 8 * variance)
        most = apart.max(2, keepdims=True)
        found[i : i + _BLOCK] = softmax(-most[:, :, 0] - np.log(np.exp(apart - most).sum(2)))
    return found


def drawn(logits: Floats, covariances: Floats, count: int, random: np.random.Generator) -> Floats:
    """Softmax of logits drawn from Gaussians with these means [n, K] and covariances [n, K, K]: [count, n, K]."""
    values, axes = np.linalg.eigh(covariances)
    root = axes * np.sqrt(np.maximum(values, 0))[:, None]
    noise = root @ random.normal(size=(*logits.shape, count))
    return softmax(np.moveaxis(logits[:, :, None] + noise, 2, 0))


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
