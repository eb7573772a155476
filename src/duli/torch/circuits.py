"""Circuits as torch functions: by the array kernels on the CPU, by torch's own operations elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from duli.provenance.circuit import Circuit


class Evaluated(torch.autograd.Function):
    """A circuit's outputs [batch, outputs] for weights [batch, leaves] on the CPU; differentiable once."""

    @staticmethod
    def forward(context: Any, weights: Tensor, circuit: Circuit) -> Tensor:
        """The outputs."""
        array = np.ascontiguousarray(weights.detach().numpy())
        context.array, context.circuit = array, circuit
        return torch.from_numpy(circuit.evaluate(array))

    @staticmethod
    def backward(context: Any, *grads: Any) -> Any:
        """The weights' gradient."""
        outer = np.ascontiguousarray(grads[0].numpy())
        return torch.from_numpy(context.circuit.gradient(context.array, outer)), None


def evaluated(weights: Tensor, circuit: Circuit) -> Tensor:
    """A circuit's outputs [batch, outputs] for weights [batch, leaves] on the CPU."""
    out: Tensor = Evaluated.apply(weights, circuit)  # type: ignore[no-untyped-call]
    return out


class Steps(torch.nn.Module):
    """A circuit by torch's operations, level by level: any device, differentiable as often as wanted.

    Args:
        circuit: whose outputs are wanted.
    """

    def __init__(self, circuit: Circuit) -> None:
        super().__init__()
        self.leaves, self.nodes, self.levels = circuit.leaves, circuit.nodes, 0
        level = np.zeros(circuit.nodes, np.int64)
        terms = np.repeat(np.arange(circuit.gates), np.diff(circuit.terms_of))
        sizes = np.diff(circuit.edges_of)
        for gate in range(circuit.gates):
            first, last = (
                circuit.edges_of[circuit.terms_of[gate]],
                circuit.edges_of[circuit.terms_of[gate + 1]],
            )
            children = circuit.edges[first:last] >> 1
            level[circuit.leaves + gate] = 1 + level[children].max(initial=0)
        of_gate = level[circuit.leaves :]
        for depth in range(1, int(level.max(initial=0)) + 1):
            parts = []
            for size in np.unique(sizes[of_gate[terms] == depth]).tolist():
                own = np.flatnonzero((of_gate[terms] == depth) & (sizes == size))
                edges = circuit.edges[circuit.edges_of[own][:, None] + np.arange(size)]
                parts.append((edges, terms[own] + circuit.leaves))
            for i, (edges, gates) in enumerate(parts):
                self.register_buffer(f"edges_{depth}_{i}", torch.from_numpy(edges), persistent=False)
                self.register_buffer(f"gates_{depth}_{i}", torch.from_numpy(gates), persistent=False)
            self.levels = depth
        self.register_buffer("outputs", torch.from_numpy(circuit.outputs), persistent=False)

    def forward(self, weights: Tensor) -> Tensor:
        """The outputs [batch, outputs] for weights [batch, leaves]."""
        buffers = dict(self.named_buffers())
        values = torch.cat((weights, weights.new_zeros(len(weights), self.nodes - self.leaves)), 1)
        for depth in range(1, self.levels + 1):
            i = 0
            while f"edges_{depth}_{i}" in buffers:
                edges, gates = buffers[f"edges_{depth}_{i}"], buffers[f"gates_{depth}_{i}"]
                values = values.index_add(1, gates, _read(values, edges).prod(-1))
                i += 1
        return _read(values, buffers["outputs"])


def _read(values: Tensor, edges: Tensor) -> Tensor:
    picked = values[:, edges >> 1]
    return torch.where((edges & 1) == 1, 1 - picked, picked)
