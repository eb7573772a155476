"""The engine's inner loops, compiled by Numba. Imported only when a program runs.

Rows are C-ordered matrices [n, k] of int64 codes. A hash table is open-addressing with linear probing; a slot is 0
when empty, else (fragment of the hash << 32) | (row + 1): most mismatches are seen without reading the row.
Arrays that may be mapped from a file are typed read-only, and what is read from them is checked against the bounds.
Signatures are explicit and few: all are compiled on first import and kept on disk.
"""

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
_ROS = nb.types.Array(nb.uint64, 1, "C", readonly=True)
_RW2 = nb.int64[:, ::1]
_RW1 = nb.int64[::1]
_RWS = nb.uint64[::1]
_I = nb.int64
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)


@compiled(nb.uint64(_RO2, _I, _RO1))
def hash_of(rows: Ints, row: int, columns: Ints) -> Any:
    """A hash of some columns of a row."""
    h = np.uint64(0)
    for j in range(len(columns)):
        h = (h ^ np.uint64(rows[row, columns[j]])) * _FIRST
        h ^= h >> _SHIFT
    h *= _SECOND
    return h ^ (h >> _SHIFT)


@compiled(nb.uint64(_RO2, _RO1, _ROS, _RO2, _I, _RO1, nb.uint64))
def seek(rows: Ints, columns: Ints, slots: Words, left: Ints, i: int, keys: Ints, h: Any) -> Any:
    """The slot of left[i]'s key: of a row that has the same key, or the empty one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    at = h & mask
    fragment = h >> _SHIFT
    while slots[at] != 0:
        word = slots[at]
        if (word >> _SHIFT) == fragment:
            row: Any = np.int64(word & _LOW) - 1
            same = row < len(rows)
            if same:
                for j in range(len(columns)):
                    if rows[row, columns[j]] != left[i, keys[j]]:
                        same = False
                        break
            if same:
                return at
        at = (at + _ONE) & mask
    return at


@compiled(_I(_RW2, _I, _RO2, _RWS, _RW1))
def insert(rows: Ints, n: int, candidates: Ints, slots: Words, ids: Ints) -> int:
    """Append the candidates that are new to rows[:n] (room is there) and return the new n.

    ids gets each one's row, unless it is empty. 20 to 60 ns a candidate.
    """
    width = rows.shape[1]
    columns = np.arange(width)
    wanted = len(ids) > 0
    for i in range(len(candidates)):
        h = hash_of(candidates, i, columns)
        at = seek(rows, columns, slots, candidates, i, columns, h)
        if slots[at] == 0:
            for j in range(width):
                rows[n, j] = candidates[i, j]
            n += 1
            slots[at] = ((h >> _SHIFT) << _SHIFT) | np.uint64(n)
        if wanted:
            ids[i] = np.int64(slots[at] & _LOW) - 1
    return n


@compiled(nb.void(_RO2, _I, _I, _RWS))
def fill(rows: Ints, start: int, stop: int, slots: Words) -> None:
    """Put rows[start:stop], known to be new and distinct, into the set of whole rows."""
    columns = np.arange(rows.shape[1])
    mask = np.uint64(len(slots) - 1)
    for i in range(start, stop):
        h = hash_of(rows, i, columns)
        at = h & mask
        while slots[at] != 0:
            at = (at + _ONE) & mask
        slots[at] = ((h >> _SHIFT) << _SHIFT) | np.uint64(i + 1)


@compiled(nb.void(_RO2, _RO1, _ROS, _RO1, _RWS, _RW1))
def regrow(rows: Ints, columns: Ints, old: Words, old_counts: Ints, slots: Words, counts: Ints) -> None:
    """Move a table's slots (and counts, when there are any) to larger arrays."""
    mask = np.uint64(len(slots) - 1)
    counted = len(old_counts) > 0
    for i in range(len(old)):
        word = old[i]
        if word == 0:
            continue
        at = hash_of(rows, np.int64(word & _LOW) - 1, columns) & mask  # type: ignore[arg-type]
        while slots[at] != 0:
            at = (at + _ONE) & mask
        slots[at] = word
        if counted:
            counts[at] = old_counts[i]


