"""A circuit: how probabilities follow from those of choices, compiled once and evaluated for whole batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[Any]
_CACHE = 1 << 19


@dataclass(frozen=True)
class Circuit:
    """Gates, each a sum of products of earlier ones.

    A node is a leaf (0 … leaves - 1) or a gate (leaves + its number). An edge is ``2 * node``, or ``2 * node + 1`` for
    one minus the node's value. A gate's value is the sum over its terms of the product over their edges; an empty
    product is 1.

    Args:
        leaves: how many leaves there are: probabilities of choices.
        terms_of: gate g has the terms terms_of[g] … terms_of[g + 1] - 1; [gates + 1].
        edges_of: term t has the edges edges[edges_of[t] : edges_of[t + 1]]; [terms + 1].
        edges: of all terms; each leads to a leaf or to an earlier gate.
        outputs: the edges whose values are asked for; [outputs].
    """

    leaves: int
    terms_of: Ints
    edges_of: Ints
    edges: Ints
    outputs: Ints

    @property
    def gates(self) -> int:
        """How many gates there are."""
        return len(self.terms_of) - 1

    @property
    def nodes(self) -> int:
        """How many nodes there are: leaves and gates."""
        return self.leaves + self.gates

    def evaluate(self, weights: Reals) -> Reals:
        """The outputs' values [batch, outputs] for weights [batch, leaves], float32 or float64, in their type."""
        from duli.provenance import circuit_kernels as kernels

        out = np.empty((len(weights), len(self.outputs)), weights.dtype)
        for rows, values in self._blocks(weights):
            kernels.forward(values, self.terms_of, self.edges_of, self.edges, self.leaves)
            kernels.read(values, self.outputs, out[rows])
        return out

    def bounds(self, lower: Reals, upper: Reals) -> tuple[Reals, Reals]:
        """Bounds [batch, outputs] of the outputs for weights between lower and upper [batch, leaves], float64."""
        from duli.provenance import circuit_kernels as kernels

        negative = (self.outputs & 1).astype(np.bool_)
        low, high = np.empty((len(lower), len(self.outputs))), np.empty((len(lower), len(self.outputs)))
        for i in range(len(lower)):
            values = np.empty((self.nodes, 2))
            values[: self.leaves, 0], values[: self.leaves, 1] = lower[i], upper[i]
            kernels.forward_bounds(values, self.terms_of, self.edges_of, self.edges, self.leaves)
            read = values[self.outputs >> 1]
            read[negative] = 1 - read[negative][:, ::-1]
            low[i], high[i] = read.T
        return low, high

    def replaced(self, outputs: Ints) -> Circuit:
        """The same gates with other outputs."""
        return replace(self, outputs=outputs)

    def factored(self) -> Circuit:
        """The same outputs with fewer edges: equal gates once, and what the terms of a sum share taken out of it.

        Σ a·b + Σ a·c is a·(b + c): a sum over the paths of a chain gets the chain's size.
        """
        from duli.provenance import factor_kernels as kernels

        terms = len(self.edges_of) - 1
        node_edge = np.empty(self.nodes, np.int64)
        terms_of, edges_of = np.empty(self.gates + terms + 1, np.int64), np.empty(2 * terms + 1, np.int64)
        edges = np.empty(len(self.edges) + 2 * terms, np.int64)
        gates, terms = kernels.factor(
            self.terms_of, self.edges_of, self.edges, self.leaves, node_edge, terms_of, edges_of, edges
        )
        outputs = node_edge[self.outputs >> 1] ^ (self.outputs & 1)
        edges_of = edges_of[: terms + 1].copy()
        return Circuit(
            self.leaves, terms_of[: gates + 1].copy(), edges_of, edges[: edges_of[-1]].copy(), outputs
        )

    def gradient(self, weights: Reals, outer: Reals) -> Reals:
        """The derivative [batch, leaves] of Σ outer · outputs by each weight.

        Args:
            weights: [batch, leaves].
            outer: how much each output counts [batch, outputs].
        """
        from duli.provenance import circuit_kernels as kernels

        out = np.empty_like(weights)
        outer = np.ascontiguousarray(outer, weights.dtype)
        for rows, values in self._blocks(weights):
            kernels.forward(values, self.terms_of, self.edges_of, self.edges, self.leaves)
            grads = np.zeros_like(values)
            kernels.spread(outer[rows], self.outputs, grads)
            scratch = np.empty((self._longest + 1, values.shape[1]), values.dtype)
            kernels.backward(values, grads, self.terms_of, self.edges_of, self.edges, self.leaves, scratch)
            out[rows] = grads[: self.leaves].T
        return out

    @cached_property
    def _longest(self) -> int:
        return int(np.diff(self.edges_of).max(initial=0))

    def _blocks(self, weights: Reals) -> Iterator[tuple[slice, Reals]]:
        """Pieces of the batch whose values stay in the processor's cache: which rows, and values [nodes, rows]."""
        step = min(len(weights), max(16, _CACHE // max(1, self.nodes)))
        for start in range(0, len(weights), max(step, 1)):
            rows = slice(start, min(start + step, len(weights)))
            values = np.empty((self.nodes, rows.stop - start), weights.dtype)
            values[: self.leaves] = weights[rows].T
            yield rows, values
