"""What an uncertain row carries, and how it is combined: one algebra a file, one interface."""

from __future__ import annotations

from duli.logic.meter import Meter
from duli.provenance.algebra import Algebra

NAMES = ("boolean", "max_product", "exact")


def make(name: str, meter: Meter) -> Algebra | None:
    """The algebra of this name, new for one run; None for ``boolean``, whose rows carry nothing."""
    if name == "exact":
        from duli.provenance.exact import Exact

        return Exact(meter)
    if name == "max_product":
        from duli.provenance.max_product import MaxProduct

        return MaxProduct()
    return None
