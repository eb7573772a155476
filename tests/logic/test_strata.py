"""Predicates that depend on their own negation: right where no row does, an error with its place where one does."""

from __future__ import annotations

import pytest

from duli import logic
from duli.errors import Place, ProgramError
from tests.logic.test_problog import answers, outside

TOSS = "0.5::a(0). 0.5::a(T) :- T > 0, S is T-1, \\+ any(S). 0.4::b(T) :- \\+ a(T). any(T) :- a(T). any(T) :- b(T). "
GAME = "win(X) :- m(X,Y), \\+ win(Y). query(win(X)). "
ACTS = "acts(X) :- a(X). acts(X) :- e(X,Y), \\+ acts(Y). 0.3::a(1). 0.4::a(2). 0.5::a(3). query(acts(1)). "
RIGHT: list[tuple[str, dict[str, float]]] = [
    (GAME + "m(1,2). m(2,3). m(3,4). m(1,3).", {"win(1)": 1, "win(3)": 1}),
    (GAME + "0.5::m(1,2). 0.5::m(2,3). 0.6::m(3,4).", {"win(3)": 0.6, "win(2)": 0.2, "win(1)": 0.4}),
    (ACTS + "e(1,2). e(1,3). e(2,3).", {"acts(1)": 0.86}),
    (TOSS + "query(any(T)) :- between(0,2,T).", {"any(0)": 0.7, "any(1)": 0.49, "any(2)": 0.553}),
    ("0.5::a(1). 0.5::a(2). p(X) :- a(X), \\+ q(X). q(X) :- r(X,Y), p(Y). r(1,2). query(p(X)). query(q(X)).",
     {"p(1)": 0.25, "p(2)": 0.5, "q(1)": 0.5}),
    ("0.5::a(1). 0.5::a(2). p(X) :- a(X), \\+ q(X). q(X) :- r(X,Y), p(Y). r(1,2). evidence(q(1)). query(p(X)).",
     {"p(2)": 1}),
    ("r(1,2). r(2,1). 0.5::s(2). p(X) :- r(X,Y), \\+ q(Y). q(X) :- s(X), X > 1, c(X). c(X) :- r(Y,X), X < Y, p(X). "
     "query(p(X)).", {"p(1)": 1, "p(2)": 1}),
]  # fmt: skip
KNOTTED = [
    (
        GAME + "0.5::m(1,2). 0.5::m(2,3). 0.6::m(3,4). 0.7::m(3,1).",
        "depends on its own negation: win :- \\+ win",
    ),
    (ACTS + "e(1,2). e(1,3). e(2,3). e(3,1).", "depends on its own negation: acts :- \\+ acts"),
    (
        "a(x). p(X) :- a(X), \\+ q(X, _). q(X, X) :- p(X). query(p(X)).",
        "p(x) depends on its own negation: p :- \\+ q",
    ),
]


@pytest.mark.parametrize(("text", "expected"), RIGHT)
def test_rows_that_do_not_depend_on_themselves(text: str, expected: dict[str, float]) -> None:
    assert answers(text) == pytest.approx(expected, abs=1e-9)
    assert outside(text) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("text", "expected"), RIGHT)
def test_their_proofs_hold(text: str, expected: dict[str, float]) -> None:
    result = logic.compile(text).run()
    assert {str(a) for a, p in result.probabilities.items() if p > 0 and result.proof(a)} == expected.keys()


@pytest.mark.parametrize(("text", "message"), KNOTTED)
def test_rows_that_do(text: str, message: str) -> None:
    with pytest.raises(ProgramError) as caught:
        answers(text)
    assert message in caught.value.message
    assert isinstance(caught.value.where, Place)
    with pytest.raises(Exception, match="cycle"):
        outside(text)


def test_worlds_are_needed_to_know_which_rows_hold() -> None:
    with pytest.raises(ProgramError, match="win depends on its own negation"):
        logic.compile(GAME + "m(1,2).").run(provenance="boolean")
