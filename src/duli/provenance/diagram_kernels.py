"""Inner loops of the decision diagrams, compiled by Numba. Imported only when a diagram is needed.

An edge is 2·node + 1 when it is negated. Node 0 is true, so edge 0 is true and edge 1 is false. A node's high edge is
never negated (its low edge may be), which makes equal functions equal edges (Brace, Rudell and Bryant 1990).
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_I = nb.int64
_A = nb.int64[::1]
_M = nb.int64[:, ::1]
_F = nb.float64[::1]
_RO = nb.types.Array(nb.int64, 1, "C", readonly=True)
_P1 = np.uint64(0x9E3779B97F4A7C15)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)
_S = np.uint64(29)
_FULL = -1


@compiled(_I(_I, _I, _I))
def _mix(a: int, b: int, c: int) -> Any:
    h = np.uint64(a) * _P1 ^ np.uint64(b) * _P2 ^ np.uint64(c) * _P3
    h ^= h >> _S
    h *= _P1
    return np.int64(h >> np.uint64(16))


@compiled(_I(_I, _I, _I, _M, _A, _A))
def make(level: int, low: int, high: int, nodes: Ints, slots: Ints, count: Ints) -> Any:
    """The edge to the node (level, low, high), made when it is new; -1 when there is no room.

    nodes is [room, 3]; slots a hash table of node numbers (0: empty); count[0] the nodes so far.
    """
    if low == high:
        return low
    flip = high & 1
    low ^= flip
    high ^= flip
    mask = len(slots) - 1
    at = _mix(level, low, high) & mask
    while slots[at] != 0:
        node = slots[at]
        if nodes[node, 0] == level and nodes[node, 1] == low and nodes[node, 2] == high:
            return 2 * node + flip
        at = (at + 1) & mask
    node = count[0]
    if node >= len(nodes):
        return _FULL
    nodes[node, 0] = level
    nodes[node, 1] = low
    nodes[node, 2] = high
    count[0] = node + 1
    slots[at] = node
    return 2 * node + flip


@compiled(_I(_I, _I, _M, _A, _A, _M, _M))
def _both(f: int, g: int, nodes: Ints, slots: Ints, count: Ints, cache: Ints, stack: Ints) -> int:
    """f and g; -1 when there is no room. Depth first on a stack of (f, g, state, high) of its own."""
    result = 0
    depth = 0
    stack[0, 0], stack[0, 1], stack[0, 2] = f, g, 0
    mask = len(cache) - 1
    while depth >= 0:
        f, g, state = stack[depth, 0], stack[depth, 1], stack[depth, 2]
        if state == 0:
            if f > g:
                f, g = g, f
            if f == 1 or g == 1 or f == (g ^ 1):
                result = 1
                depth -= 1
                continue
            if f == 0 or f == g:
                result = g
                depth -= 1
                continue
            at = _mix(f, g, 7) & mask
            if cache[at, 0] == f and cache[at, 1] == g:
                result = cache[at, 2]
                depth -= 1
                continue
            stack[depth, 0], stack[depth, 1] = f, g
        level = min(nodes[f >> 1, 0], nodes[g >> 1, 0])
        if state < 2:
            if state == 1:
                stack[depth, 3] = result
            side = 2 - state
            a = nodes[f >> 1, side] ^ (f & 1) if nodes[f >> 1, 0] == level else f
            b = nodes[g >> 1, side] ^ (g & 1) if nodes[g >> 1, 0] == level else g
            stack[depth, 2] = state + 1
            depth += 1
            stack[depth, 0], stack[depth, 1], stack[depth, 2] = a, b, 0
            continue
        result = make(level, result, stack[depth, 3], nodes, slots, count)
        if result < 0:
            return _FULL
        at = _mix(f, g, 7) & mask
        cache[at, 0], cache[at, 1], cache[at, 2] = f, g, result
        depth -= 1
    return result


@compiled(_I(_RO, _RO, _A, _I, _I, _I, _M, _A, _A, _M))
def conjoin(
    a: Ints,
    b: Ints,
    out: Ints,
    start: int,
    stop: int,
    levels: int,
    nodes: Ints,
    slots: Ints,
    count: Ints,
    cache: Ints,
) -> int:
    """out[i] = a[i] and b[i] for start <= i < stop; returns where it stopped: less than `stop` when room is out."""
    stack = np.empty((levels + 3, 4), np.int64)
    for i in range(start, stop):
        made = _both(a[i], b[i], nodes, slots, count, cache, stack)
        if made < 0:
            return i
        out[i] = made
    return stop


@compiled(_I(_RO, _RO, _A, _I, _I, _A, _I, _M, _A, _A, _M))
def disjoin(
    tags: Ints,
    starts: Ints,
    out: Ints,
    start: int,
    stop: int,
    work: Ints,
    levels: int,
    nodes: Ints,
    slots: Ints,
    count: Ints,
    cache: Ints,
) -> int:
    """out[i] = any of the i-th run of tags, start <= i < stop; returns where it stopped, as ``conjoin``.

    Neighbours are joined pairwise, so that a run of n tags is a tree of depth log n.
    """
    stack = np.empty((levels + 3, 4), np.int64)
    for i in range(start, stop):
        first = starts[i]
        n = (starts[i + 1] if i + 1 < len(starts) else len(tags)) - first
        for j in range(n):
            work[j] = tags[first + j] ^ 1
        while n > 1:
            half = (n + 1) // 2
            for j in range(n // 2):
                made = _both(work[2 * j], work[2 * j + 1], nodes, slots, count, cache, stack)
                if made < 0:
                    return i
                work[j] = made
            if n % 2:
                work[half - 1] = work[n - 1]
            n = half
        out[i] = work[0] ^ 1
    return stop


@compiled(nb.void(_M, _I, _I, _A))
def reslot(nodes: Ints, start: int, stop: int, slots: Ints) -> None:
    """Put nodes[start:stop] into an empty hash table."""
    mask = len(slots) - 1
    for node in range(start, stop):
        at = _mix(nodes[node, 0], nodes[node, 1], nodes[node, 2]) & mask
        while slots[at] != 0:
            at = (at + 1) & mask
        slots[at] = node


@compiled(nb.void(_M, _F, _F, _I, _I))
def weigh(nodes: Ints, chances: Floats, out: Floats, start: int, stop: int) -> None:
    """The probability of each node start <= i < stop, from those of its children; chances are by level."""
    for node in range(start, stop):
        p = chances[nodes[node, 0]]
        low, high = nodes[node, 1], nodes[node, 2]
        below = 1.0 - out[low >> 1] if low & 1 else out[low >> 1]
        out[node] = p * out[high >> 1] + (1.0 - p) * below
