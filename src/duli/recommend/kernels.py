"""The inner loop of learning from histories, compiled by Numba."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled
from duli.types import Codes, Floats

_INTS, _FLOATS, _MATRIX = nb.int64[::1], nb.float64[::1], nb.float64[:, ::1]


@compiled(nb.void(_INTS, _INTS, _FLOATS, nb.float64, nb.int64, _MATRIX, _MATRIX))
def add_steps(
    starts: Codes,
    items: Codes,
    times: Floats,
    half: float,
    window: int,
    gram: NDArray[np.float64],
    wanted: NDArray[np.float64],
) -> None:
    """Add to ``gram`` (its lower triangle) the sum of x x', to ``wanted`` that of x y', over all steps of all users.

    A step is a thing that a user took: y is 1 at it, x is the attention over what was taken before or at the same time,
    without it; negative items are left out. See ``duli.recommend.attention``.
    """
    weights = np.empty(window)
    for user in range(len(starts) - 1):
        begin, end = starts[user], starts[user + 1]
        group = begin
        while group < end:
            after = group
            while after < end and times[after] == times[group]:
                after += 1
            low = max(begin, after - window)
            first = low
            while first < after:
                last = first
                while last < after and times[last] == times[first]:
                    last += 1
                # Of things of one time that the window cuts, those inside share their places.
                distance = after - last + (last - first - 1) / 2
                for row in range(first, last):
                    weights[row - low] = 1 / (1 + distance / half)
                first = last
            for target in range(group, after):
                y = items[target]
                if y < 0:
                    continue
                for row in range(low, after):
                    i, a = items[row], weights[row - low]
                    if i < 0 or row == target:
                        continue
                    wanted[i, y] += a
                    for other in range(low, row + 1):
                        j = items[other]
                        if j < 0 or other == target:
                            continue
                        if j <= i:
                            gram[i, j] += a * weights[other - low]
                        else:
                            gram[j, i] += a * weights[other - low]
            group = after
