"""A rule of a recursion from one of its literals on, made ready for the loop of ``duli.logic.fixpoint``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from duli.logic.grid import factors_of
from duli.logic.index import NONE
from duli.logic.steps import Run
from duli.logic.table import Table

Ints = NDArray[np.int64]
Bounds = tuple[Ints, Ints]
_PAUSE = 4_000_000
_ENDS = 1024
_LINKED = 1 << 20
_UNIT = np.array([0, 1])
_NOTHING = np.empty((0, 3), np.int64)


@dataclass
class Level:
    """One literal of a body, joined by the code in one column.

    Args:
        predicate, table: where its rows are, when they grow; then they are in chains.
        own: what the rows of a chain must have in themselves.
        rows: the rows otherwise, side by side by the key [n, k].
        offsets: where those of each key begin; for chains where each begins.
        bounds: of the columns, where they are known.
        place: the place of the key among the bound values.
        column: which of the level's own columns is the key.
        once: one match is enough.
        low: the lowest key.
        following: the chains.
    """

    predicate: str = ""
    table: Table | None = None
    own: Ints = field(default_factory=lambda: _NOTHING)
    rows: Ints = field(default_factory=lambda: np.empty((1, 0), np.int64))
    offsets: Ints = field(default_factory=lambda: _UNIT)
    bounds: Bounds = (NONE, NONE)
    place: int = 0
    column: int = 0
    once: bool = False
    low: int = 0
    following: Ints = field(default_factory=lambda: NONE)

    @property
    def width(self) -> int:
        """How many values it binds."""
        return self.rows.shape[1] if self.table is None else self.table.arity

    def between(self, known: Mapping[str, Bounds]) -> Bounds:
        """Between which codes its columns are, by what is known of the predicates that grow."""
        return self.bounds if self.table is None else known[self.predicate]

    def link(self, start: int, stop: int, run: Run) -> None:
        """Put some more rows of the table into the chains."""
        from duli.logic import fixpoint_kernels as kernels

        table = self.table
        assert table is not None  # noqa: S101
        if len(self.following) < stop:
            run.meter.reserve(16 * stop)
            self.following.resize(2 * stop, refcheck=False)
        rows, key = table.rows.reshape(-1), (self.column, self.low, self.own)
        for at in range(start, stop, _LINKED):
            end = min(stop, at + _LINKED)
            kernels.chain(rows, table.arity, at, end, *key, self.offsets, self.following)
            run.meter.check()

    def arrays(self, added: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """What the loop takes."""
        rows = self.rows if self.table is None else self.table.rows
        return rows.reshape(-1), self.offsets, self.following, added


class Keys:
    """The set of a table's rows by their keys: a bit for each where that takes little, else a hash set.

    Args:
        table: whose rows.
        bounds: of all that can come.
        run: is asked for memory.
    """

    def __init__(self, table: Table, bounds: Bounds, run: Run) -> None:
        self.table, self.run = table, run
        self.lows, self.highs = bounds
        self.near = np.arange(table.arity) > 0
        self.words = np.empty(0, np.uint64)
        self.hashed = True

    def ready(self) -> None:
        """Make room for one more row."""
        from duli.logic import fixpoint_kernels as kernels

        table, n = self.table, self.table.n
        if self.hashed and 2 * (n + 1) > len(self.words):
            grid = table.fit(self.lows, self.highs, 0, self.near)
            if grid is not None:
                self.lows, self.factors, self.words, self.hashed = grid.lows, grid.factors, grid.bits, False
                return
            self.words = np.empty(0, np.uint64)
            size = 1 << (4 * n + 1024).bit_length()
            self.run.meter.reserve(8 * size)
            self.factors = factors_of(self.lows, self.highs, self.near)
            self.words = np.zeros(size, np.uint64)
            for start in range(0, n, _LINKED):
                rows = table.rows[start : start + _LINKED]
                kernels.fill(rows, self.lows, self.factors, self.words)
                self.run.meter.check()


@dataclass
class Turn:
    """A rule from one of its recursive literals on.

    Args:
        predicate, head: the literal's and the head's predicate.
        own: what the literal's rows must have in themselves.
        width: how many columns they have.
        levels: what is joined, two.
        checks: which bound values must be equal or differ.
        out: the places of the head's columns among the bound values.
        constants: the last of the bound values.
    """

    predicate: str
    head: str
    own: Ints
    width: int
    levels: tuple[Level, Level]
    checks: Ints
    out: Ints
    constants: Ints
    made_for: Ints = field(default_factory=lambda: NONE)

    def spread(self, known: Mapping[str, Bounds]) -> Bounds:
        """Between which codes the head's columns are, by what is known of the recursive predicates."""
        parts = [known[self.predicate], *(level.between(known) for level in self.levels)]
        lows = np.concatenate([*(low for low, _ in parts), self.constants])
        highs = np.concatenate([*(high for _, high in parts), self.constants])
        return lows[self.out], highs[self.out]

    def fit(self, keys: Keys) -> None:
        """Work out what each value adds to the key of a row."""
        if self.made_for is keys.factors:
            return
        self.made_for = keys.factors
        begins = np.cumsum([0, self.width, *(level.width for level in self.levels)])
        # An empty level begins where the next one does, and has no value there.
        of = np.searchsorted(begins, self.out, side="right") - 1
        fixed, factors = of == 3, keys.factors
        constants = np.zeros(len(of), np.int64)
        constants[fixed] = self.constants[self.out[fixed] - begins[3]]
        # Parts of a key may wrap around; the key itself does not.
        self.base = int(((constants - keys.lows) * factors).sum())
        growing = np.isin(of, [0, *(i for i, level in enumerate(self.levels, 1) if level.table is not None)])
        self.terms = np.column_stack((of, self.out, factors))[growing]
        self.added = [
            NONE if level.table is not None else self.part(level, of == i, begins[i], factors)
            for i, level in enumerate(self.levels, 1)
        ]
        self.bound = np.concatenate((np.zeros(begins[3], np.int64), self.constants))

    def part(self, level: Level, where: NDArray[np.bool_], begin: int, factors: Ints) -> Ints:
        """What each row of a level that does not grow adds to the key, as values of some columns of the head."""
        added: Ints = (level.rows[:, self.out[where] - begin] * factors[where]).sum(1)
        return added

    def apply(self, start: int, stop: int, keys: Keys, run: Run, *, alone: bool) -> None:
        """Add what follows from some rows of the literal; with `alone` all that follows from that as well."""
        from duli.logic import fixpoint_kernels as kernels

        table, source = keys.table, run.tables[self.predicate]
        state, ends = np.array([start, stop, -2, table.n, 0, 0]), np.empty(_ENDS, np.int64)
        (first, last), done = self.levels, False
        while not done:
            keys.ready()
            self.fit(keys)
            before, state[4], state[5] = table.n, _PAUSE, 0
            room = len(table.room(before + 1))
            shape = [self.width, first.width, first.place, first.low, first.once]
            shape += [last.width, last.place, last.low, last.once, keys.hashed, self.base, alone]
            done = bool(
                kernels.turn(
                    (table.room(room) if source is table else source.rows).reshape(-1),
                    self.own,
                    *first.arrays(self.added[0]),
                    *last.arrays(self.added[1]),
                    self.terms,
                    self.checks,
                    self.out,
                    self.bound,
                    np.array(shape, np.int64),
                    table.room(room).reshape(-1),
                    keys.words,
                    ends,
                    state,
                )
            )
            table.n = int(state[3])
            if not keys.hashed and table.grid is not None:
                table.grid.upto = table.n
            for row, end in pairwise((before, *ends[: state[5]].tolist(), table.n)):
                if end > row:
                    table.mark(row, run.meter.batch)
                    run.meter.batch += 1
            run.meter.add(table.n - before)
