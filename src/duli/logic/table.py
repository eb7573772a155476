"""A predicate's rows: a log that only grows, a hash set over it, and chained indexes on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.types import Limits, Relation

Ints = NDArray[np.int64]
Tags = NDArray[Any]
_NONE = np.empty(0, np.int64)


@dataclass
class Index:
    """Chains of the rows that agree on some columns; ``following`` is empty for the set of whole rows."""

    columns: Ints
    slots: NDArray[np.uint64]
    counts: Ints
    following: Ints
    keys: int = 0
    upto: int = 0


class Table:
    """The rows [n, arity] of one predicate, without repetitions, in the order in which they were found.

    Args:
        arity: columns.
        rows: rows without repetitions to start from, never written to (they may be mapped from disk).
    """

    def __init__(self, arity: int, rows: Ints | None = None) -> None:
        self.arity = arity
        self._log = np.empty((0, arity), np.int64) if rows is None else rows
        self.n = len(self._log)
        self.tags: Tags | None = None
        self.marks: list[tuple[int, int]] = []
        self._set: Index | None = None
        self.indexes: dict[tuple[int, ...], Index] = {}
        self.relation: Relation | None = None
        self.relation_rows: Ints | None = None

    @property
    def rows(self) -> Ints:
        """The rows so far, a view [n, arity]."""
        return self._log[: self.n]

    def insert(self, candidates: Ints, *, ids: bool = False) -> Ints:
        """Add rows [m, arity]; with `ids`, return each one's number [m]."""
        from duli.logic import kernels

        candidates = np.ascontiguousarray(candidates)
        self._reserve(self.n + len(candidates))
        slots = self._whole(len(candidates)).slots
        out = np.empty(len(candidates) if ids else 0, np.int64)
        self.n = int(kernels.insert(self._log, self.n, candidates, slots, out))
        assert self._set is not None
        self._set.upto = self.n
        return out

    def index(self, columns: tuple[int, ...]) -> Index:
        """The index over some columns, brought up to date."""
        if len(columns) == self.arity:
            return self._whole(0)
        made = self.indexes.get(columns)
        if made is None:
            made = self.indexes[columns] = _empty(columns, max(64, self.n // 8), counted=True)
        if made.upto < self.n:
            self._extend(made)
        return made

    def find(self, wanted: Ints) -> Ints:
        """The number of each of some rows [m, arity], -1 where there is none."""
        from duli.logic import kernels

        whole = self._whole(0)
        heads, found = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
        wanted = np.ascontiguousarray(wanted)
        kernels.probe(self._log, whole.columns, whole.slots, _NONE, wanted, whole.columns, heads, found)
        return heads

    def batch(self, row: int) -> int:
        """Which round found a row; what proves it is of earlier rounds."""
        from bisect import bisect_right

        position = bisect_right(self.marks, (row, 1 << 62)) - 1
        return self.marks[position][1] if position >= 0 else 0

    def _reserve(self, n: int) -> None:
        if n <= len(self._log) and self._log.flags.writeable:
            return
        log = np.empty((max(n, 2 * len(self._log), 64), self.arity), np.int64)
        log[: self.n] = self.rows
        self._log = log

    def _whole(self, extra: int) -> Index:
        from duli.logic import kernels

        columns = tuple(range(self.arity))
        if self._set is None:
            self._set = _empty(columns, self.n + extra, counted=False)
            if self.n:
                scratch = np.empty_like(self._log)
                kernels.insert(scratch, 0, self.rows, self._set.slots, _NONE)
            self._set.upto = self.n
        elif 2 * (self._set.upto + extra) > len(self._set.slots):
            # Most candidates are repetitions: make room for the worst case only when it is near.
            self._set = _larger(self._set, self._log, self._set.upto + extra)
        return self._set

    def _extend(self, index: Index) -> None:
        from duli.logic import kernels

        if len(index.following) <= self.n:
            following = np.empty(max(self.n + 1, len(index.following) * 2), np.int64)
            following[: index.upto] = index.following[: index.upto]
            index.following = following
        while index.upto < self.n:
            room = len(index.slots) // 2 - index.keys
            index.upto = int(
                kernels.index_rows(
                    self._log, index.columns, index.slots, index.counts, index.following, index.upto, self.n, room
                )
            )
            index.keys += int(index.following[-1])
            if index.upto < self.n:
                grown = _larger(index, self._log, index.keys * 2)
                index.slots, index.counts = grown.slots, grown.counts


def _empty(columns: tuple[int, ...], keys: int, *, counted: bool) -> Index:
    size = 1 << max(6, (2 * keys).bit_length())
    counts = np.zeros(size, np.int64) if counted else _NONE
    return Index(np.array(columns, np.int64), np.zeros(size, np.uint64), counts, _NONE)


def _larger(index: Index, rows: Ints, keys: int) -> Index:
    from duli.logic import kernels

    grown = _empty(tuple(index.columns.tolist()), keys, counted=len(index.counts) > 0)
    kernels.regrow(rows, index.columns, index.slots, index.counts, grown.slots, grown.counts)
    grown.following, grown.keys, grown.upto = index.following, index.keys, index.upto
    return grown


@dataclass
class Meter:
    """What a run has used of its limits."""

    limits: Limits
    deadline: float | None = None
    tuples: int = 0
    batch: int = field(default=0)
