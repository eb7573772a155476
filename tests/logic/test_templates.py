"""Rules that differ in their constants alone are applied as one; what follows is what follows from each of them."""

from __future__ import annotations

import random

import pytest

from duli.logic import compile
from duli.logic.worlds import best_world, gradient
from duli.types import Atom


def network(seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311
    lines = [f"0.{chance.randint(1, 9)}::d({i})." for i in range(6)]
    lines += [
        f"0.{chance.randint(1, 9)}::f({chance.randrange(3)}) :- d({chance.randrange(6)})." for _ in range(40)
    ]
    lines += [f"g({chance.randrange(3)}, X) :- f(X), \\+ d({chance.randrange(6)})." for _ in range(40)]
    lines += [
        f"h(X, {chance.choice(['1', '1.0', 'a'])}) :- g(X, Y), f({chance.randrange(3)}), Y > 0."
        for _ in range(40)
    ]
    values = ["1", "2.0", "a", "'中'"]
    lines += [
        f"k(X, Z) :- h(X, Y), Y \\== {chance.choice(values)}, Z = {chance.choice(values)}." for _ in range(40)
    ]
    lines += ["h(X, Y) :- h(Y, X).", f"evidence(f({chance.randrange(3)}))."]
    return "\n".join([*lines, "query(f(X)). query(g(X, 1)). query(h(X, Y)). query(h(1, a)). query(k(X, Y))."])


@pytest.mark.parametrize("seed", range(10))
def test_the_answers_are_those_of_each_rule_alone(seed: int) -> None:
    program = compile(network(seed))
    merged, _ = program.relevant
    assert len(merged.rules.rules) < 10 < len(program.rules.rules)
    expected = program.run(goal_directed=False).probabilities
    for goal_directed in (None, True):
        assert program.run(goal_directed=goal_directed).probabilities == pytest.approx(expected, abs=1e-12)


def test_proofs_and_choices_name_the_rules_of_the_text() -> None:
    program = compile(
        "\n".join([*(f"0.5::d({i}). 0.{i % 9 + 1}::f :- d({i})." for i in range(40)), "query(f)."])
    )
    result = program.run()
    proof = result.proof(Atom("f"))
    assert "_number" not in str(proof)
    assert result.proofs(Atom("f"), 1)[0][1] == pytest.approx(0.45)
    lines = {
        choice.place.line: p for choice, p in gradient(result, Atom("f")).items() if choice.place is not None
    }
    assert set(lines) == set(range(1, 41))
    assert {choice.place.line for choice, _ in best_world(result).choices if choice.place} == set(
        range(1, 41)
    )


def test_equal_rules_are_choices_of_their_own() -> None:
    text = "b(1). " + "0.01::a(1) :- b(1). " * 50 + "query(a(1))."
    assert compile(text).run().probabilities[Atom("a", (1,))] == pytest.approx(1 - 0.99**50)


def test_aggregates_stay_apart() -> None:
    text = "".join(f"s(a,count<X>) :- p(X,c{i}). p({i},c{i}). " for i in range(40)) + "query(s(a,N))."
    assert {str(atom) for atom in compile(text).run().probabilities} == {"s(a,1)"}
