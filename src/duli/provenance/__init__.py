"""What a tuple carries besides its values: one algebra a file, one seam.

The engine knows only these operations. A tag is a number; arrays of tags [n] go in and out.
"""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from duli.errors import InputError
from duli.types import Floats, Limits

Tags = NDArray[Any]


class Algebra(Protocol):
    """Tags of tuples, and how rules combine them."""

    one: int | float

    def choices(self, probabilities: Floats) -> Tags:
        """Tags [n] of n new independent choices."""
        ...

    def times(self, left: Tags, right: Tags) -> Tags:
        """Both [n]."""
        ...

    def plus(self, left: Tags, right: Tags) -> Tags:
        """Either [n]."""
        ...

    def negate(self, tags: Tags) -> Tags:
        """Not [n]."""
        ...

    def probability(self, tags: Tags) -> Floats:
        """The number [n] in [0, 1] that each tag stands for."""
        ...


def algebra(name: str, limits: Limits) -> Algebra | None:
    """The algebra of this name; None is boolean: nothing is carried.

    Args:
        name: ``boolean``; ``max_product``, the probability of the best proof; ``exact``, the probability.
        limits: ``nodes`` bounds the exact lineage.
    """
    if name == "boolean":
        return None
    if name == "max_product":
        from duli.provenance.max_product import MaxProduct

        return MaxProduct()
    if name == "exact":
        from duli.provenance.exact import Exact

        return Exact(limits.nodes)
    raise InputError(f"the provenance {name!r} is not known", hint="one of boolean, max_product, exact")
