"""Multinomial logistic regression on frozen features."""

from __future__ import annotations

import numpy as np

from duli.lm.graph import need
from duli.neural.classify import softmax
from duli.neural.index import Vectors
from duli.types import Codes, Floats


def fit_logistic(
    vectors: Vectors,
    labels: Codes | Floats,
    count: int,
    *,
    strength: float,
    bias_strength: float = np.inf,
    weights: Floats | None = None,
) -> tuple[Floats, Floats]:
    """W [K, d] and b [K] that minimise the sum of log-losses + |W|^2 / (2 strength), by L-BFGS.

    Args:
        vectors: [n, d].
        labels: of each vector [n], from 0; or how likely each label is of it [n, K].
        count: K.
        strength: the inverse of the penalty, > 0.
        bias_strength: the same for b; infinite is no penalty.
        weights: how much each vector counts [n].

    Raises:
        MissingExtraError: scipy is not installed.
    """
    optimize = need("scipy.optimize", "learn")
    n, d = vectors.shape
    x = np.hstack([vectors, np.ones((n, 1))]).astype(np.float64)
    counts = np.ones(n) if weights is None else weights
    penalty = 1 / np.append(np.full(d, strength), bias_strength)
    wanted = one_hot(labels, count)

    def loss(flat: Floats) -> tuple[float, Floats]:
        theta = flat.reshape(count, d + 1)
        p = softmax(x @ theta.T)
        slope = ((p - wanted) * counts[:, None]).T @ x + penalty * theta
        value = -(counts[:, None] * wanted * np.log(np.maximum(p, 1e-300))).sum()
        return float(value + (penalty * theta**2).sum() / 2), slope.ravel()

    # Products are small, and many: threads that wait for one another made it ten times slower on a busy machine.
    with need("threadpoolctl", "learn").threadpool_limits(1):
        found = optimize.minimize(
            loss, np.zeros(count * (d + 1)), jac=True, method="L-BFGS-B", options={"maxiter": 200}
        )
    theta = found.x.reshape(count, d + 1)
    return theta[:, :-1].copy(), theta[:, -1].copy()


def one_hot(labels: Codes | Floats, count: int) -> Floats:
    """How likely each label is [n, K]: of numbers [n] 1 at the number; for -1, not known, a row of NaN."""
    given = np.asarray(labels)
    if given.ndim == 2:
        return given.astype(np.float64)
    found = np.zeros((len(given), count))
    found[np.flatnonzero(given >= 0), given[given >= 0]] = 1
    found[given < 0] = np.nan
    return found
