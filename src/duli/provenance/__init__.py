"""What an uncertain row carries, and how it is combined: one algebra a file, one interface."""

from __future__ import annotations

from collections.abc import Callable

from duli.provenance.algebra import Algebra

NAMES = ("boolean", "max_product", "exact")


def make(name: str, most: int | None, check: Callable[[], None]) -> Algebra | None:
    """The algebra of this name, new for one run; None for ``boolean``, whose rows carry nothing.

    Args:
        name: one of ``NAMES``.
        most: how large a lineage may become, in nodes; None for no limit.
        check: called now and then; raises when the time is over.
    """
    if name == "exact":
        from duli.provenance.exact import Exact

        return Exact(most, check)
    if name == "max_product":
        from duli.provenance.max_product import MaxProduct

        return MaxProduct()
    return None
