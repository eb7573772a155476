"""Random programs against all their worlds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli import logic
from duli.types import Atom
from tests.logic.brute import Clause, Fact, probabilities

X, Y, Z = "X", "Y", "Z"
FIRST = [
    Clause(("p", (X, Y)), ((True, ("e", (X, Y))),)),
    Clause(("p", (X, Y)), ((True, ("e", (X, Z))), (True, ("p", (Z, Y))))),
    Clause(("p", (X, X)), ((True, ("n", (X,))),)),
    Clause(("p", (Y, X)), ((True, ("p", (X, Y))), (True, ("n", (X,)))), 0.5),
]
SECOND = [
    Clause(("q", (X,)), ((True, ("n", (X,))), (False, ("p", (X, X))))),
    Clause(("q", (X,)), ((True, ("p", (X, Y))), (True, ("n", (Y,))), (False, ("e", (Y, X)))), 0.25),
    Clause(("q", (X,)), ((True, ("e", (X, "a"))),)),
]
NAMES = st.sampled_from(["a", "b", "c"])
CHANCE = st.sampled_from([None, 0.25, 0.5, 0.9])
EDGES = st.lists(st.tuples(NAMES, NAMES, CHANCE), max_size=4, unique_by=lambda t: t[:2])
NODES = st.lists(st.tuples(NAMES, CHANCE), min_size=1, max_size=3, unique_by=lambda t: t[0])


@st.composite
def programs(draw: st.DrawFn) -> list[list[Clause]]:
    facts = [Clause(("e", (a, b)), (), p) for a, b, p in draw(EDGES)]
    facts += [Clause(("n", (a,)), (), p) for a, p in draw(NODES)]
    first = draw(st.lists(st.sampled_from(FIRST), unique=True, max_size=3))
    second = draw(st.lists(st.sampled_from(SECOND), unique=True, max_size=3))
    return [facts, first, second]


def uncertain(layers: list[list[Clause]]) -> int:
    """How many independent choices there are, at most."""
    sizes = {0.5: 9, 0.25: 9}
    rules = sum(sizes.get(c.probability or 0, 0) for layer in layers[1:] for c in layer)
    return rules + sum(c.probability is not None for c in layers[0])


def run(layers: list[list[Clause]], provenance: str) -> dict[Fact, float]:
    text = "\n".join(str(c) for layer in layers for c in layer)
    arities = {"e": 2, "n": 1, "p": 2, "q": 1}
    defined = {c.head[0] for layer in layers for c in layer}
    program = logic.compile(text, inputs={n: a for n, a in arities.items() if n not in defined})
    result = program.run(provenance=provenance)
    found = {}
    for name in arities:
        for row, p in zip(result.rows(name), result.probability(name), strict=True):
            if p > 0:
                found[name, tuple(map(str, row))] = float(p)
    return found


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(programs().filter(lambda layers: uncertain(layers) <= 11))
def test_exact_is_the_sum_over_all_worlds(layers: list[list[Clause]]) -> None:
    assert run(layers, "exact") == pytest.approx(probabilities(layers), abs=1e-12)


@settings(max_examples=120, deadline=None)
@given(programs())
def test_boolean_is_the_world_in_which_every_choice_is_true(layers: list[list[Clause]]) -> None:
    certain = [[Clause(c.head, c.body) for c in layer] for layer in layers]
    assert run(layers, "boolean") == probabilities(certain)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_max_product_is_below_exact_and_positive_where_it_is(layers: list[list[Clause]]) -> None:
    positive = [[c for c in layer if all(sign for sign, _ in c.body)] for layer in layers]
    best, exact = run(positive, "max_product"), run(positive, "exact")
    assert set(best) == set(exact)
    assert all(0 < best[f] <= exact[f] + 1e-12 for f in best)


@settings(max_examples=60, deadline=None)
@given(programs())
def test_every_row_has_a_proof_that_ends_in_facts(layers: list[list[Clause]]) -> None:
    text = "\n".join(str(c) for layer in layers for c in layer)
    arities = {"e": 2, "n": 1, "p": 2, "q": 1}
    defined = {c.head[0] for layer in layers for c in layer}
    result = logic.compile(text, inputs={n: a for n, a in arities.items() if n not in defined}).run()
    facts = {str(Atom(*c.head)) for c in layers[0]}
    rules = {str(c) for layer in layers[1:] for c in layer}
    for name in arities:
        for row in result.rows(name):
            steps = [result.proof(Atom(name, row))]
            while steps:
                step = steps.pop()
                steps += step.premises
                if step.kind == "fact":
                    assert step.atom in facts
                elif step.kind == "rule":
                    assert step.place is not None
                    assert step.place.text in rules
                    assert step.premises
