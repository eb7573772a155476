"""The loop that works off open goals, compiled by Numba. See ``duli.provenance.residual``."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled
from duli.provenance.goal_kernels import reduce, survey
from duli.provenance.shared_kernels import find
from duli.provenance.value_kernels import touch

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]

_A = nb.int64[::1]
_B = nb.int8[::1]
_BM = nb.int8[:, ::1]
_F = nb.float64[::1]
_I = nb.int64
_M = nb.int64[:, ::1]
_W = nb.uint64[:, ::1]


DONE, PAUSED, MORE_STATES, MORE_REFS, MORE_SLOTS = 0, 1, 2, 3, 4


@compiled(_I(_BM, _I, _B, _B, _A), bare=True)
def _unpack(pool: Bytes, slot: int, val: Bytes, touched: Bytes, members: Ints) -> int:
    """Read a goal from its slot; returns how many members it has."""
    for v in range(len(val)):
        val[v] = pool[slot, v] & 3
        touched[v] = (pool[slot, v] >> 2) & 1
    n = 0
    # A loop of its own: the first one is done by many nodes at once.
    for v in range(len(val)):
        if pool[slot, v] >= 8:
            members[n] = 2 * v + (pool[slot, v] >> 4)
            n += 1
    return n


@compiled(_I(_I, _I, nb.float64, _B, _B, _F, _BM, _M, _F, _A, _A, _A, _A, _A), bare=True)
def _slot(
    goal: int,
    dest: int,
    weight: float,
    val: Bytes,
    touched: Bytes,
    threshold: Any,
    pool: Bytes,
    about: Ints,
    mass: Any,
    open_: Ints,
    later: Ints,
    free: Ints,
    refs: Ints,
    control: Ints,
) -> int:
    """Queue up a goal, as yet without members; returns its slot."""
    control[3] -= 1
    slot = int(free[control[3]])
    for v in range(len(val)):
        pool[slot, v] = val[v] | touched[v] << 2
    about[slot, 0], about[slot, 1], mass[slot] = goal, dest, weight
    refs[dest] = -1
    if weight >= threshold[0]:
        open_[control[0]] = slot
        control[0] += 1
    else:
        later[control[4]] = slot
        control[4] += 1
    return slot


@compiled(
    _I(
        _B, _A, _A, _A, _B, _A, _A, _A, _A, _A, _A, _A, _F, _B, _B, _A, _A, _W, _F, _BM, _M, _F, _A, _A, _A, _A,
        _M, _W, _A, _A, _A
    )
)  # fmt: skip
def expand(
    kind: Bytes,
    first: Ints,
    edges: Ints,
    blocks: Ints,
    cyclic: Bytes,
    up_first: Ints,
    up: Ints,
    block_of: Ints,
    group: Ints,
    group_first: Ints,
    group_leaves: Ints,
    rank: Ints,
    weights: Any,
    single: Bytes,
    plain: Bytes,
    near: Ints,
    nearest: Ints,
    bits: Words,
    threshold: Any,
    pool: Bytes,
    about: Ints,
    mass: Any,
    open_: Ints,
    later: Ints,
    free: Ints,
    table: Ints,
    states: Ints,
    digests: Words,
    refs: Ints,
    leaf_of: Ints,
    control: Ints,
) -> int:
    """Work off open goals until none is left, or until something is full or the steps are used up.

    Args:
        single: whether a leaf stands alone in its group [nodes].
        plain, near, nearest, bits: as ``look_ahead`` finds them.
        pool: [slots, nodes]: the values a goal starts from, + 4 for what they touch, + 8 for a member, + 24 for a
            negated one.
        about: [slots, 2]: a goal's kind, and the ref that waits for it.
        mass: [slots]: how much of the probability reaches a goal.
        open_, later, free: stacks of slots: to be worked off; put off, since mass < threshold[0]; unused.
        table, digests: a hash table of states, and their hashes.
        states: [states, 4]: kind, first ref, refs, group.
        refs: 2 * x + sign, where x is 0 (true), 1 + leaf, or 1 + nodes + state; -1 while it is open.
        leaf_of: [refs]: the leaf of a decision's branch; -1 for none of them.
        control: numbers of open goals, states, refs, free slots, goals put off, steps left.
    """
    nodes = len(kind)
    val = np.zeros(nodes, np.int8)
    touched = np.zeros(nodes, np.int8)
    flags = np.zeros(nodes, np.int8)
    possible = np.zeros(nodes, np.int8)
    looped = np.zeros(nodes, np.int8)
    opened = np.zeros(nodes, np.int8)
    count = np.zeros(nodes, np.int64)
    last = np.zeros(nodes, np.int64)
    members = np.zeros(2 * nodes + 2, np.int64)
    alone = np.zeros(2 * nodes + 2, np.int64)
    stack = np.zeros(2 * nodes + 2 * len(edges) + 8, np.int64)
    valued = np.zeros(nodes, np.int64)
    seen = np.zeros(nodes, np.int64)
    met = np.zeros(nodes, np.int64)
    path = np.zeros(nodes, np.int64)
    step = np.zeros(nodes, np.int64)
    parents = np.zeros(nodes, np.int64)
    queue = np.zeros(nodes, np.int64)
    border = np.zeros(nodes, np.int64)
    shared = np.empty(bits.shape, np.uint64)
    roots = np.zeros(nodes, np.int64)
    level = np.zeros(nodes, np.int64)
    holder = np.full(len(rank), -1, np.int64)
    digest = np.zeros(2, np.uint64)
    clock = np.zeros(1, np.int64)
    for block in range(len(cyclic)):
        if cyclic[block]:
            looped[blocks[block] : blocks[block + 1]] = 1
    mask = np.uint64(len(table) - 1)
    while control[0] > 0:
        if control[5] <= 0:
            return PAUSED
        if control[1] + 1 >= len(states) or 2 * control[1] >= len(table):
            return MORE_STATES
        slot = open_[control[0] - 1]
        goal, dest = about[slot, 0], about[slot, 1]
        n = _unpack(pool, slot, val, touched, members)
        goal, n, lone, sign = reduce(
            goal,
            members,
            n,
            alone,
            stack,
            valued,
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
            flags,
            single,
            looped,
            opened,
            met,
            path,
            step,
            clock,
        )
        for i in range(n):
            flags[members[i] >> 1] = 0
        control[5] -= 1
        if n + lone <= 1:
            control[0] -= 1
            free[control[3]] = slot
            control[3] += 1
            if n + lone == 0:
                refs[dest] = sign ^ (1 if goal == 2 else 0)
            else:
                edge = members[0] if n else alone[0]
                refs[dest] = (2 * (1 + (edge >> 1)) + (edge & 1)) ^ sign
            continue
        clock[0] += 1
        parts, best = survey(
            goal,
            members,
            n,
            kind,
            first,
            edges,
            val,
            touched,
            count,
            last,
            group,
            rank,
            plain,
            near,
            nearest,
            bits,
            seen,
            clock[0],
            parents,
            holder,
            queue,
            level,
            border,
            shared,
            digest,
        )
        state = control[1]
        at = np.uint64(0)
        if lone == 0:
            at = digest[0] & mask
            found = -1
            while table[at] != 0:
                other = table[at] - 1
                if digests[other, 0] == digest[0] and digests[other, 1] == digest[1]:
                    found = other
                    break
                at = (at + np.uint64(1)) & mask
            if found >= 0:
                control[0] -= 1
                free[control[3]] = slot
                control[3] += 1
                refs[dest] = (2 * (1 + nodes + found)) ^ sign
                continue
        start = control[2]
        weight = mass[slot]
        if lone + parts > 1:
            wanted = lone + parts
            if start + wanted > len(refs):
                return MORE_REFS
            if control[3] + 1 < parts:
                return MORE_SLOTS
            control[0] -= 1
            free[control[3]] = slot
            control[3] += 1
            states[state, 0] = 1 if goal == 2 else 2
            for i in range(lone):
                refs[start + i] = 2 * (1 + (alone[i] >> 1)) + (alone[i] & 1)
                leaf_of[start + i] = -1
            clock[0] += 1
            parts = 0
            for i in range(n):
                root = find(parents, members[i] >> 1)
                if met[root] != clock[0]:
                    met[root], path[root] = clock[0], start + lone + parts
                    parts += 1
                    roots[parts - 1] = _slot(
                        goal,
                        path[root],
                        weight,
                        val,
                        touched,
                        threshold,
                        pool,
                        about,
                        mass,
                        open_,
                        later,
                        free,
                        refs,
                        control,
                    )
                    leaf_of[path[root]] = -1
                fresh = roots[path[root] - start - lone]
                pool[fresh, members[i] >> 1] += 8 + 16 * (members[i] & 1)
        else:
            begin, end = group_first[best], group_first[best + 1]
            wanted = 1
            for i in range(begin, end):
                if seen[group_leaves[i]] == clock[0] or end - begin == 1:
                    wanted += 1
            if start + wanted > len(refs):
                return MORE_REFS
            if control[3] + 1 < wanted:
                return MORE_SLOTS
            control[0] -= 1
            free[control[3]] = slot
            control[3] += 1
            states[state, 0], states[state, 3] = 0, best
            for i in range(begin, end):
                val[group_leaves[i]] = 2
                touch(group_leaves[i], up_first, up, touched, stack, 0)
            left = 1.0
            number = start
            for j in range(begin, end + 1):
                leaf, p = -1, left
                if j < end:
                    leaf = group_leaves[j]
                    if seen[leaf] != clock[0] and end - begin > 1:
                        continue
                    p = weights[leaf]
                    val[leaf] = 1
                left -= p
                fresh = _slot(
                    goal,
                    number,
                    weight * max(p, 0.0),
                    val,
                    touched,
                    threshold,
                    pool,
                    about,
                    mass,
                    open_,
                    later,
                    free,
                    refs,
                    control,
                )
                if j < end:
                    val[leaf] = 2
                for i in range(n):
                    pool[fresh, members[i] >> 1] += 8 + 16 * (members[i] & 1)
                leaf_of[number] = leaf
                number += 1
        states[state, 1], states[state, 2] = start, wanted
        control[1] += 1
        control[2] += wanted
        refs[dest] = (2 * (1 + nodes + state)) ^ sign
        if lone == 0:
            table[at] = state + 1
            digests[state, 0] = digest[0]
            digests[state, 1] = digest[1]
    return DONE
