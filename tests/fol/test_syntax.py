from __future__ import annotations

from duli.fol.syntax import And, Constant, ForAll, Function, Implies, Not, Predicate, Variable, parts, terms

X = Variable("X")
RED, ROUGH = Predicate("red", (X,)), Predicate("rough", (X,))


def test_parts_are_those_directly_inside() -> None:
    rule = ForAll((X,), Implies(RED, Not(ROUGH)))
    assert parts(rule) == (Implies(RED, Not(ROUGH)),)
    assert parts(parts(rule)[0]) == (RED, Not(ROUGH))
    assert parts(RED) == ()


def test_terms_are_met_as_they_are_written() -> None:
    mother = Function("mother", (Constant("Bob"),))
    formula = And((RED, Not(Predicate("likes", (mother, X)))))
    assert list(terms(formula)) == [X, mother, Constant("Bob"), X]
