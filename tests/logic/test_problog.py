"""Each construct of the language with what it gives, which is what ProbLog gives where it is installed."""

from __future__ import annotations

import warnings

import pytest

from duli import logic
from duli.errors import InconsistentEvidenceError, ProgramError

LISTS = ":- use_module(library(lists)). "
BOTH: list[tuple[str, dict[str, float]]] = [
    ("p(1). p(2). p(1,2). query(p(X)). query(p(X,Y)).", {"p(1)": 1, "p(2)": 1, "p(1,2)": 1}),
    ("0.5::b. 0.5::c. 0.3::a :- b ; c. query(a).", {"a": 0.225}),
    ("b(1). b(2). c(3). 0.3::a(X) :- b(X) ; c(X). query(a(X)).", {"a(1)": 0.3, "a(2)": 0.3, "a(3)": 0.3}),
    ("b(1). b(2). c(2). 0.3::a :- b(X) ; c(X). query(a).", {"a": 0.51}),
    ("0.3::e(X,Y) :- a(X,Z), b(Z,Y). a(1,2). b(2,4). a(1,3). b(3,4). query(e(1,4)).", {"e(1,4)": 0.51}),
    ("0.5::heads(C); 0.5::tails(C) :- coin(C). coin(a). query(heads(X)).", {"heads(a)": 0.5}),
    ("0.2::a(X); 0.3::a(Y) :- p(X,Y). p(1,2). query(a(X)).", {"a(1)": 0.2, "a(2)": 0.3}),
    ("P::a; Q::b :- p(P,Q). p(0.5,0.2). query(a). query(b).", {"a": 0.5, "b": 0.2}),
    ("P/2::a :- p(P). p(0.5). query(a).", {"a": 0.25}),
    ("1/3::a. query(a).", {"a": 1 / 3}),
    ("0.5::a <- b. 0.5::b. query(a).", {"a": 0.25}),
    ("a :- true. b :- fail. c :- false. query(a). query(b). query(c).", {"a": 1}),
    ("0.5::a. b :- \\+ \\+ a. c :- not(a). d :- not a. query(b). query(c). query(d).", {"b": 0.5, "c": 0.5, "d": 0.5}),
    ("0.5::a. 0.4::c. b :- \\+ (a, c). d :- \\+ (a ; c). query(b). query(d).", {"b": 0.8, "d": 0.3}),
    ("0.5::a. 0.4::c. 0.3::d. b :- (a ; c), (c ; d). query(b).", {"b": 0.49}),
    ("0.4::a. 0.4::b. c :- a, \\+ (b ; \\+ a). query(c).", {"c": 0.24}),
    ("p(1). p(2). q(X) :- p(X), \\+ (X > 1, X < 3). query(q(X)).", {"q(1)": 1}),
    ("0.3::a(X) :- p(X), \\+ (X > 1 ; X < 0). p(1). p(2). query(a(X)).", {"a(1)": 0.3}),
    ("p(1). p(2). r(1,3). q(X) :- p(X), \\+ r(X,Y). query(q(X)).", {"q(2)": 1}),
    ("p(1). q(Z) :- p(X), (X > 0, Z = a ; X < 0, Z = b). query(q(X)).", {"q(a)": 1}),
    ("s :- forall(p(X), q(X)). p(1). p(2). 0.5::q(1). 0.4::q(2). query(s).", {"s": 0.2}),
    ("s(X) :- once(p(X)), call(q, X). p(1). p(2). q(2). query(s(X)).", {"s(2)": 1}),
    ("s(X) :- between(1,3,X). query(s(X)).", {"s(1)": 1, "s(2)": 1, "s(3)": 1}),
    ("p(1,2). p(4,3). s(X) :- p(A,B), between(A,B,X). query(s(X)).", {"s(1)": 1, "s(2)": 1}),
    ("s(X,Y) :- succ(1,X), succ(Y,1). query(s(X,Y)).", {"s(2,0)": 1}),
    ("s(X,Y) :- plus(1,2,X), plus(1,Y,5). query(s(X,Y)).", {"s(3,4)": 1}),
    ("s(X) :- p(X), atom(X). t(X) :- p(X), integer(X). p(a). p(1). p(1.5). query(s(X)). query(t(X)).",
     {"s(a)": 1, "t(1)": 1}),
    ("s(X) :- p(X), float(X). t(X) :- p(X), number(X). p(a). p(1). p(1.5). query(s(X)). query(t(X)).",
     {"s(1.5)": 1, "t(1)": 1, "t(1.5)": 1}),
    ("s(X) :- p(X), X @< b. p(a). p(b). p(1). query(s(X)).", {"s(a)": 1, "s(1)": 1}),
    ("p(1). s :- p(X), X @>= 1.0. query(s).", {"s": 1}),
    (":- use_module(library(string)). p(a). s(A) :- p(X), concat([X, 1, '_', d], A). query(s(A)).", {"s(a1_d)": 1}),
    (LISTS + "0.3::q(X) :- member(X, [a,b]). query(q(X)).", {"q(a)": 0.3, "q(b)": 0.3}),
    ("s(N) :- findall(X, p(X), L), length(L,N). p(1). p(2). query(s(N)).", {"s(2)": 1}),
    ("s(Y,N) :- g(Y), findall(X, p(X,Y), L), length(L,N). g(a). g(c). p(1,a). p(1,b). query(s(Y,N)).",
     {"s(a,1)": 1, "s(c,0)": 1}),
    ("s(N) :- findall(X, p(X,_), L), length(L,N). p(1,a). p(1,b). query(s(N)).", {"s(2)": 1}),
    (LISTS + "s(N,M) :- findall(X, p(X), L), max_list(L,N), sum_list(L,M). p(1). p(2). query(s(N,M)).", {"s(2,3)": 1}),
    (LISTS + "s(N) :- findall(X, p(X), L), max_list(L,N). p(X) :- r(X), fail. r(1). query(s(N)).", {}),
    (LISTS + "s(N) :- findall(X, p(X), L), member(N,L), N > 1. p(1). p(2). query(s(N)).", {"s(2)": 1}),
    ("0.5::p(1). 0.5::p(2). q :- findall(X,p(X),L), L \\= []. r :- findall(X,p(X),[]). query(q). query(r).",
     {"q": 0.75, "r": 0.25}),
    (":- use_module(library(aggregate)). s(avg<X>) :- p(X). p(1). p(2). query(s(N)).", {"s(1.5)": 1}),
    ("0.5::a(1). 0.3::p(1). query(p(X)) :- a(X).", {"p(1)": 0.3}),
    ("0.3::p(1). query(p(X)) :- between(1,3,X).", {"p(1)": 0.3}),
    ("0.5::p(1). 0.4::p(2). evidence(p(X)). query(p(1)). query(p(2)).", {"p(1)": 1, "p(2)": 1}),
    ("0.5::p(1). 0.5::p(2). a(1). evidence(p(X),false) :- a(X). query(p(1)). query(p(2)).", {"p(2)": 0.5}),
    ("0.5::a. b :- a, write(x), nl, writenl(y). query(b).", {"b": 0.5}),
    ("0.5::p(1,a). 0.4::p(2,b). 0.3::p(2,c). q(2). query(p(X,_)) :- q(X).", {"p(2,b)": 0.4, "p(2,c)": 0.3}),
    ("0.6::p(1). 0.5::p(2). query(\\+ p(_)). query(\\+ p(3)).", {"\\+p(1)": 0.4, "\\+p(2)": 0.5, "\\+p(3)": 1}),
    ("0.6::p. evidence(q). 0.3::q :- p. 0.1::q. query(not p).", {"\\+p": 0.04 / 0.262}),
    ("0.5::p. 0.3::\\+ p. query(p). query(\\+ p).", {"p": 0.35, "\\+p": 0.65}),
    ("0.5::p(1). 0.4::p(2). 0.3::\\+ p(X) :- q(X). q(1). query(p(X)).", {"p(1)": 0.35, "p(2)": 0.4}),
    ("0.6::p(1). 0.5::\\+ p(1) :- r. 0.3::r. evidence(r). query(p(1)).", {"p(1)": 0.3}),
    ("n(1). n(2). 0.5::m(1,2). k(1). a :- \\+ (m(X,Y), k(X)). b(X) :- n(X), \\+ m(X,_). c(X) :- n(X), \\+ m(_,X). "
     "query(a). query(b(X)). query(c(X)).", {"a": 0.5, "b(1)": 0.5, "b(2)": 1, "c(1)": 1, "c(2)": 0.5}),
    (".5::p(1).\n 0.3::p(.5).\nquery(p(X)).", {"p(1)": 0.5, "p(0.5)": 0.3}),
    ("0.4::a(1). 0.5::a(2). 0.3::b(1). p(X,Y) :- a(X). p(X,Y) :- b(Y). p(3,4). r(X) :- p(X,_), \\+ p(_,X). "
     "t :- p(_,_). query(r(1)). query(r(2)). query(r(3)). query(t).",
     {"r(2)": 0.09, "r(3)": 0.3, "t": 1}),
    ("0.3::q. p :- A \\== x, q. r :- q, A \\= x. u :- q, A \\== B. query(p). query(r). query(u).",
     {"p": 0.3, "u": 0.3}),
    ("0.3::q. p :- q, A == x. p :- q, q. u :- A == B. query(p). query(u).", {"p": 0.3}),
    ("q(1). 0.4::q(2). 0.5::r(X) :- q(X), X == A. r(X) :- q(X), X == 2. query(r(X)).", {"r(2)": 0.4}),
    (":- unknown(fail). 0.3::p :- \\+ a. query(p). query(b(1)).", {"p": 0.3}),
]  # fmt: skip
VALUES = [
    ("2-3-4", "-5"), ("-2**2", "-4"), ("- 2^2", "4"), ("2^3^2", "512"), ("2^(-1)", "0.5"), ("7/2", "3.5"),
    ("6/2", "3.0"),
    ("-7//2", "-4"), ("-7 mod 2", "1"), ("-7 rem 3", "2"), ("2**3", "8"), ("2.0**3", "8.0"), ("max(1,1.0)", "1"),
    ("sign(-2.5)", "-1"), ("round(2.5)", "2"), ("integer(2.7)", "2"), ("truncate(-2.7)", "-2"), ("ceiling(2.1)", "3"),
    ("floor(-2.1)", "-3"), ("5 << 2", "20"), ("5 >> 1", "2"), ("5 /\\ 6", "4"), ("5 \\/ 6", "7"), ("5 xor 6", "3"),
    ("\\ 5", "-6"), ("7 div 2", "3"), ("2.0 // 1.5", "1.0"), ("7.5 mod 2", "1.5"), ("exp(2,3)", "8.0"), ("0x1F", "31"),
    ("pi", "3.141592653589793"), ("e", "2.718281828459045"), ("inf", "inf"),
    ("float(3)", "3.0"), ("abs(-3)", "3"), ("sqrt(4)", "2.0"), ("log10(100)", "2.0"), ("gamma(5)", "24.0"),
]  # fmt: skip
ERRORS = [
    ("p(1). q :- p(1,2). query(q).", "p has 2 arguments here and 1 elsewhere"),
    ("q :- \\+ r. query(q).", "the predicate r is never defined"),
    ("p(1). q(X) :- p(X), (X = 1 -> true ; fail). query(q(X)).", "-> is not part of the language"),
    ("p(1). q(X) :- p(X), !. query(q(X)).", "! is not part of the language"),
    (":- dynamic p/1. p(1). query(p(1)).", "the directive dynamic is not known"),
    (":- initialization(main). p(1). query(p(1)).", "the directive initialization is not known"),
    (":- use_module(library(foo)). p(1). query(p(1)).", "the library foo is not part of the language"),
    ("1.5::a. query(a).", "1.5 is not a probability"),
    ("-0.5::a. query(a).", "-0.5 is not a probability"),
    ("0.7::a; 0.6::b. query(a). query(b).", "sum to more than 1"),
    ("0.3::p(X). query(p(Y)).", "the variable X is not bound"),
    ("b(1). c(1). 0.3::a :- b(X) ; c(Y). query(a).", "is not bound"),
    ("p(0). q(Y) :- p(X), Y is 1/X. query(q(Y)).", "divides by zero"),
    ("p(1). q(Y) :- p(X), Y is foo(X). query(q(Y)).", "the function foo/1 is not known"),
    ("s(X) :- X is sqrt(-1). query(s(X)).", "has no value"),
    ("s(X) :- X is exp(1000). query(s(X)).", "too large"),
    ("s(X) :- between(1,2.5,X). query(s(X)).", "between is for integers"),
    ("s :- 1 < a. query(s).", "a is not a number"),
    ("a. a :- b. b. query(a)", "expected a dot"),
    ("0.5::a. b :- c. c :- \\+ b, a. query(b).", "depends on its own negation"),
    (":- use_module('nofile.pl'). 0.3::a. query(a).", "the directive use_module is not known"),
    ("0.3::\\+ p. query(p).", "the predicate p is never defined"),
    ("0.6::p(1). 0.5::\\+ p(1) :- r. 0.3::r :- p(1). query(p(1)).", "depends on its own negation"),
]


