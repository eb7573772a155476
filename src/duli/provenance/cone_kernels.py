"""Loops that look a lineage over before it is compiled, by Numba. See ``duli.provenance.cone``."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled
from duli.provenance.shared_kernels import mix

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]

_A = nb.int64[::1]
_B = nb.int8[::1]
_I = nb.int64
_RB = nb.types.Array(nb.int8, 1, "C", readonly=True)
_P1 = np.uint64(0x9E3779B97F4A7C15)
_RO = nb.types.Array(nb.int64, 1, "C", readonly=True)


@compiled(nb.types.UniTuple(_I, 2)(_RO, _RO, _RO, _RO, _A, _A, _A, _A, _A, _A, _A))
def blocks(
    starts: Ints,
    stops: Ints,
    children: Ints,
    wanted: Ints,
    number: Ints,
    low: Ints,
    order: Ints,
    bounds: Ints,
    stack: Ints,
    work: Ints,
    step: Ints,
) -> tuple[int, int]:
    """Strongly connected components of what some nodes lead to, children first (Tarjan 1972).

    number [nodes] is 0 at first, and has to be cleared after; order gets the nodes, bounds the starts of the blocks.
    Returns how many nodes and how many blocks there are. Afterwards number[v] is 1 + the place of v in order.
    """
    count, found, done, held = 0, 0, 0, 0
    for r in range(len(wanted)):
        if number[wanted[r]] != 0:
            continue
        work[0] = wanted[r]
        top = 1
        count += 1
        number[wanted[r]] = count
        low[wanted[r]] = count
        step[wanted[r]] = starts[wanted[r]]
        stack[held] = wanted[r]
        held += 1
        while top > 0:
            v = work[top - 1]
            if step[v] < stops[v]:
                c = children[step[v]] >> 1
                step[v] += 1
                if number[c] == 0:
                    count += 1
                    number[c] = count
                    low[c] = count
                    step[c] = starts[c]
                    stack[held] = c
                    held += 1
                    work[top] = c
                    top += 1
                elif number[c] > 0 and number[c] < low[v]:
                    low[v] = number[c]
                continue
            top -= 1
            if top > 0 and low[v] < low[work[top - 1]]:
                low[work[top - 1]] = low[v]
            if low[v] == number[v]:
                bounds[found] = done
                found += 1
                begin = held
                while True:
                    begin -= 1
                    if stack[begin] == v:
                        break
                # In the order in which they were met, so that equal lineages have equal orders.
                for at in range(begin, held):
                    order[done] = stack[at]
                    number[stack[at]] = -1 - done
                    done += 1
                held = begin
    bounds[found] = done
    for at in range(done):
        number[order[at]] = 1 + at
    return done, found


@compiled(_I(_RO, _RO, _RO, _RB, _A, _A, _A, _A, _I, _B, _B, _A, _A, _A))
def simplify(
    starts: Ints,
    stops: Ints,
    children: Ints,
    kinds: Bytes,
    number: Ints,
    order: Ints,
    bounds: Ints,
    rep: Ints,
    found: int,
    kind: Bytes,
    looped: Bytes,
    first: Ints,
    edges: Ints,
    seen: Ints,
) -> int:
    """The same nodes with numbers of their own (1 + place in order; 0 is true), without constants and repetitions.

    rep is what an old node became: an edge. kind is 0 for a leaf, 1 AND, 2 OR, 3 exclusive OR, 4 for what became
    something else. seen [2 * nodes] is cleared. Returns how many edges there are.
    """
    n = 0
    for block in range(found):
        begin, end = bounds[block], bounds[block + 1]
        loop = end - begin > 1
        if not loop:
            v = order[begin]
            for at in range(starts[v], stops[v]):
                if children[at] >> 1 == v:
                    loop = True
        for place in range(begin, end):
            rep[order[place]] = 2 * (place + 1)
        for place in range(begin, end):
            v = order[place]
            me = place + 1
            looped[me] = loop
            first[me] = n
            if kinds[v] == 0 and stops[v] == starts[v]:
                kind[me] = 0
                continue
            conj = kinds[v] == 1
            kind[me] = kinds[v]
            known = -1
            for at in range(starts[v], stops[v]):
                edge = rep[children[at] >> 1] ^ (children[at] & 1)
                if edge <= 1:
                    if (edge == 0) != conj:
                        known = edge
                        break
                elif seen[edge ^ 1] == me:
                    known = 1 if conj else 0
                    break
                elif seen[edge] != me:
                    seen[edge] = me
                    edges[n] = edge
                    n += 1
            if known >= 0 or n == first[me]:
                n = first[me]
                rep[v] = known if known >= 0 else (0 if conj else 1)
                kind[me] = 4
                if loop:
                    # Others of the cycle may have seen it already: it stays a node, with nothing beneath.
                    kind[me] = 1 if rep[v] == 0 else 2
                    rep[v] = 2 * me
            elif n - first[me] == 1 and not loop:
                rep[v] = edges[first[me]]
                n = first[me]
                kind[me] = 4
    first[bounds[found] + 1] = n
    return n


@compiled(nb.boolean(_I, _A, _A, _A, _A, _A, _A, _A, _A))
def _exclude(
    v: int,
    first: Ints,
    edges: Ints,
    group: Ints,
    begin: Ints,
    end: Ints,
    implied: Ints,
    met: Ints,
    times: Ints,
) -> Any:
    """Whether no two children of a node can hold together: each implies other leaves of the same groups."""
    children = first[v + 1] - first[v]
    for at in range(first[v], first[v + 1]):
        c = edges[at] >> 1
        if (edges[at] & 1) or begin[c] == end[c]:
            return False
        for i in range(begin[c], end[c]):
            g = group[implied[i]]
            if met[g] != v:
                met[g] = v
                times[g] = 0
            times[g] += 1
    # Equal hashes are taken for equal leaves: that errs on the safe side.
    hashes = np.zeros(children, np.uint64)
    common = False
    for k in range(children):
        c = edges[first[v] + k] >> 1
        for i in range(begin[c], end[c]):
            if times[group[implied[i]]] == children:
                common = True
                hashes[k] += mix(np.uint64(implied[i]) * _P1)
    hashes.sort()
    for k in range(1, children):
        if hashes[k] == hashes[k - 1]:
            return False
    return common


@compiled(_I(_B, _B, _A, _A, _A, _A, _A, _A, _B, _A, _A))
def independent(
    kind: Bytes,
    looped: Bytes,
    first: Ints,
    edges: Ints,
    group: Ints,
    from_: Ints,
    upto: Ints,
    support: Ints,
    direct: Bytes,
    stamp: Ints,
    implied: Ints,
) -> int:
    """Which nodes need no compilation: their children share no choice, or exclude one another.

    from_, upto: where a direct node's groups stand in `support`; implied: room for the leaves that have to hold where a
    node does. Returns how much of `support` is used.
    """
    n = 0
    direct[0] = 1
    begin, end = np.zeros(len(kind), np.int64), np.zeros(len(kind), np.int64)
    met, times = np.zeros(len(stamp), np.int64), np.zeros(len(stamp), np.int64)
    needs = 0
    for v in range(1, len(kind)):
        from_[v] = n
        upto[v] = n
        if kind[v] == 4:
            continue
        if kind[v] == 0:
            if n + 1 > len(support):
                continue
            direct[v] = 1
            support[n] = group[v]
            n += 1
            upto[v] = n
            if needs < len(implied):
                begin[v], end[v] = needs, needs + 1
                implied[needs] = v
                needs += 1
            continue
        if looped[v]:
            continue
        good = True
        shared = False
        m = 0
        for at in range(first[v], first[v + 1]):
            c = edges[at] >> 1
            if not direct[c]:
                good = False
                break
            if n + m + upto[c] - from_[c] > len(support):
                good = False
                break
            for s in range(from_[c], upto[c]):
                g = support[s]
                if stamp[g] == v:
                    shared = True
                else:
                    stamp[g] = v
                    support[n + m] = g
                    m += 1
        if kind[v] == 1:
            begin[v] = needs
            for at in range(first[v], first[v + 1]):
                c = edges[at] >> 1
                if (edges[at] & 1) == 0 and needs + end[c] - begin[c] <= len(implied):
                    for i in range(begin[c], end[c]):
                        implied[needs] = implied[i]
                        needs += 1
            end[v] = needs
        elif (
            kind[v] == 2
            and good
            and shared
            and _exclude(v, first, edges, group, begin, end, implied, met, times)
        ):
            kind[v] = 3
        if good and (not shared or kind[v] == 3):
            direct[v] = 1
            n += m
            upto[v] = n
    return n
