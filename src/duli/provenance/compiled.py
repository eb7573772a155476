"""How loops are compiled: once on a machine, for one signature each. Imports Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba as nb

F = TypeVar("F", bound=Callable[..., Any])


def compiled(signature: Any, *, bare: bool = False) -> Callable[[F], F]:
    """Compile a function for one signature; the machine code is kept on disk.

    A bare one makes no arrays, and does not count who holds those that it is given: where it is called for every edge,
    counting takes longer than its work.
    """

    def wrap(function: F) -> F:
        made: F = nb.njit(signature, cache=True, nogil=True, _nrt=not bare)(function)
        return made

    return wrap
