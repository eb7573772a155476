"""Which of the likely items are shown together: likely ones that differ."""

from __future__ import annotations

import numpy as np

from duli.neural.index import Vectors
from duli.types import Codes, Floats

_LEAST = 1e-12


def choose(probabilities: Floats, vectors: Vectors, count: int, *, diversity: float = 0.0) -> Codes:
    """The rows [count] of items, in the order in which they are shown.

    Chosen one by one so that each adds most to  sum log p + diversity · log det K,  K the cosines of the chosen: the
    logarithm of how likely they are and of how much of the space they span (determinantal point processes: Kulesza and
    Taskar 2012; this greedy choice, by the Cholesky factor: Chen, Zhang and Zhou 2018). O(count m (d + count)).

    Args:
        probabilities: p of items [m], above 0.
        vectors: of length 1 [m, d].
        count: how many are chosen, at most.
        diversity: how much it counts; 0: the likeliest.
    """
    logs = np.log(np.maximum(probabilities, _LEAST))
    count = min(count, len(logs))
    if diversity <= 0:
        return np.argsort(-logs, kind="stable")[:count]
    left = np.ones(len(logs))
    factors = np.zeros((count, len(logs)))
    chosen: list[int] = []
    open_ = np.ones(len(logs), bool)
    for step in range(count):
        gain = logs + diversity * np.log(np.maximum(left, _LEAST))
        row = int(np.argmax(np.where(open_, gain, -np.inf)))
        chosen.append(row)
        open_[row] = False
        like = vectors @ vectors[row] - factors[:step].T @ factors[:step, row]
        factors[step] = like / np.sqrt(max(left[row], _LEAST))
        left = left - factors[step] ** 2
    return np.array(chosen, np.int64)
