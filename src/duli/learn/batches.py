"""Batches for training: like lengths together, a budget of tokens each, another order each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from duli.lm.embedded import batches

_BLUR = 0.1
"""How much lengths are blurred before they are sorted, so that a text is not always beside the same ones."""


def shuffled(lengths: Sequence[int], budget: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Rows of one batch after another, without end; every row once in each round.

    Args:
        lengths: of the texts, in tokens [n].
        budget: tokens a batch, padding included.
        seed: the same seed gives the same batches.
    """
    turn = 0
    while True:
        random = np.random.default_rng([seed, turn])
        blurred = np.asarray(lengths) * random.uniform(1 - _BLUR, 1 + _BLUR, len(lengths))
        rounds = list(batches(np.maximum(1, blurred.astype(np.int64)).tolist(), budget))
        yield from (rounds[place] for place in random.permutation(len(rounds)))
        turn += 1


def share(rows: NDArray[np.int64], process: int, processes: int) -> NDArray[np.int64]:
    """A process's rows of a batch. None is left without: a row may then be done twice."""
    return np.resize(rows, max(len(rows), processes))[process::processes]
