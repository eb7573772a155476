"""The one interface between the engine and what its rows carry."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from duli.errors import ProgramError
from duli.types import Floats

Tags = NDArray[Any]
Ints = NDArray[np.int64]


class Algebra(Protocol):
    """Tags of rows, and their operations on whole arrays.

    Tags are equal exactly when they are ``==``: that is how a recursion knows that it has come to its end. Where
    rules are recursive, saying something twice must add nothing.

    One of your own says ``name``, ``dtype``, ``certain``, ``absent``, ``choices``, ``conjoin``, ``disjoin`` and
    ``probability``; the rest is here. An instance keeps the tags of one run; give ``Program.run`` the class, or a
    function without arguments, and each run gets a new one.

    Attributes:
        name: how errors call it.
        kind: what ``probability`` has given: ``exact``; ``bounds``, a lower bound; ``estimate``; ``no probability``.
        negates: whether it has a negation of what is uncertain.
        conditions: whether p(a and b) / p(b) is the probability of a given b: whether it can have evidence.
        dtype: of tags.
        certain, absent: the tag of what always holds, and of what never does.
    """

    name: str
    kind: str = "no probability"
    negates: bool = False
    conditions: bool = False
    dtype: type
    certain: Any
    absent: Any

    def choices(self, probabilities: Floats, groups: Ints | None = None) -> Tags:
        """A tag [n] for each of n new choices; a probability of 1 gives ``certain``.

        Without groups they are independent. Choices of the same group number [n] exclude one another, over all calls.
        """
        ...

    def conjoin(self, a: Tags, b: Tags) -> Tags:
        """Both [n]."""
        ...

    def disjoin(self, tags: Tags, starts: Ints, exclusive: bool = False) -> Tags:
        """Any of each run [k] of tags [n]; a run goes from its start to the next one's, and none is empty.

        ``exclusive`` promises that in no world two of a run hold.
        """
        ...

    def unknown(self, n: int) -> Tags | None:
        """Tags [n] that ``define`` says later, for rows in a circle; None: go round until no tag changes."""
        return None

    def define(self, tags: Tags, values: Tags) -> None:
        """Say what unknown tags [n] are."""
        raise AssertionError(self.name)

    def negate(self, a: Tags) -> Tags:
        """Not [n]; ProgramError where the algebra has no negation."""
        if ((a != self.certain) & (a != self.absent)).any():
            raise ProgramError(
                f"{self.name} has no negation of what is uncertain",
                hint="use the provenance exact, or negate certain predicates only",
            )
        out: Tags = np.where(a == self.certain, self.absent, self.certain).astype(self.dtype)
        return out

    def probability(self, tags: Tags) -> Floats:
        """The probability of each tag [n]."""
        ...

    def bounds(self, tags: Tags) -> tuple[Floats, Floats]:
        """Lower and upper bounds [n], [n] of what ``probability`` gives, which is between them; found within limits."""
        found = self.probability(tags)
        return found, found
