from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings

from duli import logic
from duli.logic.checker import check
from duli.types import Atom, Proof
from tests.logic.brute import Clause
from tests.logic.test_worlds import programs

TEXT = """n(1). n(2). n(3). 0.5::e(1,2). 0.25::e(2,3).
p(X,Y) :- e(X,Y).
p(X,Y) :- e(X,Z), p(Z,Y).
far(X,Y,S) :- p(X,Y), S is X * 10 + Y, S > 10, \\+ e(X,Y).
lone(X) :- n(X), \\+ e(X,_), \\+ e(_,X).
total(sum<X>) :- n(X).
pairs(X, count<Y>) :- n(X), n(Y), Y >= X.
soft(logsumexp<X>) :- n(X).
P::likely(X) :- n(X), P is 1 / (X + 1).
0.2::red(X); 0.3::green(X) :- n(X).
0.6::sun; 0.4::rain.
dry :- sun ; lone(_).
other(X) :- n(X), A \\== X.
week(N) :- n(X), between(X, 9, W), N is W * 7 + 1, N > 60.
born(ann, '1992-02-29').
aged(P, N, Day) :- born(P, D), N is years(D, date(2017, 2, 28)), Day is date(days(D) + 1), month(Day) =:= day(D) - 26,
    day(Day) < year(Day).
"""
ROWS = [
    Atom("p", (1, 3)),
    Atom("far", (1, 3, 13)),
    Atom("total", (6,)),
    Atom("pairs", (2, 2)),
    Atom("likely", (2,)),
    Atom("green", (2,)),
    Atom("rain"),
    Atom("dry"),
    Atom("other", (1,)),
    Atom("week", (64,)),
    Atom("aged", ("ann", 24, "1992-03-01")),
]


@pytest.fixture(scope="module")
def result() -> logic.Result:
    return logic.compile(TEXT, name="t.dl").run()


@pytest.mark.parametrize("atom", ROWS, ids=str)
def test_proofs_hold(result: logic.Result, atom: Atom) -> None:
    assert check(result.proof(atom), TEXT, "t.dl") is None


def mutations(proof: Proof) -> Iterator[Proof]:
    """Proofs that are wrong in one place."""
    if proof.row is not None:
        for i, value in enumerate(proof.row.arguments):
            arguments = list(proof.row.arguments)
            arguments[i] = 77 if value != 77 else 78
            other = Atom(proof.row.predicate, tuple(arguments))
            yield replace(proof, row=other, atom=str(other))
        yield replace(proof, row=Atom("other", proof.row.arguments), atom=f"other{proof.atom}")
        yield replace(proof, probability=proof.probability / 3)
        yield replace(proof, place=None)
        if proof.place is not None:
            yield replace(proof, place=proof.place._replace(line=99))
        yield replace(proof, kind="stated")
    for i in range(len(proof.premises)):
        yield replace(proof, premises=(*proof.premises[:i], *proof.premises[i + 1 :]), omitted=0)
        for inner in mutations(proof.premises[i]):
            yield replace(proof, premises=(*proof.premises[:i], inner, *proof.premises[i + 1 :]))


@pytest.mark.parametrize("atom", ROWS, ids=str)
def test_a_proof_that_was_tampered_with_is_refused(result: logic.Result, atom: Atom) -> None:
    wrong = [m for m in mutations(result.proof(atom)) if m.kind != "aggregate" or m.probability == 1]
    assert wrong
    for mutated in wrong:
        assert check(mutated, TEXT, "t.dl") is not None, mutated


@settings(max_examples=60, deadline=None)
@given(programs())
def test_all_proofs_of_random_programs_hold(layers: list[list[Clause]]) -> None:
    text = "\n".join(str(c) for layer in layers for c in layer)
    arities = {"e": 2, "n": 1, "p": 2, "q": 1}
    defined = {c.head[0] for layer in layers for c in layer}
    result = logic.compile(text, inputs={n: a for n, a in arities.items() if n not in defined}).run()
    for name in arities:
        for row in result.rows(name):
            assert check(result.proof(Atom(name, row)), text) is None


def test_facts_from_outside_must_be_given() -> None:
    step = Proof("seen(a)", "fact", row=Atom("seen", ("a",)))
    assert check(step, "") == "this step does not follow: seen(a)"
    assert check(step, "", given=lambda atom: atom == Atom("seen", ("a",))) is None
