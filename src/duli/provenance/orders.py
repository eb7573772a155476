"""Orders in which the choices of a hard lineage may be decided; no fixed one is the best everywhere.

Among the choices nearest to the goal, the one that comes first in the order is decided. Breadth first from the goal
suits grids and layers; the second eigenvector of the graph's Laplacian (Fiedler 1973), from the goal or towards it,
lays an irregular graph out along its longest extent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from duli.provenance.residual import Graph

Ints = NDArray[np.int64]
_LARGEST = 1000
_ITERATIONS = 40
_TINY = 1e-9


def orders(graph: Graph) -> Iterator[Graph]:
    """The same graph with each of the orders; the first is its own."""
    yield graph
    if graph.nodes <= _LARGEST:
        rank = spectral(graph)
        yield replace(graph, rank=-rank)
        yield replace(graph, rank=rank)


def spectral(graph: Graph) -> Ints:
    """The groups' places [groups] along the second eigenvector, the roots' end first; cubic in the nodes.

    The eigenvector is found by inverse iteration, the constant one being moved out of the way: it need not be exact.
    """
    n = graph.nodes
    parent = np.repeat(np.arange(n), np.diff(graph.first))
    joined = np.zeros((n, n))
    joined[parent, graph.edges >> 1] = joined[graph.edges >> 1, parent] = 1.0
    np.fill_diagonal(joined, 0.0)
    degree = joined.sum(1)
    inverse = np.linalg.inv(np.diag(degree + _TINY) - joined + degree.max() / n)
    place = np.linspace(-1.0, 1.0, n)
    for _ in range(_ITERATIONS):
        place = inverse @ place
        place /= np.linalg.norm(place)
    if place[graph.roots >> 1].mean() > np.median(place):
        place = -place
    leaves = np.flatnonzero(graph.kind == 0)
    first = np.full(len(graph.rank), np.inf)
    np.minimum.at(first, graph.group[leaves], place[leaves])
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank
