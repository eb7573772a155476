from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from duli.provenance import residual
from duli.provenance.residual import Graph, Residuals


def random_graph(seed: int) -> tuple[Graph, np.ndarray]:
    """A few choices, some of which exclude one another, and nodes above them, some of them in cycles."""
    random = np.random.default_rng(seed)
    groups = [1] * 9 if seed % 2 else random.integers(1, 4, 5).tolist()
    group = [g for g, size in enumerate(groups) for _ in range(size)]
    weights = np.concatenate([random.dirichlet(np.ones(size + 1))[:-1] for size in groups])
    leaves = len(group)
    children: list[list[int]] = [[] for _ in group]
    blocks, cyclic = list(range(leaves)), [0] * leaves
    while len(children) < leaves + 12:
        start, size = len(children), int(random.choice([1, 1, 3]))
        blocks.append(start)
        cyclic.append(int(size > 1))
        for i in range(size):
            below = random.choice(start, int(random.integers(1, 4)), replace=False)
            inside = [2 * (start + (i + 1) % size)] if size > 1 else []
            children.append([int(2 * c + (random.random() < 0.2)) for c in below] + inside)
    n = len(children)
    kind = np.where(np.arange(n) < leaves, 0, random.integers(1, 3, n)).astype(np.int8)
    first = np.cumsum([0, *map(len, children)])
    rank = random.permutation(len(groups))
    roots = 2 * np.arange(n - 3, n) + random.integers(0, 2, 3)
    graph = Graph(
        kind, first, np.concatenate([np.array(c, np.int64) for c in children]), np.array([*blocks, n]),
        np.array(cyclic, np.int8), np.array(group + [-1] * (n - leaves)), rank, roots,
    )  # fmt: skip
    return graph, np.concatenate((weights, np.zeros(n - leaves)))


def worlds(graph: Graph, weights: np.ndarray) -> Iterator[tuple[float, np.ndarray]]:
    """Each world's probability, and the truth of the nodes: block by block, from below."""
    own = [np.flatnonzero(graph.group == g).tolist() for g in range(len(graph.rank))]
    for chosen in product(*([*leaves, -1] for leaves in own)):
        p = np.prod(
            [weights[c] if c >= 0 else 1 - weights[o].sum() for c, o in zip(chosen, own, strict=True)]
        )
        true = np.zeros(graph.nodes, np.bool_)
        true[[c for c in chosen if c >= 0]] = True
        for start, stop in zip(graph.blocks[:-1].tolist(), graph.blocks[1:].tolist(), strict=True):
            for _ in range(start, stop):
                for v in range(start, stop):
                    edges = graph.edges[graph.first[v] : graph.first[v + 1]]
                    if graph.kind[v]:
                        holds = true[edges >> 1] != (edges & 1 == 1)
                        true[v] = holds.all() if graph.kind[v] == 1 else holds.any()
        yield float(p), true


def compiled(graph: Graph, weights: np.ndarray) -> tuple[int, np.ndarray]:
    states = Residuals(graph, weights)
    assert states.work(None, lambda: None) is None
    return states.states, states.circuit().evaluate(np.append(weights, 0.0)[None])[0]


@pytest.mark.parametrize("seed", range(150))
def test_what_is_compiled_has_the_probability_of_its_worlds(seed: int) -> None:
    graph, weights = random_graph(seed)
    expected = sum(
        p * (true[graph.roots >> 1] != (graph.roots & 1 == 1)) for p, true in worlds(graph, weights)
    )
    assert compiled(graph, weights)[1] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_looking_ahead_changes_no_state(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, weights = random_graph(seed)
    ahead = compiled(graph, weights)
    monkeypatch.setattr(residual, "_ROOM", 0)
    plain = compiled(graph, weights)
    assert ahead[0] == plain[0]
    assert ahead[1] == pytest.approx(plain[1], abs=1e-12)
