"""What is left of a goal when some choices are decided, compiled by Numba. See ``duli.provenance.residual``.

Graphs, values and what is touched are as in ``value_kernels``.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled
from duli.provenance.shared_kernels import find, mix
from duli.provenance.value_kernels import only, settle, touch

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]

_A = nb.int64[::1]
_B = nb.int8[::1]
_I = nb.int64
_W = nb.uint64[:, ::1]
_FAR = 1 << 40
_P1 = np.uint64(0x9E3779B97F4A7C15)
_P2 = np.uint64(0xBF58476D1CE4E5B9)
_P3 = np.uint64(0x94D049BB133111EB)


@compiled(_I(_I, _B, _A, _A, _B, _B, _A, _A), bare=True)
def _rep(
    edge: int, kind: Bytes, first: Ints, edges: Ints, val: Bytes, touched: Bytes, count: Ints, last: Ints
) -> int:
    """What an open edge stands for: nodes with one open edge are passed through."""
    v = edge >> 1
    while kind[v] != 0 and val[v] == 0:
        below = only(v, first, edges, touched, count, last)
        if below < 0:
            break
        edge = below ^ (edge & 1)
        v = edge >> 1
    return edge


@compiled(_I(_I, _B, _A, _I), bare=True)
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
    nb.types.UniTuple(_I, 4)(
        _I, _A, _I, _A, _A, _A, _B, _A, _A, _A, _B, _A, _A, _A, _B, _B, _A, _A, _B, _B, _B, _B, _B, _A, _A, _A,
        _A
    ),
    bare=True,
)  # fmt: skip
def reduce(
    goal: int,
    members: Ints,
    n: int,
    alone: Ints,
    stack: Ints,
    valued: Ints,
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
    flags: Bytes,
    single: Bytes,
    looped: Bytes,
    opened: Bytes,
    met: Ints,
    path: Ints,
    step: Ints,
    clock: Ints,
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
        clock[0] += 1
        settle(
            members,
            n,
            kind,
            first,
            edges,
            blocks,
            cyclic,
            up_first,
            up,
            block_of,
            val,
            touched,
            count,
            last,
            possible,
            met,
            path,
            step,
            clock[0],
        )
        conj = goal == 1
        changed = 0
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
                continue
            if kind[v] == 0:
                if single[v]:
                    alone[lone] = edge
                    lone += 1
                    val[v] = 1 if conj != (s == 1) else 2
                    valued[changed] = v
                    changed += 1
                    continue
            else:
                below = only(v, first, edges, touched, count, last)
                if below >= 0:
                    stack[top] = below ^ s
                    top += 1
                    continue
                if ((kind[v] == 1) != (s == 1)) == conj:
                    if opened[v]:
                        continue
                    opened[v] = 1
                    for at in range(first[v], first[v + 1]):
                        stack[top] = edges[at] ^ s
                        top += 1
                    # In a cycle only "false" may be put for it, since nothing may be founded on itself.
                    if conj == (s == 1) or not looped[v]:
                        val[v] = 1 if conj != (s == 1) else 2
                        valued[changed] = v
                        changed += 1
                    continue
            n = _join(edge, flags, members, n)
            if n < 0:
                decided = True
                break
        if decided:
            flags[:] = 0
            return 3 - goal, 0, 0, sign
        if changed and n > 0:
            for i in range(changed):
                touch(valued[i], up_first, up, touched, stack, 0)
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
        touch(v, up_first, up, touched, stack, 0)


@compiled(_I(_A, _I, _I), bare=True)
def _unite(parents: Ints, a: int, b: int) -> int:
    """Put the set of a to that of b; returns 1, or 0 where they are one already."""
    a, b = find(parents, a), find(parents, b)
    parents[a] = b
    return 1 if a != b else 0


@compiled(_I(_A, _I, _I, _W, _W, _A, _I), bare=True)
def _meet(
    border: Ints, inner: int, leaves: int, bits: Words, shared: Words, parents: Ints, parts: int
) -> int:
    """Join what leads to the same groups, until all is one part; returns how many parts are left.

    border has inner nodes at its beginning, leaves of different groups at its end. Of the inner ones gathered so far,
    border[i] stands for the ones of a set, shared[i] is what these lead to.
    """
    sets, words = 0, bits.shape[1]
    for i in range(inner):
        v = border[i]
        for word in range(words):
            shared[sets, word] = bits[v, word]
        border[sets] = v
        j = 0
        while j < sets:
            meets = False
            for word in range(words):
                if shared[j, word] & bits[v, word]:
                    meets = True
                    break
            if not meets:
                j += 1
                continue
            parts -= _unite(parents, v, border[j])
            if parts == 1:
                return 1
            for word in range(words):
                shared[sets, word] |= shared[j, word]
                shared[j, word] = shared[sets - 1, word]
                shared[sets - 1, word] = shared[sets, word]
            border[j], border[sets - 1] = border[sets - 1], v
            sets -= 1
        sets += 1
    for i in range(len(border) - leaves, len(border)):
        v = border[i]
        for j in range(sets):
            for word in range(words):
                if shared[j, word] & bits[v, word]:
                    parts -= _unite(parents, v, border[j])
                    if parts == 1:
                        return 1
                    break
    return parts


@compiled(
    nb.types.UniTuple(_I, 2)(
        _I, _A, _I, _B, _A, _A, _B, _B, _A, _A, _A, _A, _B, _A, _A, _W, _A, _I, _A, _A, _A, _A, _A, _W,
        nb.uint64[::1]
    ),
    bare=True,
)  # fmt: skip
def survey(
    goal: int,
    members: Ints,
    n: int,
    kind: Bytes,
    first: Ints,
    edges: Ints,
    val: Bytes,
    touched: Bytes,
    count: Ints,
    last: Ints,
    group: Ints,
    rank: Ints,
    plain: Bytes,
    near: Ints,
    nearest: Ints,
    bits: Words,
    seen: Ints,
    now: int,
    parents: Ints,
    holder: Ints,
    queue: Ints,
    level: Ints,
    border: Ints,
    shared: Words,
    digest: Words,
) -> tuple[int, int]:
    """What a goal depends on: `parents` joins what shares something, digest is its hash.

    What it leads to has seen[v] == now. Below untouched plain nodes all is as at the beginning: they stand for it.
    level is a node's distance from the goal.
    Returns how many parts the members fall into that share nothing, and the group of the nearest choice.
    """
    low, high = np.uint64(goal), np.uint64(goal + 7)
    k = 0
    for i in range(n):
        v = members[i] >> 1
        word = np.uint64(members[i]) * _P1
        low += mix(word + _P2)
        high += mix(word ^ _P3)
        if seen[v] != now:
            seen[v] = now
            parents[v] = v
            level[v] = 0
            queue[k] = v
            k += 1
    parts = k
    best, far = -1, _FAR
    rim, leaves = 0, 0
    at = 0
    while at < k:
        v = queue[at]
        at += 1
        if kind[v] == 0 or (plain[v] and not touched[v]):
            word = mix(np.uint64(v) + _P3)
            low += word
            high += mix(word)
            g, away = group[v], level[v]
            if plain[v]:
                if kind[v] == 0:
                    leaves += 1
                    border[len(border) - leaves] = v
                else:
                    border[rim] = v
                    rim += 1
                g = nearest[v]
                away += near[v]
            elif holder[g] < 0 or seen[holder[g]] != now:
                holder[g] = v
            elif parts > 1:
                parts -= _unite(parents, v, holder[g])
            if away < far or (away == far and rank[g] < rank[best]):
                best, far = g, away
            continue
        inner, root = np.uint64(0), find(parents, v)
        for e in range(first[v], first[v + 1]):
            if val[edges[e] >> 1] != 0:
                continue
            child = _rep(edges[e], kind, first, edges, val, touched, count, last)
            inner += mix(np.uint64(child) * _P1 + _P3)
            w = child >> 1
            if seen[w] != now:
                seen[w] = now
                parents[w] = root
                level[w] = level[v] + 1
                queue[k] = w
                k += 1
            elif parts > 1:
                parts -= _unite(parents, w, root)
        word = mix(inner + np.uint64(v) * _P2)
        low += word
        high += mix(word ^ _P1)
    digest[0] = low
    digest[1] = high
    if parts > 1 and rim > 0:
        parts = _meet(border, rim, leaves, bits, shared, parents, parts)
    return parts, best
