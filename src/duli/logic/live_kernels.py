"""The loops over rows that come and go, compiled by Numba; see ``duli.logic.live_rows`` and ``duli.logic.index``."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from duli.logic.kernels import hash_of, seek
from duli.provenance.compiled import compiled

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Ranks = NDArray[np.int32]

_RO2 = nb.types.Array(nb.int64, 2, "C", readonly=True)
_RO1 = nb.types.Array(nb.int64, 1, "C", readonly=True)
_ROS = nb.types.Array(nb.uint64, 1, "C", readonly=True)
_ROB = nb.types.Array(nb.boolean, 1, "C", readonly=True)
_RW2 = nb.int64[:, ::1]
_RW1 = nb.int64[::1]
_RWS = nb.uint64[::1]
_RWB = nb.boolean[::1]
_RWR = nb.int32[::1]
_ROR = nb.types.Array(nb.int32, 1, "C", readonly=True)
_ROG = nb.types.Array(nb.int8, 1, "C", readonly=True)
_I = nb.int64
_SHIFT = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)


@compiled(nb.void(_RW1, _RW1, _I, _I))
def link_back(following: Ints, preceding: Ints, start: int, stop: int) -> None:
    """Set what comes before each of the rows that chains lead to from the rows start to stop, which are the newest."""
    for row in range(start, stop):
        preceding[row] = -1
        if following[row] >= 0:
            preceding[following[row]] = row


@compiled(nb.void(_RO2, _RO1, _RWS, _RW1, nb.uint64))
def _vacate(rows: Ints, columns: Ints, slots: Words, counts: Ints, hole: Any) -> None:
    """Empty a slot, and move those back that had to make way for it (Knuth 1973, algorithm R)."""
    mask = np.uint64(len(slots) - 1)
    counted = len(counts) > 0
    at = (hole + _ONE) & mask
    while slots[at] != 0:
        row: Any = np.int64(slots[at] & _LOW) - 1
        home = hash_of(rows, row, columns) & mask
        if ((at - home) & mask) >= ((at - hole) & mask):
            slots[hole] = slots[at]
            if counted:
                counts[hole] = counts[at]
            hole = at
        at = (at + _ONE) & mask
    slots[hole] = 0
    if counted:
        counts[hole] = 0


@compiled(_I(_RO2, _RO1, _RWS, _RW1, _RW1, _RW1, _RO1))
def unlink(
    rows: Ints, columns: Ints, slots: Words, counts: Ints, following: Ints, preceding: Ints, gone: Ints
) -> int:
    """Take rows out of an index, which keeps their contents in place; returns how many keys went with them."""
    keys = 0
    chained = len(following) > 0
    for row in gone:
        before: Any = -1
        after: Any = -1
        if chained:
            before = preceding[row]
            after = following[row]
        at = seek(rows, columns, slots, rows, row, columns, hash_of(rows, row, columns))
        if chained:
            counts[at] -= 1
            if after >= 0:
                preceding[after] = before
        if before >= 0:
            following[before] = after
        elif after >= 0:
            slots[at] = ((slots[at] >> _SHIFT) << _SHIFT) | np.uint64(after + 1)
        else:
            keys += 1
            _vacate(rows, columns, slots, counts, at)
    return keys


@compiled(nb.void(_RO2, _RO1, _RWS, _RW1, _RW1, _RO1, _RO1))
def rename(
    rows: Ints, columns: Ints, slots: Words, following: Ints, preceding: Ints, old: Ints, new: Ints
) -> None:
    """Say in an index that each row `old` has moved to `new`; both places hold its contents."""
    chained = len(following) > 0
    for i in range(len(old)):
        before: Any = -1
        if chained:
            before = preceding[old[i]]
            after = following[old[i]]
            preceding[new[i]] = before
            following[new[i]] = after
            if after >= 0:
                preceding[after] = new[i]
        if before >= 0:
            following[before] = new[i]
        else:
            at = seek(rows, columns, slots, rows, old[i], columns, hash_of(rows, old[i], columns))
            slots[at] = ((slots[at] >> _SHIFT) << _SHIFT) | np.uint64(new[i] + 1)


@compiled(_I(_RO1, _I))
def _next(following: Ints, row: int) -> Any:
    """The next older row with the same key, -1 for none; a set of whole rows has no chains."""
    return following[row] if len(following) > 0 else -1


@compiled(
    nb.void(
        _RW2, _RWS, _RWB, _RWR, _RW1, _RO2, _RO1, _ROS, _RO1, _ROB, _RO1, _RO1, _RO1, _RW1,
    )
)  # fmt: skip
def follow(
    rows: Ints,
    slots: Words,
    fallen: Mask,
    rank: Ranks,
    queue: Ints,
    right: Ints,
    keyed: Ints,
    heads: Words,
    following: Ints,
    missing: Mask,
    sources: Ints,
    sides: Ints,
    columns: Ints,
    state: Ints,
) -> None:
    """Join the queue's rows with another table into their own, row by row, and queue what that brings, to the end.

    Args:
        rows, slots: the log and its set of whole rows.
        fallen: rows of it that come back when they are found.
        rank: of each row; one that comes is one above the row that it was found from.
        queue: numbers of rows.
        right, keyed, heads, following: the other table and its index.
        missing: rows of it that do not count.
        sources: the columns of the key among those of `rows`.
        sides, columns: where each column of what is found comes from, as of ``kernels.expand``.
        state: [place in the queue, its end, rows, candidates left before a pause, highest rank]; updated. It returns
            early after a pause, and where there is no room.
    """
    width = rows.shape[1]
    whole = np.arange(width)
    room = min(len(rows), len(rank), len(fallen), len(slots) // 2)
    n = state[2]
    while state[0] < state[1] and state[3] > 0:
        row = queue[state[0]]
        at = seek(right, keyed, heads, rows, row, sources, hash_of(rows, row, sources))
        other: Any = np.int64(heads[at] & _LOW) - 1
        while other >= 0:
            if n >= room or state[1] >= len(queue):
                state[2] = n
                return
            state[3] -= 1
            if not missing[other]:
                for j in range(width):
                    rows[n, j] = right[other, columns[j]] if sides[j] == 1 else rows[row, columns[j]]
                h = hash_of(rows, n, whole)
                place = seek(rows, whole, slots, rows, n, whole, h)
                found: Any = np.int64(slots[place] & _LOW) - 1
                if found < 0:
                    slots[place] = ((h >> _SHIFT) << _SHIFT) | np.uint64(n + 1)
                    fallen[n] = True
                    found = n
                    n += 1
                if fallen[found]:
                    fallen[found] = False
                    rank[found] = rank[row] + 1
                    state[4] = max(state[4], rank[found])
                    queue[state[1]] = found
                    state[1] += 1
            other = _next(following, other)
        state[0] += 1
    state[2] = n


@compiled(_I(_RO2, _RO1, _ROS, _RO2, _RO1))
def _find(rows: Ints, columns: Ints, slots: Words, left: Ints, keys: Ints) -> Any:
    """The newest row of an index that has the key of left[0], -1 for none."""
    at = seek(rows, columns, slots, left, 0, keys, hash_of(left, 0, keys))
    return np.int64(slots[at] & _LOW) - 1


@compiled(nb.void(_RO2, _I, _RO2, _I, _RO1, _RO1, _RW2))
def _compose(rows: Ints, row: int, right: Ints, other: int, sides: Ints, columns: Ints, out: Ints) -> None:
    """Write to out[0] the columns of a row (side 0) and of another one (side 1)."""
    for j in range(len(sides)):
        out[0, j] = right[other, columns[j]] if sides[j] == 1 else rows[row, columns[j]]


@compiled(
    nb.void(
        _RO2, _ROS, _RWB, _ROR, _ROG, _RO1, _RW1, _RO2, _ROB, _RO1, _ROS, _RO1, _RO1, _RO1, _RO1, _RO1, _ROS,
        _RO1, _RO1, _RO1, _RO1, _RO2, _ROS, _ROB, _RO1, _RO1, _RW1,
    )
)  # fmt: skip
def sink(
    rows: Ints,
    slots: Words,
    fallen: Mask,
    rank: Ranks,
    given: NDArray[np.int8],
    suspects: Ints,
    queue: Ints,
    right: Ints,
    missing: Mask,
    keyed: Ints,
    heads: Words,
    following: Ints,
    sources: Ints,
    sides: Ints,
    columns: Ints,
    back_keyed: Ints,
    back_heads: Words,
    back_following: Ints,
    back_sources: Ints,
    back_sides: Ints,
    back_columns: Ints,
    start: Ints,
    start_slots: Words,
    start_missing: Mask,
    start_columns: Ints,
    limits: Ints,
    state: Ints,
) -> None:
    """Let suspects fall that have no support, queue them, suspect what they supported, and so on to the end.

    Supported is what a fact gives, a row of `start`, or a row of lower rank that stands and a step that stays.

    Args:
        rows, slots: the log and its set of whole rows.
        fallen, rank, given: of each row.
        suspects, queue: numbers of rows.
        right, missing: the steps, and which of them go.
        keyed, heads, following, sources: their index, and the columns of a row that its key must agree with.
        sides, columns: where each column of the next row comes from.
        back_*: the same from the next row to the last.
        start, start_slots, start_missing: the table whose rows are starts, its set, and which of them go.
        start_columns: for each of its columns that of a row.
        limits: [rows to look at before a pause, steps from here on are new, starts from here on are new].
        state: [place among the suspects, place in the queue, its end]; updated. It returns early after a pause, and
            where the queue is full.
    """
    whole = np.arange(rows.shape[1])
    start_whole = np.arange(len(start_columns))
    after, before = np.empty((1, rows.shape[1]), np.int64), np.empty((1, rows.shape[1]), np.int64)
    first = np.empty((1, len(start_columns)), np.int64)
    nothing = np.zeros(len(start_columns), np.int64)
    left = limits[0]
    other: Any = -1
    while left > 0 and (state[0] < len(suspects) or state[1] < state[2]):
        # First each suspect by itself, then for each row that fell what it gave with each of the steps.
        alone = state[0] < len(suspects)
        row = suspects[state[0]] if alone else queue[state[1]]
        if not alone:
            at = seek(right, keyed, heads, rows, row, sources, hash_of(rows, row, sources))
            other = np.int64(heads[at] & _LOW) - 1
        while alone or other >= 0:
            suspect: Any = row
            if not alone:
                suspect = -1
                if other < limits[1]:
                    _compose(rows, row, right, other, sides, columns, after)
                    suspect = _find(rows, whole, slots, after, whole)
                other = _next(following, other)
            left -= 1
            if suspect >= 0 and not fallen[suspect] and given[suspect] == 0:
                _compose(rows, suspect, start, 0, nothing, start_columns, first)
                found = _find(start, start_whole, start_slots, first, start_whole)
                stands = 0 <= found < limits[2] and not start_missing[found]
                at = seek(
                    right,
                    back_keyed,
                    back_heads,
                    rows,
                    suspect,
                    back_sources,
                    hash_of(rows, suspect, back_sources),
                )
                step: Any = np.int64(back_heads[at] & _LOW) - 1
                while step >= 0 and not stands:
                    left -= 1
                    if step < limits[1] and not missing[step]:
                        _compose(rows, suspect, right, step, back_sides, back_columns, before)
                        found = _find(rows, whole, slots, before, whole)
                        stands = found >= 0 and not fallen[found] and rank[found] < rank[suspect]
                    step = _next(back_following, step)
                if not stands:
                    if state[2] == len(queue):
                        return
                    fallen[suspect] = True
                    queue[state[2]] = suspect
                    state[2] += 1
            if alone:
                break
        state[0 if alone else 1] += 1
