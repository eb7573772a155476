"""The loops over grids and groups, compiled by Numba; see ``duli.logic.grid`` and ``duli.logic.groups``."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_RO2 = nb.types.Array(nb.int64, 2, "C", readonly=True)
_RO1 = nb.types.Array(nb.int64, 1, "C", readonly=True)
_RW2 = nb.int64[:, ::1]
_RW1 = nb.int64[::1]
_RWS = nb.uint64[::1]
_I = nb.int64
_SIX = np.uint64(6)
_LAST = np.uint64(63)
_ONE = np.uint64(1)


@compiled(nb.void(_RO2, _I, _I, _RW1, _RW1))
def bounds(rows: Ints, start: int, stop: int, lows: Ints, highs: Ints) -> None:
    """Widen [lows, highs] of each column by rows[start:stop]."""
    for i in range(start, stop):
        for j in range(rows.shape[1]):
            lows[j] = min(lows[j], rows[i, j])
            highs[j] = max(highs[j], rows[i, j])


@compiled(nb.void(_RO2, _I, _I, _RO1, _RO1, _RWS))
def fill(rows: Ints, start: int, stop: int, lows: Ints, factors: Ints, bits: Words) -> None:
    """Set the bits of rows[start:stop], which are all inside the grid."""
    for i in range(start, stop):
        place = 0
        for j in range(rows.shape[1]):
            place += (rows[i, j] - lows[j]) * factors[j]
        at = np.uint64(place)
        bits[at >> _SIX] |= _ONE << (at & _LAST)


@compiled(nb.void(_RO2, _RO1, _RO1, _RO1, _RW1))
def places(rows: Ints, columns: Ints, lows: Ints, factors: Ints, out: Ints) -> None:
    """What some columns of each row add to a bit's number."""
    for i in range(len(rows)):
        place = 0
        for j in range(len(columns)):
            place += (rows[i, columns[j]] - lows[j]) * factors[j]
        out[i] = place


@compiled(_I(_RW2, _I, _RO2, _RO1, _RO1, _RWS))
def insert(rows: Ints, n: int, candidates: Ints, lows: Ints, factors: Ints, bits: Words) -> int:
    """Append the candidates, all inside the grid, that are new to rows[:n] (room is there); the new n."""
    width = rows.shape[1]
    for i in range(len(candidates)):
        place = 0
        for j in range(width):
            place += (candidates[i, j] - lows[j]) * factors[j]
        at = np.uint64(place)
        bit = _ONE << (at & _LAST)
        if bits[at >> _SIX] & bit == 0:
            bits[at >> _SIX] |= bit
            for j in range(width):
                rows[n, j] = candidates[i, j]
            n += 1
    return n


@compiled(_I(_RO2, _RO1, _I, _I, _RO1, _RO2, _RO1, _RO1, _RO1, _RO1, _RO1, _RO1, _RW2, _RWS, _RW1))
def join(
    left: Ints,
    offsets: Ints,
    low: int,
    key: int,
    added: Ints,
    right: Ints,
    sides: Ints,
    columns: Ints,
    own: Ints,
    lows: Ints,
    highs: Ints,
    factors: Ints,
    rows: Ints,
    bits: Words,
    state: Ints,
) -> int:
    """Append the new ones of the join of left with the groups of right to rows.

    Args:
        left: rows; column `key` is the group's key, of which the lowest is `low`.
        offsets: where each group begins in right.
        added: what each row of right adds to a bit's number.
        sides, columns: where each column of the result comes from, as of ``kernels.expand``.
        own: which columns of the result come from left.
        lows, highs, factors: of the grid's columns.
        state: [the next row of left, rows so far, candidates left before a pause]; updated.

    Returns:
        1 at the end, 0 after a pause or when there is no room, 2 at a row that is outside the grid.
    """
    n = state[1]
    left_over = state[2]
    width = len(columns)
    groups = len(offsets) - 1
    for i in range(state[0], len(left)):
        group = left[i, key] - low
        if group < 0 or group >= groups:
            continue
        start = offsets[group]
        stop = offsets[group + 1]
        base = 0
        inside = True
        for j in own:
            code = left[i, columns[j]]
            inside &= lows[j] <= code <= highs[j]
            base += (code - lows[j]) * factors[j]
        if not inside or n + stop - start > len(rows) or left_over <= 0:
            state[0] = i
            state[1] = n
            state[2] = left_over
            return 0 if inside else 2
        left_over -= 1 + stop - start
        for t in range(start, stop):
            at = np.uint64(base + added[t])
            bit = _ONE << (at & _LAST)
            if bits[at >> _SIX] & bit == 0:
                bits[at >> _SIX] |= bit
                for j in range(width):
                    rows[n, j] = right[t, columns[j]] if sides[j] == 1 else left[i, columns[j]]
                n += 1
    state[0] = len(left)
    state[1] = n
    state[2] = left_over
    return 1


@compiled(_I(_RO2, _I, _I, _RW1))
def count(rows: Ints, column: int, low: int, offsets: Ints) -> int:
    """Where each group begins, into offsets (zeros); returns how many groups there are. The rows may be in order."""
    for i in range(len(rows)):
        offsets[rows[i, column] - low + 1] += 1
    groups = 0
    for k in range(1, len(offsets)):
        groups += offsets[k] > 0
        offsets[k] += offsets[k - 1]
    return groups


@compiled(nb.void(_RO2, _I, _I, _RW1, _RW2, _RW1))
def group(rows: Ints, column: int, low: int, ends: Ints, grouped: Ints, order: Ints) -> None:
    """Write the rows group after group, and their numbers; ends begins as the groups' beginnings."""
    for i in range(len(rows)):
        k = rows[i, column] - low
        at = ends[k]
        ends[k] = at + 1
        order[at] = i
        for j in range(rows.shape[1]):
            grouped[at, j] = rows[i, j]


@compiled(_I(_RO2, _I, _RO1, _I, _RW1, _RW1))
def probe(left: Ints, key: int, offsets: Ints, low: int, heads: Ints, found: Ints) -> int:
    """For each row of left where its group begins and how many rows it has; returns the total."""
    total = 0
    for i in range(len(left)):
        k = left[i, key] - low
        if k < 0 or k >= len(offsets) - 1:
            heads[i] = 0
            found[i] = 0
        else:
            heads[i] = offsets[k]
            found[i] = offsets[k + 1] - offsets[k]
            total += found[i]
    return total


@compiled(nb.void(_RO2, _RO2, _RO1, _RO1, _RO1, _I, _I, _RO1, _RO1, _RW2, _RW1))
def expand(
    left: Ints,
    right: Ints,
    order: Ints,
    heads: Ints,
    found: Ints,
    start: int,
    stop: int,
    sides: Ints,
    columns: Ints,
    out: Ints,
    matched: Ints,
) -> None:
    """``kernels.expand`` with groups; `matched`, unless empty, gets each one's row in the table."""
    n = 0
    width = len(columns)
    wanted = len(matched) > 0
    for i in range(start, stop):
        for t in range(heads[i], heads[i] + found[i]):
            for j in range(width):
                out[n, j] = right[t, columns[j]] if sides[j] == 1 else left[i, columns[j]]
            if wanted:
                matched[n] = order[t]
            n += 1


@compiled(nb.boolean(_RO2))
def ascending(rows: Ints) -> Any:
    """Whether each row is greater than the one before it, so that all are distinct."""
    for i in range(1, len(rows)):
        for j in range(rows.shape[1]):
            if rows[i, j] != rows[i - 1, j]:
                if rows[i, j] < rows[i - 1, j]:
                    return False
                break
        else:
            return False
    return True
