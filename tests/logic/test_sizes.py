"""Sizes are told before anything is ground: exactly where that is quick, else by samples or by bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from duli.logic import compile, estimate
from duli.types import Limits

CLOSURE = "path(X,Y) :- edge(X,Y). path(X,Z) :- path(X,Y), edge(Y,Z), Z >= 0. query(path(X,Y))."


def graph(nodes: int, edges: int, seed: int, chance: str = "") -> str:
    pairs = np.unique(np.random.default_rng(seed).integers(0, nodes, (edges, 2)), axis=0)
    return "\n".join(f"{chance}edge({a},{b})." for a, b in pairs.tolist()) + "\n"


def test_what_is_small_is_counted() -> None:
    text = "0.5::a(1). 0.5::a(2). b(3). b(4). c(X,Y) :- a(X), b(Y). d(X) :- c(X,_). unasked(X) :- b(X). query(d(X))."
    found = estimate(compile(text), seconds=60)
    assert {size.name: (size.n, size.kind) for size in found.rows} == {
        "a/1": (2, "exact"),
        "b/1": (2, "exact"),
        "c/2": (4, "exact"),
        "d/1": (2, "exact"),
    }
    assert (found.instances.n, found.instances.kind) == (8, "exact")
    assert found.bytes > 0


@pytest.mark.parametrize("seed", range(3))
def test_an_estimate_is_near_what_comes_out(seed: int) -> None:
    program = compile(graph(1000, 1500, seed) + CLOSURE)
    truth = len(program.run(provenance="boolean").codes("path"))
    path = estimate(program, seconds=60, tuples=20_000, seed=seed).rows[1]
    assert (path.name, path.kind) == ("path/2", "estimate")
    assert path.low <= truth <= path.high
    assert path.high <= 1.5 * path.low


def test_all_values_of_a_column_make_it_exact() -> None:
    program = compile(graph(20, 60, 0) + CLOSURE)
    truth = len(program.run(provenance="boolean").codes("path"))
    path = estimate(program, seconds=60, tuples=100).rows[1]
    assert (path.n, path.kind) == (truth, "exact")


def test_what_later_predicates_need_is_sampled_too() -> None:
    text = graph(200, 600, 1) + CLOSURE + " far(X,Y) :- path(X,Z), path(Z,Y), X < Y. query(far(X,Y))."
    program = compile(text)
    truth = len(program.run(provenance="boolean").codes("far"))
    rows = {size.name: size for size in estimate(program, seconds=60, tuples=45_000).rows}
    assert rows["far/2"].kind in ("estimate", "exact")
    assert rows["far/2"].low <= truth <= rows["far/2"].high


def test_without_an_end_there_are_bounds() -> None:
    found = estimate(
        compile("n(0). n(Y) :- n(X), Y is X+1. m(X,Y) :- n(X), n(Y), X = 1. query(m(X,Y))."),
        seconds=60,
        tuples=5000,
    )
    rows = {size.name: size for size in found.rows}
    assert rows["n/1"].kind == "bounds"
    assert rows["n/1"].low > 100
    assert math.isinf(rows["n/1"].high)
    assert math.isinf(rows["m/2"].high)


def test_bounds_hold() -> None:
    # Each value's own part is already too large to be derived.
    program = compile(graph(300, 1500, 2) + CLOSURE)
    truth = len(program.run(provenance="boolean").codes("path"))
    path = estimate(program, seconds=60, tuples=150).rows[1]
    assert path.kind == "bounds"
    assert path.low <= truth <= path.high <= 300 * 300


def test_instances_of_a_large_rule_are_sampled() -> None:
    text = graph(3000, 9000, 3, "0.5::") + "two(X,Z) :- edge(X,Y), edge(Y,Z). query(two(X,Z))."
    program = compile(text)
    result = program.run(limits=Limits())
    lineage = result.chances.lineage
    assert lineage is not None
    lineage.tags("two", np.arange(len(result.codes("two"))))
    truth = sum(len(ground.heads) for ground in lineage._grounds.values())
    found = estimate(program, seconds=60)
    assert found.instances.kind == "estimate"
    assert found.instances.low <= truth <= found.instances.high
