"""Which things are taken after which: learned from all histories in closed form."""

from __future__ import annotations

import numpy as np

from duli.recommend.attention import HALF, WINDOW
from duli.recommend.log import Log
from duli.types import Codes, Floats

MOST = 8_000
"""Items that a matrix is learned of: those that most people took; memory and time grow by its square and cube."""

RIDGE = 300.0
"""Chosen, as ``HALF``, on movielens100k with the last three things of each person held out; between 100 and 1,000, with
``HALF`` from 1 to 5, little changes."""


def known_items(log: Log, count: int) -> Codes:
    """The numbers of the items, of ``count``, that were taken at all: ascending, the ``MOST`` most taken."""
    taken = np.bincount(log.items, minlength=count)
    order = np.argsort(-taken, kind="stable")[:MOST]
    return np.sort(order[taken[order] > 0])


def learn(log: Log, known: Codes, count: int, *, half: float = HALF, ridge: float = RIDGE) -> Floats:
    """B [k, k]: what one thing that was taken says for each other one being taken next.

    B = (sum x x' + ridge I)^-1 sum x y', over every step of every user: y is the thing taken, x the attention over what
    came before it. So the square error of x B is least, as in EASE (Steck 2019), of which this is the form that minds
    the order. O(steps window^2 + k^3).

    Args:
        log: who took what.
        known: the numbers of k items, ascending.
        count: how many items there are.
        half: of ``attention``.
        ridge: how far B is drawn to zero.
    """
    from duli.recommend.kernels import add_steps

    place = np.full(count, -1)
    place[known] = np.arange(len(known))
    gram, wanted = np.zeros((len(known), len(known))), np.zeros((len(known), len(known)))
    starts, times = np.ascontiguousarray(log.starts, np.int64), np.ascontiguousarray(log.times, np.float64)
    add_steps(starts, place[log.items], times, half, WINDOW, gram, wanted)
    gram += np.tril(gram, -1).T
    gram[np.diag_indices_from(gram)] += ridge
    return np.asarray(np.linalg.solve(gram, wanted), np.float64)
