"""What the terms of sums have in common taken out, by Numba. See ``duli.provenance.circuit``."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled
from duli.provenance.shared_kernels import mix

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_A = nb.int64[::1]
_I = nb.int64
_RO = nb.types.Array(nb.int64, 1, "C", readonly=True)
_P1 = np.uint64(0x9E3779B97F4A7C15)
_P2 = np.uint64(0xBF58476D1CE4E5B9)
_P3 = np.uint64(0x94D049BB133111EB)


@compiled(_I(_I, _I, _A, _A, _A, nb.uint64[:, ::1], _A))
def _known(
    gates: int, terms: int, terms_of: Ints, edges_of: Ints, edges: Ints, seen: Words, which: Ints
) -> int:
    """An earlier gate that is equal to the last one, or the last one itself, by hashes of 128 bits.

    The order of terms and edges does not count.
    """
    low, high = np.uint64(0), np.uint64(0)
    for term in range(terms_of[gates], terms):
        product = np.uint64(edges_of[term + 1] - edges_of[term])
        for at in range(edges_of[term], edges_of[term + 1]):
            product += mix(np.uint64(edges[at]) * _P1 + _P2)
        low += mix(product * _P2)
        high += mix(product * _P3 + _P1)
    mask = len(which) - 1
    slot = np.int64(low) & mask
    while which[slot] >= 0:
        if seen[slot, 0] == low and seen[slot, 1] == high:
            return int(which[slot])
        slot = (slot + 1) & mask
    which[slot] = gates
    seen[slot, 0] = low
    seen[slot, 1] = high
    return gates


@compiled(nb.types.UniTuple(_I, 2)(_RO, _RO, _RO, _I, _A, _A, _A, _A))
def factor(
    terms_of: Ints,
    edges_of: Ints,
    edges: Ints,
    leaves: int,
    node_edge: Ints,
    new_terms_of: Ints,
    new_edges_of: Ints,
    new_edges: Ints,
) -> tuple[int, int]:
    """Write the gates of a circuit anew: each once, and a sum whose terms share a factor as that times their sum.

    node_edge [nodes] gets the new edge of each node. There is room for twice the terms and edges, and for a gate more
    for each term. Returns how many gates and terms there are.
    """
    gates, terms, n = 0, 0, 0
    old = len(terms_of) - 1
    total = old + len(edges_of)
    room = 1024
    while room < 2 * total:
        room *= 2
    seen, which = np.empty((room, 2), np.uint64), np.full(room, -1, np.int64)
    for leaf in range(leaves):
        node_edge[leaf] = 2 * leaf
    most = 2 * (leaves + total)
    met, times = np.full(most, -1, np.int64), np.zeros(most, np.int64)
    longest = 0
    for gate in range(old):
        longest = max(longest, terms_of[gate + 1] - terms_of[gate])
    chosen, order = np.empty(longest, np.int64), np.empty(longest, np.int64)
    new_terms_of[0], new_edges_of[0] = 0, 0
    mapped = np.empty(len(edges), np.int64)
    for gate in range(old):
        first, last = terms_of[gate], terms_of[gate + 1]
        for at in range(edges_of[first], edges_of[last]):
            edge = node_edge[edges[at] >> 1] ^ (edges[at] & 1)
            mapped[at] = edge
            if met[edge] != gate:
                met[edge] = gate
                times[edge] = 0
            times[edge] += 1
        # The factor that most terms of the sum have.
        for term in range(first, last):
            best = -1
            for at in range(edges_of[term], edges_of[term + 1]):
                if times[mapped[at]] > 2 and (best < 0 or times[mapped[at]] > times[best]):
                    best = mapped[at]
            chosen[term - first] = best
        for term in range(first, last):
            for at in range(edges_of[term], edges_of[term + 1]):
                times[mapped[at]] = 0
        for term in range(first, last):
            if chosen[term - first] >= 0:
                times[chosen[term - first]] += 1
        # Sums of what remains, one for each factor.
        outer = 0
        for term in range(first, last):
            best = chosen[term - first]
            if best < 0 or times[best] == 1:
                order[outer] = -1 - term
                outer += 1
            elif times[best] > 1:
                times[best] = -1
                for other in range(term, last):
                    if chosen[other - first] == best:
                        taken = False
                        for at in range(edges_of[other], edges_of[other + 1]):
                            if mapped[at] == best and not taken:
                                taken = True
                            else:
                                new_edges[n] = mapped[at]
                                n += 1
                        terms += 1
                        new_edges_of[terms] = n
                found = _known(gates, terms, new_terms_of, new_edges_of, new_edges, seen, which)
                if found == gates:
                    gates += 1
                    new_terms_of[gates] = terms
                else:
                    terms = new_terms_of[gates]
                    n = new_edges_of[terms]
                chosen[outer], order[outer] = best, found
                outer += 1
        # `chosen` is overwritten behind the term that is read: outer never overtakes it.
        for i in range(outer):
            if order[i] < 0:
                term = -1 - order[i]
                for at in range(edges_of[term], edges_of[term + 1]):
                    new_edges[n] = mapped[at]
                    n += 1
            else:
                new_edges[n], new_edges[n + 1] = chosen[i], 2 * (leaves + order[i])
                n += 2
            terms += 1
            new_edges_of[terms] = n
        begin = new_terms_of[gates]
        if terms - begin == 1 and n - new_edges_of[begin] == 1:
            node_edge[leaves + gate] = new_edges[n - 1]
            found = -1
        else:
            found = _known(gates, terms, new_terms_of, new_edges_of, new_edges, seen, which)
            node_edge[leaves + gate] = 2 * (leaves + found)
        if found == gates:
            gates += 1
            new_terms_of[gates] = terms
        else:
            terms = begin
            n = new_edges_of[terms]
    return gates, terms
