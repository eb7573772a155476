"""Circuits: the same values and gradients however they are written, and less to do where terms share factors."""

from __future__ import annotations

import numpy as np
import pytest

from duli.provenance.circuit import Circuit

LEAVES = 5


def random_circuit(seed: int) -> Circuit:
    random = np.random.default_rng(seed)
    terms_of, edges_of, edges = [0], [0], list[int]()
    for gate in range(int(random.integers(1, 30))):
        for _ in range(random.integers(0, 8)):
            # Few different edges, so that much is shared.
            edges += random.integers(0, 2 * (LEAVES + gate), random.integers(0, 4)).tolist()
            edges_of.append(len(edges))
        terms_of.append(len(edges_of) - 1)
    outputs = random.integers(0, 2 * (LEAVES + len(terms_of) - 1), 6)
    return Circuit(LEAVES, np.array(terms_of), np.array(edges_of), np.array(edges, np.int64), outputs)


def by_hand(circuit: Circuit, weights: np.ndarray) -> np.ndarray:
    values = list(weights)
    for gate in range(circuit.gates):
        total = 0.0
        for term in range(circuit.terms_of[gate], circuit.terms_of[gate + 1]):
            own = circuit.edges[circuit.edges_of[term] : circuit.edges_of[term + 1]]
            total += np.prod([1 - values[e >> 1] if e & 1 else values[e >> 1] for e in own])
        values.append(total)
    return np.array([1 - values[e >> 1] if e & 1 else values[e >> 1] for e in circuit.outputs])


@pytest.mark.parametrize("seed", range(60))
def test_values_and_gradients(seed: int) -> None:
    circuit = random_circuit(seed)
    weights = np.random.default_rng(seed).uniform(-0.7, 0.7, (3, LEAVES))
    expected = np.stack([by_hand(circuit, row) for row in weights])
    outer = np.random.default_rng(seed + 1).choice([0.0, 0.0, 1.0, -2.0], expected.shape)
    step = 1e-6
    slopes = np.empty_like(weights)
    for i in range(LEAVES):
        moved = [
            np.stack([by_hand(circuit, r) for r in weights + s * np.eye(LEAVES)[i]]) for s in (step, -step)
        ]
        slopes[:, i] = (outer * (moved[0] - moved[1])).sum(1) / (2 * step)
    for made in (circuit, circuit.factored(), circuit.factored().factored()):
        assert made.evaluate(weights) == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert made.gradient(weights, outer) == pytest.approx(slopes, rel=1e-4, abs=1e-4)
        single = made.evaluate(weights.astype(np.float32))
        assert single.dtype == np.float32
        assert single == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert len(circuit.factored().edges) <= len(circuit.edges)


def test_what_terms_share_is_taken_out() -> None:
    # Twice a·(b + c + d), in another order: a gate for the sum, a gate for the product.
    terms = [[0, 2], [0, 4], [0, 6], [6, 0], [2, 0], [4, 0]]
    edges_of = np.arange(0, 13, 2)
    circuit = Circuit(4, np.array([0, 3, 6]), edges_of, np.array(terms).ravel(), np.array([8, 10]))
    made = circuit.factored()
    assert (made.gates, len(made.edges)) == (2, 5)
    assert made.outputs[0] == made.outputs[1]
