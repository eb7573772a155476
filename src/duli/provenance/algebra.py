"""The one interface between the engine and what its rows carry."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from duli.types import Floats

Tags = NDArray[Any]
Ints = NDArray[np.int64]


class Algebra(Protocol):
    """Tags of rows, and their operations on whole arrays.

    Tags are equal exactly when they are ``==``: that is how a recursion knows that it has come to its end.
    """

    dtype: type
    certain: Any
    absent: Any

    def choices(self, probabilities: Floats) -> Tags:
        """A tag [n] for each of n new independent choices; a probability of 1 gives ``certain``."""
        ...

    def conjoin(self, a: Tags, b: Tags) -> Tags:
        """Both [n]."""
        ...

    def disjoin(self, tags: Tags, starts: Ints) -> Tags:
        """Any of each run [k] of tags [n]; a run goes from its start to the next one's, and none is empty."""
        ...

    def negate(self, a: Tags) -> Tags:
        """Not [n]; ProgramError where the algebra has no negation."""
        ...

    def probability(self, tags: Tags) -> Floats:
        """The probability of each tag [n]."""
        ...
