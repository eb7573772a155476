"""max_product: the probability of the most probable proof (Viterbi).

A lower bound of the row's probability: a fact that a proof uses twice counts twice. Of alternatives that exclude one
another nothing is known here: where a program has such, a proof may need two of them, which never hold together, and
what is given is then an estimate, which may be too high.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.provenance.algebra import Algebra
from duli.types import Floats


class MaxProduct(Algebra):
    """Tags are probabilities, float64.

    >>> algebra = MaxProduct()
    >>> tags = algebra.choices(np.array([0.5, 0.4, 0.9]))
    >>> algebra.disjoin(algebra.conjoin(tags, tags), np.array([0, 2])).round(2).tolist()
    [0.25, 0.81]
    """

    name = "max_product"
    dtype: type = np.float64
    certain: Any = 1.0
    absent: Any = 0.0

    def __init__(self) -> None:
        self.kind = "bounds"

    def choices(self, probabilities: Floats, groups: NDArray[np.int64] | None = None) -> Floats:
        """The probabilities [n] themselves."""
        if groups is not None:
            self.kind = "estimate"
        return np.asarray(probabilities, np.float64)

    def conjoin(self, a: Floats, b: Floats) -> Floats:
        """The products [n]."""
        return a * b

    def disjoin(self, tags: Floats, starts: NDArray[np.int64], exclusive: bool = False) -> Floats:
        """The largest of each run [k]."""
        best: Floats = np.maximum.reduceat(tags, starts)
        return best

    def probability(self, tags: Floats) -> Floats:
        """The tags [n] themselves."""
        return tags
