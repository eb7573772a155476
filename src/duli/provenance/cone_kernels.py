"""Inner loops that look a lineage over before it is compiled, compiled by Numba. See ``duli.provenance.cone``."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]

_I = nb.int64
_A = nb.int64[::1]
_B = nb.int8[::1]
_RO = nb.types.Array(nb.int64, 1, "C", readonly=True)
_RB = nb.types.Array(nb.int8, 1, "C", readonly=True)
_P1 = np.uint64(0x9E3779B97F4A7C15)
_P2 = np.uint64(0xBF58476D1CE4E5B9)
_P3 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)


@compiled(nb.uint64(nb.uint64))
def _mix(x: Any) -> Any:
    x = (x ^ (x >> _S30)) * _P2
    x = (x ^ (x >> _S27)) * _P3
    return x ^ (x >> _S31)


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
    scratch: Ints,
) -> int:
    """Which nodes need no compilation: their children share no choice, or exclude one another.

    from_, upto: where a direct node's groups stand in `support`. Returns how much of `support` is used.
    """
    n = 0
    direct[0] = 1
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
            continue
        if looped[v]:
            continue
        good = True
        shared = False
        alike = kind[v] == 2
        m = 0
        for at in range(first[v], first[v + 1]):
            c = edges[at] >> 1
            if not direct[c]:
                good = False
                break
            if kind[c] != 0 or (edges[at] & 1) or group[c] != group[edges[first[v]] >> 1]:
                alike = False
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
        if alike:
            kind[v] = 3
        if good and (not shared or kind[v] == 3):
            direct[v] = 1
            n += m
            upto[v] = n
    return n


@compiled(nb.types.UniTuple(_I, 2)(_B, _A, _A, _B, _A, _A, _B, _I, _A, _A, _A, _A))
def direct_gates(
    kind: Bytes,
    first: Ints,
    edges: Ints,
    direct: Bytes,
    leaf: Ints,
    uses: Ints,
    kept: Bytes,
    leaves: int,
    node_edge: Ints,
    terms_of: Ints,
    edges_of: Ints,
    out: Ints,
) -> tuple[int, int]:
    """Gates for the direct nodes, behind one gate that is true; returns how many gates and edges.

    leaf: of each node that is one its number; uses: how many edges lead to a node; kept: nodes that are asked for.
    node_edge gets each node's edge. A product that only one exclusive sum uses is written into it.
    """
    inside = np.zeros(len(kind), np.int8)
    for v in range(1, len(kind)):
        if direct[v] and kind[v] == 3:
            for at in range(first[v], first[v + 1]):
                c = edges[at] >> 1
                if kind[c] == 1 and uses[c] == 1 and not kept[c] and (edges[at] & 1) == 0:
                    inside[c] = 1
    gates, terms, n = 1, 1, 0
    terms_of[0], terms_of[1] = 0, 1
    edges_of[0], edges_of[1] = 0, 0
    node_edge[0] = 2 * leaves
    for v in range(1, len(kind)):
        if kind[v] == 0:
            node_edge[v] = 2 * leaf[v]
        if not direct[v] or kind[v] == 0 or kind[v] == 4 or inside[v]:
            continue
        flip = 1 if kind[v] == 2 else 0
        for at in range(first[v], first[v + 1]):
            c = edges[at] >> 1
            if inside[c]:
                for e in range(first[c], first[c + 1]):
                    out[n] = node_edge[edges[e] >> 1] ^ (edges[e] & 1)
                    n += 1
            else:
                out[n] = node_edge[c] ^ (edges[at] & 1) ^ flip
                n += 1
            if kind[v] == 3:
                terms += 1
                edges_of[terms] = n
        if kind[v] != 3:
            terms += 1
            edges_of[terms] = n
        node_edge[v] = 2 * (leaves + gates) + flip
        gates += 1
        terms_of[gates] = terms
    return gates, n


@compiled(_I(_A, _I))
def _find(parents: Ints, v: int) -> int:
    while parents[v] != v:
        parents[v] = parents[parents[v]]
        v = parents[v]
    return v


@compiled(nb.void(_A, _I, _I))
def _unite(parents: Ints, a: int, b: int) -> None:
    a, b = _find(parents, a), _find(parents, b)
    if a < b:
        parents[b] = a
    else:
        parents[a] = b


@compiled(nb.void(_B, _A, _A, _B, _A, _A, _A, _A, _B, _A, _A, _I))
def core(
    kind: Bytes,
    first: Ints,
    edges: Ints,
    direct: Bytes,
    from_: Ints,
    upto: Ints,
    support: Ints,
    roots: Ints,
    role: Bytes,
    component: Ints,
    holder: Ints,
    groups: int,
) -> None:
    """The nodes that have to be compiled for some hard roots, and which of them hang together.

    role gets 1 for inner nodes of the core and 2 for its leaves: direct nodes that share no choice with another one.
    component gets for each the number of a node that stands for all that hang together.
    """
    n = len(kind)
    stack = np.empty(n + len(edges) + 1, np.int64)
    top = 0
    for i in range(len(roots)):
        if role[roots[i]] == 0:
            role[roots[i]] = 1
            stack[top] = roots[i]
            top += 1
    while top > 0:
        top -= 1
        v = stack[top]
        for at in range(first[v], first[v + 1]):
            c = edges[at] >> 1
            if role[c] == 0:
                role[c] = 2 if direct[c] else 1
                if not direct[c]:
                    stack[top] = c
                    top += 1
    # Leaves of the core that share a choice are opened, the later ones first, until none does.
    changed = True
    met = np.zeros(groups, np.int64)
    while changed:
        changed = False
        met[:] = 0
        for v in range(1, n):
            if role[v] == 2:
                for s in range(from_[v], upto[v]):
                    met[support[s]] += 1
        for v in range(n - 1, 0, -1):
            if role[v] == 2 and kind[v] != 0:
                for s in range(from_[v], upto[v]):
                    if met[support[s]] > 1:
                        changed = True
                        break
                else:
                    continue
                role[v] = 1
                for at in range(first[v], first[v + 1]):
                    c = edges[at] >> 1
                    if role[c] == 0:
                        role[c] = 2
    for v in range(n):
        component[v] = v
    holder[:] = -1
    for v in range(1, n):
        if role[v] == 2 and kind[v] == 0:
            g = support[from_[v]]
            if holder[g] < 0:
                holder[g] = v
            else:
                _unite(component, v, holder[g])
        elif role[v] == 1:
            for at in range(first[v], first[v + 1]):
                _unite(component, v, edges[at] >> 1)
    for v in range(1, n):
        component[v] = _find(component, v)


@compiled(nb.void(_A, _A, _A, _A, _B, _B, _B, _A, _A, _A, _A, nb.uint64[:, ::1]))
def shapes(
    begins: Ints,
    members: Ints,
    place: Ints,
    group: Ints,
    role: Bytes,
    kind: Bytes,
    looped: Bytes,
    first: Ints,
    edges: Ints,
    root: Ints,
    holder: Ints,
    digests: Words,
) -> None:
    """The 128-bit hash of each component's structure: equal for components that differ in their choices only.

    members[begins[i]:begins[i + 1]] are the nodes of component i in order; place is each node's among them; root [nodes]
    is 1 + the number of times a node is asked for; holder [groups] starts as -1.
    """
    for i in range(len(begins) - 1):
        low, high = np.uint64(begins[i + 1] - begins[i]), np.uint64(17)
        for at in range(begins[i], begins[i + 1]):
            v = members[at]
            word = np.uint64(role[v]) + np.uint64(root[v]) * _P3
            if role[v] == 2:
                if kind[v] == 0:
                    if holder[group[v]] < 0:
                        holder[group[v]] = place[v]
                    word = word ^ _mix(np.uint64(holder[group[v]]) + _P1)
            else:
                word = word + np.uint64(kind[v]) * np.uint64(64) + np.uint64(looped[v]) * np.uint64(512)
                for e in range(first[v], first[v + 1]):
                    word = _mix(word * _P1 + np.uint64(2 * place[edges[e] >> 1] + (edges[e] & 1)))
            low = _mix(low * _P2 + word)
            high = _mix((high ^ word) * _P3 + _P1)
        for at in range(begins[i], begins[i + 1]):
            v = members[at]
            if role[v] == 2 and kind[v] == 0:
                holder[group[v]] = -1
        digests[i, 0] = low
        digests[i, 1] = high
