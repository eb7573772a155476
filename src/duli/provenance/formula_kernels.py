"""New nodes of a formula, compiled by Numba. See ``duli.provenance.formula``."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]

_A = nb.int64[::1]
_B = nb.int8[::1]
_I = nb.int64
_R = nb.types.Array(nb.int64, 1, "A", readonly=True)


@compiled(nb.types.UniTuple(_I, 2)(_R, _R, _B, _A, _A, _A, _A, _I, _I, _A))
def conjoin(
    a: Ints,
    b: Ints,
    kinds: Bytes,
    starts: Ints,
    stops: Ints,
    choice: Ints,
    children: Ints,
    nodes: int,
    n: int,
    out: Ints,
) -> tuple[int, int]:
    """Both of each pair of edges; there is room for a node and two children each. Returns how many there are then."""
    for i in range(len(a)):
        x, y = a[i], b[i]
        if x == 0 or x == y:
            out[i] = y
        elif y == 0:
            out[i] = x
        elif x == 1 or y == 1 or x == (y ^ 1):
            out[i] = 1
        else:
            kinds[nodes], starts[nodes], stops[nodes], choice[nodes] = 1, n, n + 2, -1
            children[n], children[n + 1] = x, y
            out[i] = 2 * nodes
            nodes += 1
            n += 2
    return nodes, n


@compiled(nb.types.UniTuple(_I, 2)(_R, _R, _I, _B, _A, _A, _A, _A, _I, _I, _A))
def disjoin(
    edges: Ints,
    begins: Ints,
    kind: int,
    kinds: Bytes,
    starts: Ints,
    stops: Ints,
    choice: Ints,
    children: Ints,
    nodes: int,
    n: int,
    out: Ints,
) -> tuple[int, int]:
    """Any of each run of edges; there is room for a node each and for all edges. Returns how many there are then."""
    for i in range(len(begins)):
        begin = begins[i]
        end = begins[i + 1] if i + 1 < len(begins) else len(edges)
        out[i] = edges[begin]
        if end - begin > 1:
            kinds[nodes], starts[nodes], stops[nodes], choice[nodes] = kind, n, n + end - begin, -1
            for at in range(begin, end):
                children[n] = edges[at]
                n += 1
            out[i] = 2 * nodes
            nodes += 1
    return nodes, n
