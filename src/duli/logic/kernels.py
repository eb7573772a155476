"""The engine's inner loops, compiled by Numba. Imported only when a program runs.

Rows are C-ordered matrices [n, k] of int64 codes. A hash table is open-addressing with linear probing; a slot is 0 when
empty, else (fragment of the hash << 32) | (row + 1), so that most mismatches are seen without reading the row.
Signatures are explicit and few: all are compiled on first import and kept on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba as nb
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_RO2 = nb.types.Array(nb.int64, 2, "C", readonly=True)
_RW2 = nb.int64[:, ::1]
_RW1 = nb.int64[::1]
_SLOTS = nb.uint64[::1]
_I = nb.int64
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)


def _compiled(signature: Any, **options: Any) -> Callable[[F], F]:
    def wrap(function: F) -> F:
        made: F = nb.njit(signature, cache=True, nogil=True, **options)(function)
        return made

    return wrap


@_compiled(nb.uint64(_RO2, _I, _RW1), inline="never")
def _hash(rows: Ints, row: int, columns: Ints) -> Any:
    h = np.uint64(0)
    for j in range(len(columns)):
        h = (h ^ np.uint64(rows[row, columns[j]])) * _FIRST
        h ^= h >> _SHIFT
    h *= _SECOND
    return h ^ (h >> _SHIFT)


@_compiled(_I(_RW2, _I, _RO2, _SLOTS, _RW1))
def insert(rows: Ints, n: int, candidates: Ints, slots: Words, ids: Ints) -> int:
    """Append the candidates that are new to rows[:n] (room is there) and return the new n; ids gets each one's row.

    ids may be empty: then nothing is written to it. 20 to 60 ns a candidate.
    """
    width = rows.shape[1]
    columns = np.arange(width)
    mask = np.uint64(len(slots) - 1)
    wanted = len(ids) > 0
    for i in range(len(candidates)):
        h = _hash(candidates, i, columns)
        at = h & mask
        fragment = h >> _SHIFT
        found = -1
        while slots[at] != 0:
            word = slots[at]
            if (word >> _SHIFT) == fragment:
                row = np.int64(word & _LOW) - 1
                same = True
                for j in range(width):
                    if rows[row, j] != candidates[i, j]:
                        same = False
                        break
                if same:
                    found = row
                    break
            at = (at + _ONE) & mask
        if found < 0:
            for j in range(width):
                rows[n, j] = candidates[i, j]
            found = n
            n += 1
            slots[at] = (fragment << _SHIFT) | np.uint64(n)
        if wanted:
            ids[i] = found
    return n


@_compiled(nb.void(_RO2, _RW1, _SLOTS, _RW1, _SLOTS, _RW1))
def regrow(rows: Ints, columns: Ints, old: Words, old_counts: Ints, slots: Words, counts: Ints) -> None:
    """Move a table's slots (and counts, when there are any) to larger arrays."""
    mask = np.uint64(len(slots) - 1)
    counted = len(old_counts) > 0
    for i in range(len(old)):
        word = old[i]
        if word == 0:
            continue
        at = _hash(rows, np.int64(word & _LOW) - 1, columns) & mask
        while slots[at] != 0:
            at = (at + _ONE) & mask
        slots[at] = word
        if counted:
            counts[at] = old_counts[i]


@_compiled(_I(_RO2, _RW1, _SLOTS, _RW1, _RW1, _I, _I, _I))
def index_rows(
    rows: Ints, columns: Ints, slots: Words, counts: Ints, following: Ints, start: int, stop: int, room: int
) -> int:
    """Put rows[start:stop] into chains of equal key, newest first; stops early after `room` new keys.

    Returns the first row not indexed, and leaves the number of new keys in following[-1].
    """
    mask = np.uint64(len(slots) - 1)
    new = 0
    for i in range(start, stop):
        h = _hash(rows, i, columns)
        at = h & mask
        fragment = h >> _SHIFT
        head = -1
        while slots[at] != 0:
            word = slots[at]
            if (word >> _SHIFT) == fragment:
                row = np.int64(word & _LOW) - 1
                same = True
                for j in range(len(columns)):
                    if rows[row, columns[j]] != rows[i, columns[j]]:
                        same = False
                        break
                if same:
                    head = row
                    break
            at = (at + _ONE) & mask
        if head < 0:
            if new == room:
                following[-1] = new
                return i
            new += 1
        following[i] = head
        counts[at] += 1
        slots[at] = (fragment << _SHIFT) | np.uint64(i + 1)
    following[-1] = new
    return stop


@_compiled(_I(_RO2, _RW1, _SLOTS, _RW1, _RO2, _RW1, _RW1, _RW1))
def probe(
    rows: Ints, columns: Ints, slots: Words, counts: Ints, left: Ints, keys: Ints, heads: Ints, found: Ints
) -> int:
    """For each row of `left`, the newest row with its key (-1: none) and how many there are; returns the total.

    With empty counts (a set of whole rows) a hit counts as one.
    """
    mask = np.uint64(len(slots) - 1)
    counted = len(counts) > 0
    total = 0
    for i in range(len(left)):
        h = _hash(left, i, keys)
        at = h & mask
        fragment = h >> _SHIFT
        heads[i] = -1
        found[i] = 0
        while slots[at] != 0:
            word = slots[at]
            if (word >> _SHIFT) == fragment:
                row = np.int64(word & _LOW) - 1
                same = True
                for j in range(len(columns)):
                    if rows[row, columns[j]] != left[i, keys[j]]:
                        same = False
                        break
                if same:
                    heads[i] = row
                    found[i] = counts[at] if counted else 1
                    total += found[i]
                    break
            at = (at + _ONE) & mask
    return total


@_compiled(nb.void(_RO2, _RO2, _RW1, _RW1, _RW1, _I, _I, _RW1, _RW1, _RW2, _RW1, _RW1))
def expand(
    left: Ints,
    right: Ints,
    heads: Ints,
    found: Ints,
    following: Ints,
    start: int,
    stop: int,
    sides: Ints,
    columns: Ints,
    out: Ints,
    left_rows: Ints,
    right_rows: Ints,
) -> None:
    """Write the join of left[start:stop] with the chains at its heads: each output column comes from side 0 or 1.

    left_rows and right_rows say which rows met; they may be empty.
    """
    n = 0
    width = len(columns)
    wanted = len(left_rows) > 0
    chained = len(following) > 0
    for i in range(start, stop):
        row = heads[i]
        for _ in range(found[i]):
            for j in range(width):
                out[n, j] = right[row, columns[j]] if sides[j] == 1 else left[i, columns[j]]
            if wanted:
                left_rows[n] = i
                right_rows[n] = row
            n += 1
            if chained:
                row = following[row]
