"""Rules that are safe only where they are asked with values: the answers are ProbLog's."""

from __future__ import annotations

import numpy as np
import pytest

from duli import logic
from duli.errors import ProgramError
from duli.logic.decision import decide
from duli.logic.learning import learn
from duli.logic.values import encode_ints
from duli.types import Atom, Relation
from tests.logic.test_problog import answers, outside

SAFE: list[tuple[str, dict[str, float]]] = [
    ("add(X,Y,Z) :- Z is X+Y. query(add(1,2,Z)). query(add(1,2,4)).", {"add(1,2,3)": 1}),
    ("add(X,Y,Z) :- Z is X+Y. q(1). q(5). p(X,Y) :- q(X), add(X,1,Y). query(p(X,Y)).", {"p(1,2)": 1, "p(5,6)": 1}),
    ("lt(X,Y) :- X<Y. q(1). q(2). r(X,Y) :- q(X), q(Y), lt(X,Y). query(r(X,Y)).", {"r(1,2)": 1}),
    ("eq(X,X). r(X,Y) :- eq(X,1), eq(2,Y). query(r(X,Y)).", {"r(1,2)": 1}),
    ("eq(X,X). r(a,b). r(a,a). q(X,Y) :- r(X,Y), \\+ eq(X,Y). query(q(X,Y)).", {"q(a,b)": 1}),
    ("p(_). query(p(1)). query(p(a)).", {"p(1)": 1, "p(a)": 1}),
    ("0.3::p(X). both :- p(1), p(2). one :- p(1), p(1). query(both). query(one).", {"both": 0.09, "one": 0.3}),
    ("0.3::p(X). q(1). q(2). r(X) :- q(X), p(X). s :- r(X). query(r(1)). query(s).", {"r(1)": 0.3, "s": 0.51}),
    ("0.3::p(X); 0.4::s(X). q(1). t :- q(X), (p(X) ; s(X)). n :- p(1), s(1). query(t). query(n).", {"t": 0.7}),
    ("0.3::e(X,X). r :- e(X,1), e(2,Y). s :- e(1,X), e(X,1). query(r). query(s).", {"r": 0.09, "s": 0.3}),
    ("0.5::n(0). 0.9::n(N) :- N > 0, M is N-1, n(M). query(n(5)).", {"n(5)": 0.295245}),
    ("f(0,1). f(1,1). f(N,F) :- N > 1, A is N-1, B is N-2, f(A,X), f(B,Y), F is X+Y. query(f(9,F)).", {"f(9,55)": 1}),
    ("ok(N) :- N < 10. up(N) :- ok(N), M is N+1, up(M). up(10). query(up(0)).", {"up(0)": 1}),
    ("0.3::p(1). 0.5::p(X) :- X > 0, Y is X-1, p(Y). a(1). a(2). query(p(X)) :- a(X).", {"p(1)": 0.3, "p(2)": 0.15}),
    ("0.5::f(1,2). 0.5::f(2,1). 0.5::f(2,3). 0.5::b(X). s(X) :- b(X). s(X) :- f(X,Y), s(Y). query(s(1)).",
     {"s(1)": 0.65625}),
    ("0.4::b(1). a(X) :- \\+ b(X). query(a(1)). query(a(2)).", {"a(1)": 0.6, "a(2)": 1}),
    ("0.4::b(1). 0.4::a(X,Y) :- \\+ b(X), \\+ b(Y). query(a(1,2)). query(a(2,3)).", {"a(1,2)": 0.24, "a(2,3)": 0.4}),
    ("0.4::a(1). 0.3::b(1). p(X,Y) :- a(X). p(X,Y) :- b(Y). q(Y) :- p(X,Y), X = 3. query(q(1)). query(p(1,1)).",
     {"q(1)": 0.3, "p(1,1)": 0.58}),
    ("0.3::p(X). q(1). evidence(p(X)) :- q(X). query(p(1)). query(p(2)).", {"p(1)": 1, "p(2)": 0.3}),
    ("0.3::p(X). evidence(\\+ p(1)). query(p(1)). query(p(2)).", {"p(2)": 0.3}),
    ("m(X,Y,X) :- X >= Y. m(X,Y,Y) :- X < Y. 0.5::v(1). 0.5::v(3). w(2). r(Z) :- v(X), w(Y), m(X,Y,Z). query(r(Z)).",
     {"r(2)": 0.5, "r(3)": 0.5}),
    ("odd(N) :- N mod 2 =:= 1. n(1). n(2). n(3). s(C) :- findall(X, (n(X), odd(X)), L), length(L,C). query(s(C)).",
     {"s(2)": 1}),
    ("even(X) :- X mod 2 =:= 0. n(1). n(2). a :- forall(n(X), even(X)). b :- n(X), \\+ even(X). query(a). query(b).",
     {"b": 1}),
    ("0.2::s(X) :- n(X). n(1). never(X) :- X > 3. query(s(X)).", {"s(1)": 0.2}),
]  # fmt: skip
UNSAFE = [
    ("add(X,Y,Z) :- Z is X+Y. query(add(X,2,3)).", "the variable X is not bound"),
    ("add(X,Y,Z) :- Z is X+Y. p(X) :- add(X,2,3). query(p(X)).", "the variable X is not bound"),
    ("0.3::p(X). query(p(X)).", "the variable X is not bound"),
    ("0.3::p(X). q(1). r(Y) :- q(X), p(Y). query(r(Y)).", "the variable X is not bound"),
    ("0.4::a(1). 0.3::b(1). p(X,Y) :- a(X). p(X,Y) :- b(Y). query(p(_,_)).", "the variable Y is not bound"),
    ("0.4::b(1). 0.4::a(X) :- \\+ b(X). query(a(X)).", "the variable X is not bound"),
]


