"""What an uncertain row carries, and how it is combined: one algebra a file, one interface."""

from __future__ import annotations

from collections.abc import Callable

from duli.errors import InputError
from duli.provenance.algebra import Algebra

NAMES = ("boolean", "max_min", "max_product", "top_k_proofs", "exact")
Provenance = str | Algebra | Callable[[], Algebra]
"""A name (``top_k_proofs:10`` says how many), an algebra of your own, or what makes one for each run."""


def make(
    provenance: Provenance, most: int | None = None, check: Callable[[], None] = lambda: None
) -> Algebra | None:
    """The algebra, new for one run; None for ``boolean``, whose rows carry nothing.

    Args:
        provenance: one of ``NAMES``, an algebra, or a function without arguments that makes one.
        most: how large a lineage may become, in nodes; None for no limit.
        check: called now and then; raises when the time is over.

    Raises:
        InputError: the name is not known.

    >>> make("top_k_proofs:10").k
    10
    """
    if not isinstance(provenance, str):
        return provenance() if callable(provenance) else provenance
    name, _, k = provenance.partition(":")
    if name not in NAMES or (k and name != "top_k_proofs"):
        raise InputError(f"the provenance {provenance} is not known", hint=f"known: {', '.join(NAMES)}")
    if name == "exact":
        from duli.provenance.exact import Exact

        return Exact(most, check)
    if name == "top_k_proofs":
        from duli.provenance.top_k_proofs import TopKProofs

        if k and not (k.isascii() and k.isdigit() and int(k)):
            raise InputError(
                f"the provenance {provenance} is not known", hint="say how many: top_k_proofs:10"
            )
        return TopKProofs(int(k or 3), most, check)
    if name == "max_product":
        from duli.provenance.max_product import MaxProduct

        return MaxProduct()
    if name == "max_min":
        from duli.provenance.max_min import MaxMin

        return MaxMin()
    return None
