"""max_product: the probability of the most probable proof (Viterbi).

A lower bound of the row's probability: a fact that a proof uses twice counts twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import ProgramError
from duli.types import Floats


class MaxProduct:
    """Tags are probabilities, float64.

    >>> algebra = MaxProduct()
    >>> tags = algebra.choices(np.array([0.5, 0.4, 0.9]))
    >>> algebra.disjoin(algebra.conjoin(tags, tags), np.array([0, 2])).round(2).tolist()
    [0.25, 0.81]
    """

    dtype: type = np.float64
    certain: Any = 1.0
    absent: Any = 0.0

    def choices(self, probabilities: Floats, groups: NDArray[np.int64] | None = None) -> Floats:
        """The probabilities [n] themselves."""
        return np.asarray(probabilities, np.float64)

    def conjoin(self, a: Floats, b: Floats) -> Floats:
        """The products [n]."""
        return a * b

    def disjoin(self, tags: Floats, starts: NDArray[np.int64], exclusive: bool = False) -> Floats:
        """The largest of each run [k]."""
        best: Floats = np.maximum.reduceat(tags, starts)
        return best

    def unknown(self, n: int) -> None:
        """Rows that depend on one another are gone over until no tag changes."""

    def define(self, tags: Floats, values: Floats) -> None:
        """Not used."""

    def negate(self, a: Floats) -> Floats:
        """1 - a [n] where a is 0 or 1; elsewhere there is no best proof of an absence: ProgramError."""
        if ((a > 0) & (a < 1)).any():
            raise ProgramError(
                "max_product has no negation of what is uncertain",
                hint="use the provenance exact, or negate certain predicates only",
            )
        return 1.0 - a

    def probability(self, tags: Floats) -> Floats:
        """The tags [n] themselves."""
        return tags

    def bounds(self, tags: Floats) -> tuple[Floats, Floats]:
        """The tags [n] twice."""
        return tags, tags
