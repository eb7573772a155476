"""Rows with more columns, and rows with rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
PIECE = 1 << 19


def extended(rows: Ints, constants: Ints) -> Ints:
    """Bindings [n, k] with the same codes [c] behind each: [n, k + c], C-ordered."""
    if not len(constants):
        return np.ascontiguousarray(rows)
    wide = np.hstack((rows, np.broadcast_to(constants, (len(rows), len(constants)))))
    return np.ascontiguousarray(wide)


def beside(rows: Ints, column: Ints) -> Ints:
    """Rows [n, k] with one column more [n]: [n, k + 1]; of few rows, sooner than ``np.column_stack``."""
    out = np.empty((len(rows), rows.shape[1] + 1), np.int64)
    out[:, :-1], out[:, -1] = rows, column
    return out


def cross(left: int, right: int) -> Iterator[tuple[Ints, Ints]]:
    """The numbers of each of some rows with each of some others, in pieces."""
    step = max(1, PIECE // max(1, right))
    for start in range(0, left, step):
        rows = np.arange(start, min(left, start + step))
        yield np.repeat(rows, right), np.tile(np.arange(right), len(rows))
