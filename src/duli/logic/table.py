"""A predicate's rows: a log that only grows, a hash set over it, and chained indexes on demand."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import DataError

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
NONE = np.empty(0, np.int64)
_PAUSE = 1_000_000
_PIECE = 1 << 20
_FIRST_SIZE = 256
_OFTEN = 8
_LEAP = 1 << 23


@dataclass
class Index:
    """Chains of the rows that agree on some columns; no ``following`` and ``counts`` for the set of whole rows.

    Args:
        columns: the columns of the key.
        slots: the hash table; see ``duli.logic.kernels``.
        counts: how many rows have the key of each slot.
        following: for each row the next older one with its key, -1 for none.
        keys: how many different keys there are.
        upto: how many rows are in.
    """

    columns: Ints
    slots: Words
    counts: Ints
    following: Ints
    keys: int = 0
    upto: int = 0


class Table:
    """The rows [n, arity] of one predicate, without repetitions, in the order in which they were found.

    Args:
        arity: columns.
        rows: rows without repetitions to start from, never written to (they may be mapped from disk).
        reserve: called with the bytes that are about to be taken, and with 0 in the course of long work; it may
            raise, and leaves the table as it was (``Meter.reserve``).
    """

    def __init__(
        self, arity: int, rows: Ints | None = None, *, reserve: Callable[[int], None] | None = None
    ) -> None:
        self.arity = arity
        self._owned = rows is None
        self._log = np.empty((0, arity), np.int64) if rows is None else rows
        self.n = len(self._log)
        self.marks: list[tuple[int, int]] = []
        self.levels: tuple[int, int, NDArray[np.int32]] | None = None
        self.indexes: dict[tuple[int, ...], Index] = {}
        self._looked: dict[tuple[int, ...], int] = {}
        self._whole = tuple(range(arity))
        self._lock = threading.Lock()
        self._ask = reserve or _granted

    @property
    def rows(self) -> Ints:
        """The rows so far, a view [n, arity]."""
        return self._log[: self.n]

    def insert(self, candidates: Ints, *, ids: bool = False) -> Ints:
        """Add rows [m, arity]; with `ids`, return each one's number [m]."""
        from duli.logic import kernels

        candidates = np.ascontiguousarray(candidates)
        out = np.empty(len(candidates) if ids else 0, np.int64)
        for start in range(0, len(candidates), _PIECE):
            piece = candidates[start : start + _PIECE]
            self._reserve(len(piece))
            whole = self._set(len(piece))
            part = out[start : start + _PIECE]
            self.n = int(kernels.insert(self._log, self.n, piece, whole.slots, part))
            whole.upto = self.n
        return out

    def append(self, rows: Ints) -> None:
        """Add rows [m, arity] that are distinct and not there yet."""
        if self.n == 0 and not len(self._log):
            self._log, self._owned = np.ascontiguousarray(rows), False
        else:
            self._reserve(len(rows))
            self._log[self.n : self.n + len(rows)] = rows
        self.n += len(rows)

    def join(
        self,
        left: Ints,
        right: Ints,
        heads: Ints,
        found: Ints,
        following: Ints,
        sides: Ints,
        columns: Ints,
        start: int,
    ) -> int:
        """Add the join of left[start:] with the chains of `right`; returns where it paused, len(left) at the end."""
        from duli.logic import kernels

        state = np.array([self.n, _PAUSE])
        while start < len(left) and state[1] > 0:
            extra = min(int(found[start:].sum()), max(self.n, int(found[start]), _FIRST_SIZE)) + 1
            self._reserve(extra)
            whole = self._set(extra)
            log, slots = self._log, whole.slots
            start = kernels.join_insert(
                left, right, heads, found, following, start, sides, columns, log, slots, state
            )
            if start < 0:
                raise broken()
            self.n = whole.upto = int(state[0])
        return start

    def room(self, rows: int) -> Ints:
        """The log with room for so many rows in all; what is written there counts once ``n`` says so.

        Views of the log must not be in use: it is moved without a copy.
        """
        if not self._owned or rows > len(self._log):
            self._reserve(rows - self.n) if not self._owned else self._stretch(
                max(rows, len(self._log) * 3 // 2)
            )
        elif rows == self.n:
            self._log.resize((rows, self.arity), refcheck=False)
        return self._log

    def _stretch(self, rows: int) -> None:
        self._ask(8 * (rows - len(self._log)) * self.arity)
        self._log.resize((rows, self.arity), refcheck=False)

    def set_levels(self, row: int, batch: int, levels: NDArray[np.int32]) -> None:
        """Say that the row `row` + i was found by insertion `batch` + levels[i], and is the table's only one there."""
        if len(levels):
            self.levels = row, batch, levels

    def mark(self, row: int, batch: int) -> None:
        """Say that the rows from `row` on were found by one insertion."""
        self.marks.append((row, batch))

    def batch(self, row: int) -> int:
        """Which insertion found a row, -1 for a row that was given; what proves a row was found earlier."""
        if self.levels is not None and row >= self.levels[0] and row - self.levels[0] < len(self.levels[2]):
            return self.levels[1] + int(self.levels[2][row - self.levels[0]])
        position = bisect_right(self.marks, (row, 1 << 62)) - 1
        return self.marks[position][1] if position >= 0 else -1

    def batches(self, rows: Ints) -> Ints:
        """``batch`` of many rows [m]."""
        starts = np.array([start for start, _ in self.marks], np.int64)
        numbers = np.array([-1, *(number for _, number in self.marks)], np.int64)
        found: Ints = numbers[np.searchsorted(starts, rows, side="right")]
        if self.levels is not None:
            first, batch, levels = self.levels
            inside = (rows >= first) & (rows < first + len(levels))
            found[inside] = batch + levels[rows[inside] - first]
        return found

    def ready(self, columns: tuple[int, ...]) -> Index | None:
        """The index over some columns, when there is one that covers all rows."""
        made = self.indexes.get(columns)
        return made if made is not None and made.upto == self.n else None

    def index(self, columns: tuple[int, ...]) -> Index:
        """The index over some columns, brought up to date."""
        made = self.ready(columns)
        if made is not None:
            return made
        with self._lock:
            if columns == self._whole:
                return self._set(0)
            made = self.indexes.get(columns)
            if made is None:
                made = _empty(columns, min(self.n, max(64, self.n // 8)), self._ask, counted=True)
            if made.upto < self.n:
                self._extend(made)
            self.indexes[columns] = made
            return made

    def find(self, wanted: Ints) -> Ints:
        """The number of each of some rows [m, arity], -1 where there is none."""
        from duli.logic import kernels

        whole = self.index(self._whole)
        heads, found = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
        wanted = np.ascontiguousarray(wanted)
        kernels.probe(self._log, whole.columns, whole.slots, NONE, wanted, whole.columns, heads, found)
        return heads

    def where(self, known: dict[int, int]) -> Ints:
        """The rows whose columns have these codes, ascending.

        By an index that is there, else by looking at all; an index is built once that was asked for often.
        """
        columns = tuple(sorted(known))
        if columns and self.ready(columns):
            return self._chain(columns, known)
        usable = (c for c in self.indexes if set(c) <= set(known) and self.ready(c))
        most = max(usable, key=len, default=())
        rows = self._chain(most, known) if most else None
        looked = self.n if rows is None else len(rows)
        self._looked[columns] = self._looked.get(columns, 0) + looked
        if columns and self._looked[columns] > _OFTEN * self.n > 0:
            return self._chain(columns, known)
        for column in columns:
            if rows is None:
                rows = np.flatnonzero(self._log[: self.n, column] == known[column])
            elif column not in most:
                rows = rows[self._log[rows, column] == known[column]]
        return np.arange(self.n) if rows is None else rows

    def cluster(self, columns: tuple[int, ...]) -> Ints:
        """Order the rows by some columns, so that a chain's rows lie side by side; returns the order [n]."""
        order: Ints = np.lexsort([self.rows[:, c] for c in reversed(columns)])
        self._log, self._owned = self.rows[order], False
        self.indexes.clear()
        self._looked.clear()
        return order

    def _chain(self, columns: tuple[int, ...], known: dict[int, int]) -> Ints:
        from duli.logic import kernels

        index = self.index(columns)
        left = np.array([[known[c] for c in columns]], np.int64)
        heads, found = np.empty(1, np.int64), np.empty(1, np.int64)
        keys = np.arange(len(columns))
        total = kernels.probe(self._log, index.columns, index.slots, index.counts, left, keys, heads, found)
        out = np.empty(total, np.int64)
        nothing = np.empty((total, 0), np.int64)
        done = kernels.expand(left, self._log, heads, found, index.following, 0, 1, NONE, NONE, nothing, out)
        if done < 0:
            raise broken()
        return np.sort(out)

    def _reserve(self, extra: int) -> None:
        if self._owned and self.n + extra <= len(self._log):
            return
        room = max(self.n + extra, 2 * len(self._log), 64)
        self._ask(8 * room * self.arity)
        log = np.empty((room, self.arity), np.int64)
        self._copy(self.rows, log)
        self._log, self._owned = log, True

    def _copy(self, old: Ints, new: Ints) -> None:
        for start in range(0, len(old), _PIECE):
            new[start : start + _PIECE][: len(old) - start] = old[start : start + _PIECE]
            self._ask(0)

    def _set(self, extra: int) -> Index:
        from duli.logic import kernels

        made = self.indexes.get(self._whole)
        if made is None:
            made = _empty(self._whole, self.n + extra, self._ask, counted=False)
        elif 2 * (self.n + extra) > len(made.slots):
            # Filled anew in the order of the rows, which is faster than going through the old slots.
            wanted = self.n + extra
            made = _empty(self._whole, max(wanted, min(4 * self.n, _LEAP)), self._ask, counted=False)
        while made.upto < self.n:
            stop = min(self.n, made.upto + _PIECE)
            kernels.fill(self._log, made.upto, stop, made.slots)
            made.upto = stop
            self._ask(0)
        self.indexes[self._whole] = made
        return made

    def _extend(self, index: Index) -> None:
        from duli.logic import kernels

        if len(index.following) <= self.n:
            room = max(self.n + 1, len(index.following) * 2)
            self._ask(8 * room)
            following = np.empty(room, np.int64)
            self._copy(index.following[: index.upto], following)
            index.following = following
        while index.upto < self.n:
            room = len(index.slots) // 2 - index.keys
            columns, slots, counts = index.columns, index.slots, index.counts
            stop = min(self.n, index.upto + _PIECE)
            index.upto = int(
                kernels.index_rows(self._log, columns, slots, counts, index.following, index.upto, stop, room)
            )
            index.keys += int(index.following[-1])
            self._ask(0)
            if index.upto < stop:
                grown = _larger(index, self._log, index.keys * 2, self._ask)
                index.slots, index.counts = grown.slots, grown.counts


def broken() -> DataError:
    """The error for a saved index that leads out of its table."""
    return DataError("a saved index is damaged", hint="delete the cache folder; it is made again")


def _granted(_: int) -> None:
    pass


def _empty(columns: tuple[int, ...], keys: int, ask: Callable[[int], None], *, counted: bool) -> Index:
    size = 1 << max(6, (2 * keys).bit_length())
    ask(16 * size if counted else 8 * size)
    counts = np.zeros(size, np.int64) if counted else NONE
    return Index(np.array(columns, np.int64), np.zeros(size, np.uint64), counts, NONE)


def _larger(index: Index, rows: Ints, keys: int, ask: Callable[[int], None]) -> Index:
    from duli.logic import kernels

    counted = len(index.counts) > 0
    grown = _empty(tuple(index.columns.tolist()), keys, ask, counted=counted)
    for start in range(0, len(index.slots), _PIECE):
        slots, counts = index.slots[start : start + _PIECE], index.counts[start : start + _PIECE]
        kernels.regrow(rows, index.columns, slots, counts, grown.slots, grown.counts)
        ask(0)
    grown.following, grown.keys, grown.upto = index.following, index.keys, index.upto
    return grown
