"""exact: the probability itself, by decision diagrams.

- A tag is a reduced ordered binary decision diagram (Bryant 1986) over the run's independent choices; 0 is true,
  1 is false.
- Equal functions have equal tags, so a recursion ends when no tag changes.
- A choice that was never combined is the tag -1 - number: thousands of lone choices cost nothing.
- A choice gets its place in the order when it is first combined, so the order is that in which the rows were derived.
- The nodes are never freed; their number is the limit. Time and memory are linear in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import LimitReachedError
from duli.types import Floats

Ints = NDArray[np.int64]
_LAST = 1 << 62
_CHUNK = 4096


class Exact:
    """The diagrams of one run.

    Args:
        most: how many nodes may be made; None for no limit.
        check: called between steps; raises when the time is over.
    """

    dtype: type = np.int64
    certain: Any = 0
    absent: Any = 1

    def __init__(self, most: int | None = None, check: Callable[[], None] = lambda: None) -> None:
        self._most, self._check = most, check
        self._chances = np.empty(0)
        self._edges = np.empty(0, np.int64)
        self._by_level: list[float] = []
        self._nodes = np.zeros((1024, 3), np.int64)
        self._nodes[0] = _LAST
        self._slots = np.zeros(4096, np.int64)
        self._cache = np.full((4096, 3), -1, np.int64)
        self._count = np.ones(1, np.int64)
        self._weights = np.ones(1)

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return int(self._count[0])

    def choices(self, probabilities: Floats) -> Ints:
        """A new choice for each probability [n]; for 1 the tag true, for 0 false."""
        p = np.asarray(probabilities, np.float64)
        first = len(self._chances)
        self._chances = np.concatenate((self._chances, p))
        self._edges = np.concatenate((self._edges, np.full(len(p), -1)))
        tags = -1 - np.arange(first, first + len(p))
        return np.where(p == 1, 0, np.where(p == 0, 1, tags))

    def conjoin(self, a: Ints, b: Ints) -> Ints:
        """Both [n]."""
        out = np.where(a == 0, b, a)
        hard = np.flatnonzero((a != 0) & (b != 0) & (a != b))
        if len(hard):
            from duli.provenance import diagram_kernels as kernels

            x, y = a[hard], b[hard]
            none = (x == 1) | (y == 1)
            x, y = np.where(none, 1, x), np.where(none, 1, y)
            pairs = self._real(np.stack((x, y), 1).ravel()).reshape(-1, 2)
            x, y = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
            done = np.empty(len(hard), np.int64)
            at = 0
            while at < len(hard):
                stop = min(len(hard), at + _CHUNK)
                levels = len(self._by_level)
                arrays = self._nodes, self._slots, self._count, self._cache
                at = self._step(stop, kernels.conjoin(x, y, done, at, stop, levels, *arrays))
            out[hard] = done
        return out

    def disjoin(self, tags: Ints, starts: Ints) -> Ints:
        """Any of each run [k] of tags [n]."""
        lengths = np.diff(starts, append=len(tags))
        out = tags[starts]
        hard = np.flatnonzero(lengths > 1)
        if len(hard):
            from duli.provenance import diagram_kernels as kernels

            picked = np.repeat(lengths > 1, lengths)
            tags, lengths = self._real(tags[picked]), lengths[hard]
            runs = np.cumsum(lengths) - lengths
            work, done, at = np.empty(int(lengths.max()), np.int64), np.empty(len(hard), np.int64), 0
            while at < len(hard):
                stop = min(len(hard), at + _CHUNK)
                levels = len(self._by_level)
                arrays = self._nodes, self._slots, self._count, self._cache
                at = self._step(stop, kernels.disjoin(tags, runs, done, at, stop, work, levels, *arrays))
            out[hard] = done
        return out

    def negate(self, a: Ints) -> Ints:
        """Not [n]."""
        return self._real(a) ^ 1

    def probability(self, tags: Ints) -> Floats:
        """The probability [n] of each tag; one pass over the nodes since the last one."""
        lone = tags < 0
        out = np.empty(len(tags))
        out[lone] = self._chances[-1 - tags[lone]]
        edges = tags[~lone]
        if len(edges):
            self._weigh()
            p = self._weights[edges >> 1]
            out[~lone] = np.where(edges & 1, 1.0 - p, p)
        return np.clip(out, 0.0, 1.0)

    def _weigh(self) -> None:
        done = len(self._weights)
        if done < self.size:
            from duli.provenance import diagram_kernels as kernels

            weights = np.ones(self.size)
            weights[:done] = self._weights
            kernels.weigh(self._nodes, np.array(self._by_level), weights, done, self.size)
            self._weights = weights

    def _real(self, tags: Ints) -> Ints:
        """The tags with lone choices made nodes, in the order in which they come."""
        lone = np.flatnonzero(tags < 0)
        if not len(lone):
            return tags
        numbers = -1 - tags[lone]
        new, first = np.unique(numbers[self._edges[numbers] < 0], return_index=True)
        for number in new[np.argsort(first)].tolist():
            self._edges[number] = self._literal(number)
        out = tags.copy()
        out[lone] = self._edges[numbers]
        return out

    def _literal(self, number: int) -> int:
        from duli.provenance import diagram_kernels as kernels

        level = len(self._by_level)
        self._by_level.append(float(self._chances[number]))
        edge = kernels.make(level, 1, 0, self._nodes, self._slots, self._count)
        if edge < 0:
            self._grow()
            edge = kernels.make(level, 1, 0, self._nodes, self._slots, self._count)
        return int(edge)

    def _step(self, stop: int, reached: int) -> int:
        if reached < stop:
            self._grow()
        self._check()
        return reached

    def _grow(self) -> None:
        from duli.provenance import diagram_kernels as kernels

        room, most = len(self._nodes), self._most
        if most is not None and room >= most:
            raise LimitReachedError(
                f"the lineage needs more than {most:,} nodes",
                hint="raise Limits.nodes, query fewer atoms, or use the provenance max_product",
            )
        larger = 2 * room if most is None else min(2 * room, most)
        nodes = np.zeros((larger, 3), np.int64)
        nodes[:room] = self._nodes
        self._nodes = nodes
        self._slots = np.zeros(1 << (2 * larger - 1).bit_length(), np.int64)
        kernels.reslot(nodes, 1, self.size, self._slots)
        if len(self._cache) < 1 << 20:
            self._cache = np.full((2 * len(self._cache), 3), -1, np.int64)
