"""The values of a goal's nodes when some choices are decided, compiled by Numba. See ``duli.provenance.residual``.

A graph has nodes of three kinds (0 a leaf, 1 AND, 2 OR), children before parents but inside cycles; blocks are its
strongly connected components. An edge is 2 * node, + 1 when it is negated; inside a cycle none is. Values: 0 open,
1 true, 2 false. A node is touched when it leads to one that has a value: what leads to none is as it was at first, and
need not be looked into.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]

_A = nb.int64[::1]
_B = nb.int8[::1]
_I = nb.int64
_NEVER = 1 << 40
_FAR = 1 << 40


@compiled(nb.void(_I, _I, _B, _A, _A, _A, _A, _B, _A, _A, _B), bare=True)
def _founded(
    start: int,
    stop: int,
    kind: Bytes,
    first: Ints,
    edges: Ints,
    up_first: Ints,
    up: Ints,
    val: Bytes,
    need: Ints,
    queue: Ints,
    possible: Bytes,
) -> None:
    """Which open nodes of a cycle may still hold, founded from outside: from there upwards, each node once.

    need and queue [start:stop] are room to work in.
    """
    head = tail = start
    for v in range(start, stop):
        possible[v] = 0
        if val[v] != 0:
            continue
        conj = kind[v] == 1
        need[v] = 0 if conj else 1
        for at in range(first[v], first[v + 1]):
            c = edges[at] >> 1
            x = val[c]
            if x != 0:
                may = (x == 1) != ((edges[at] & 1) == 1)
            else:
                may = c < start or c >= stop
                if not may:
                    need[v] += conj
                    continue
            if may != conj:
                need[v] = 0 if may else _NEVER
                break
        if need[v] == 0:
            possible[v] = 1
            queue[tail] = v
            tail += 1
    while head < tail:
        c = queue[head]
        head += 1
        for at in range(up_first[c], up_first[c + 1]):
            v = up[at]
            if v < start or v >= stop or val[v] != 0 or possible[v]:
                continue
            need[v] -= 1
            if need[v] == 0:
                possible[v] = 1
                queue[tail] = v
                tail += 1


@compiled(nb.void(_I, _I, _I, _B, _A, _A, _A, _A, _B, _A, _A, _B), bare=True)
def _evaluate(
    start: int,
    stop: int,
    cyclic: int,
    kind: Bytes,
    first: Ints,
    edges: Ints,
    up_first: Ints,
    up: Ints,
    val: Bytes,
    count: Ints,
    last: Ints,
    possible: Bytes,
) -> None:
    """Give every open node of a block its value where it has one, when those that it leads to have theirs."""
    if cyclic:
        changed = True
        while changed:
            changed = False
            for v in range(start, stop):
                if val[v] == 0:
                    conj = kind[v] == 1
                    holds = conj
                    for at in range(first[v], first[v + 1]):
                        x = val[edges[at] >> 1]
                        yes = x != 0 and (x == 1) != ((edges[at] & 1) == 1)
                        if yes != conj:
                            holds = yes
                            break
                    if holds:
                        val[v] = 1
                        changed = True
        _founded(start, stop, kind, first, edges, up_first, up, val, count, last, possible)
        for v in range(start, stop):
            if val[v] == 0 and not possible[v]:
                val[v] = 2
    for v in range(start, stop):
        if val[v] != 0 or kind[v] == 0:
            continue
        conj = kind[v] == 1
        n = 0
        known = False
        for at in range(first[v], first[v + 1]):
            x = val[edges[at] >> 1]
            if x == 0:
                n += 1
                last[v] = edges[at]
            elif ((x == 1) != ((edges[at] & 1) == 1)) != conj:
                known = True
                break
        count[v] = n
        if known:
            val[v] = 2 if conj else 1
        elif n == 0:
            val[v] = 1 if conj else 2


@compiled(nb.void(_B, _A, _A, _A, _B, _A, _A, _B, _A, _A, _B), bare=True)
def propagate(
    kind: Bytes,
    first: Ints,
    edges: Ints,
    blocks: Ints,
    cyclic: Bytes,
    up_first: Ints,
    up: Ints,
    val: Bytes,
    count: Ints,
    last: Ints,
    possible: Bytes,
) -> None:
    """Give every open node its value where it has one; for the others, count[v] open edges, the last one in last[v].

    In a cycle, what is not founded from outside is false: a least fixpoint. up[up_first[v] : up_first[v + 1]] are the
    nodes that v is a child of.
    """
    for block in range(len(blocks) - 1):
        _evaluate(
            blocks[block],
            blocks[block + 1],
            cyclic[block],
            kind,
            first,
            edges,
            up_first,
            up,
            val,
            count,
            last,
            possible,
        )


@compiled(nb.void(_A, _I, _B, _A, _A, _A, _B, _A, _A, _A, _B, _B, _A, _A, _B, _A, _A, _A, _I), bare=True)
def settle(
    wanted: Ints,
    n: int,
    kind: Bytes,
    first: Ints,
    edges: Ints,
    blocks: Ints,
    cyclic: Bytes,
    up_first: Ints,
    up: Ints,
    block_of: Ints,
    val: Bytes,
    touched: Bytes,
    count: Ints,
    last: Ints,
    possible: Bytes,
    met: Ints,
    path: Ints,
    step: Ints,
    now: int,
) -> None:
    """As ``propagate``, for what n wanted edges lead to, and only for what is touched.

    met [nodes] holds, by block, the time of its last visit, path and step [nodes] are room to work in.
    """
    for i in range(n):
        v = wanted[i] >> 1
        if val[v] != 0 or not touched[v] or met[block_of[v]] == now:
            continue
        top = 0
        block = block_of[v]
        at = first[blocks[block]]
        met[block] = now
        while True:
            stop = first[blocks[block + 1]]
            while at < stop:
                c = edges[at] >> 1
                at += 1
                if touched[c] and val[c] == 0 and met[block_of[c]] != now:
                    path[top] = block
                    step[top] = at
                    top += 1
                    block = block_of[c]
                    at = first[blocks[block]]
                    stop = first[blocks[block + 1]]
                    met[block] = now
            _evaluate(
                blocks[block],
                blocks[block + 1],
                cyclic[block],
                kind,
                first,
                edges,
                up_first,
                up,
                val,
                count,
                last,
                possible,
            )
            if top == 0:
                break
            top -= 1
            block = path[top]
            at = step[top]


@compiled(nb.void(_I, _A, _A, _B, _A, _I), bare=True)
def touch(v: int, up_first: Ints, up: Ints, touched: Bytes, stack: Ints, top: int) -> None:
    """Mark what leads to a node that gets a value; stack[top:] is room to work in."""
    if touched[v]:
        return
    touched[v] = 1
    base = top
    stack[top] = v
    top += 1
    while top > base:
        top -= 1
        v = stack[top]
        for at in range(up_first[v], up_first[v + 1]):
            if not touched[up[at]]:
                touched[up[at]] = 1
                stack[top] = up[at]
                top += 1


@compiled(_I(_I, _A, _A, _B, _A, _A), bare=True)
def only(v: int, first: Ints, edges: Ints, touched: Bytes, count: Ints, last: Ints) -> int:
    """The only open edge of an open inner node; -1 where it has more than one."""
    n, edge = first[v + 1] - first[v], edges[first[v]]
    if touched[v]:
        n, edge = count[v], last[v]
    return edge if n == 1 else -1


@compiled(nb.void(_B, _A, _A, _A, _B, _A, _A, _B, _B, _B, _B, _A, _A, nb.uint64[:, ::1]), bare=True)
def look_ahead(
    kind: Bytes,
    first: Ints,
    edges: Ints,
    blocks: Ints,
    cyclic: Bytes,
    group: Ints,
    rank: Ints,
    single: Bytes,
    val: Bytes,
    touched: Bytes,
    plain: Bytes,
    near: Ints,
    nearest: Ints,
    bits: Words,
) -> None:
    """What nodes lead to at first: it need not be looked for again as long as they are not touched.

    Args:
        touched: of each node: whether it leads to one that has a value.
        plain: whether it leads to choices only that stand alone in their groups; of none where bits has no room.
        near, nearest: how far the nearest of them is, and its group, the first by rank.
        bits: which groups they are [nodes, groups / 64].
    """
    for block in range(len(blocks) - 1):
        for v in range(blocks[block], blocks[block + 1]):
            touched[v] = val[v] != 0
            plain[v] = len(bits) == len(kind) and val[v] == 0 and (kind[v] != 0 or single[v])
            near[v] = _FAR
            if kind[v] == 0 and plain[v]:
                near[v], nearest[v] = 0, group[v]
                bits[v, group[v] >> 6] |= np.uint64(1) << np.uint64(group[v] & 63)
        changed = True
        while changed:
            changed = False
            for v in range(blocks[block], blocks[block + 1]):
                step = 1 if first[v + 1] > first[v] + 1 else 0
                for at in range(first[v], first[v + 1]):
                    c = edges[at] >> 1
                    if touched[c] > touched[v] or plain[c] < plain[v]:
                        touched[v] |= touched[c]
                        plain[v] &= plain[c]
                        changed = True
                    if not plain[v]:
                        continue
                    far = near[c] + step
                    if far < near[v] or (far == near[v] and rank[nearest[c]] < rank[nearest[v]]):
                        near[v], nearest[v] = far, nearest[c]
                        changed = True
                    for word in range(bits.shape[1]):
                        if bits[c, word] & ~bits[v, word]:
                            bits[v, word] |= bits[c, word]
                            changed = True
            if not cyclic[block]:
                break
