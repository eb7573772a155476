"""Worked-off goals to gates, compiled by Numba. See ``duli.provenance.residual``."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]

_A = nb.int64[::1]
_I = nb.int64
_M = nb.int64[:, ::1]


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
def _edge(ref: int, nodes: int, leaves: int, state_edge: Ints) -> Any:
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
            none: Any = np.int64(0)
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
