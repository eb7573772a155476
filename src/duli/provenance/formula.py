"""Formulas over choices, as columns: one graph for all the lineages of a run, which may have cycles."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from duli.types import Floats

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
T = TypeVar("T", bound=np.generic)
LEAF, AND, OR, EXCLUSIVE = 0, 1, 2, 3
_ROOM = 256


class Formula:
    """Nodes that are choices, or AND or OR of edges; an edge is ``2 * node``, or ``2 * node + 1`` for its negation.

    Node 0 is true: edge 0 is true and edge 1 is false. A cycle means its least fixpoint. ``grouped`` says whether any
    choice may have others in its group.
    """

    def __init__(self) -> None:
        # Node 0 is an AND of nothing.
        self.nodes, self._edges, self._choices, self._lone = 1, 0, 0, 0
        self._kinds, self._choice = np.empty(_ROOM, np.int8), np.empty(_ROOM, np.int64)
        self._kinds[0], self._choice[0] = AND, -1
        self._starts, self._stops = np.zeros(_ROOM, np.int64), np.zeros(_ROOM, np.int64)
        self._children, self.grouped = np.empty(_ROOM, np.int64), False
        self._chances, self._groups = np.empty(_ROOM), np.empty(_ROOM, np.int64)

    @property
    def chances(self) -> Floats:
        """The probability of each choice [choices]."""
        return self._chances[: self._choices]

    @property
    def groups(self) -> Ints:
        """The group of each choice [choices]; choices of one group exclude one another."""
        return self._groups[: self._choices]

    @property
    def columns(self) -> tuple[Bytes, Ints, Ints, Ints, Ints]:
        """Of each node its kind, where its children start and stop, and its choice; and the children."""
        n, children = self.nodes, self._children[: self._edges]
        return self._kinds[:n], self._starts[:n], self._stops[:n], self._choice[:n], children

    def choices(self, probabilities: Floats, groups: Ints | None = None) -> Ints:
        """An edge for each new choice [n]: true for a probability of 1, false for 0, where nothing excludes it."""
        n, self.grouped = len(probabilities), self.grouped or groups is not None
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
        first, n = self._choices, len(probabilities)
        last = self._choices = first + n
        self._chances, self._groups = _room(self._chances, first, n), _room(self._groups, first, n)
        self._chances[first:last], self._groups[first:last] = probabilities, groups
        edges = self._empty(LEAF, n)
        self._choice[self.nodes - n : self.nodes] = np.arange(first, last)
        return edges

    def conjoin(self, a: Ints, b: Ints) -> Ints:
        """Both of each pair of edges [n]."""
        from duli.provenance import formula_kernels as kernels

        out = np.empty(len(a), np.int64)
        nodes = self._open(len(a), 2 * len(a))
        self.nodes, self._edges = kernels.conjoin(a, b, *nodes, self.nodes, self._edges, out)
        return out

    def disjoin(self, edges: Ints, starts: Ints, exclusive: bool) -> Ints:
        """Any of each run [k] of edges [n]; a promise that at most one holds makes them a sum."""
        from duli.provenance import formula_kernels as kernels

        out, kind = np.empty(len(starts), np.int64), EXCLUSIVE if exclusive else OR
        nodes = self._open(len(starts), len(edges))
        self.nodes, self._edges = kernels.disjoin(edges, starts, kind, *nodes, self.nodes, self._edges, out)
        return out

    def unknown(self, n: int) -> Ints:
        """Edges [n] to nodes that will be defined later."""
        return self._empty(OR, n)

    def define(self, edges: Ints, values: Ints) -> None:
        """Say what nodes made by ``unknown`` are."""
        first, nodes = self._edges, edges >> 1
        last = self._edges = first + len(values)
        self._children = _room(self._children, first, len(values))
        self._children[first:last] = values
        self._starts[nodes] = np.arange(first, last)
        self._stops[nodes] = np.arange(first + 1, last + 1)

    def _empty(self, kind: int, n: int) -> Ints:
        """Edges [n] to new nodes without children."""
        self._open(n, 0)
        first, last = self.nodes, self.nodes + n
        self._kinds[first:last], self._choice[first:last] = kind, -1
        self._starts[first:last] = self._stops[first:last] = 0
        self.nodes = last
        return np.arange(2 * first, 2 * last, 2)

    def _open(self, nodes: int, children: int) -> tuple[Bytes, Ints, Ints, Ints, Ints]:
        """The columns, with room for so many more nodes and children."""
        n = self.nodes
        if n + nodes > len(self._kinds):
            self._kinds, self._choice = _room(self._kinds, n, nodes), _room(self._choice, n, nodes)
            self._starts, self._stops = _room(self._starts, n, nodes), _room(self._stops, n, nodes)
        self._children = _room(self._children, self._edges, children)
        return self._kinds, self._starts, self._stops, self._choice, self._children


def _room(column: NDArray[T], n: int, more: int) -> NDArray[T]:
    """A column with n values, or a longer one with the same, that has room for so many more."""
    if n + more <= len(column):
        return column
    grown = np.empty(max(n + more, 2 * len(column)), column.dtype)
    grown[:n] = column[:n]
    return grown
