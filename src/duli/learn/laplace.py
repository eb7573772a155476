"""Bayesian logistic regression on frozen features: how sure the labels make us of the weights themselves.

The posterior over the weights of a softmax is taken for the Gaussian that touches its mode (MacKay 1992). From it come
probabilities that know how little was seen, an interval of each, and the evidence by which the penalty is chosen
without texts held out.

What to expect of unit vectors of 384 numbers (``python -m bench.heads DATA``): as long as numbers are more than texts
the means are far too unsure, and with eight texts a class the evidence may choose too strong a penalty. Scale them by
``guarantees.temperature``; without texts to do that on, ``learn.classify`` is the better choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from duli.errors import InputError
from duli.learn.logistic import fit_logistic
from duli.neural.classify import log_softmax, softmax
from duli.neural.index import Vectors
from duli.types import Codes, Floats

Structure = Literal["full", "kronecker"]
STRENGTHS = tuple(np.geomspace(0.1, 3_000, 10).tolist())
MOST = 4_000
"""Numbers in W and b up to which the full covariance is kept: 128 MB."""

_BLOCK = 128


class Covariance(Protocol):
    """Of weights W [K, d + 1]; the last column is b."""

    @property
    def log_precision(self) -> float:
        """The logarithm of the determinant of the inverse."""
        ...

    def logits(self, x: Floats) -> Floats:
        """Covariances [n, K, K] of the logits of x [n, d + 1]."""
        ...


@dataclass(frozen=True, eq=False)
class Full:
    """H^-1, H = sum_n (diag p_n - p_n p_n') kron x_n x_n' + I / s.

    Args:
        matrix: [K, d + 1, K, d + 1].
        log_precision: as of ``Covariance``.
    """

    matrix: Floats
    log_precision: float

    @classmethod
    def at(cls, p: Floats, x: Floats, strength: float) -> Full:
        """From probabilities [n, K] at the mode and x [n, d + 1]; O(n K^2 d^2 + K^3 d^3)."""
        count, wide = p.shape[1], x.shape[1]
        blocks = np.empty((count, wide, count, wide))
        for k in range(count):
            for j in range(count):
                curve = p[:, k] * ((k == j) - p[:, j])
                blocks[k, :, j] = x.T @ (curve[:, None] * x)
        flat = blocks.reshape(count * wide, -1) + np.eye(count * wide) / strength
        found = np.linalg.inv(flat).reshape(blocks.shape).astype(np.float64, copy=False)
        return cls(found, float(np.linalg.slogdet(flat)[1]))

    def logits(self, x: Floats) -> Floats:
        """As of ``Covariance``; O(n K^2 d^2)."""
        found: Floats = np.einsum("ni,kilj,nj->nkl", x, self.matrix, x, optimize=True)
        return found


@dataclass(frozen=True, eq=False)
class Kronecker:
    """(B kron A + I / s)^-1, B the mean of diag p_n - p_n p_n', A = sum_n x_n x_n' (Ritter, Botev and Barber 2018).

    It is the full covariance where all p_n are alike. Kept as eigenvalues, to which 1 / s is added exactly.

    Args:
        labels, inputs: eigenvectors of B [K, K] and A [d + 1, d + 1].
        variances: of their products [K, d + 1].
        log_precision: as of ``Covariance``.
    """

    labels: Floats
    inputs: Floats
    variances: Floats
    log_precision: float

    @classmethod
    def at(cls, p: Floats, x: Floats, strength: float) -> Kronecker:
        """From probabilities [n, K] at the mode and x [n, d + 1]; O(n (K^2 + d^2) + K^3 + d^3)."""
        between, labels = np.linalg.eigh(np.diag(p.mean(0)) - p.T @ p / len(p))
        scatter, inputs = np.linalg.eigh(x.T @ x)
        precision = np.maximum(between, 0)[:, None] * np.maximum(scatter, 0) + 1 / strength
        return cls(labels, inputs, 1 / precision, float(np.log(precision).sum()))

    def logits(self, x: Floats) -> Floats:
        """As of ``Covariance``; O(n (d^2 + K d + K^3))."""
        along = (x @ self.inputs) ** 2 @ self.variances.T
        found: Floats = (self.labels * along[:, None]) @ self.labels.T
        return found


_STRUCTURES: dict[Structure, type[Full] | type[Kronecker]] = {"full": Full, "kronecker": Kronecker}


@dataclass(frozen=True, eq=False)
class Predicted:
    """Of n texts and K labels.

    Args:
        probabilities: means over the posterior [n, K]; rows sum to 1.
        low, high: bounds of each probability's central credible interval [n, K].
    """

    probabilities: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Laplace:
    """A Gaussian over the weights of a softmax: P(k | x, W) ~ exp(W_k [x; 1]).

    Args:
        mean: the mode [K, d + 1]; the last column is b.
        covariance: of the weights.
        strength: s, the variance of each weight before anything was seen.
        evidence: log P(labels | vectors, s), approximately.
    """

    mean: Floats
    covariance: Covariance
    strength: float
    evidence: float

    def probabilities(self, vectors: Vectors) -> Floats:
        """Means over the posterior [n, K], in closed form and nearly right.

        P(k) ~ 1 / sum_j exp((m_j - m_k) / sqrt(1 + v_kj pi / 8)), v_kj the variance of the logits' difference
        (Lu, Ie and Sha 2020); of two labels MacKay's (1992) probit.
        """
        x = self._inputs(vectors)
        found = np.empty((len(x), len(self.mean)))
        for i in range(0, len(x), _BLOCK):
            m, s = x[i : i + _BLOCK] @ self.mean.T, self.covariance.logits(x[i : i + _BLOCK])
            own = np.diagonal(s, axis1=1, axis2=2)
            variance = np.maximum(own[:, :, None] + own[:, None] - 2 * s, 0)
            apart = (m[:, None] - m[:, :, None]) / np.sqrt(1 + np.pi / 8 * variance)
            most = apart.max(2, keepdims=True)
            found[i : i + _BLOCK] = softmax(-most[:, :, 0] - np.log(np.exp(apart - most).sum(2)))
        return found

    def predict(
        self, vectors: Vectors, *, level: float = 0.95, draws: int = 1_000, seed: int = 0
    ) -> Predicted:
        """Probabilities and their intervals by drawing logits; O(n (K^3 + draws K^2)) and the covariances.

        Args:
            vectors: [n, d].
            level: of the credible intervals, in (0, 1).
            draws: a text.
            seed: of the draws.
        """
        if not 0 < level < 1 or draws < 1:
            raise InputError(f"the level is in (0, 1), draws positive: {level}, {draws}")
        x, random = self._inputs(vectors), np.random.default_rng(seed)
        parts = [np.empty((len(x), len(self.mean))) for _ in range(3)]
        for i in range(0, len(x), _BLOCK):
            some = x[i : i + _BLOCK]
            values, axes = np.linalg.eigh(self.covariance.logits(some))
            root = axes * np.sqrt(np.maximum(values, 0))[:, None]
            drawn = random.normal(size=(len(some), len(self.mean), draws))
            p = softmax(np.swapaxes((some @ self.mean.T)[:, :, None] + root @ drawn, 1, 2))
            low, high = np.quantile(p, [(1 - level) / 2, (1 + level) / 2], axis=1)
            for part, value in zip(parts, (p.mean(1), low, high), strict=True):
                part[i : i + _BLOCK] = value
        return Predicted(*parts)

    def _inputs(self, vectors: Vectors) -> Floats:
        if vectors.ndim != 2 or vectors.shape[1] != self.mean.shape[1] - 1:
            raise InputError(f"vectors must be [n, {self.mean.shape[1] - 1}], not {vectors.shape}")
        return _inputs(vectors)


def fit_laplace(
    vectors: Vectors, labels: Codes, count: int, *, strength: float, structure: Structure = "kronecker"
) -> Laplace:
    """The posterior over W [K, d] and b [K] whose prior is N(0, s) for each number.

    log P(labels) = log P(labels | W) - |W|^2 / 2s - (log |H| + K (d + 1) log s) / 2 at the mode W.

    Args:
        vectors: [n, d].
        labels: of each vector [n], from 0.
        count: K.
        strength: s > 0.
        structure: of the covariance: "full" (at most ``MOST`` numbers) or "kronecker".

    Raises:
        InputError: another structure, more numbers than can be kept, nothing given, or s that is not positive.
        MissingExtraError: scipy is not installed.
    """
    size = count * (vectors.shape[1] + 1)
    if structure not in _STRUCTURES or not strength > 0 or not len(vectors) or len(vectors) != len(labels):
        raise InputError(
            f"{len(vectors)} vectors, {len(labels)} labels, strength {strength}, structure {structure!r}",
            hint=f"give one label for each vector, a strength above 0, and one of {', '.join(_STRUCTURES)}",
        )
    if structure == "full" and size > MOST:
        raise InputError(
            f"the full covariance of {size} numbers is too large", hint='use structure="kronecker"'
        )
    weights, bias = fit_logistic(vectors, labels, count, strength=strength, bias_strength=strength)
    mean, x = np.hstack([weights, bias[:, None]]), _inputs(vectors)
    logits = x @ mean.T
    covariance = _STRUCTURES[structure].at(softmax(logits), x, strength)
    fit = log_softmax(logits)[np.arange(len(labels)), labels].sum() - (mean**2).sum() / (2 * strength)
    evidence = fit - (covariance.log_precision + size * np.log(strength)) / 2
    return Laplace(mean, covariance, strength, float(evidence))


def choose_laplace(
    vectors: Vectors,
    labels: Codes,
    count: int,
    *,
    strengths: Sequence[float] = STRENGTHS,
    structure: Structure = "kronecker",
) -> Laplace:
    """The posterior of most evidence among priors (type-II maximum likelihood); the arguments of ``fit_laplace``."""
    if not len(strengths):
        raise InputError("there is no strength to choose from")
    found = (fit_laplace(vectors, labels, count, strength=s, structure=structure) for s in strengths)
    return max(found, key=lambda posterior: posterior.evidence)


def _inputs(vectors: Vectors) -> Floats:
    return np.hstack([vectors, np.ones((len(vectors), 1))]).astype(np.float64)
