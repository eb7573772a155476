"""Formulas over choices, as columns: one graph for all the lineages of a run, which may have cycles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from duli.types import Floats

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
LEAF, AND, OR, EXCLUSIVE = 0, 1, 2, 3


class Column:
    """An array that grows at its end."""

    def __init__(self, dtype: type) -> None:
        self._data: NDArray[np.generic] = np.empty(256, dtype)
        self.n = 0

    @property
    def data(self) -> NDArray[np.generic]:
        """What is in it, a view [n]."""
        return self._data[: self.n]

    def extend(self, values: NDArray[np.generic]) -> int:
        """Add values at the end; returns the place of the first."""
        start = self.n
        if start + len(values) > len(self._data):
            grown = np.empty(max(start + len(values), 2 * len(self._data)), self._data.dtype)
            grown[:start] = self.data
            self._data = grown
        self._data[start : start + len(values)] = values
        self.n = start + len(values)
        return start


class Formula:
    """Nodes that are choices, or AND or OR of edges; an edge is ``2 * node``, or ``2 * node + 1`` for its negation.

    Node 0 is true: edge 0 is true and edge 1 is false. A cycle means its least fixpoint.
    """

    def __init__(self) -> None:
        self._kinds, self._starts, self._stops = Column(np.int8), Column(np.int64), Column(np.int64)
        self._children, self._choice = Column(np.int64), Column(np.int64)
        self._chances, self._groups = Column(np.float64), Column(np.int64)
        self._lone = 0
        self._add(AND, np.zeros(1, np.int64), np.zeros(1, np.int64), np.full(1, -1))

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return self._kinds.n

    @property
    def chances(self) -> Floats:
        """The probability of each choice [choices]."""
        return np.asarray(self._chances.data, np.float64)

    @property
    def groups(self) -> Ints:
        """The group of each choice [choices]; choices of one group exclude one another."""
        return np.asarray(self._groups.data, np.int64)

    @property
    def columns(self) -> tuple[Bytes, Ints, Ints, Ints, Ints]:
        """Of each node its kind, where its children start and stop, and its choice; and the children."""
        kinds = np.asarray(self._kinds.data, np.int8)
        parts = (self._starts, self._stops, self._choice, self._children)
        starts, stops, choice, children = (np.asarray(part.data, np.int64) for part in parts)
        return kinds, starts, stops, choice, children

    def choices(self, probabilities: Floats, groups: Ints | None = None) -> Ints:
        """An edge for each new choice [n]: true for a probability of 1, false for 0, where nothing excludes it."""
        n = len(probabilities)
        if groups is None:
            # Below those that callers number.
            groups = -1 - np.arange(self._lone, self._lone + n)
            self._lone += n
        certain = (probabilities == 0) | (probabilities == 1)
        if not certain.any():
            return self._leaves(probabilities, groups)
        open_ = np.flatnonzero(~certain)
        out = np.where(probabilities == 1, 0, 1)
        out[open_] = self._leaves(probabilities[open_], groups[open_])
        return out

    def _leaves(self, probabilities: Floats, groups: Ints) -> Ints:
        n = len(probabilities)
        first = self._chances.extend(probabilities)
        self._groups.extend(groups)
        nothing = np.zeros(n, np.int64)
        node = self._add(LEAF, nothing, nothing, np.arange(first, first + n))
        return np.arange(2 * node, 2 * (node + n), 2)

    def conjoin(self, a: Ints, b: Ints) -> Ints:
        """Both of each pair of edges [n]."""
        out = np.where(a == 0, b, a)
        out[(a == 1) | (b == 1) | (a == (b ^ 1))] = 1
        hard = np.flatnonzero((a > 1) & (b > 1) & (a != b) & (a != (b ^ 1)))
        if len(hard):
            at = self._children.extend(np.stack((a[hard], b[hard]), 1).ravel())
            starts = at + 2 * np.arange(len(hard))
            out[hard] = 2 * (self._add(AND, starts, starts + 2) + np.arange(len(hard)))
        return out

    def disjoin(self, edges: Ints, starts: Ints, exclusive: bool) -> Ints:
        """Any of each run [k] of edges [n]; a promise that at most one holds makes them a sum."""
        lengths = np.diff(starts, append=len(edges))
        out = edges[starts]
        hard = np.flatnonzero(lengths > 1)
        if len(hard):
            at = self._children.extend(edges)
            kind = EXCLUSIVE if exclusive else OR
            first = self._add(kind, at + starts[hard], at + starts[hard] + lengths[hard])
            out[hard] = 2 * (first + np.arange(len(hard)))
        return out

    def unknown(self, n: int) -> Ints:
        """Edges [n] to nodes that will be defined later."""
        nothing = np.zeros(n, np.int64)
        return 2 * (self._add(OR, nothing, nothing) + np.arange(n))

    def define(self, edges: Ints, values: Ints) -> None:
        """Say what nodes made by ``unknown`` are."""
        at = self._children.extend(values)
        nodes = edges >> 1
        self._starts.data[nodes] = at + np.arange(len(values))
        self._stops.data[nodes] = at + 1 + np.arange(len(values))

    def _add(self, kind: int, starts: Ints, stops: Ints, choice: Ints | None = None) -> int:
        self._starts.extend(starts)
        self._stops.extend(stops)
        self._choice.extend(np.full(len(starts), -1) if choice is None else choice)
        return self._kinds.extend(np.full(len(starts), kind, np.int8))
