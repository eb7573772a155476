"""A predicate's rows: a log that only grows, a hash set over it, and chained indexes on demand."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from duli.logic.grid import Grid, grid_size, make_grid, no_bounds
from duli.logic.groups import GroupJoin, Groups, make_groups
from duli.logic.index import NONE, Index, broken, copy_rows, empty_index, extend_index

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]
_PAUSE = 1_000_000
_PIECE = 1 << 20
_FIRST_SIZE = 256
_OFTEN = 8
_FEW = 256
_MANY = 4096
_LEAP = 1 << 23


class Table:
    """The rows [n, arity] of one predicate, without repetitions, in the order in which they were found.

    Args:
        arity: columns.
        rows: rows without repetitions to start from, never written to (they may be mapped from disk).
        reserve: called with the bytes that are about to be taken, and with 0 in the course of long work; it may
            raise, and leaves the table as it was (``Meter.reserve``).

    ``closed`` says that a table of pairs is the transitive closure of its first rows: of how many.
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
        self.closed: int | None = None
        self.grid: Grid | None = None
        self._widened = 0
        self._joins: dict[tuple[int, int, bytes, bytes], GroupJoin] = {}
        self._bounds: tuple[int, Ints, Ints] | None = None
        self._groups: dict[int, tuple[int, Groups | None]] = {}
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
        if not ids and self._insert_by_grid(candidates):
            return NONE
        out = np.empty(len(candidates) if ids else 0, np.int64)
        for start in range(0, len(candidates), _PIECE):
            piece = candidates[start : start + _PIECE]
            self._reserve(len(piece))
            whole = self._set(len(piece))
            part = out[start : start + _PIECE]
            self.n = int(kernels.insert(self._log, self.n, piece, whole.slots, part))
            whole.upto = self.n
        return out

    def _insert_by_grid(self, candidates: Ints) -> bool:
        """``insert``, where there is a grid that the candidates fit into, or where it is worth to make one."""
        if self.arity == 0 or (self.grid is None and len(candidates) < _MANY):
            return False
        from duli.logic import grid_kernels

        lows, highs = no_bounds(self.arity)
        grid_kernels.bounds(candidates, 0, len(candidates), lows, highs)
        grid = (
            self.fit(lows, highs, len(candidates) // 2, np.ones(self.arity, np.bool_))
            if len(candidates)
            else None
        )
        if grid is None:
            return False
        for start in range(0, len(candidates), _PIECE):
            piece = candidates[start : start + _PIECE]
            self.room(self.n + len(piece))
            self.n = int(grid_kernels.insert(self._log, self.n, piece, grid.lows, grid.factors, grid.bits))
            grid.upto = self.n
            self._ask(0)
        return True

    def bounds(self) -> tuple[Ints, Ints]:
        """The least and the greatest code of each column [arity]."""
        from duli.logic import grid_kernels

        upto, lows, highs = self._bounds or (0, *no_bounds(self.arity))
        if upto < self.n:
            lows, highs = lows.copy(), highs.copy()
            grid_kernels.bounds(self._log, upto, self.n, lows, highs)
            self._bounds = self.n, lows, highs
        return lows, highs

    def fit(self, lows: Ints, highs: Ints, more: int, near: Mask) -> Grid | None:
        """The set of the rows as a grid with room for codes in these bounds; None where it would be too large.

        Args:
            lows, highs: of the columns of rows that may come [arity].
            more: how many may come, about.
            near: the columns [arity] that change most from one such row to the next.
        """
        grid = self.grid
        if grid is None or not grid.covers(lows, highs):
            own = self.bounds()
            lows, highs = np.minimum(lows, own[0]), np.maximum(highs, own[1])
            if grid is not None:
                lows, highs = np.minimum(lows, grid.lows), np.maximum(highs, grid.highs)
                self._widened += 1
            size = grid_size(lows, highs, self.n + more) if self._widened < _OFTEN else 0
            self.grid = None
            if not size:
                return None
            self._ask(size)
            grid = self.grid = make_grid(lows, highs, near)
            self.indexes.pop(self._whole, None)
        self.catch_up(grid)
        return grid

    def catch_up(self, grid: Grid) -> None:
        """Put the rows into a grid that are not in it yet."""
        from duli.logic import grid_kernels

        while grid.upto < self.n:
            stop = min(self.n, grid.upto + _PIECE)
            grid_kernels.fill(self._log, grid.upto, stop, grid.lows, grid.factors, grid.bits)
            grid.upto = stop
            self._ask(0)

    def group_join(self, groups: Groups, source: int, sides: Ints, columns: Ints) -> GroupJoin:
        """A join with the groups of another table that goes into this one; made once."""
        key = id(groups), source, sides.tobytes(), columns.tobytes()
        known = self._joins.get(key)
        if known is None:
            known = self._joins[key] = GroupJoin(groups, source, sides, columns, self)
        return known

    def groups(self, column: int, *, make: bool = True) -> Groups | None:
        """The rows side by side by a column; None where its codes lie far apart or the table grows often, and where
        they would have to be made and need not be."""
        upto, made = self._groups.get(column, (0, None))
        if upto == self.n:
            return made
        if not make or self.n < max(_FEW, 2 * upto):
            return None
        with self._lock:
            upto, made = self._groups.get(column, (0, None))
            if upto < self.n:
                self._ask(24 * self.n * (self.arity + 1))
                made = make_groups(self.rows, column, *self.bounds())
                self._groups[column] = self.n, made
            return made

    def keys(self, columns: tuple[int, ...]) -> int | None:
        """How many different keys there are in some columns, where an index knows it."""
        index = self.ready(columns) if columns else None
        if index is not None:
            return index.keys
        upto, groups = self._groups.get(columns[0], (0, None)) if len(columns) == 1 else (0, None)
        return groups.keys if groups is not None and upto == self.n else None

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

        It is moved without a copy, unless something else refers to it.
        """
        if not self._owned or rows > len(self._log):
            self._stretch(max(rows, len(self._log) * 5 // 4, 64))
        return self._log

    def open(self, extra: int) -> tuple[Ints, Index]:
        """The log and the set of whole rows, with room for so many more."""
        self._reserve(extra)
        return self._log, self._set(extra)

    def settle(self) -> None:
        """Give back the memory that only growing needs."""
        self.grid = None
        self._joins.clear()
        if self._owned and len(self._log) > max(self.n, 64):
            with suppress(ValueError):
                self._log.resize((self.n, self.arity))

    def _stretch(self, rows: int) -> None:
        self._ask(8 * (rows - len(self._log)) * self.arity)
        if self._owned:
            # A view of the log would point to freed memory: then NumPy refuses, and the rows are copied.
            with suppress(ValueError):
                self._log.resize((rows, self.arity))
                return
        log = np.empty((rows, self.arity), np.int64)
        copy_rows(self.rows, log, self._ask)
        self._log, self._owned = log, True

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
                made = empty_index(columns, min(self.n, max(64, self.n // 8)), self._ask, counted=True)
            if made.upto < self.n:
                extend_index(made, self._log, self.n, self._ask)
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
        self.forget()
        self._groups.clear()
        return order

    def matches(self, columns: tuple[int, ...], wanted: Ints) -> Ints:
        """The rows that have one of some keys [m, k] in these columns, key after key; with keys twice, twice."""
        from duli.logic import kernels

        index, left = self.index(columns), np.ascontiguousarray(wanted)
        heads, found = np.empty(len(left), np.int64), np.empty(len(left), np.int64)
        keys = np.arange(len(columns))
        total = kernels.probe(self._log, index.columns, index.slots, index.counts, left, keys, heads, found)
        out = np.empty(total, np.int64)
        nothing, chains = np.empty((total, 0), np.int64), index.following
        done = kernels.expand(left, self._log, heads, found, chains, 0, len(left), NONE, NONE, nothing, out)
        if done < 0:
            raise broken()
        return out

    def forget(self) -> None:
        """Drop what was found out about rows that have moved."""
        self._groups = {column: (upto, None) for column, (upto, _) in self._groups.items()}
        self._joins.clear()
        self._looked.clear()
        self._bounds = self.grid = self.closed = None

    def _chain(self, columns: tuple[int, ...], known: dict[int, int]) -> Ints:
        return np.sort(self.matches(columns, np.array([[known[c] for c in columns]], np.int64)))

    def _reserve(self, extra: int) -> None:
        if self._owned and self.n + extra <= len(self._log):
            return
        room = max(self.n + extra, 2 * len(self._log), 64)
        self._ask(8 * room * self.arity)
        log = np.empty((room, self.arity), np.int64)
        if self.n:
            copy_rows(self.rows, log, self._ask)
        self._log, self._owned = log, True

    def _set(self, extra: int) -> Index:
        from duli.logic import kernels

        made = self.indexes.get(self._whole)
        if made is None:
            made = empty_index(self._whole, self.n + extra, self._ask, counted=False)
        elif 2 * (self.n + extra) > len(made.slots):
            # Filled anew in the order of the rows, which is faster than going through the old slots.
            wanted = self.n + extra
            made = empty_index(self._whole, max(wanted, min(4 * self.n, _LEAP)), self._ask, counted=False)
        while made.upto < self.n:
            stop = min(self.n, made.upto + _PIECE)
            kernels.fill(self._log, made.upto, stop, made.slots)
            made.upto = stop
            self._ask(0)
        self.indexes[self._whole] = made
        return made


def _granted(_: int) -> None:
    pass
