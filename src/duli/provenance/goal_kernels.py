"""What is left of a goal when some choices are decided, compiled by Numba. See ``duli.provenance.residual``.

A graph has nodes of three kinds (0 a leaf, 1 AND, 2 OR), children before parents but inside cycles; blocks are its
strongly connected components. An edge is 2 * node, + 1 when it is negated; inside a cycle none is. Values: 0 open,
1 true, 2 false.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled
from duli.provenance.shared_kernels import find, mix

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]

_A = nb.int64[::1]
_B = nb.int8[::1]
_I = nb.int64
_NEVER = 1 << 40
_P1 = np.uint64(0x9E3779B97F4A7C15)
_P2 = np.uint64(0xBF58476D1CE4E5B9)
_P3 = np.uint64(0x94D049BB133111EB)


@compiled(nb.void(_I, _I, _B, _A, _A, _A, _A, _B, _A, _A, _B))
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


@compiled(nb.void(_B, _A, _A, _A, _B, _A, _A, _B, _A, _A, _B))
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
        start, stop = blocks[block], blocks[block + 1]
        if cyclic[block]:
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


@compiled(_I(_I, _B, _B, _A, _A))
def _rep(edge: int, kind: Bytes, val: Bytes, count: Ints, last: Ints) -> int:
    """What an open edge stands for: nodes with one open edge are passed through."""
    v = edge >> 1
    while kind[v] != 0 and val[v] == 0 and count[v] == 1:
        edge = last[v] ^ (edge & 1)
        v = edge >> 1
    return edge


@compiled(_I(_I, _B, _A, _I))
def _join(edge: int, flags: Bytes, members: Ints, n: int) -> int:
    """Add a member; returns how many there are, -1 when its opposite is there."""
    v = edge >> 1
    bit = 1 + (edge & 1)
    if flags[v] & bit:
        return n
    if flags[v]:
        return -1
    flags[v] = bit
    members[n] = edge
    return n + 1


@compiled(
    nb.types.UniTuple(_I, 4)(_I, _A, _I, _A, _A, _B, _A, _A, _A, _B, _A, _A, _B, _A, _A, _B, _B, _B, _B, _B)
)
def reduce(
    goal: int,
    members: Ints,
    n: int,
    alone: Ints,
    stack: Ints,
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
    flags: Bytes,
    single: Bytes,
    looped: Bytes,
    opened: Bytes,
) -> tuple[int, int, int, int]:
    """Bring a goal, AND or OR over members, to its simplest form; returns (goal, members, alone, sign).

    Members of the goal's own kind are replaced by theirs. What decides nothing, given that a member does not decide the
    goal, is put for that member elsewhere: A or f(A) is A or f(false). Leaves that are members are therefore
    independent of all else, and stand in `alone`. A goal without members is true where it is AND, false where it is
    OR. The goal is negated where sign is 1.
    """
    sign = 0
    lone = 0
    while True:
        propagate(kind, first, edges, blocks, cyclic, up_first, up, val, count, last, possible)
        conj = goal == 1
        changed = False
        decided = False
        opened[:] = 0
        top = 0
        for i in range(n - 1, -1, -1):
            stack[top] = members[i]
            top += 1
            flags[members[i] >> 1] = 0
        n = 0
        while top > 0:
            top -= 1
            edge = stack[top]
            v = edge >> 1
            s = edge & 1
            x = val[v]
            if x != 0:
                if ((x == 1) != (s == 1)) != conj:
                    decided = True
                    break
            elif kind[v] == 0:
                if single[v]:
                    alone[lone] = edge
                    lone += 1
                    val[v] = 1 if conj != (s == 1) else 2
                    changed = True
                else:
                    n = _join(edge, flags, members, n)
                    if n < 0:
                        decided = True
                        break
            elif count[v] == 1:
                stack[top] = last[v] ^ s
                top += 1
            elif ((kind[v] == 1) != (s == 1)) == conj:
                if opened[v]:
                    continue
                opened[v] = 1
                for at in range(first[v], first[v + 1]):
                    stack[top] = edges[at] ^ s
                    top += 1
                # In a cycle only "false" may be put for it, since nothing may be founded on itself.
                if conj == (s == 1) or not looped[v]:
                    val[v] = 1 if conj != (s == 1) else 2
                    changed = True
            else:
                n = _join(edge, flags, members, n)
                if n < 0:
                    decided = True
                    break
        if decided:
            flags[:] = 0
            return 3 - goal, 0, 0, sign
        if changed and n > 0:
            continue
        if n != 1 or lone > 0 or kind[members[0] >> 1] == 0:
            return goal, n, lone, sign
        v = members[0] >> 1
        flags[v] = 0
        sign ^= members[0] & 1
        goal = kind[v]
        n = 0
        for at in range(first[v], first[v + 1]):
            if val[edges[at] >> 1] == 0:
                n = _join(edges[at], flags, members, n)
                if n < 0:
                    flags[:] = 0
                    return 3 - goal, 0, 0, sign
        val[v] = 1 if goal == 1 and not looped[v] else 2


@compiled(_I(_I, _A, _I, _B, _A, _A, _B, _A, _A, _A, _A, _A, _A, _A, _A, nb.uint64[::1]))
def survey(
    goal: int,
    members: Ints,
    n: int,
    kind: Bytes,
    first: Ints,
    edges: Ints,
    val: Bytes,
    count: Ints,
    last: Ints,
    group: Ints,
    seen: Ints,
    parents: Ints,
    holder: Ints,
    queue: Ints,
    level: Ints,
    digest: Words,
) -> int:
    """What a goal depends on: queue[:k] are the nodes, `parents` joins those that share something, digest is its hash.

    level is a node's distance from the goal.
    Returns k; the caller clears seen and holder.
    """
    low, high = np.uint64(goal), np.uint64(goal + 7)
    k = 0
    for i in range(n):
        v = members[i] >> 1
        word = np.uint64(members[i]) * _P1
        low += mix(word + _P2)
        high += mix(word ^ _P3)
        if not seen[v]:
            seen[v] = 1
            parents[v] = v
            level[v] = 0
            queue[k] = v
            k += 1
    at = 0
    while at < k:
        v = queue[at]
        at += 1
        if kind[v] == 0:
            g = group[v]
            if holder[g] < 0:
                holder[g] = v
            else:
                parents[find(parents, v)] = find(parents, holder[g])
            word = mix(np.uint64(v) + _P3)
            low += word
            high += mix(word)
            continue
        inner = np.uint64(0)
        for e in range(first[v], first[v + 1]):
            if val[edges[e] >> 1] != 0:
                continue
            child = _rep(edges[e], kind, val, count, last)
            inner += mix(np.uint64(child) * _P1 + _P3)
            w = child >> 1
            if not seen[w]:
                seen[w] = 1
                parents[w] = w
                level[w] = level[v] + 1
                queue[k] = w
                k += 1
            parents[find(parents, w)] = find(parents, v)
        word = mix(inner + np.uint64(v) * _P2)
        low += word
        high += mix(word ^ _P1)
    digest[0] = low
    digest[1] = high
    return k
