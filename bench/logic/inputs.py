"""What is measured on: graphs, ontologies and probabilistic programs, the same in every run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pairs = NDArray[np.int64]
Floats = NDArray[np.float32]


def random_graph(nodes: int, edges: int) -> Pairs:
    return np.unique(np.random.default_rng(1).integers(0, nodes, (edges, 2)), axis=0)


def chain(nodes: int) -> Pairs:
    return np.stack((np.arange(nodes - 1), np.arange(1, nodes)), 1)


def power_law(scale: int, edges: int, seed: int) -> Pairs:
    """R-MAT (Chakrabarti, Zhan and Faloutsos 2004) with the quarters 0.57, 0.19, 0.19, 0.05 and shuffled names."""
    random = np.random.default_rng(seed)
    ends = np.zeros((2, edges), np.int64)
    for bit in range(scale):
        u = random.random(edges)
        ends[0] |= (u >= 0.76).astype(np.int64) << bit
        ends[1] |= (((u >= 0.57) & (u < 0.76)) | (u >= 0.95)).astype(np.int64) << bit
    names = random.permutation(1 << scale)
    pairs = names[ends].T
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def parents(n: int, seed: int, second: float, width: float) -> Pairs:
    """From child to parent: a tree grown at random, and for some a second parent."""
    random = np.random.default_rng(seed)
    child = np.arange(1, n)
    parent = (random.random(n - 1) ** width * child).astype(np.int64)
    some = child[random.random(n - 1) < second]
    other = (random.random(len(some)) ** width * some).astype(np.int64)
    return np.unique(np.concatenate((np.stack((child, parent), 1), np.stack((some, other), 1))), axis=0)


def ontology(n: int) -> dict[str, NDArray[np.int64]]:
    """About n triples: subclasses, subproperties, domains, ranges, types, relations."""
    random, classes, properties, things = np.random.default_rng(1), n // 500, 60, n // 5
    made = {"sc": parents(classes, 1, 0.3, 1.0), "sp": parents(properties, 2, 0.0, 1.0)}
    for name in ("dom", "ran"):
        made[name] = np.stack((np.arange(properties), random.integers(0, classes, properties)), 1)
    types = np.stack((random.integers(0, things, n // 4), random.integers(0, classes, n // 4)), 1)
    made["ty"] = np.unique(types, axis=0)
    m = n - n // 4
    kinds = np.minimum((random.pareto(1.2, m) * 3).astype(np.int64), properties - 1)
    made["tr"] = np.unique(
        np.stack((random.integers(0, things, m), kinds, random.integers(0, things, m)), 1), axis=0
    )
    return made


def grid(edges: int) -> tuple[list[tuple[int, int]], int, int]:
    """A grid of about so many edges, to the right and down; from its first corner to its last."""
    k = max(2, round((1 + (1 + 2 * edges) ** 0.5) / 2))
    right = [(i * k + j, i * k + j + 1) for i in range(k) for j in range(k - 1)]
    down = [(i * k + j, (i + 1) * k + j) for i in range(k - 1) for j in range(k)]
    return right + down, 0, k * k - 1


def digraph(edges: int) -> tuple[list[tuple[int, int]], int, int]:
    """A random directed graph with cycles; from node 0 to the node that a breadth-first walk meets last."""
    random, nodes = np.random.default_rng(1), max(4, edges // 2)
    found: set[tuple[int, int]] = set()
    while len(found) < edges:
        a, b = random.integers(0, nodes, 2)
        if a != b:
            found.add((int(a), int(b)))
    pairs, met = sorted(found), [0]
    for u in met:
        met += [b for a, b in pairs if a == u and b not in met]
    return pairs, 0, met[-1]


def reach(kind: str, edges: int) -> str:
    pairs, start, end = grid(edges) if kind == "grid" else digraph(edges)
    p = np.round(np.random.default_rng(1).uniform(0.1, 0.9, len(pairs)), 3)
    facts = "".join(f"{x}::e({a},{b}).\n" for (a, b), x in zip(pairs, p, strict=True))
    return f"{facts}path(X,Y) :- e(X,Y).\npath(X,Y) :- e(X,Z), path(Z,Y).\nquery(path({start},{end})).\n"


def smokers(people: int) -> str:
    random = np.random.default_rng(people)
    friends = {(a, int(b)) for a in range(people) for b in random.integers(0, people, 2) if a != b}
    facts = "".join(f"person({i}). query(smokes({i})).\n" for i in range(people))
    facts += "".join(f"fr({a},{b}).\n" for a, b in sorted(friends))
    return (
        f"{facts}0.3::stress(X) :- person(X).\n0.2::infl(X,Y) :- person(X), person(Y).\n"
        "smokes(X) :- stress(X).\nsmokes(X) :- fr(X,Y), infl(Y,X), smokes(Y).\n"
    )


def noisy_or(n: int) -> str:
    random = np.random.default_rng(n)
    causes = np.stack([random.choice(n, 10, replace=False) for _ in range(n)])
    prior = np.round(random.uniform(0.01, 0.1, n), 4)
    strength = np.round(random.uniform(0.1, 0.9, causes.shape), 3)
    facts = "".join(f"{x}::d({i}).\n" for i, x in enumerate(prior))
    rules = "".join(
        f"{strength[j, k]}::f({j}) :- d({causes[j, k]}).\n" for j in range(n) for k in range(causes.shape[1])
    )
    return f"{facts}{rules}query(f(X)).\n"


def digits(samples: int, places: int) -> tuple[Floats, Pairs]:
    """Logits of the digits of two numbers [samples, 2, places, 10], and the sums [samples] that are seen."""
    random = np.random.default_rng(places)
    logits = random.standard_normal((samples, 2, places, 10)).astype(np.float32)
    return logits, random.integers(0, 10**places, (samples, 2)).sum(1)
