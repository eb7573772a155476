"""max_min: a proof is as good as its weakest premise, a row as its best proof. Degrees, no probability.

The order of rows by degree needs only the order of the facts, not their numbers. A degree says nothing of how often
something holds; it may be above the probability, and below.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.provenance.algebra import Algebra
from duli.types import Floats


class MaxMin(Algebra):
    """Tags are degrees in [0, 1], float64 (Zadeh 1965).

    >>> algebra = MaxMin()
    >>> tags = algebra.choices(np.array([0.5, 0.4, 0.9]))
    >>> algebra.disjoin(algebra.conjoin(tags, tags[::-1]), np.array([0, 2])).tolist()
    [0.5, 0.5]
    """

    name = "max_min"
    kind = "no probability"
    negates = True
    dtype: type = np.float64
    certain: Any = 1.0
    absent: Any = 0.0

    def choices(self, probabilities: Floats, groups: NDArray[np.int64] | None = None) -> Floats:
        """The numbers [n] themselves, as degrees."""
        return np.asarray(probabilities, np.float64)

    def conjoin(self, a: Floats, b: Floats) -> Floats:
        """The smaller of each pair [n]."""
        least: Floats = np.minimum(a, b)
        return least

    def disjoin(self, tags: Floats, starts: NDArray[np.int64], exclusive: bool = False) -> Floats:
        """The largest of each run [k]."""
        best: Floats = np.maximum.reduceat(tags, starts)
        return best

    def negate(self, a: Floats) -> Floats:
        """1 - a [n]."""
        return 1.0 - a

    def probability(self, tags: Floats) -> Floats:
        """The degrees [n]: no probabilities."""
        return tags
