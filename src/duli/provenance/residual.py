"""Hard lineages compiled to a circuit: decide one choice after another, and meet every residual once.

- A goal is AND or OR over nodes of a graph that may have cycles, of which the least fixpoint is meant.
- Deciding a choice simplifies the graph; what is not founded any more is false, so cycles need no unfolding.
- What is left is split into parts that share no choice; each is a goal of its own.
- Equal residuals (by a 128-bit hash of their structure) are one state: the circuit is a graph, not a tree.
- A step costs what the decided choices touch, not the graph: below that all is as it was at first.
- Where time or states run out, the goals that reach the least probability are the ones left open: sound bounds.

Compared with building decision diagrams bottom-up (Bryant 1986), no intermediate diagram is ever larger than needed,
and a cyclic lineage is as easy as another one. The circuits are decision-DNNF (Huang and Darwiche 2005).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import LimitReachedError
from duli.provenance.circuit import Circuit
from duli.types import Floats

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]
_SLICE = 2_000
_ROOM = 1 << 23


@dataclass(frozen=True)
class Graph:
    """A lineage.

    Args:
        kind: of each node: 0 a leaf, 1 AND, 2 OR [nodes].
        first: node v has the children edges[first[v] : first[v + 1]]; [nodes + 1].
        edges: 2 * node, + 1 when negated; children come before parents but inside a block.
        blocks: strongly connected components, as the numbers of their first nodes, and the number of nodes.
        cyclic: which of the blocks have cycles.
        group: of each leaf: leaves of one group exclude one another; -1 for other nodes [nodes].
        rank: of each group: choices are decided in this order [groups].
        roots: the edges whose probability is asked for.
    """

    kind: Bytes
    first: Ints
    edges: Ints
    blocks: Ints
    cyclic: Bytes
    group: Ints
    rank: Ints
    roots: Ints

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.kind)

    @property
    def users(self) -> tuple[Ints, Ints]:
        """Where the parents of each node start [nodes + 1], and the parents [edges]."""
        children = self.edges >> 1
        order = np.argsort(children, kind="stable")
        parents = np.repeat(np.arange(self.nodes), np.diff(self.first))
        return np.searchsorted(children[order], np.arange(self.nodes + 1)), parents[order]

    def with_roots(self, roots: Ints) -> Graph:
        """The same graph, asked for other edges."""
        return replace(self, roots=roots)


@dataclass
class Residuals:
    """The states of one graph, as far as they are worked out.

    Args:
        graph: what is compiled.
        weights: the probability of each node that is a leaf [nodes]; it decides only what is worked out first.
    """

    graph: Graph
    weights: Floats
    _control: Ints = field(init=False)

    def __post_init__(self) -> None:
        graph = self.graph
        n, roots = graph.nodes, len(graph.roots)
        leaves = np.flatnonzero(graph.kind == 0)
        by_group = leaves[np.argsort(graph.group[leaves], kind="stable")]
        self._leaves = by_group
        self._group_first = np.searchsorted(graph.group[by_group], np.arange(len(graph.rank) + 1))
        self._users = graph.users
        self._block_of = np.repeat(np.arange(len(graph.cyclic)), np.diff(graph.blocks))
        start = self._look_ahead()
        slots = roots + n + 16
        self._pool = np.zeros((slots, n), np.int8)
        self._about = np.zeros((slots, 2), np.int64)
        self._mass = np.ones(slots)
        self._open, self._later = np.zeros(slots, np.int64), np.zeros(slots, np.int64)
        self._free = np.arange(slots)
        self._table = np.zeros(4096, np.int64)
        self._states = np.zeros((2048, 4), np.int64)
        self._digests = np.zeros((2048, 2), np.uint64)
        self._refs = np.full(roots + n + 4096, -1, np.int64)
        self._leaf_of = np.full(len(self._refs), -1, np.int64)
        self._threshold = np.zeros(1)
        self._control = np.array([roots, 0, roots, slots - roots, 0, 0], np.int64)
        for i, root in enumerate(graph.roots.tolist()):
            slot = slots - 1 - i
            self._open[i] = slot
            self._about[slot] = 2, i
            self._pool[slot] = start
            self._pool[slot, root >> 1] += 24 if root & 1 else 8

    @property
    def states(self) -> int:
        """How many states there are."""
        return int(self._control[1])

    @property
    def open(self) -> float:
        """How much of the probability reaches goals that are not worked off, over all roots."""
        open_, later = self._open[: self._control[0]], self._later[: self._control[4]]
        return float(self._mass[open_].sum() + self._mass[later].sum())

    @property
    def done(self) -> bool:
        """Whether no goal is open."""
        return int(self._control[0] + self._control[4]) == 0

    def work(
        self, most: int | None, check: Callable[[], None], threshold: float = 0.0
    ) -> LimitReachedError | None:
        """Work until all is done, or only goals are left that reach less than `threshold`; returns the limit met."""
        from duli.provenance import residual_kernels as kernels

        graph, (single, plain, near, nearest, bits) = self.graph, self._ahead
        self._threshold[0] = threshold
        self._take_up(threshold)
        step = max(16, 4_000_000 // (16 + len(graph.edges) + graph.nodes))
        while True:
            try:
                check()
            except LimitReachedError as limit:
                return limit
            if most is not None and self.states > most:
                return LimitReachedError(
                    f"the lineage needs more than {most:,} states",
                    hint="raise Limits.nodes, query fewer atoms, or be content with bounds",
                )
            self._control[5] = min(step, _SLICE, _SLICE if most is None else most - self.states + 1)
            code = kernels.expand(
                graph.kind, graph.first, graph.edges, graph.blocks, graph.cyclic, *self._users, self._block_of,
                graph.group, self._group_first, self._leaves, graph.rank, self.weights, single, plain, near,
                nearest, bits, self._threshold, self._pool, self._about, self._mass, self._open, self._later,
                self._free, self._table, self._states, self._digests, self._refs, self._leaf_of, self._control,
            )  # fmt: skip
            if code == kernels.DONE:
                return None
            if code == kernels.MORE_STATES:
                self._more_states()
            elif code == kernels.MORE_REFS:
                self._refs = _longer(self._refs, -1)
                self._leaf_of = _longer(self._leaf_of, -1)
            elif code == kernels.MORE_SLOTS:
                self._more_slots()

    def circuit(self) -> Circuit:
        """The circuit of the roots. Its leaves are the graph's nodes, and one more: what an open goal is worth."""
        from duli.provenance import emit_kernels as kernels

        nodes, states, used = self.graph.nodes, self.states, int(self._control[2])
        roots = self._refs[: len(self.graph.roots)]
        sequence = self.sequence()
        count = len(sequence)
        state_edge = np.empty(states, np.int64)
        terms_of, edges_of = np.empty(2 * count + 3, np.int64), np.empty(2 * used + count + 3, np.int64)
        out = np.empty(3 * used + count + 3, np.int64)
        gates, terms, n = kernels.emit(
            self._states, self._refs, self._leaf_of, sequence, self._group_first, nodes, nodes + 1, state_edge,
            terms_of, edges_of, out,
        )  # fmt: skip
        ref, edges = roots, np.empty(len(roots), np.int64)
        for i, r in enumerate(ref.tolist()):
            x, sign = r >> 1, r & 1
            if r < 0:
                edges[i] = 2 * nodes
            elif x == 0:
                edges[i] = 2 * (nodes + 1) + sign
            else:
                edges[i] = 2 * (x - 1) + sign if x <= nodes else int(state_edge[x - 1 - nodes]) ^ sign
        return Circuit(
            nodes + 1, terms_of[: gates + 1].copy(), edges_of[: terms + 1].copy(), out[:n].copy(), edges
        )

    def sequence(self) -> Ints:
        """The states that the roots lead to, each after those that it leads to."""
        from duli.provenance import emit_kernels as kernels

        roots = self._refs[: len(self.graph.roots)]
        number = np.full(self.states, -1, np.int64)
        stack = np.empty(int(self._control[2]) + self.states + 2, np.int64)
        count = kernels.order(self._states, self._refs, roots, self.graph.nodes, number, stack)
        sequence = np.empty(count, np.int64)
        sequence[number[number >= 0]] = np.flatnonzero(number >= 0)
        return sequence

    @property
    def root(self) -> int:
        """The ref of the first root: 2 * x + sign, where x is 0 (true), 1 + leaf, or 1 + nodes + state."""
        return int(self._refs[0])

    def state(self, number: int) -> tuple[int, list[tuple[int, int]]]:
        """A state's kind (0 a decision, 1 any of its parts, 2 all of them), and its (leaf, ref) branches or parts."""
        kind, start, count, _ = self._states[number].tolist()
        rows = slice(start, start + count)
        return kind, list(zip(self._leaf_of[rows].tolist(), self._refs[rows].tolist(), strict=True))

    def _look_ahead(self) -> Bytes:
        """What is known before a choice is decided; returns the values [nodes], + 4 for what they touch."""
        from duli.provenance import value_kernels as kernels

        graph, n = self.graph, self.graph.nodes
        structure = graph.kind, graph.first, graph.edges, graph.blocks, graph.cyclic
        val, touched, plain, single = np.zeros((4, n), np.int8)
        count, last, near, nearest = np.zeros((4, n), np.int64)
        kernels.propagate(*structure, *self._users, val, count, last, plain)
        single[self._leaves] = np.diff(self._group_first)[graph.group[self._leaves]] == 1
        words = len(graph.rank) // 64 + 1
        bits = np.zeros((n if n * words <= _ROOM else 0, words), np.uint64)
        kernels.look_ahead(
            *structure, graph.group, graph.rank, single, val, touched, plain, near, nearest, bits
        )
        self._ahead = single, plain, near, nearest, bits
        return val + 4 * touched

    def _take_up(self, threshold: float) -> None:
        later = self._later[: self._control[4]]
        ready = self._mass[later] >= threshold
        picked, kept = later[ready], later[~ready].copy()
        self._open[self._control[0] : self._control[0] + len(picked)] = picked
        self._later[: len(kept)] = kept
        self._control[0] += len(picked)
        self._control[4] = len(kept)

    def _more_states(self) -> None:
        old = len(self._states)
        self._states = _longer(self._states, 0)
        self._digests = _longer(self._digests, 0)
        used = np.flatnonzero(self._table)
        numbers = self._table[used]
        self._table = np.zeros(4 * len(self._states), np.int64)
        mask = len(self._table) - 1
        # Linear probing in rounds: all that find their place free take it, the others go one further.
        at = (self._digests[numbers - 1, 0] & np.uint64(mask)).astype(np.int64)
        while len(numbers):
            free = self._table[at] == 0
            self._table[at[free]] = numbers[free]
            lost = self._table[at] != numbers
            numbers, at = numbers[lost], (at[lost] + 1) & mask
        assert len(self._states) == 2 * old  # noqa: S101

    def _more_slots(self) -> None:
        old = len(self._pool)
        self._pool, self._about, self._mass = (
            _longer(self._pool, 0),
            _longer(self._about, 0),
            _longer(self._mass, 0),
        )
        self._open, self._later = _longer(self._open, 0), _longer(self._later, 0)
        free = np.empty(2 * old, np.int64)
        free[: self._control[3]] = self._free[: self._control[3]]
        free[self._control[3] : self._control[3] + old] = np.arange(old, 2 * old)
        self._free = free
        self._control[3] += old


def _longer(array: NDArray[Any], fill: int) -> NDArray[Any]:
    out: NDArray[Any] = np.full((2 * len(array), *array.shape[1:]), fill, array.dtype)
    out[: len(array)] = array
    return out