@compiled(_I(_RO2, _RO1, _RWS, _RW1, _RW1, _I, _I, _I))
def index_rows(
    rows: Ints, columns: Ints, slots: Words, counts: Ints, following: Ints, start: int, stop: int, room: int
) -> int:
    """Put rows[start:stop] into chains of equal key, newest first; stops early after `room` new keys.

    Returns the first row not indexed, and leaves the number of new keys in following[-1].
    """
    new = 0
    for i in range(start, stop):
        h = hash_of(rows, i, columns)
        at = seek(rows, columns, slots, rows, i, columns, h)
        head: Any = -1
        if slots[at] == 0:
            if new == room:
                following[-1] = new
                return i
            new += 1
        else:
            head = np.int64(slots[at] & _LOW) - 1
        following[i] = head
        counts[at] += 1
        slots[at] = ((h >> _SHIFT) << _SHIFT) | np.uint64(i + 1)
    following[-1] = new
    return stop


@compiled(_I(_RO2, _RO1, _ROS, _RO1, _RO2, _RO1, _RW1, _RW1))
def probe(
    rows: Ints, columns: Ints, slots: Words, counts: Ints, left: Ints, keys: Ints, heads: Ints, found: Ints
) -> int:
    """For each row of `left`, the newest row with its key (-1: none) and how many there are; returns the total.

    With empty counts (a set of whole rows) a hit counts as one.
    """
    counted = len(counts) > 0
    total = 0
    for i in range(len(left)):
        at = seek(rows, columns, slots, left, i, keys, hash_of(left, i, keys))
        if slots[at] == 0:
            heads[i] = -1
            found[i] = 0
        else:
            heads[i] = np.int64(slots[at] & _LOW) - 1
            found[i] = max(0, min(counts[at], len(rows))) if counted else 1
            total += found[i]
    return total


@compiled(_I(_RO2, _RO2, _RO1, _RO1, _RO1, _I, _I, _RO1, _RO1, _RW2, _RW1))
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
    matched: Ints,
) -> int:
    """Write the join of left[start:stop] with the chains at its heads: each output column comes from side 0 or 1.

    `matched` gets the right row of each, unless it is empty. Returns how many were written, -1 for a broken chain.
    """
    n = 0
    width = len(columns)
    wanted = len(matched) > 0
    chained = len(following) > 0
    for i in range(start, stop):
        row = heads[i]
        for _ in range(found[i]):
            if row < 0 or row >= len(right):
                return -1
            for j in range(width):
                out[n, j] = right[row, columns[j]] if sides[j] == 1 else left[i, columns[j]]
            if wanted:
                matched[n] = row
            n += 1
            if chained:
                row = following[row]
    return n


