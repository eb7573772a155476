"""Inner loops of the compiler of hard lineages, compiled by Numba. See ``duli.provenance.residual``.

A graph has nodes of three kinds, children before parents but inside cycles; blocks are its strongly connected
components. An edge is 2 * node, + 1 when it is negated; inside a cycle none is. Values: 0 open, 1 true, 2 false.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]

LEAF, AND, OR = 0, 1, 2
OPEN, TRUE, FALSE = 0, 1, 2
DECISION, ANY, ALL = 0, 1, 2
DONE, PAUSED, MORE_STATES, MORE_REFS, MORE_SLOTS = 0, 1, 2, 3, 4

_I = nb.int64
_A = nb.int64[::1]
_B = nb.int8[::1]
_BM = nb.int8[:, ::1]
_M = nb.int64[:, ::1]
_W = nb.uint64[:, ::1]
_F = nb.float64[::1]
_P1 = np.uint64(0x9E3779B97F4A7C15)
_P2 = np.uint64(0xBF58476D1CE4E5B9)
_P3 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)


@compiled(nb.uint64(nb.uint64))
def _mix(x: Any) -> Any:
    x = (x ^ (x >> _S30)) * _P2
    x = (x ^ (x >> _S27)) * _P3
    return x ^ (x >> _S31)


@compiled(nb.void(_B, _A, _A, _A, _B, _B, _A, _A, _B))
def propagate(
    kind: Bytes,
    first: Ints,
    edges: Ints,
    blocks: Ints,
    cyclic: Bytes,
    val: Bytes,
    count: Ints,
    last: Ints,
    possible: Bytes,
) -> None:
    """Give every open node its value where it has one; for the others, count[v] open edges, the last one in last[v].

    In a cycle, what is not founded from outside is false: a least fixpoint.
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
            for v in range(start, stop):
                possible[v] = val[v] == 1
            changed = True
            forwards = True
            while changed:
                changed = False
                for i in range(stop - start):
                    v = start + i if forwards else stop - 1 - i
                    if val[v] == 0 and not possible[v]:
                        conj = kind[v] == 1
                        holds = conj
                        for at in range(first[v], first[v + 1]):
                            c = edges[at] >> 1
                            x = val[c]
                            if x == 0:
                                may = possible[c] == 1 or c < start or c >= stop
                            else:
                                may = (x == 1) != ((edges[at] & 1) == 1)
                            if may != conj:
                                holds = may
                                break
                        if holds:
                            possible[v] = 1
                            changed = True
                forwards = not forwards
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


@compiled(_I(_A, _I))
def _find(parents: Ints, v: int) -> int:
    while parents[v] != v:
        parents[v] = parents[parents[v]]
        v = parents[v]
    return v


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


