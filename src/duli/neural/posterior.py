"""What labels leave open of a softmax: the covariance of a Gaussian over its weights [K, d + 1], b the last column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from duli.types import Floats

Structure = Literal["full", "kronecker"]


class Covariance(Protocol):
    """One structure of it."""

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All numbers, by name; the names tell the structure."""
        ...

    def times(self, factor: float) -> Covariance:
        """The covariance of the weights times the root of a factor."""
        ...

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

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """As of ``Covariance``."""
        return {"matrix": self.matrix, "log_precision": np.array(self.log_precision)}

    def times(self, factor: float) -> Full:
        """As of ``Covariance``."""
        size = self.matrix.shape[0] * self.matrix.shape[1]
        return Full(self.matrix * factor, self.log_precision - size * float(np.log(factor)))

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

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """As of ``Covariance``."""
        found = {"labels": self.labels, "inputs": self.inputs, "variances": self.variances}
        return {**found, "log_precision": np.array(self.log_precision)}

    def times(self, factor: float) -> Kronecker:
        """As of ``Covariance``."""
        lower = self.variances.size * float(np.log(factor))
        return replace(self, variances=self.variances * factor, log_precision=self.log_precision - lower)

    def logits(self, x: Floats) -> Floats:
        """As of ``Covariance``; O(n (d^2 + K d + K^3))."""
        along = (x @ self.inputs) ** 2 @ self.variances.T
        found: Floats = (self.labels * along[:, None]) @ self.labels.T
        return found


STRUCTURES: dict[Structure, type[Full] | type[Kronecker]] = {"full": Full, "kronecker": Kronecker}


def of_arrays(arrays: Mapping[str, NDArray[Any]]) -> Covariance | None:
    """The covariance that has these ``arrays``; None where there are none."""
    for kind in STRUCTURES.values():
        if {part.name for part in fields(kind)} == set(arrays):
            made: Any = kind
            return cast(Covariance, made(**{**arrays, "log_precision": arrays["log_precision"].item()}))
    return None


def inputs(vectors: NDArray[np.floating[Any]]) -> Floats:
    """Vectors [n, d] with the 1 that b is multiplied by: [n, d + 1]."""
    return np.hstack([vectors, np.ones((len(vectors), 1))]).astype(np.float64)
