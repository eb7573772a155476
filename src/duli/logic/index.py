"""Chained hash indexes over some columns of a table, and its set of whole rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from duli.errors import DataError

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
NONE = np.empty(0, np.int64)
_PIECE = 1 << 20


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
        preceding: for each row the next newer one, -1 for none.
        linked: for how many rows ``preceding`` is known: none before the first is taken out.
    """

    columns: Ints
    slots: Words
    counts: Ints
    following: Ints
    keys: int = 0
    upto: int = 0
    preceding: Ints = field(default_factory=lambda: NONE)
    linked: int = 0

    def unlink(self, rows: Ints, gone: Ints) -> None:
        """Take some of the rows out, by number; all are in, and their contents stay until ``rename``."""
        from duli.logic import live_kernels

        if len(self.preceding) < len(self.following):
            preceding = np.empty(len(self.following), np.int64)
            preceding[: self.linked] = self.preceding[: self.linked]
            self.preceding = preceding
        if len(self.following):
            live_kernels.link_back(self.following, self.preceding, self.linked, self.upto)
        self.keys -= int(
            live_kernels.unlink(
                rows, self.columns, self.slots, self.counts, self.following, self.preceding, gone
            )
        )

    def rename(self, rows: Ints, old: Ints, new: Ints) -> None:
        """Follow the last rows, which moved into the places of those that were taken out and were before them."""
        from duli.logic import live_kernels

        live_kernels.rename(rows, self.columns, self.slots, self.following, self.preceding, old, new)

    def expand(
        self,
        left: Ints,
        right: Ints,
        heads: Ints,
        found: Ints,
        start: int,
        stop: int,
        sides: Ints,
        columns: Ints,
        out: Ints,
        matched: Ints,
    ) -> None:
        """Write the join of left[start:stop] with the chains of right at its heads, as ``kernels.expand`` does."""
        from duli.logic import kernels

        chains = left, right, heads, found, self.following
        if kernels.expand(*chains, start, stop, sides, columns, out, matched) < 0:
            raise broken()


def broken() -> DataError:
    """The error for a saved index that leads out of its table."""
    return DataError("a saved index is damaged", hint="delete the cache folder; it is made again")


def empty_index(columns: tuple[int, ...], keys: int, ask: Callable[[int], None], *, counted: bool) -> Index:
    """An index with room for so many keys."""
    size = 1 << max(6, (2 * keys).bit_length())
    ask(16 * size if counted else 8 * size)
    counts = np.zeros(size, np.int64) if counted else NONE
    return Index(np.array(columns, np.int64), np.zeros(size, np.uint64), counts, NONE)


def larger_index(index: Index, rows: Ints, keys: int, ask: Callable[[int], None]) -> Index:
    """An index over the same rows with room for so many keys."""
    from duli.logic import kernels

    counted = len(index.counts) > 0
    grown = empty_index(tuple(index.columns.tolist()), keys, ask, counted=counted)
    for start in range(0, len(index.slots), _PIECE):
        slots, counts = index.slots[start : start + _PIECE], index.counts[start : start + _PIECE]
        kernels.regrow(rows, index.columns, slots, counts, grown.slots, grown.counts)
        ask(0)
    grown.following, grown.keys, grown.upto = index.following, index.keys, index.upto
    return grown


def extend_index(index: Index, rows: Ints, n: int, ask: Callable[[int], None]) -> None:
    """Put rows[:n] into an index that is over the first of them."""
    from duli.logic import kernels

    if len(index.following) <= n:
        room = max(n + 1, len(index.following) * 2)
        ask(8 * room)
        following = np.empty(room, np.int64)
        copy_rows(index.following[: index.upto], following, ask)
        index.following = following
    while index.upto < n:
        room = len(index.slots) // 2 - index.keys
        columns, slots, counts = index.columns, index.slots, index.counts
        stop = min(n, index.upto + _PIECE)
        index.upto = int(
            kernels.index_rows(rows, columns, slots, counts, index.following, index.upto, stop, room)
        )
        index.keys += int(index.following[-1])
        ask(0)
        if index.upto < stop:
            grown = larger_index(index, rows, index.keys * 2, ask)
            index.slots, index.counts = grown.slots, grown.counts


def copy_rows(old: Ints, new: Ints, ask: Callable[[int], None]) -> None:
    """Copy an array to the beginning of a larger one, in pieces."""
    for start in range(0, len(old), _PIECE):
        new[start : start + _PIECE][: len(old) - start] = old[start : start + _PIECE]
        ask(0)
