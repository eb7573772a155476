"""Tags through instances: all at once where the algebra knows unknown tags; else in waves where nothing depends on
itself, by rounds where it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.logic.meter import Meter
from duli.logic.strata import components
from duli.provenance.algebra import Algebra, Tags

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
_PATIENCE = 100


@dataclass(frozen=True)
class Instances:
    """Ways in which the rows of a stratum can hold.

    Args:
        heads: the row [m] that each gives.
        tags: what it needs from outside the stratum, and its own choice [m].
        inner: the rows [m, w] of the stratum that it needs, -1 where fewer.
        denied: the rows [m, v] of the stratum whose negation it needs, -1 where fewer.
    """

    heads: Ints
    tags: Tags
    inner: Ints
    denied: Ints

    def those(self, picked: Mask) -> Instances:
        """Some of them."""
        return Instances(self.heads[picked], self.tags[picked], self.inner[picked], self.denied[picked])

    @staticmethod
    def join(parts: Sequence[Instances]) -> Instances:
        """All of them, one after the other."""
        parts = [part for part in parts if len(part.heads)] or parts[:1]
        if len(parts) == 1:
            return parts[0]
        heads = np.concatenate([part.heads for part in parts])
        tags = np.concatenate([part.tags for part in parts])
        return Instances(
            heads, tags, _wide([part.inner for part in parts]), _wide([part.denied for part in parts])
        )


class KnotError(Exception):
    """A row depends on its own negation."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def solve(instances: Instances, todo: Mask, tags: Tags, sums: Mask, algebra: Algebra, meter: Meter) -> None:
    """Set tags[todo]; the other tags are known already.

    Args:
        instances: of the rows in `todo`.
        todo: which rows [n] are wanted.
        tags: of all rows [n]; changed.
        sums: of which rows [n] no two instances hold in one world.
        algebra: what tags are.
        meter: watched.

    Raises:
        KnotError: a row depends on its own negation.
    """
    heads = instances.heads
    alone = not instances.inner.shape[1] and not instances.denied.shape[1]
    if alone and not sums[heads].any():
        tags[todo] = algebra.absent
        if len(heads) < 2 or np.bincount(heads).max() == 1:
            tags[heads] = instances.tags
            return
        order = np.argsort(heads, kind="stable")
        heads = heads[order]
        starts = np.append(0, np.flatnonzero(heads[1:] != heads[:-1]) + 1)
        tags[heads[starts]] = algebra.disjoin(instances.tags[order], starts)
        meter.check()
        return
    _Solver(instances, todo, tags, sums, algebra, meter).run()


