"""The rows of one predicate while they come and go.

Until an update is over, a row that falls stays in the table, marked, and rows that come stand at its end. So what was
before and what will be can both be joined, nothing that exists is moved, and an update that is stopped is undone.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from duli.logic.index import NONE
from duli.logic.table import Table

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
NOTHING, NOTED, PLAIN = 0, 1, 2
_OFTEN = 8
Item = TypeVar("Item", bound=np.generic)


class LiveRows:
    """A table with what an update needs to know of each row.

    Args:
        table: after evaluation; it is changed in place.

    Attributes:
        given: for each row whether a fact gives it: ``NOTHING``, ``NOTED`` or ``PLAIN`` [room].
        rank: a row that no fact gives has a derivation from rows of its stratum that are all of lower rank [room].
        fallen: which rows will be taken out [room].
        start: the rows from here on are new in this update.
        queue: the rows that came or came back in this update, in that order [room]; the first ``queued`` count.
    """

    def __init__(self, table: Table) -> None:
        table.forget()
        self.table = table
        self.rank = table.batches(np.arange(table.n)).astype(np.int32)
        self.given, self.fallen, self.queue = np.zeros(table.n, np.int8), np.zeros(table.n, np.bool_), NONE
        self._fell: list[tuple[Ints, NDArray[np.int32]]] = []
        self._gave: list[tuple[Ints, NDArray[np.int8]]] = []
        self.queued, self.start = 0, table.n
        self.fit(table.n + 1)
        self._end()

    @property
    def came(self) -> Ints:
        """The numbers of the rows that are new in this update."""
        return np.arange(self.start, self.table.n)

    @property
    def gone(self) -> Ints:
        """The numbers of the rows that fell and did not come back, ascending."""
        fell = np.concatenate([NONE, *(ids for ids, _ in self._fell)])
        return np.sort(fell[self.fallen[fell]])

    @property
    def grew(self) -> bool:
        """Whether rows are new in this update."""
        return self.table.n > self.start

    @property
    def shrank(self) -> bool:
        """Whether rows fell in this update; perhaps they came back."""
        return bool(self._fell)

    def fit(self, rows: int) -> None:
        """Make room for so many rows, and for as many in the queue."""
        if rows > len(self.rank):
            room = max(rows, 2 * len(self.rank), 64)
            self.rank, self.given = grown(self.rank, room), grown(self.given, room)
            self.fallen = grown(self.fallen, room)
        if self.queued + rows - self.start > len(self.queue):
            self.queue = grown(self.queue, 2 * (self.queued + rows - self.start) + 64)

    def add(self, rows: Ints, rank: int) -> Ints:
        """Let rows [m, arity] come or come back, with this rank; returns the number of each."""
        before = self.table.n
        ids = self.table.insert(rows, ids=True)
        self.fit(self.table.n)
        came = np.arange(before, self.table.n)
        if self.shrank:
            back = np.unique(ids[self.fallen[ids]])
            self.fallen[back] = False
            came = np.concatenate((came, back))
        self.rank[came] = rank
        self.push(came)
        return ids

    def push(self, ids: Ints) -> None:
        """Put rows into the queue."""
        stop = self.queued + len(ids)
        if stop > len(self.queue):
            self.queue = grown(self.queue, 2 * stop)
        self.queue[self.queued : stop] = ids
        self.queued = stop

    def fall(self, ids: Ints) -> None:
        """Let rows fall, by number, each once in an update."""
        self._fell.append((ids, self.rank[ids]))
        self.fallen[ids] = True

    def give(self, ids: Ints, kind: int) -> None:
        """Say that facts give rows, or that none does."""
        self._gave.append((ids, self.given[ids]))
        self.given[ids] = kind if kind != NOTED else np.maximum(self.given[ids], NOTED)

    def commit(self) -> None:
        """End an update: take out what fell."""
        gone = self.gone
        if len(gone):
            old, new = take_out(self.table, gone)
            for column in (self.rank, self.given, self.fallen):
                column[new] = column[old]
            self.given[self.table.n :], self.fallen[self.table.n :] = NOTHING, False
        self._end()

    def undo(self, *, broken: bool) -> None:
        """End an update as if it had not been; `broken`: it may have been stopped anywhere."""
        for ids, given in reversed(self._gave):
            self.given[ids] = given
        for ids, rank in reversed(self._fell):
            self.fallen[ids], self.rank[ids] = False, rank
        if broken:
            self.fallen[:] = False
            self.table.n = self.start
            self.table.indexes.clear()
            self.table.forget()
        elif self.grew:
            take_out(self.table, self.came)
        self._end()

    def _end(self) -> None:
        self._fell.clear()
        self._gave.clear()
        self.start, self.queued = self.table.n, 0
        self.table.levels = 0, 0, self.rank[: self.table.n]


def grown(column: NDArray[Item], room: int) -> NDArray[Item]:
    """A longer copy of a column, with zeros behind."""
    out = np.zeros((room, *column.shape[1:]), column.dtype)
    out[: len(column)] = column
    return out


def take_out(table: Table, gone: Ints) -> tuple[Ints, Ints]:
    """Take rows out of a table, by ascending number; the last rows move into their places.

    Returns:
        The old and the new numbers of the rows that move.
    """
    left = table.n - len(gone)
    stay = np.ones(len(gone), np.bool_)
    stay[gone[gone >= left] - left] = False
    old, new = left + np.flatnonzero(stay), gone[gone < left]
    rows = table.room(table.n)
    if _OFTEN * len(gone) > table.n:
        table.indexes.clear()
    indexes = [table.index(columns) for columns in list(table.indexes)]
    for index in indexes:
        index.unlink(rows, gone)
    rows[new] = rows[old]
    for index in indexes:
        index.rename(rows, old, new)
        index.upto = index.linked = left
    table.n = left
    table.forget()
    return old, new
