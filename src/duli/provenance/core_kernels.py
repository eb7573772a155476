"""The easy part of a lineage as gates, the hard part as components, compiled by Numba. See ``duli.provenance.cone``."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled
from duli.provenance.shared_kernels import find, mix, unite

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]

_A = nb.int64[::1]
_B = nb.int8[::1]
_I = nb.int64
_P1 = np.uint64(0x9E3779B97F4A7C15)
_P2 = np.uint64(0xBF58476D1CE4E5B9)
_P3 = np.uint64(0x94D049BB133111EB)


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
                unite(component, v, holder[g])
        elif role[v] == 1:
            for at in range(first[v], first[v + 1]):
                unite(component, v, edges[at] >> 1)
    for v in range(1, n):
        component[v] = find(component, v)


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

    members[begins[i]:begins[i + 1]] are the nodes of component i in order; place is each node's among them;
    root [nodes] is 1 for what is asked for; holder [groups] starts as -1.
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
                    word = word ^ mix(np.uint64(holder[group[v]]) + _P1)
            else:
                word = word + np.uint64(kind[v]) * np.uint64(64) + np.uint64(looped[v]) * np.uint64(512)
                for e in range(first[v], first[v + 1]):
                    word = mix(word * _P1 + np.uint64(2 * place[edges[e] >> 1] + (edges[e] & 1)))
            low = mix(low * _P2 + word)
            high = mix((high ^ word) * _P3 + _P1)
        for at in range(begins[i], begins[i + 1]):
            v = members[at]
            if role[v] == 2 and kind[v] == 0:
                holder[group[v]] = -1
        digests[i, 0] = low
        digests[i, 1] = high
