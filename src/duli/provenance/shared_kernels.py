"""Small loops that several kernels share, compiled by Numba."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]

_A = nb.int64[::1]
_I = nb.int64
_P2 = np.uint64(0xBF58476D1CE4E5B9)
_P3 = np.uint64(0x94D049BB133111EB)
_S27 = np.uint64(27)
_S30 = np.uint64(30)
_S31 = np.uint64(31)


@compiled(nb.uint64(nb.uint64), bare=True)
def mix(x: Any) -> Any:
    """Spread the bits of a word over all of it (the finaliser of SplitMix64, Steele 2014)."""
    x = (x ^ (x >> _S30)) * _P2
    x = (x ^ (x >> _S27)) * _P3
    return x ^ (x >> _S31)


@compiled(_I(_A, _I), bare=True)
def find(parents: Ints, v: int) -> int:
    """What stands for the set of v."""
    while parents[v] != v:
        parents[v] = parents[parents[v]]
        v = parents[v]
    return v


@compiled(nb.void(_A, _I, _I), bare=True)
def unite(parents: Ints, a: int, b: int) -> None:
    """Make one set of two; the smaller number stands for it."""
    a, b = find(parents, a), find(parents, b)
    if a < b:
        parents[b] = a
    else:
        parents[a] = b
