"""The rows of a table side by side by the code in one column, where those codes lie close together.

A group is found without hashing and read in one run: 1 to 3 ns a row, where a chain of a hash index takes 10 to 50.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duli.logic.grid import Grid, no_bounds

if TYPE_CHECKING:
    from duli.logic.table import Table

Ints = NDArray[np.int64]
_PER_ROW = 4
_FREE = 1 << 14
_PAUSE = 4_000_000
_OUTSIDE = 2
NONE = np.empty(0, np.int64)


@dataclass
class Groups:
    """The rows of a table by one column.

    Args:
        column: by which they are grouped.
        lows, highs: between which the codes of each column are [arity].
        offsets: where the group of code `lows[column]` + i begins [span + 1].
        rows: the table's rows [n, arity], group after group.
        order: their numbers in the table [n].
        keys: how many groups are not empty.
    """

    column: int
    lows: Ints
    highs: Ints
    offsets: Ints
    rows: Ints
    order: Ints
    keys: int

    def __post_init__(self) -> None:
        self.low = int(self.lows[self.column])
        self.most = int(np.diff(self.offsets).max())

    def probe(self, left: Ints, source: int) -> tuple[Ints, Ints]:
        """For each row of `left`, where the group of the code in its column `source` begins, and its length."""
        from duli.logic import grid_kernels

        heads, found = np.empty(len(left), np.int64), np.empty(len(left), np.int64)
        grid_kernels.probe(left, source, self.offsets, self.low, heads, found)
        return heads, found

    def expand(
        self,
        left: Ints,
        heads: Ints,
        found: Ints,
        start: int,
        stop: int,
        sides: Ints,
        columns: Ints,
        out: Ints,
        matched: Ints,
    ) -> None:
        """Write the join of left[start:stop]; `matched`, unless empty, gets the table's row of each."""
        from duli.logic import grid_kernels

        given = self.rows, self.order, heads, found, start, stop
        grid_kernels.expand(left, *given, sides, columns, out, matched)


def make_groups(rows: Ints, column: int, lows: Ints, highs: Ints) -> Groups | None:
    """Groups by a column; None where its codes lie too far apart.

    Args:
        rows: [n, arity].
        column: by which.
        lows, highs: between which the codes of each column are [arity].
    """
    from duli.logic import grid_kernels

    low, high = int(lows[column]), int(highs[column])
    if high - low >= max(_FREE, _PER_ROW * len(rows)):
        return None
    offsets = np.zeros(high - low + 2, np.int64)
    keys = int(grid_kernels.count(rows, column, low, offsets))
    grouped, order = np.empty_like(rows), np.empty(len(rows), np.int64)
    grid_kernels.group(rows, column, low, offsets[:-1].copy(), grouped, order)
    return Groups(column, lows, highs, offsets, grouped, order, keys)


class GroupJoin:
    """A join of bindings with groups, whose result goes into a table by a grid.

    Args:
        groups: of the one table.
        source: the bindings' column of the keys.
        sides, columns: where each column of the result comes from, as of ``duli.logic.steps.Join``.
        table: the other table.
    """

    def __init__(self, groups: Groups, source: int, sides: Ints, columns: Ints, table: Table) -> None:
        self.groups, self.source, self.sides, self.columns = groups, source, sides, columns
        self.table = table
        self.own = np.flatnonzero(sides == 0)
        self.grid: Grid | None = None
        self.added = NONE

    def ready(self, left: Ints) -> bool:
        """Whether there is a grid that has room for the join with some bindings."""
        if self.grid is not None and self.grid is self.table.grid:
            return True
        return self._fit(left)

    def into(self, left: Ints, start: int) -> int | None:
        """Add the join of left[start:]; returns where it paused, len(left) at the end.

        None where no grid has room for what is left from `start` on: some of it may have been added.
        """
        from duli.logic import grid_kernels

        table, groups, grid = self.table, self.groups, self.grid
        state = np.array([start, table.n, _PAUSE])
        done, room = 0, table.n
        while not done and state[2] > 0:
            assert grid is not None  # noqa: S101
            table.catch_up(grid)
            done = grid_kernels.join(
                left,
                groups.offsets,
                groups.low,
                self.source,
                self.added,
                groups.rows,
                self.sides,
                self.columns,
                self.own,
                grid.lows,
                grid.highs,
                grid.factors,
                table.room(room),
                grid.bits,
                state,
            )
            table.n = grid.upto = int(state[1])
            room = table.n + groups.most
            if done == _OUTSIDE:
                if not self._fit(left[int(state[0]) :]):
                    return None
                done, grid = 0, self.grid
        return int(state[0])

    def _fit(self, left: Ints) -> bool:
        """Make a grid that has room for the join with these bindings; False where it would be too large."""
        from duli.logic import grid_kernels

        groups, table, theirs = self.groups, self.table, self.sides == 1
        lows, highs = no_bounds(left.shape[1])
        grid_kernels.bounds(left, 0, len(left), lows, highs)
        bounds = np.where(theirs, 0, self.columns), np.where(theirs, self.columns, 0)
        low = np.where(theirs, groups.lows[bounds[1]], lows[bounds[0]])
        high = np.where(theirs, groups.highs[bounds[1]], highs[bounds[0]])
        grid = self.grid = table.fit(low, high, len(left) * len(groups.rows) // groups.keys, theirs)
        if grid is None:
            return False
        self.added = np.empty(len(groups.rows), np.int64)
        columns = self.columns[theirs]
        grid_kernels.places(groups.rows, columns, grid.lows[theirs], grid.factors[theirs], self.added)
        return True
