"""What a plan is made of: steps that turn a matrix of bindings into matrices of longer, fewer or other bindings.

A matrix [n, k] holds one binding a row, one variable a column; the plan knows which. Steps yield pieces of about a
million rows, so that a join larger than memory never stands in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from duli.errors import Place, ProgramError
from duli.logic.arithmetic import bounds, codes, holds
from duli.logic.columns import PIECE, beside, cross, extended
from duli.logic.groups import Groups
from duli.logic.index import NONE, Index
from duli.logic.meter import Meter
from duli.logic.syntax import Comparison, Expression
from duli.logic.table import Table
from duli.logic.values import Symbols, encode_ints, is_number, numeric
from duli.types import Codes

Ints = NDArray[np.int64]
_FEW = 16
_OFTEN = 8


class Lookup(Protocol):
    """Where the rows of predicates are found."""

    def __getitem__(self, predicate: str) -> Table: ...


@dataclass
class Run:
    """What the steps of one run share.

    Args:
        tables: the rows of every predicate.
        symbols: the vocabulary, with the program's own symbols.
        meter: what is left of the limits.
        uncertain: predicates whose rows hold in some worlds only.
        frugal: a few bindings are looked up without building an index for them.
        unfinished: predicates of which rows may be missing, since a limit stopped the evaluation.
        noted: by number, rules whose instances were kept as they were applied: their columns [m, k], and heads [m].
    """

    tables: Lookup
    symbols: Symbols
    meter: Meter
    uncertain: frozenset[str] = frozenset()
    frugal: bool = False
    unfinished: set[str] = field(default_factory=set)
    noted: dict[int, list[tuple[Ints, Ints]]] = field(default_factory=dict)


class Step(Protocol):
    """One goal of a body, made ready."""

    def apply(self, rows: Ints, run: Run) -> Iterator[Ints]:
        """The bindings [m, k'] that follow from bindings [n, k], in pieces."""
        ...


def flow(steps: tuple[Step, ...], rows: Ints, run: Run) -> Iterator[Ints]:
    """What comes out of all the steps."""
    if not steps:
        yield rows
        return
    pieces = [steps[0].apply(rows, run)]
    while pieces:
        piece = next(pieces[-1], None)
        if piece is None:
            pieces.pop()
        elif len(piece) and len(pieces) == len(steps):
            yield piece
        elif len(piece):
            pieces.append(steps[len(pieces)].apply(piece, run))
        run.meter.check()


@dataclass(frozen=True)
class Scan:
    """The rows of a table that have some codes in some columns, and the same in others.

    Args:
        predicate: whose table.
        known: column to code.
        same: pairs of columns that must agree.
        marked: the row's number becomes the last column.
    """

    predicate: str
    known: Mapping[int, int]
    same: tuple[tuple[int, int], ...] = ()
    marked: bool = False

    def apply(self, rows: Ints, run: Run) -> Iterator[Ints]:
        """The table's rows in pieces; `rows` is the one empty binding."""
        table = run.tables[self.predicate]
        if self.known and table.ready(tuple(sorted(self.known))):
            yield from self._picked(table)
            return
        everything = table.rows
        for start in range(0, len(everything), 2 * PIECE):
            yield self.select(everything[start : start + 2 * PIECE], start)

    def select(self, rows: Ints, start: int) -> Ints:
        """Those of some of the table's rows, the first of which is number `start`."""
        numbers = np.arange(start, start + len(rows)) if self.marked else NONE
        if self.known or self.same:
            kept = np.ones(len(rows), np.bool_)
            for column, code in self.known.items():
                kept &= rows[:, column] == code
            for a, b in self.same:
                kept &= rows[:, a] == rows[:, b]
            rows, numbers = rows[kept], numbers[kept] if self.marked else numbers
        return beside(rows, numbers) if self.marked else rows

    def _picked(self, table: Table) -> Iterator[Ints]:
        numbers = table.where(dict(self.known))
        rows = table.rows[numbers]
        for a, b in self.same:
            kept = rows[:, a] == rows[:, b]
            rows, numbers = rows[kept], numbers[kept]
        yield beside(rows, numbers) if self.marked else rows


@dataclass(frozen=True)
class Join:
    """Each binding with each row of a table that agrees with it.

    Args:
        predicate: whose table.
        keys: the table's columns that are known before, ascending; none makes a cross product.
        sources: for each key its column of the bindings, counted on into `constants`.
        constants: codes that stand behind each binding's own columns.
        sides: for each column of the result: 0 from the binding, 1 from the row.
        columns: and which column of it.
        same: pairs of the result's columns that must agree.
        width: how many of the result's columns are kept.
        marked: the row's number becomes the last column.
    """

    predicate: str
    keys: tuple[int, ...]
    sources: Ints
    constants: Ints
    sides: Ints
    columns: Ints
    same: tuple[tuple[int, int], ...]
    width: int
    marked: bool

    @property
    def plain(self) -> bool:
        """Whether the result is just chosen columns."""
        return bool(self.keys) and not self.same and not self.marked

    def apply(self, rows: Ints, run: Run) -> Iterator[Ints]:
        """The join in pieces."""
        table = run.tables[self.predicate]
        left = extended(rows, self.constants)
        if not self.keys:
            pairs = cross(len(left), table.n)
        elif run.frugal and len(left) <= _FEW and table.n > _FEW and table.ready(self.keys) is None:
            pairs = _looked_up(table, left, self.keys, self.sources)
        else:
            yield from self._hashed(left, table)
            return
        right = table.rows
        for i, j in pairs:
            out = np.empty((len(i), len(self.columns)), np.int64)
            for column, (side, source) in enumerate(zip(self.sides, self.columns, strict=True)):
                out[:, column] = right[j, source] if side else left[i, source]
            yield self._finished(out, j)

    def groups(self, table: Table, bindings: int) -> Groups | None:
        """The groups of a table by the key, where they pay."""
        if len(self.keys) != 1:
            return None
        make = bindings * _OFTEN > table.n or table.ready(self.keys) is None
        return table.groups(self.keys[0], make=make)

    def probe(self, left: Ints, table: Table) -> tuple[Index, Ints, Ints]:
        """The index, and for each binding the head of its chain and the chain's length."""
        from duli.logic import kernels

        index = table.index(self.keys)
        heads, found = np.empty(len(left), np.int64), np.empty(len(left), np.int64)
        kernels.probe(table.rows, index.columns, index.slots, index.counts, left, self.sources, heads, found)
        return index, heads, found

    def into(self, rows: Ints, table: Table, run: Run) -> None:
        """Insert the result into a table, where `plain` allows it, without the rows between."""
        source = run.tables[self.predicate]
        left = extended(rows, self.constants)
        groups = self.groups(source, len(left))
        start: int | None = 0
        if groups is not None and len(left) and table.arity:
            made = table.group_join(groups, int(self.sources[0]), self.sides, self.columns)
            while made.ready(left) and start is not None:
                if start == len(left):
                    return
                before = table.n
                start = made.into(left, start)
                added(table, before, run.meter)
        index, heads, found = self.probe(left, source)
        right, following, start = source.rows, index.following, 0
        while start < len(left):
            before = table.n
            start = table.join(left, right, heads, found, following, self.sides, self.columns, start)
            added(table, before, run.meter)

    def _hashed(self, left: Ints, table: Table) -> Iterator[Ints]:
        groups = self.groups(table, len(left))
        if groups is not None:
            heads, found = groups.probe(left, int(self.sources[0]))
            write = partial(groups.expand, left, heads, found)
        else:
            index, heads, found = self.probe(left, table)
            write = partial(index.expand, left, table.rows, heads, found)
        for start, stop, n in pieces(found):
            out = np.empty((n, len(self.columns)), np.int64)
            matched = np.empty(n if self.marked else 0, np.int64)
            write(start, stop, self.sides, self.columns, out, matched)
            yield self._finished(out, matched)

    def _finished(self, out: Ints, matched: Ints) -> Ints:
        for a, b in self.same:
            kept = out[:, a] == out[:, b]
            out, matched = out[kept], matched[kept] if self.marked else matched
        if self.marked:
            return beside(out[:, : self.width], matched)
        return out if self.width == out.shape[1] else np.ascontiguousarray(out[:, : self.width])


@dataclass(frozen=True)
class Exists:
    """The bindings for which a table has a row, or has none.

    Args:
        predicate, keys, sources, constants: as of ``Join``.
        negated: keep those without a row.
        marked: keep all, with the row's number (-1 for none) as the last column.
    """

    predicate: str
    keys: tuple[int, ...]
    sources: Ints
    constants: Ints
    negated: bool = False
    marked: bool = False

    def apply(self, rows: Ints, run: Run) -> Iterator[Ints]:
        """Some of the bindings."""
        table = run.tables[self.predicate]
        heads = self._heads(extended(rows, self.constants), table, run)
        if self.marked:
            yield beside(rows, heads)
        else:
            yield rows[(heads < 0) == self.negated]

    def _heads(self, left: Ints, table: Table, run: Run) -> Ints:
        from duli.logic import kernels

        if not self.keys:
            return np.full(len(left), table.n - 1)
        if run.frugal and len(left) <= _FEW and table.n > _FEW and table.ready(self.keys) is None:
            heads = np.full(len(left), -1)
            for i, j in _looked_up(table, left, self.keys, self.sources):
                heads[i] = j
            return heads
        index = table.index(self.keys)
        heads, found = np.empty(len(left), np.int64), np.empty(len(left), np.int64)
        kernels.probe(table.rows, index.columns, index.slots, index.counts, left, self.sources, heads, found)
        return heads


@dataclass(frozen=True)
class Test:
    """The bindings for which a comparison holds."""

    goal: Comparison
    names: Mapping[str, int] = field(hash=False)

    __test__ = False

    def apply(self, rows: Ints, run: Run) -> Iterator[Ints]:
        """Some of the bindings."""
        yield rows[holds(self.goal, _getter(rows, self.names), len(rows), run.symbols)]


@dataclass(frozen=True)
class Range:
    """Each binding with each of the integers of a ``between`` as its last column."""

    goal: Comparison
    names: Mapping[str, int] = field(hash=False)

    def apply(self, rows: Ints, run: Run) -> Iterator[Ints]:
        """More bindings, longer by one."""
        low, high = bounds(self.goal, _getter(rows, self.names), len(rows), run.symbols)
        found = np.maximum(high - low + 1, 0)
        for start, stop, n in pieces(found):
            for first in range(0, n, PIECE):
                # One binding may have more values than a piece.
                number = np.arange(first, min(n, first + PIECE))
                ends = np.cumsum(found[start:stop])
                at = np.searchsorted(ends, number, side="right")
                values = low[start:stop][at] + number - (ends - found[start:stop])[at]
                run.meter.add(0)
                yield beside(rows[start:stop][at], encode_ints(values))


@dataclass(frozen=True)
class Assign:
    """Each binding with the value of an expression as its last column."""

    value: Expression
    names: Mapping[str, int] = field(hash=False)
    place: Place

    def apply(self, rows: Ints, run: Run) -> Iterator[Ints]:
        """All the bindings, longer by one."""
        found = codes(self.value, _getter(rows, self.names), len(rows), self.place, run.symbols)
        yield beside(rows, found)


@dataclass(frozen=True)
class Chance:
    """The bindings whose probability, a column, is above 0."""

    column: int
    name: str
    place: Place

    def apply(self, rows: Ints, run: Run) -> Iterator[Ints]:
        """Some of the bindings; what is no probability raises ProgramError."""
        chances = np.ascontiguousarray(rows[:, self.column])
        p = numeric(chances)
        if not (is_number(chances).all() and (p >= 0).all() and (p <= 1).all()):
            hint = "a probability is in [0, 1]; bound it with min(1, max(0, P))"
            shown = "the probability" if self.name.startswith("_") else self.name
            raise ProgramError(f"{shown} is not always a probability", where=self.place, hint=hint)
        yield rows[p > 0]


def added(table: Table, before: int, meter: Meter) -> None:
    """Note an insertion that started at row `before`: what it found counts, and has one batch."""
    if table.n > before:
        table.mark(before, meter.batch)
        meter.batch += 1
    meter.add(table.n - before)


def pieces(found: Ints) -> Iterator[tuple[int, int, int]]:
    """Cut rows with `found` results each into runs of about a million results: (start, stop, results)."""
    ends = np.cumsum(found)
    total = int(ends[-1]) if len(ends) else 0
    start, done = 0, 0
    while done < total:
        stop = max(start + 1, int(np.searchsorted(ends, done + PIECE, side="right")))
        upto = int(ends[stop - 1])
        if upto > done:
            yield start, stop, upto - done
        start, done = stop, upto


def _looked_up(table: Table, left: Ints, keys: tuple[int, ...], sources: Ints) -> Iterator[tuple[Ints, Ints]]:
    for i in range(len(left)):
        found = table.where({key: int(left[i, s]) for key, s in zip(keys, sources, strict=True)})
        if len(found):
            yield np.full(len(found), i), found


def _getter(rows: Ints, names: Mapping[str, int]) -> Callable[[str], Codes]:
    return lambda name: np.ascontiguousarray(rows[:, names[name]])