class _Solver:
    def __init__(
        self, instances: Instances, todo: Mask, tags: Tags, sums: Mask, algebra: Algebra, meter: Meter
    ) -> None:
        self.instances, self.tags, self.sums, self.algebra, self.meter = instances, tags, sums, algebra, meter
        self.open = todo.copy()
        self.order = np.argsort(instances.heads, kind="stable")
        self.by_head = np.searchsorted(instances.heads[self.order], np.arange(len(todo) + 1))
        self.positive = instances.inner.shape[1]
        self.inner = instances.inner
        if instances.denied.shape[1]:
            self.inner = np.hstack((instances.inner, instances.denied))

    def run(self) -> None:
        (rows,) = self.open.nonzero()
        # Only where a row may depend on its own negation does the order matter to an algebra with unknown tags.
        if self.positive and self.positive == self.inner.shape[1] and self.unknown(rows):
            return
        if self.inner.shape[1]:
            self.wait()
            self.waves(rows)
            self.circles()
        else:
            self.settle(rows)

    def wait(self) -> None:
        """For which of the rows each instance waits, and which instances wait for each row."""
        n, inner, todo = len(self.open), self.inner, self.open
        needs = (inner >= 0) & todo[np.maximum(inner, 0)]
        self.waiting = needs.sum(1)
        users, _ = np.nonzero(needs)
        premises = inner[needs]
        sort = np.argsort(premises, kind="stable")
        self.users = users[sort]
        self.by_premise = np.searchsorted(premises[sort], np.arange(n + 1))

    def circles(self) -> None:
        """Settle what depends on a circle: circles, and what hangs on them, in an order that can be known."""
        left = np.flatnonzero(self.open)
        edges = {row: self.premises(row) for row in left.tolist()}
        for component in components(edges):
            rows = np.array(sorted(component))
            if len(component) == 1 and rows[0] not in edges[rows[0]]:
                self.settle(rows)
            else:
                self.circle(rows)

    def premises(self, row: int) -> list[int]:
        inner = self.inner[self.order[self.by_head[row] : self.by_head[row + 1]]].ravel()
        return [p for p in dict.fromkeys(inner.tolist()) if p >= 0 and self.open[p]]

    def waves(self, rows: Ints) -> None:
        """Settle what depends on settled rows only, again and again (Kahn 1962)."""
        blocked = np.zeros(len(self.open), np.int64)
        np.add.at(blocked, self.instances.heads[self.waiting > 0], 1)
        ready = rows[blocked[rows] == 0]
        while len(ready):
            self.settle(ready)
            users = _slices(self.users, self.by_premise, ready)
            np.subtract.at(self.waiting, users, 1)
            freed = np.unique(users)
            freed = freed[self.waiting[freed] == 0]
            heads = self.instances.heads[freed]
            np.subtract.at(blocked, heads, 1)
            heads = np.unique(heads)
            ready = heads[(blocked[heads] == 0) & self.open[heads]]

    def settle(self, rows: Ints) -> None:
        self.tags[rows] = self.combined(rows)
        self.open[rows] = False
        self.meter.check()

    def unknown(self, rows: Ints) -> bool:
        """Settle rows that may depend on one another by unknown tags; False where the algebra has none."""
        unknown = self.algebra.unknown(len(rows))
        if unknown is None:
            return False
        self.tags[rows] = unknown
        self.algebra.define(unknown, self.combined(rows))
        self.open[rows] = False
        self.meter.check()
        return True

    def combined(self, rows: Ints) -> Tags:
        """The tags of some rows, from those of all their instances as they stand."""
        sums = self.sums[rows]
        if not sums.any():
            return self.any_of(rows, False)
        out: Tags = np.full(len(rows), self.algebra.absent, self.algebra.dtype)
        for exclusive in (False, True):
            own = sums == exclusive
            out[own] = self.any_of(rows[own], exclusive)
        return out

    def any_of(self, rows: Ints, exclusive: bool) -> Tags:
        picked = _slices(self.order, self.by_head, rows)
        lengths = self.by_head[rows + 1] - self.by_head[rows]
        tags = self.instances.tags[picked]
        for column in range(self.inner.shape[1]):
            premise = self.inner[picked, column]
            inner = self.tags[np.maximum(premise, 0)]
            if column >= self.positive:
                inner = self.algebra.negate(inner)
            inner[premise < 0] = self.algebra.certain
            tags = self.algebra.conjoin(tags, inner)
        out: Tags = np.full(len(rows), self.algebra.absent, self.algebra.dtype)
        some = lengths > 0
        if some.any():
            out[some] = self.algebra.disjoin(tags, (np.cumsum(lengths) - lengths)[some], exclusive)
        return out

    def circle(self, rows: Ints) -> None:
        """Rows that depend on one another: from nothing, round by round, until no tag changes."""
        member = np.zeros(len(self.open), np.bool_)
        member[rows] = True
        picked = _slices(self.order, self.by_head, rows)
        denied = self.inner[picked, self.positive :]
        knots = (denied >= 0) & member[np.maximum(denied, 0)]
        if knots.any():
            raise KnotError(int(self.instances.heads[picked[knots.any(1).argmax()]]))
        if self.unknown(rows):
            return
        changed, rounds = rows, 0
        while len(changed):
            before = self.tags[changed]
            now = self.combined(changed)
            rounds += 1
            if rounds > _PATIENCE * len(rows) + _PATIENCE:
                # Tags that forget may turn for ever. From here on they only grow.
                pairs = np.stack((before, now), 1).ravel()
                now = self.algebra.disjoin(pairs, np.arange(0, len(pairs), 2))
            self.tags[changed] = now
            moved = changed[now != before]
            users = _slices(self.users, self.by_premise, moved)
            heads = np.unique(self.instances.heads[users])
            changed = heads[member[heads]]
            self.meter.check()
        self.open[rows] = False


def _wide(parts: Sequence[Ints]) -> Ints:
    """Rows of several widths below one another, filled up with -1."""
    out = np.full((sum(map(len, parts)), max(part.shape[1] for part in parts)), -1)
    at = 0
    for part in parts:
        out[at : at + len(part), : part.shape[1]] = part
        at += len(part)
    return out


def _slices(values: Ints, bounds: Ints, rows: Ints) -> Ints:
    """values[bounds[r]:bounds[r + 1]] of some r, one after the other."""
    starts = bounds[rows]
    lengths = bounds[rows + 1] - starts
    ends = np.cumsum(lengths)
    return values[
        np.repeat(starts - (ends - lengths), lengths) + np.arange(int(ends[-1]) if len(ends) else 0)
    ]
