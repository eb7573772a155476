"""exact: the probability itself.

- A tag is an edge of a formula over the run's choices (``formula``); nothing is decided while tags are combined.
- What is easy is evaluated as it stands (``cone``); the rest is compiled (``residual``), once for all that has the same
  structure.
- Where limits are reached, ``bounds`` are sound, and ``probability`` raises.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import LimitReachedError
from duli.provenance.circuit import Circuit
from duli.provenance.cone import Cone, Shape
from duli.provenance.formula import Formula
from duli.provenance.orders import orders
from duli.provenance.residual import Graph, Residuals
from duli.types import Floats

Ints = NDArray[np.int64]
_KEPT = 256
_FIRST, _LAST = 0.1, 1e-9
_NEAR = 0.7
_TRIAL = 2500


@dataclass(frozen=True)
class Compiled:
    """A shape's circuit over its nodes, and the limit that left goals open, if any."""

    circuit: Circuit
    limit: LimitReachedError | None = None


_shapes: OrderedDict[bytes, Compiled] = OrderedDict()


def forget() -> None:
    """Drop the circuits that are kept for lineages of the same structure."""
    _shapes.clear()


class Exact:
    """The formula of one run.

    Args:
        most: how many states one component may be compiled to; None for no limit.
        check: called between steps; raises LimitReachedError when the time is over.
    """

    name = "exact"
    kind = "exact"
    negates = True
    conditions = True
    dtype: type = np.int64
    certain: Any = 0
    absent: Any = 1

    def __init__(self, most: int | None = None, check: Callable[[], None] = lambda: None) -> None:
        self._most, self._check = most, check

    @cached_property
    def formula(self) -> Formula:
        """What the tags are edges of."""
        return Formula()

    def choices(self, probabilities: Floats, groups: Ints | None = None) -> Ints:
        """A new choice for each probability [n]; those of one group exclude one another."""
        return self.formula.choices(np.asarray(probabilities, np.float64), groups)

    def conjoin(self, a: Ints, b: Ints) -> Ints:
        """Both [n]."""
        return self.formula.conjoin(a, b)

    def disjoin(self, tags: Ints, starts: Ints, exclusive: bool = False) -> Ints:
        """Any of each run [k] of tags [n]."""
        return self.formula.disjoin(tags, starts, exclusive)

    def negate(self, a: Ints) -> Ints:
        """Not [n]."""
        return a ^ 1

    def unknown(self, n: int) -> Ints:
        """Tags [n] that ``define`` says later."""
        return self.formula.unknown(n)

    def define(self, tags: Ints, values: Ints) -> None:
        """Say what unknown tags [n] are."""
        self.formula.define(tags, values)

    def probability(self, tags: Ints) -> Floats:
        """The probability [n] of each tag; LimitReachedError where only bounds are known."""
        low, _, limit = self._bounds(tags, refine=False)
        if limit is not None:
            raise limit
        return low

    def bounds(self, tags: Ints) -> tuple[Floats, Floats]:
        """Lower and upper bounds [n], [n] of the probabilities; equal where these are known."""
        low, high, _ = self._bounds(tags, refine=True)
        return low, high

    def circuit(self, tags: Ints) -> Circuit:
        """The circuit of the tags [n], whose leaves are the run's choices; LimitReachedError where it is too large."""
        cone = Cone(self.formula, tags)
        whole = _Builder(cone.gates)
        node_edge = cone.node_edge.copy()
        for shape in cone.hard():
            made = self._compiled(shape, np.full(shape.graph.nodes, 0.5), refine=False)
            if made.limit is not None:
                raise made.limit
            roots = cone.roots(shape.members[0])
            for members in shape.members:
                node_edge[members[roots]] = whole.add(made.circuit, node_edge[members])
        return whole.circuit(node_edge[cone.edges >> 1] ^ (cone.edges & 1)).factored()

    def _bounds(self, tags: Ints, *, refine: bool) -> tuple[Floats, Floats, LimitReachedError | None]:
        formula = self.formula
        if not len(tags):
            return np.empty(0), np.empty(0), None
        lone = self._lone(tags)
        if lone is not None:
            return lone, lone, None
        cone = Cone(formula, tags)
        easy = cone.node_edge >= 0
        low = np.zeros(len(cone.node_edge))
        low[easy] = cone.gates.replaced(cone.node_edge[easy]).evaluate(formula.chances[None])[0]
        high, limit = low.copy(), None
        for shape in cone.hard():
            weights = low[shape.members]
            made = self._compiled(shape, weights[0], refine=refine)
            limit = made.limit or limit
            places = shape.members[:, cone.roots(shape.members[0])]
            weights = np.column_stack((weights, np.zeros(len(weights))))
            if made.limit is None:
                low[places] = high[places] = made.circuit.evaluate(weights)
            else:
                upper = weights.copy()
                upper[:, -1] = 1.0
                low[places], high[places] = made.circuit.bounds(weights, upper)
        lower = _read(cone.edges, low, high)
        return lower, lower if limit is None else _read(cone.edges, high, low), limit

    def _lone(self, tags: Ints) -> Floats | None:
        """The probabilities of tags that are single choices or constants; None when there are others."""
        kinds, _, _, choice, _ = self.formula.columns
        nodes = tags >> 1
        some = nodes > 0
        if kinds[nodes[some]].any():
            return None
        p = np.ones(len(tags))
        p[some] = self.formula.chances[choice[nodes[some]]]
        return np.where(tags & 1, 1.0 - p, p)

    def _compiled(self, shape: Shape, weights: Floats, *, refine: bool) -> Compiled:
        made = _shapes.get(shape.key)
        if made is not None:
            _shapes.move_to_end(shape.key)
            return made
        made = self._compile(shape.graph, weights, refine=refine)
        if made.limit is None:
            _shapes[shape.key] = made
            while len(_shapes) > _KEPT or sum(c.circuit.nodes for c in _shapes.values()) > 20_000_000:
                _shapes.popitem(last=False)
        return made

    def _compile(self, graph: Graph, weights: Floats, *, refine: bool) -> Compiled:
        """Compile it whole; to refine bounds, what matters most first, until all is done or a limit is reached."""
        if not refine:
            states, limit = self._whole(graph)
            return Compiled(states.circuit(), limit)
        weights = np.where(graph.kind == 0, weights, 0.0)
        states, threshold = Residuals(graph, weights), _FIRST
        while True:
            limit = states.work(self._most, self._check, threshold)
            if limit is not None or states.done:
                return Compiled(states.circuit(), limit)
            threshold = threshold / 4 if threshold > _LAST else 0.0

    def _whole(self, graph: Graph) -> tuple[Residuals, LimitReachedError | None]:
        """Try each order for a while, and go on with the one that has most behind it.

        All branches weigh the same: the share that is done estimates the size of the whole (Knuth 1975).
        """
        leaves = np.flatnonzero(graph.kind == 0)
        weights, groups = np.zeros(graph.nodes), graph.group[leaves]
        weights[leaves] = 1 / (1 + np.bincount(groups)[groups])
        tried: list[Residuals] = []
        for ordered in orders(graph):
            states = Residuals(ordered, weights)
            few = _TRIAL if self._most is None else min(_TRIAL, self._most)
            if states.work(few, self._check) is None:
                return states, None
            tried.append(states)
            if states.open < _NEAR * len(graph.roots):
                break
        best = min(tried, key=lambda states: states.open)
        return best, best.work(self._most, self._check)