@compiled(nb.types.UniTuple(_I, 4)(_I, _A, _I, _A, _A, _B, _A, _A, _A, _B, _B, _A, _A, _B, _B, _B, _B))
def _reduce(
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
    val: Bytes,
    count: Ints,
    last: Ints,
    possible: Bytes,
    flags: Bytes,
    single: Bytes,
    looped: Bytes,
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
        propagate(kind, first, edges, blocks, cyclic, val, count, last, possible)
        conj = goal == 1
        changed = False
        decided = False
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
                for at in range(first[v], first[v + 1]):
                    if val[edges[at] >> 1] == 0:
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
def _survey(
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
        low += _mix(word + _P2)
        high += _mix(word ^ _P3)
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
                parents[_find(parents, v)] = _find(parents, holder[g])
            word = _mix(np.uint64(v) + _P3)
            low += word
            high += _mix(word)
            continue
        inner = np.uint64(0)
        for e in range(first[v], first[v + 1]):
            if val[edges[e] >> 1] != 0:
                continue
            child = _rep(edges[e], kind, val, count, last)
            inner += _mix(np.uint64(child) * _P1 + _P3)
            w = child >> 1
            if not seen[w]:
                seen[w] = 1
                parents[w] = w
                level[w] = level[v] + 1
                queue[k] = w
                k += 1
            parents[_find(parents, w)] = _find(parents, v)
        word = _mix(inner + np.uint64(v) * _P2)
        low += word
        high += _mix(word ^ _P1)
    digest[0] = low
    digest[1] = high
    return k


@compiled(_I(_B, _A, _A, _A, _B, _A, _A, _A, _A, _F, _F, _BM, _M, _F, _A, _A, _A, _A, _M, _W, _A, _A, _A))
def expand(
    kind: Bytes,
    first: Ints,
    edges: Ints,
    blocks: Ints,
    cyclic: Bytes,
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
        goal, n, lone, sign = _reduce(
            goal, members, n, alone, stack, kind, first, edges, blocks, cyclic, val, count, last, possible,
            flags, single, looped,
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
            k = _survey(
                goal, members, n, kind, first, edges, val, count, last, group, seen, parents, holder, queue,
                level, digest,
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
            root = _find(parents, members[i] >> 1)
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
                    if _find(parents, members[j] >> 1) == roots[i]:
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


@compiled(_I(_M, _A, _A, _I, _A, _A))
def order(states: Ints, refs: Ints, roots: Ints, nodes: int, number: Ints, stack: Ints) -> int:
    """Give the states that some refs lead to their numbers, each after those that it leads to; returns how many.

    number [states] starts as -1. An open ref leads nowhere.
    """
    done = 0
    for r in range(len(roots)):
        top = 0
        if roots[r] >> 1 > nodes:
            stack[0] = (roots[r] >> 1) - 1 - nodes
            top = 1
        while top > 0:
            state = stack[top - 1]
            if number[state] >= 0:
                top -= 1
                continue
            ready = True
            for at in range(states[state, 1], states[state, 1] + states[state, 2]):
                if refs[at] >= 0 and refs[at] >> 1 > nodes:
                    child = (refs[at] >> 1) - 1 - nodes
                    if number[child] < 0:
                        if ready:
                            ready = False
                        stack[top] = child
                        top += 1
            if ready:
                number[state] = done
                done += 1
                top -= 1
    return done


@compiled(_I(_I, _I, _I, _A))
def _edge(ref: int, nodes: int, leaves: int, state_edge: Ints) -> int:
    """A ref as an edge; -1 for true, -2 for false."""
    if ref < 0:
        return 2 * nodes
    x = ref >> 1
    if x == 0:
        return -1 - (ref & 1)
    if x <= nodes:
        return 2 * (x - 1) + (ref & 1)
    return state_edge[x - 1 - nodes] ^ (ref & 1)


@compiled(nb.types.UniTuple(_I, 3)(_M, _A, _A, _A, _A, _I, _I, _A, _A, _A, _A))
def emit(
    states: Ints,
    refs: Ints,
    leaf_of: Ints,
    sequence: Ints,
    sizes: Ints,
    nodes: int,
    leaves: int,
    state_edge: Ints,
    terms_of: Ints,
    edges_of: Ints,
    out: Ints,
) -> tuple[int, int, int]:
    """Gates for states in an order in which children come first; returns how many gates, terms and edges.

    Gate 0 is true. Leaf `nodes` is what an open goal is worth. sizes: of each state's group, how many leaves it has.
    """
    gates, terms, n = 1, 1, 0
    terms_of[0], terms_of[1] = 0, 1
    edges_of[0], edges_of[1] = 0, 0
    for i in range(len(sequence)):
        state = sequence[i]
        start, stop = states[state, 1], states[state, 1] + states[state, 2]
        if states[state, 0] == 0:
            none = np.int64(0)
            if stop - start == 2:
                none = 2 * leaf_of[start] + 1
            else:
                for at in range(start, stop - 1):
                    out[n] = 2 * leaf_of[at]
                    n += 1
                    terms += 1
                    edges_of[terms] = n
                none = 2 * (leaves + gates) + 1
                gates += 1
                terms_of[gates] = terms
            for at in range(start, stop):
                child = _edge(refs[at], nodes, leaves, state_edge)
                if child == -2:
                    continue
                out[n] = none if leaf_of[at] < 0 else 2 * leaf_of[at]
                n += 1
                if child >= 0:
                    out[n] = child
                    n += 1
                terms += 1
                edges_of[terms] = n
            state_edge[state] = 2 * (leaves + gates)
        else:
            flip = 1 if states[state, 0] == 1 else 0
            nothing = False
            begin = n
            for at in range(start, stop):
                child = _edge(refs[at], nodes, leaves, state_edge)
                if child < 0:
                    # -1 is true and -2 false; under ANY the other way round.
                    nothing |= (child == -2) != (flip == 1)
                else:
                    out[n] = child ^ flip
                    n += 1
            if nothing:
                n = begin
            else:
                terms += 1
                edges_of[terms] = n
            state_edge[state] = 2 * (leaves + gates) + flip
        gates += 1
        terms_of[gates] = terms
    return gates, terms, n