@compiled(_I(_RO2, _RO2, _RO1, _RO1, _RO1, _I, _RO1, _RO1, _RW2, _RWS, _RW1))
def join_insert(
    left: Ints,
    right: Ints,
    heads: Ints,
    found: Ints,
    following: Ints,
    start: int,
    sides: Ints,
    columns: Ints,
    rows: Ints,
    slots: Words,
    state: Ints,
) -> int:
    """``expand`` and ``insert`` in one pass, without the rows between: 20 to 80 ns a candidate.

    Args:
        rows: the log; each candidate is written at its end and stays when it is new.
        state: [n, candidates left before a pause]; both are updated.

    Returns:
        The first row of `left` not joined: len(left), or less after a pause or when rows or slots are full; -1 for
        a broken chain.
    """
    n = state[0]
    left_over = state[1]
    width = len(columns)
    chained = len(following) > 0
    whole = np.arange(width)
    room = min(len(rows), len(slots) // 2)
    for i in range(start, len(left)):
        if n + found[i] >= room or left_over <= 0:
            state[0] = n
            state[1] = left_over
            return i
        left_over -= found[i]
        row = heads[i]
        for _ in range(found[i]):
            if row < 0 or row >= len(right):
                return -1
            for j in range(width):
                rows[n, j] = right[row, columns[j]] if sides[j] == 1 else left[i, columns[j]]
            h = hash_of(rows, n, whole)
            at = seek(rows, whole, slots, rows, n, whole, h)
            if slots[at] == 0:
                n += 1
                slots[at] = ((h >> _SHIFT) << _SHIFT) | np.uint64(n)
            if chained:
                row = following[row]
    state[0] = n
    state[1] = left_over
    return len(left)


@compiled(
    nb.int64(
        _RW1, nb.int32[::1], _RW1, nb.int32[::1], nb.int32[::1], nb.int32[::1], nb.int32[::1], _RW1, _RW1, _RW1, _I,
    )
)  # fmt: skip
def walk(
    offsets: Ints,
    targets: Any,
    begin: Ints,
    first: Any,
    stamp: Any,
    queue: Any,
    found: Any,
    ends: Ints,
    counts: Ints,
    state: Ints,
    pause: int,
) -> int:
    """Walk from each group's first nodes on, breadth first; 1 at the end.

    Args:
        offsets, targets: the steps of each node.
        begin, first: the nodes where each group's walk begins; these are not found.
        stamp, queue: of the nodes; stamp is cleared before.
        found: gets the nodes, the first one of each distance as -1 - node.
        ends: gets how many are found when each group is done.
        counts: gets how many are found at each distance.
        state: [the next group, how many are found, the greatest distance]; updated.
        pause: return 0 after so many steps, or when there is no room for all nodes once more.
    """
    nodes = len(offsets) - 1
    n = state[1]
    steps = 0
    for group in range(state[0], len(ends)):
        if n + nodes > len(found) or steps > pause:
            state[0] = group
            state[1] = n
            return 0
        tail = 0
        for at in range(begin[group], begin[group + 1]):
            target = first[at]
            if stamp[target] != group + 1:
                stamp[target] = group + 1
                queue[tail] = target
                tail += 1
        head = 0
        level = 0
        while head < tail:
            level += 1
            stop = tail
            while head < stop:
                source = queue[head]
                head += 1
                for at in range(offsets[source], offsets[source + 1]):
                    target = targets[at]
                    if stamp[target] != group + 1:
                        stamp[target] = group + 1
                        queue[tail] = target
                        tail += 1
                steps += 1 + offsets[source + 1] - offsets[source]
            if tail > stop:
                found[n] = -1 - queue[stop]
                for at in range(stop + 1, tail):
                    found[n + at - stop] = queue[at]
                n += tail - stop
                counts[level] += tail - stop
                state[2] = max(state[2], level)
        ends[group] = n
    state[0] = len(ends)
    state[1] = n
    return 1


@compiled(nb.void(nb.int32[::1], _RW1, _I, _I, _RW1, _RW1, _I, _RW1, _RW2))
def place(
    found: Any,
    ends: Ints,
    start: int,
    stop: int,
    examples: Ints,
    codes: Ints,
    moved: int,
    places: Ints,
    rows: Ints,
) -> None:
    """Write the rows that some of the groups of a walk found, distance after distance.

    Args:
        found, ends: as of ``walk``.
        start, stop: which groups.
        examples: a row of each group, with which its others agree in all columns but `moved`.
        codes: of the nodes.
        moved: the column of what is reached.
        places: where the next row of each distance goes; updated.
        rows: the log.
    """
    width = rows.shape[1]
    begin = ends[start - 1] if start > 0 else 0
    for group in range(start, stop):
        example = examples[group]
        level = 0
        for i in range(begin, ends[group]):
            target = found[i]
            if target < 0:
                level += 1
                target = -1 - target
            at = places[level]
            places[level] = at + 1
            for j in range(width):
                rows[at, j] = rows[example, j]
            rows[at, moved] = codes[target]
        begin = ends[group]