def _read(edges: Ints, values: Floats, others: Floats) -> Floats:
    """The values of some edges [n]: from one bound of the nodes' values, where they are negated from the other."""
    nodes = edges >> 1
    read: Floats = np.where(edges & 1, 1.0 - others[nodes], values[nodes])
    np.maximum(read, 0.0, out=read)
    return np.minimum(read, 1.0, out=read)


class _Builder:
    """Circuits put together to one over the same leaves."""

    def __init__(self, first: Circuit) -> None:
        self.leaves = first.leaves
        self.terms_of, self.edges_of, self.edges = [first.terms_of], [first.edges_of], [first.edges]
        self.gates, self.terms, self.n = first.gates, len(first.edges_of) - 1, len(first.edges)

    def add(self, circuit: Circuit, leaf_edges: Ints) -> Ints:
        """Add a circuit whose leaves are edges of this one; returns the edges of its outputs."""
        offset = 2 * (self.leaves + self.gates - circuit.leaves)

        def moved(edges: Ints) -> Ints:
            leaf = edges >> 1 < len(leaf_edges)
            replaced = leaf_edges[np.where(leaf, edges >> 1, 0)] ^ (edges & 1)
            return np.where(leaf, replaced, edges + offset)

        self.terms_of.append(circuit.terms_of[1:] + self.terms)
        self.edges_of.append(circuit.edges_of[1:] + self.n)
        self.edges.append(moved(circuit.edges))
        self.gates += circuit.gates
        self.terms += len(circuit.edges_of) - 1
        self.n += len(circuit.edges)
        return moved(circuit.outputs)

    def circuit(self, outputs: Ints) -> Circuit:
        """All of them."""
        terms_of, edges_of = np.concatenate(self.terms_of), np.concatenate(self.edges_of)
        return Circuit(self.leaves, terms_of, edges_of, np.concatenate(self.edges), outputs)