@pytest.mark.parametrize(("text", "expected"), SAFE)
def test_what_is_asked_with_values(text: str, expected: dict[str, float]) -> None:
    assert answers(text) == pytest.approx(expected, abs=1e-9)
    assert outside(text) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("text", "expected"), SAFE)
def test_its_proofs_hold(text: str, expected: dict[str, float]) -> None:
    result = logic.compile(text).run()
    proofs = {str(a): result.proof(a) for a, p in result.probabilities.items() if p > 0}
    assert proofs.keys() == expected.keys()


@pytest.mark.parametrize(("text", "message"), UNSAFE)
def test_what_stays_unsafe(text: str, message: str) -> None:
    with pytest.raises(ProgramError) as caught:
        answers(text)
    assert message in caught.value.message
    with pytest.raises(Exception):  # noqa: B017, PT011
        outside(text)


def test_without_a_question_nothing_asks() -> None:
    with pytest.raises(ProgramError, match="the variable X is not bound"):
        logic.compile("lt(X,Y) :- X < Y.")


def test_the_choices_of_a_rule_that_is_called_in_two_ways_are_the_same() -> None:
    text = "n(1). n(2). 0.5::e(X,X). a :- e(1,X). b :- e(X,1). c :- a, b. query(a). query(b). query(c)."
    assert answers(text) == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.5})


def test_an_input_takes_part() -> None:
    program = logic.compile("0.3::p(X). r(X) :- seen(X), p(X). query(r(X)).", inputs={"seen": 1})
    found = program.run({"seen": Relation((encode_ints(np.array([1, 2])),))}).probabilities
    assert found == {Atom("r", (1,)): 0.3, Atom("r", (2,)): 0.3}


def test_what_is_learned_from_is_asked() -> None:
    text = "t(_)::topic(D). t(_)::word(W, D) :- topic(D)."
    examples = [
        {Atom("topic", (1,)): True, Atom("word", ("a", 1)): True},
        {Atom("topic", (2,)): True, Atom("word", ("a", 2)): False},
        {Atom("topic", (3,)): False},
        {Atom("topic", (4,)): True},
    ]
    found = learn(text, examples)
    assert [p for *_, p in found.parameters] == pytest.approx([0.75, 0.5], abs=1e-4)


def test_what_is_decided_is_asked() -> None:
    text = "?::d(X) :- n(X). n(1). n(2). 0.2::w(X). b(X) :- d(X), w(X). utility(b(1), 9). utility(d(X), -1) :- n(X)."
    found = decide(text)
    assert found.decisions == {Atom("d", (1,)): True, Atom("d", (2,)): False}
    assert found.utility == pytest.approx(0.8)


def test_what_was_not_asked_is_asked_then() -> None:
    text = "0.3::p(X). 0.5::q(X) :- X > 0, Y is X-1, p(Y). n(1). n(2). query(q(X)) :- n(X). add(X,Y,Z) :- Z is X+Y."
    result = logic.compile(text).run()
    assert result.proof(Atom("q", (2,))).premises[-1].atom == "p(1)"
    assert result.proof(Atom("q", (7,))).probability == 0.5
    assert result.matching("add", {0: 2, 1: 3}) == [(2, 3, 5)]
    with pytest.raises(ProgramError, match="the variable X is not bound"):
        result.rows("p")
