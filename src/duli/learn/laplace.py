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

import numpy as np

from duli.errors import InputError
from duli.learn.logistic import fit_logistic
from duli.neural.classify import drawn, expected, log_softmax, softmax
from duli.neural.index import Vectors
from duli.neural.posterior import STRUCTURES, Covariance, Structure, inputs
from duli.types import Codes, Floats

STRENGTHS = tuple(np.geomspace(0.1, 3_000, 10).tolist())
MOST = 4_000
"""Numbers in W and b up to which the full covariance is kept: 128 MB."""

_BLOCK = 128


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
        """Means over the posterior [n, K], in closed form and nearly right (``neural.classify.expected``)."""
        x = self._inputs(vectors)
        return expected(x @ self.mean.T, vectors, self.covariance)

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
            p = drawn(some @ self.mean.T, self.covariance.logits(some), draws, random)
            low, high = np.quantile(p, [(1 - level) / 2, (1 + level) / 2], axis=0)
            for part, value in zip(parts, (p.mean(0), low, high), strict=True):
                part[i : i + _BLOCK] = value
        return Predicted(*parts)

    def _inputs(self, vectors: Vectors) -> Floats:
        if vectors.ndim != 2 or vectors.shape[1] != self.mean.shape[1] - 1:
            raise InputError(f"vectors must be [n, {self.mean.shape[1] - 1}], not {vectors.shape}")
        return inputs(vectors)


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
    if not strength > 0 or not len(vectors) or len(vectors) != len(labels):
        raise InputError(
            f"{len(vectors)} vectors, {len(labels)} labels, strength {strength}",
            hint="give one label for each vector, and a strength above 0",
        )
    check_structure(structure, count * (vectors.shape[1] + 1))
    found = fit_logistic(vectors, labels, count, strength=strength, bias_strength=strength)
    return laplace_at(*found, vectors, labels, np.ones(len(labels)), strength=strength, structure=structure)


def check_structure(structure: Structure, size: int) -> None:
    """InputError where there is no such structure, or it cannot hold the covariance of so many numbers."""
    if structure not in STRUCTURES:
        raise InputError(f"there is no structure {structure!r}", hint=f"one of {', '.join(STRUCTURES)}")
    if structure == "full" and size > MOST:
        raise InputError(
            f"the full covariance of {size} numbers is too large", hint='use structure="kronecker"'
        )


def laplace_at(
    weights: Floats,
    bias: Floats,
    vectors: Vectors,
    labels: Codes,
    counts: Floats,
    *,
    strength: float,
    structure: Structure,
) -> Laplace:
    """The Gaussian around a mode W [K, d], b [K] that is known; ``counts`` [n] say how much each vector counts."""
    mean, x = np.hstack([weights, bias[:, None]]), inputs(vectors)
    logits = x @ mean.T
    covariance = STRUCTURES[structure].at(softmax(logits), x * np.sqrt(counts)[:, None], strength)
    fit = counts @ log_softmax(logits)[np.arange(len(labels)), labels] - (mean**2).sum() / (2 * strength)
    evidence = fit - (covariance.log_precision + mean.size * np.log(strength)) / 2
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
