"""The loop that works off open goals, compiled by Numba. See ``duli.provenance.residual``."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled
from duli.provenance.goal_kernels import reduce, survey
from duli.provenance.shared_kernels import find

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


@compiled(
    _I(_B, _A, _A, _A, _B, _A, _A, _A, _A, _A, _A, _F, _F, _BM, _M, _F, _A, _A, _A, _A, _M, _W, _A, _A, _A)
)
def expand(
    kind: Bytes,
    first: Ints,
    edges: Ints,
    blocks: Ints,
    cyclic: Bytes,
    up_first: Ints,
    up: Ints,
    group: Ints,
    group_first: Ints,
    group_leaves: Ints,
    rank: Ints,
    weights: Any,
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
        pool: [slots, nodes]: the values a goal starts from, + 4 for a member, + 8 for a negated one.
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
    flags = np.zeros(nodes, np.int8)
    possible = np.zeros(nodes, np.int8)
    single = np.zeros(nodes, np.int8)
    looped = np.zeros(nodes, np.int8)
    opened = np.zeros(nodes, np.int8)
    count = np.zeros(nodes, np.int64)
    last = np.zeros(nodes, np.int64)
    members = np.zeros(2 * nodes + 2, np.int64)
    alone = np.zeros(2 * nodes + 2, np.int64)
    stack = np.zeros(2 * nodes + 2 * len(edges) + 8, np.int64)
    seen = np.zeros(nodes, np.int64)
    parents = np.zeros(nodes, np.int64)
    queue = np.zeros(nodes, np.int64)
    roots = np.zeros(nodes, np.int64)
    level = np.zeros(nodes, np.int64)
    holder = np.full(len(rank), -1, np.int64)
    digest = np.zeros(2, np.uint64)
    for v in range(nodes):
        if kind[v] == 0:
            single[v] = group_first[group[v] + 1] - group_first[group[v]] == 1
    for block in range(len(cyclic)):
        if cyclic[block]:
            looped[blocks[block] : blocks[block + 1]] = 1
    mask = np.uint64(len(table) - 1)
    while control[0] > 0:
        if control[5] <= 0:
            return 1
        if control[1] + 1 >= len(states) or 2 * control[1] >= len(table):
            return 2
        slot = open_[control[0] - 1]
        goal, dest = about[slot, 0], about[slot, 1]
        n = 0
        for v in range(nodes):
            x = pool[slot, v]
            val[v] = x & 3
            if x >= 4:
                flags[v] = x >> 2
                members[n] = 2 * v + ((x >> 3) & 1)
                n += 1
        goal, n, lone, sign = reduce(
            goal,
            members,
            n,
            alone,
            stack,
            kind,
            first,
            edges,
            blocks,
            cyclic,
            up_first,
            up,
            val,
            count,
            last,
            possible,
            flags,
            single,
            looped,
            opened,
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
        k = 0
        if n > 0:
            k = survey(
                goal,
                members,
                n,
                kind,
                first,
                edges,
                val,
                count,
                last,
                group,
                seen,
                parents,
                holder,
                queue,
                level,
                digest,
            )
            for i in range(k):
                seen[queue[i]] = 0
                if kind[queue[i]] == 0:
                    holder[group[queue[i]]] = -1
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
        parts = 0
        for i in range(n):
            root = find(parents, members[i] >> 1)
            if not seen[root]:
                seen[root] = 1
                roots[parts] = root
                parts += 1
        for i in range(parts):
            seen[roots[i]] = 0
        start = control[2]
        if lone + parts > 1:
            wanted = lone + parts
            if start + wanted > len(refs):
                return 3
            if control[3] + 1 < parts:
                return 4
            control[0] -= 1
            free[control[3]] = slot
            control[3] += 1
            weight = mass[slot]
            states[state, 0] = 1 if goal == 2 else 2
            for i in range(lone):
                refs[start + i] = 2 * (1 + (alone[i] >> 1)) + (alone[i] & 1)
                leaf_of[start + i] = -1
            for i in range(parts):
                control[3] -= 1
                fresh = free[control[3]]
                for v in range(nodes):
                    pool[fresh, v] = val[v]
                for j in range(n):
                    if find(parents, members[j] >> 1) == roots[i]:
                        pool[fresh, members[j] >> 1] += 4 << (members[j] & 1)
                about[fresh, 0], about[fresh, 1], mass[fresh] = goal, start + lone + i, weight
                refs[start + lone + i] = -1
                leaf_of[start + lone + i] = -1
                if weight >= threshold[0]:
                    open_[control[0]] = fresh
                    control[0] += 1
                else:
                    later[control[4]] = fresh
                    control[4] += 1
        else:
            best = -1
            nearest = np.int64(0)
            for i in range(k):
                v = queue[i]
                if kind[v] == 0 and (best < 0 or (level[v] == nearest and rank[group[v]] < rank[best])):
                    best = group[v]
                    nearest = level[v]
            wanted = 1
            for i in range(k):
                if kind[queue[i]] == 0 and group[queue[i]] == best:
                    wanted += 1
            if start + wanted > len(refs):
                return 3
            if control[3] + 1 < wanted:
                return 4
            control[0] -= 1
            free[control[3]] = slot
            control[3] += 1
            weight = mass[slot]
            states[state, 0], states[state, 3] = 0, best
            left = 1.0
            number = start
            for j in range(k + 1):
                if j < k and (kind[queue[j]] != 0 or group[queue[j]] != best):
                    continue
                leaf = queue[j] if j < k else -1
                p = left if j == k else weights[leaf]
                left -= p
                control[3] -= 1
                fresh = free[control[3]]
                for v in range(nodes):
                    pool[fresh, v] = val[v]
                for i in range(group_first[best], group_first[best + 1]):
                    pool[fresh, group_leaves[i]] = 2
                if leaf >= 0:
                    pool[fresh, leaf] = 1
                for i in range(n):
                    pool[fresh, members[i] >> 1] += 4 << (members[i] & 1)
                about[fresh, 0], about[fresh, 1], mass[fresh] = goal, number, weight * max(p, 0.0)
                refs[number] = -1
                leaf_of[number] = leaf
                number += 1
                if mass[fresh] >= threshold[0]:
                    open_[control[0]] = fresh
                    control[0] += 1
                else:
                    later[control[4]] = fresh
                    control[4] += 1
        states[state, 1], states[state, 2] = start, wanted
        control[1] += 1
        control[2] += wanted
        refs[dest] = (2 * (1 + nodes + state)) ^ sign
        if lone == 0:
            table[at] = state + 1
            digests[state, 0] = digest[0]
            digests[state, 1] = digest[1]
    return 0
