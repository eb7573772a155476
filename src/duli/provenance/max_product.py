"""The probability of the best proof: a lower bound of the exact one."""

from __future__ import annotations

import numpy as np

from duli.errors import ProgramError
from duli.provenance import Tags
from duli.types import Floats


class MaxProduct:
    """Tags are float64 in [0, 1]; both is the product, either is the larger (the Viterbi semiring)."""

    one = 1.0

    def choices(self, probabilities: Floats) -> Tags:
        """Tags [n] of n new independent choices."""
        return np.asarray(probabilities, np.float64)

    def times(self, left: Tags, right: Tags) -> Tags:
        """Both [n]."""
        return left * right

    def plus(self, left: Tags, right: Tags) -> Tags:
        """Either [n]."""
        return np.maximum(left, right)

    def negate(self, tags: Tags) -> Tags:
        """Not [n]: defined for what is certain only; raises ProgramError otherwise."""
        if ((tags > 0) & (tags < 1)).any():
            raise ProgramError("max_product has no negation of what is uncertain", hint="use provenance exact")
        return 1.0 - tags

    def probability(self, tags: Tags) -> Floats:
        """The best proof's probability [n]."""
        return np.asarray(tags, np.float64)