def answers(text: str) -> dict[str, float]:
    found = logic.compile(text).run().probabilities
    return {str(atom): p for atom, p in found.items() if p > 0}


def outside(text: str) -> dict[str, float]:
    program = pytest.importorskip("problog.program")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problog = pytest.importorskip("problog")
        found = problog.get_evaluatable().create_from(program.PrologString(text)).evaluate()
    return {str(term).replace(" ", ""): p for term, p in found.items() if p > 1e-12}


@pytest.mark.parametrize(("text", "expected"), BOTH)
def test_a_construct(text: str, expected: dict[str, float]) -> None:
    assert answers(text) == pytest.approx(expected, abs=1e-9)
    assert outside(text) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("text", "expected"), BOTH)
def test_all_answers_have_proofs_that_hold(text: str, expected: dict[str, float]) -> None:
    result = logic.compile(text).run()
    proofs = {str(atom): result.proof(atom) for atom, p in result.probabilities.items() if p > 0}
    assert proofs.keys() == expected.keys()


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_a_value(expression: str, value: str) -> None:
    text = f"s(X) :- X is {expression}. query(s(X))."
    assert answers(text) == {f"s({value})": 1}
    assert outside(text) == {f"s({value})": 1}


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_an_error(text: str, message: str) -> None:
    with pytest.raises(ProgramError) as caught:
        answers(text)
    assert message in caught.value.message
    with pytest.raises(Exception):  # noqa: B017, PT011
        outside(text)


@pytest.mark.parametrize(
    "text", ["0.5::a. evidence(a). evidence(a,false). query(a).", "a. evidence(\\+ a). query(a)."]
)
def test_evidence_that_cannot_be(text: str) -> None:
    with pytest.raises(InconsistentEvidenceError) as caught:
        answers(text)
    assert caught.value.code == "inconsistent_evidence"


def test_predicates_of_one_name_are_told_apart() -> None:
    result = logic.compile("p(1). 0.5::p(1,2). q(X) :- p(X,_), p(X). query(q(X)).").run()
    assert result.rows("p/1") == [(1,)]
    assert result.rows("p/2") == [(1, 2)]
    assert result.rows("q") == result.rows("q/1") == [(1,)]
    assert str(result.top("p/2", 1)[0][0]) == "p(1,2)"
    (atom,) = result.probabilities
    assert [premise.atom for premise in result.proof(atom).premises] == ["p(1,2)", "p(1)"]
