"""Instances of rules that are noted as the rules are applied are those that a join finds."""

import pytest

from duli.logic import compile, evaluate

PROGRAMS = (
    "0.3::e(a,b). 0.5::e(b,c). 0.5::e(c,a). p(X,Y) :- e(X,Y). p(X,Y) :- e(X,Z), p(Z,Y). query(p(a,X)).",
    "0.3::e(甲,乙). 0.5::e(乙,丙). p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), p(Z,Y). query(p(X,Y)).",
    "0.5::s. 0.9::n(0) :- s. 0.9::n(Y) :- n(X), X < 9, Y is X + 1. query(n(X)).",
    "0.4::a(1). a(2). 0.3::b(X); 0.6::c(X) :- a(X). d(X) :- c(X), \\+ b(X), a(_). evidence(a(1)). query(d(X)).",
    "0.4::a(1,1). 0.2::a(1,2). q(X) :- a(X,X). q(Y) :- a(X,Y), a(_,X). r :- q(1), q(2). query(r). query(q(X)).",
)


@pytest.mark.parametrize("text", PROGRAMS)
@pytest.mark.parametrize(("few", "many"), [(64, 4096), (64, 2), (3, 4096)])
def test_the_probabilities_are_the_same(
    text: str, few: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "_FEW", -1)
    joined = compile(text).run().probabilities
    monkeypatch.setattr(evaluate, "_FEW", few)
    monkeypatch.setattr(evaluate, "_MANY", many)
    assert compile(text).run().probabilities == pytest.approx(joined, abs=1e-12)
