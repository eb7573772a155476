"""The inner loop of the search for the best sentences. Imported only when one is made."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from duli.provenance.compiled import compiled
from duli.types import Codes, Floats

_F1, _F2, _I1 = nb.float64[::1], nb.float64[:, ::1], nb.int64[::1]
_CLOSE = 1e-9


@compiled(nb.void(_F1, _F2, _F1, _F2, _F1, _I1, nb.float64, _F1, _F1))
def gains(
    worth: Floats,
    covers: Floats,
    weights: Floats,
    repeats: Floats,
    lengths: Floats,
    state: Codes,
    left: float,
    covered: Floats,
    out: Floats,
) -> None:
    """What each free sentence that still fits would add [n]; -inf for the others."""
    for j in range(len(worth)):
        if state[j] != 0 or lengths[j] > left:
            out[j] = -np.inf
            continue
        gain = worth[j]
        for i in range(len(weights)):
            if covers[j, i] > covered[i]:
                gain += weights[i] * (covers[j, i] - covered[i])
        for k in range(len(worth)):
            if state[k] == 1:
                gain -= repeats[j, k]
        out[j] = gain


@compiled(nb.float64(_F1, _F1, nb.float64))
def fractional(added: Floats, lengths: Floats, left: float) -> Any:
    """The most that pieces of sentences could add within a length."""
    total = 0.0
    for j in np.argsort(-added / lengths):
        if added[j] <= 0 or left <= 0:
            break
        share = min(1.0, left / lengths[j])
        total += share * added[j]
        left -= share * lengths[j]
    return total


@compiled(
    nb.types.Tuple((_I1, nb.float64, nb.float64, nb.int64))(
        _F1, _F2, _F1, _F2, _F1, nb.float64, _I1, _F1, nb.float64, nb.int64
    )
)
def search(
    worth: Floats,
    covers: Floats,
    weights: Floats,
    repeats: Floats,
    lengths: Floats,
    budget: float,
    state: Codes,
    base: Floats,
    start: float,
    nodes: int,
) -> tuple[Codes, float, float, int]:
    """Depth first: the densest gain is taken, then left; a branch ends where its bound is not above the best.

    Args:
        covers: [n, m], a sentence a row.
        state: 1 taken, -1 left, 0 free [n]; it is changed.
        base: how well what is taken covers each thing [m].
        start: F of what is taken.
        nodes: limit.

    Returns:
        the state of the best, its F, an upper bound of F, and the number of nodes.
    """
    n, m = len(worth), len(weights)
    covered = np.zeros((n + 1, m))
    covered[0] = base
    path = np.empty(n + 1, np.int64)  # the sentence that was decided at each depth
    level = np.zeros(n + 2, np.int64)  # how many were taken before each depth
    values, left = np.empty(n + 2), np.empty(n + 2)
    bounds = np.full(n + 2, -np.inf)  # of the branches that leave the sentence of a depth, not yet visited
    values[0], left[0] = start, budget
    for j in range(n):
        if state[j] == 1:
            left[0] -= lengths[j]
    best, best_state = start, state.copy()
    added, depth, count = np.empty(n), 0, 0
    while True:
        count += 1
        gains(worth, covers, weights, repeats, lengths, state, left[depth], covered[level[depth]], added)
        if values[depth] > best + _CLOSE:
            best = values[depth]
            best_state[:] = state
        bound = values[depth] + fractional(added, lengths, left[depth])
        if count >= nodes:
            top = max(best, bound)
            for d in range(depth):
                top = max(top, bounds[d])
            return best_state, best, top, count
        if bound > best + _CLOSE:
            pick = 0
            for j in range(1, n):
                if added[j] / lengths[j] > added[pick] / lengths[pick]:
                    pick = j
            path[depth], state[pick], bounds[depth] = pick, 1, bound
            row = level[depth] + 1
            for i in range(m):
                covered[row, i] = max(covered[row - 1, i], covers[pick, i])
            values[depth + 1] = values[depth] + added[pick]
            left[depth + 1] = left[depth] - lengths[pick]
            level[depth + 1] = row
            depth += 1
            continue
        while depth > 0 and (state[path[depth - 1]] == -1 or bounds[depth - 1] <= best + _CLOSE):
            depth -= 1
            state[path[depth]] = 0
        if depth == 0:
            return best_state, best, best, count
        depth -= 1
        state[path[depth]] = -1
        bounds[depth] = -np.inf
        values[depth + 1], left[depth + 1], level[depth + 1] = values[depth], left[depth], level[depth]
        depth += 1
