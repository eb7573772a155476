"""The rules route: forwards only, negation said outright or by failure, each proof accepted by the checker."""

from __future__ import annotations

from fractions import Fraction

import pytest

from duli.errors import InputError
from duli.fol import Proof, Step, Theory, decide, prepare
from duli.fol.checker import check, check_verdict
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Implies,
    Not,
    Number,
    Or,
    Predicate,
    Statement,
    Variable,
)
from duli.fol.theory import World

X, Y = Variable("X"), Variable("Y")
BOB, CAT = Constant("Bob"), Constant("那只猫")


def p(name: str, *terms: Variable | Constant | Number) -> Predicate:
    return Predicate(name, terms)


def theory(*formulas: Formula, world: World = "open") -> Theory:
    return Theory(tuple(Statement(f, str(f)) for f in formulas), world)


RED = theory(
    p("red", BOB),
    Not(p("kind", CAT)),
    p("sees", CAT, BOB),
    ForAll((X,), Implies(p("red", X), And((p("rough", X), Not(p("soft", X)))))),
    ForAll((X,), Implies(Exists((Y,), And((p("sees", X, Y), p("rough", Y)))), p("安静", X))),
    ForAll((X,), Implies(Or((p("old", X), p("安静", X))), p("wise", X))),
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (p("rough", BOB), "true"),
        (p("soft", BOB), "false"),
        (Not(p("soft", BOB)), "true"),
        (p("安静", CAT), "true"),
        (p("wise", CAT), "true"),
        (p("kind", CAT), "false"),
        (p("kind", BOB), "unknown"),
        (p("never heard of", BOB), "unknown"),
        (p("red", CAT), "unknown"),
        (And((p("red", BOB), Not(p("kind", CAT)))), "true"),
        (Or((p("kind", BOB), p("wise", CAT))), "true"),
        (And((p("kind", BOB), p("kind", CAT))), "false"),
        (Implies(p("red", BOB), p("soft", BOB)), "false"),
    ],
)
def test_three_answers(question: Formula, answer: str) -> None:
    verdict = decide(RED, question, logic="rules")
    assert (verdict.answer, verdict.route) == (answer, "rules")
    assert (verdict.proof is None) == (answer == "unknown")
    if answer != "unknown":
        assert check_verdict(verdict, RED, question) is None


def test_no_contraposition_by_rules() -> None:
    told = theory(ForAll((X,), Implies(p("red", X), p("rough", X))), Not(p("rough", BOB)))
    assert decide(told, p("red", BOB), logic="rules").answer == "unknown"


def test_what_is_not_said_is_false_in_the_closed_world() -> None:
    told = theory(
        p("red", BOB),
        ForAll((X,), Implies(Not(p("red", X)), p("pale", X))),
        p("cat", CAT),
        world="closed",
    )
    asked: dict[str, Formula] = {"false": p("red", CAT), "true": p("pale", CAT)}
    for answer, question in asked.items():
        verdict = decide(told, question, logic="rules")
        assert verdict.answer == answer
        assert check_verdict(verdict, told, question) is None


def test_rules_about_everything_hold_of_what_only_the_question_names() -> None:
    told = prepare(theory(ForAll((X,), p("kind", X)), p("red", BOB)))
    assert told.decide(p("kind", BOB), logic="rules").answer == "true"
    assert told.decide(p("kind", Constant("Zed")), logic="rules").answer == "true"


def test_contradiction_comes_with_both_proofs() -> None:
    told = theory(p("red", BOB), ForAll((X,), Implies(p("red", X), Not(p("kind", X)))), p("kind", BOB))
    verdict = decide(told, p("kind", BOB), logic="rules")
    assert verdict.answer == "contradiction"
    assert check_verdict(verdict, told, p("kind", BOB)) is None
    elsewhere = decide(told, p("red", BOB), logic="rules")
    assert elsewhere.answer == "true"
    assert elsewhere.conflict is not None


def test_numbers_are_compared() -> None:
    told = theory(
        p("age", BOB, Number(Fraction(17))),
        ForAll((X, Y), Implies(And((p("age", X, Y), Compare("<", Y, Number(Fraction(18))))), p("minor", X))),
    )
    verdict = decide(told, p("minor", BOB), logic="rules")
    assert verdict.answer == "true"
    assert check_verdict(verdict, told, p("minor", BOB)) is None


def test_wrong_proofs_are_refused() -> None:
    question = p("rough", BOB)
    proof = decide(RED, question, logic="rules").proof
    assert proof is not None
    fact, rule = proof.steps
    changed = [
        Proof((Step(p("red", CAT), "statement", (), fact.statement, fact.bindings), rule)),
        Proof((fact, Step(p("rough", CAT), "statement", (0,), rule.statement, rule.bindings))),
        Proof((rule,)),
        Proof((Step(question, "statement", (), 3, rule.bindings),)),
        Proof((fact,)),
        Proof(()),
    ]
    assert all(check(wrong, RED, question) is not None for wrong in changed)


def test_more_than_rules_can_say() -> None:
    with pytest.raises(InputError):
        decide(theory(Or((p("a"), p("b")))), p("a"), logic="rules")
