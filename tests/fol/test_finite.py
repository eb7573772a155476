"""The finite route: places of things, with the statements that a proof needs, checked case by case."""

from __future__ import annotations

from fractions import Fraction

import pytest

from duli.errors import InputError
from duli.fol import Theory, decide, prepare
from duli.fol.checker import check_verdict
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Formula,
    Function,
    Iff,
    Not,
    Number,
    Or,
    Predicate,
    Statement,
)


def place(name: str) -> Function:
    return Function("place", (Constant(name),))


def at(name: str, n: int) -> Formula:
    return Compare("=", place(name), Number(Fraction(n)))


def left(a: str, b: str) -> Formula:
    return Compare("<", place(a), place(b))


def books(*formulas: Formula, n: int = 5) -> Theory:
    statements = tuple(Statement(f, str(f)) for f in formulas)
    return Theory(statements, ranges={"place": (1, n)}, different=frozenset({"place"}))


SHELF = books(
    at("黑", 2), left("红", "黑"), left("黑", "绿"), left("绿", "蓝"), left("绿", "白"), left("白", "蓝")
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (at("红", 1), "true"),
        (at("黑", 3), "false"),
        (at("蓝", 5), "true"),
        (left("红", "白"), "true"),
        (Not(left("红", "绿")), "false"),
        (Or((at("白", 4), at("白", 1))), "true"),
        (Iff(Predicate("dusty", ()), at("红", 1)), "unknown"),
        (Compare("=", Function("+", (place("红"), Number(Fraction(1)))), place("黑")), "true"),
    ],
)
def test_places(question: Formula, answer: str) -> None:
    verdict = decide(SHELF, question)
    assert (verdict.answer, verdict.route) == (answer, "finite")
    assert check_verdict(verdict, SHELF, question) is None
    # No statement of the proof can be left out.
    used = () if verdict.proof is None else verdict.proof.statements()
    for number in used:
        rest = [SHELF.statements[n].formula for n in used if n != number]
        assert decide(books(*rest), question).answer == "unknown"


def test_unknown_shows_both_worlds() -> None:
    told = prepare(books(left("a", "b"), n=3))
    verdict = told.decide(at("c", 1))
    assert verdict.answer == "unknown"
    assert verdict.model is not None
    assert verdict.countermodel is not None
    assert verdict.model.functions["place"][("c",)] == "1"
    assert verdict.countermodel.functions["place"][("c",)] != "1"


def test_contradictory_places() -> None:
    told = books(left("a", "b"), at("c", 2), left("b", "a"))
    verdict = decide(told, at("c", 2))
    assert verdict.answer == "contradiction"
    assert check_verdict(verdict, told, at("c", 2)) is None
    assert verdict.proof is not None
    assert verdict.second is not None
    assert set(verdict.proof.statements() + verdict.second.statements()) == {0, 2}


def test_too_many_cases_are_unknown() -> None:
    told = books(And(tuple(left(a, b) for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True))), n=13)
    verdict = decide(told, left("a", "m"))
    assert (verdict.answer, verdict.limit) == ("unknown", True)


def test_more_than_the_finite_logic_says() -> None:
    with pytest.raises(InputError):
        decide(books(Compare("<", Constant("a"), Constant("b"))), at("a", 1), logic="finite")
