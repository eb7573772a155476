"""What some edges of a formula depend on, made ready: the easy part as gates, the hard part as graphs to compile.

- Easy is a node whose children share no choice, or that is a sum of what excludes one another: its probability follows
  from theirs. Most lineages are easy: a tree of causes, independent reasons, a distribution passed on.
- What is hard falls into components; a component's leaves are easy nodes that share no choice with another one.
- Components of equal structure are compiled once, and evaluated together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from duli.provenance.circuit import Circuit
from duli.provenance.formula import Formula
from duli.provenance.residual import Graph

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]
_ROOM = 20_000_000


@dataclass(frozen=True)
class Shape:
    """Components of equal structure.

    Args:
        key: of the structure.
        graph: of the first one.
        members: the cone's nodes of each [components, nodes], in the order of the graph's.
    """

    key: bytes
    graph: Graph
    members: Ints


class Cone:
    """The part of a formula that some edges depend on.

    Args:
        formula: in which.
        wanted: the edges [n]; constants are allowed.

    Attributes:
        edges: what the wanted edges became [n], over the cone's own nodes: 2 * node + 1 when negated; 0 true, 1 false.
        direct: which nodes are easy.
        gates: the circuit of the easy ones; its leaves are the formula's choices.
        node_edge: the circuit's edge of each easy node.
    """

    def __init__(self, formula: Formula, wanted: Ints) -> None:
        from duli.provenance import cone_kernels as kernels

        kinds, starts, stops, choice, children = formula.columns
        n = formula.nodes
        number, order, bounds = np.zeros(n, np.int64), np.empty(n, np.int64), np.empty(n + 1, np.int64)
        nodes = wanted >> 1
        work = [np.empty(n, np.int64) for _ in range(4)]
        count, blocks = kernels.blocks(
            starts, stops, children, nodes, number, work[0], order, bounds, *work[1:]
        )
        order, self._bounds = order[:count], bounds[: blocks + 1]
        self.kind, self._looped = np.zeros(count + 1, np.int8), np.zeros(count + 1, np.int8)
        self._first, edges = np.zeros(count + 2, np.int64), np.empty(len(children), np.int64)
        self.kind[0] = 4
        rep, seen = work[0], np.zeros(2 * count + 2, np.int64)
        used = kernels.simplify(
            starts, stops, children, kinds, number, order, self._bounds, rep, blocks, self.kind, self._looped,
            self._first, edges, seen,
        )  # fmt: skip
        self._edges = edges[:used].copy()
        self.edges = rep[wanted >> 1] ^ (wanted & 1)
        self.choice = np.full(count + 1, -1)
        self.choice[1:] = choice[order]
        self._group_nodes(formula)
        self._easy(formula)

    def whole(self) -> Graph:
        """All of it as one graph, whose leaves are choices and whose roots are ``edges`` (but for constants)."""
        self._role = np.where(self.kind == 0, 2, np.where(self.kind == 4, 0, 1)).astype(np.int8)
        self._role[0] = 0
        members = np.flatnonzero(self._role)
        place = np.zeros(len(self.kind), np.int64)
        place[members] = np.arange(len(members))
        asked = np.zeros(len(self.kind), np.int64)
        asked[self.edges >> 1] = 1
        graph = self._graph(members, asked, place)
        return replace(graph, roots=2 * place[self.edges >> 1] + (self.edges & 1))

    def hard(self) -> Iterator[Shape]:
        """The components to be compiled, by structure."""
        from duli.provenance import core_kernels as kernels

        roots = self.edges >> 1
        roots = roots[self.direct[roots] == 0]
        if not len(roots):
            return
        roots = _distinct(roots)
        n = len(self.kind)
        self._role, component = np.zeros(n, np.int8), np.zeros(n, np.int64)
        self._holder = np.full(self._groups, -1)
        kernels.core(
            self.kind, self._first, self._edges, self.direct, self._from, self._upto, self._support, roots,
            self._role, component, self._holder, self._groups,
        )  # fmt: skip
        inside = np.flatnonzero(self._role)
        members = inside[np.argsort(component[inside], kind="stable")]
        begins = np.flatnonzero(np.diff(component[members], prepend=-1))
        begins = np.append(begins, len(members))
        place = np.zeros(n, np.int64)
        place[members] = np.arange(len(members)) - np.repeat(begins[:-1], np.diff(begins))
        asked = np.zeros(n, np.int64)
        asked[roots] = 1
        digests = np.zeros((len(begins) - 1, 2), np.uint64)
        self._holder[:] = -1
        kernels.shapes(
            begins, members, place, self._group, self._role, self.kind, self._looped, self._first, self._edges,
            asked, self._holder, digests,
        )  # fmt: skip
        _, first, inverse = np.unique(digests[:, 0], return_index=True, return_inverse=True)
        for i, example in enumerate(first.tolist()):
            same = np.flatnonzero(inverse == i) if len(first) > 1 else np.arange(len(inverse))
            size = int(begins[example + 1] - begins[example])
            own = members[begins[same][:, None] + np.arange(size)]
            yield Shape(digests[example].tobytes(), self._graph(own[0], asked, place), own)

    def roots(self, members: Ints) -> Ints:
        """Which places of a component are asked for, ascending."""
        asked = np.zeros(len(self.kind), np.bool_)
        asked[self.edges >> 1] = True
        return np.flatnonzero(asked[members] & (self.direct[members] == 0))

    def _group_nodes(self, formula: Formula) -> None:
        (leaves,) = (self.kind == 0).nonzero()
        self._group = np.full(len(self.kind), -1)
        numbers = np.arange(len(leaves))
        if formula.grouped:
            _, numbers = np.unique(formula.groups[self.choice[leaves]], return_inverse=True)
        self._group[leaves] = numbers
        self._groups = len(leaves)

    def _easy(self, formula: Formula) -> None:
        from duli.provenance import cone_kernels as kernels
        from duli.provenance import core_kernels

        n = len(self.kind)
        self.direct = np.zeros(n, np.int8)
        self._from, self._upto = np.zeros(n, np.int64), np.zeros(n, np.int64)
        room, implied = min(_ROOM, 64 * n + 4096), np.empty(min(_ROOM, 16 * n + 64), np.int64)
        while True:
            self._support = np.empty(room, np.int64)
            self.direct[:] = 0
            used = kernels.independent(
                self.kind, self._looped, self._first, self._edges, self._group, self._from, self._upto,
                self._support, self.direct, np.zeros(self._groups, np.int64), implied,
            )  # fmt: skip
            if used < room // 2 or room >= _ROOM:
                break
            room = min(_ROOM, 8 * room)
        kept = np.zeros(n, np.int8)
        kept[self.edges >> 1] = 1
        uses = np.bincount(self._edges >> 1, minlength=n)
        if ((self.direct == 0) & (self.kind != 4)).any():
            kept[:] = 1
        leaves = len(formula.chances)
        self.node_edge = np.full(n, -1)
        terms_of, edges_of = np.zeros(n + 2, np.int64), np.zeros(len(self._edges) + n + 2, np.int64)
        out = np.empty(len(self._edges) + n, np.int64)
        gates, total = core_kernels.direct_gates(
            self.kind, self._first, self._edges, self.direct, self.choice, uses, kept, leaves, self.node_edge,
            terms_of, edges_of, out,
        )  # fmt: skip
        terms_of = terms_of[: gates + 1].copy()
        edges_of = edges_of[: terms_of[-1] + 1].copy()
        self.gates = Circuit(leaves, terms_of, edges_of, out[:total].copy(), np.empty(0, np.int64))

    def _graph(self, members: Ints, asked: Ints, place: Ints) -> Graph:
        inner = self._role[members] == 1
        kind = np.where(inner, np.minimum(self.kind[members], 2), 0).astype(np.int8)
        lengths = np.where(inner, (self._first[members + 1] - self._first[members]), 0)
        first = np.concatenate(([0], np.cumsum(lengths)))
        at = np.repeat(self._first[members] - first[:-1], lengths) + np.arange(first[-1])
        edges = 2 * place[self._edges[at] >> 1] + (self._edges[at] & 1)
        block = np.searchsorted(self._bounds, members - 1, side="right")
        starts = np.flatnonzero(np.diff(block, prepend=-1))
        cyclic = (self._looped[members[starts]] * inner[starts]).astype(np.int8)
        blocks = np.append(starts, len(members))
        group = np.full(len(members), -1)
        leaves = np.flatnonzero(~inner)
        own = np.where(self.kind[members[leaves]] == 0, self._group[members[leaves]], -2 - leaves)
        _, numbers = np.unique(own, return_inverse=True)
        group[leaves] = numbers
        roots = np.flatnonzero((asked[members] > 0) & inner)
        rank = _rank(kind, first, edges, group, roots)
        return Graph(kind, first, edges, blocks, cyclic, group, rank, 2 * roots)


def _rank(kind: Bytes, first: Ints, edges: Ints, group: Ints, roots: Ints) -> Ints:
    """An order of the groups: breadth first from the roots."""
    seen = np.zeros(len(kind), np.bool_)
    seen[roots] = True
    queue = roots.tolist()
    for v in queue:
        for edge in edges[first[v] : first[v + 1]].tolist():
            if not seen[edge >> 1]:
                seen[edge >> 1] = True
                queue.append(edge >> 1)
    met: dict[int, int] = {}
    for v in queue:
        if kind[v] == 0:
            met.setdefault(int(group[v]), len(met))
    rank = np.full(int(group.max(initial=-1)) + 1, len(kind))
    rank[list(met)] = list(met.values())
    return rank


def _distinct(values: Ints) -> Ints:
    """Each value once, in the order of first occurrence."""
    if len(values) < 2:
        return values
    _, first = np.unique(values, return_index=True)
    return values[np.sort(first)]
