"""The reader of TPTP problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from duli.errors import DataError
from duli.fol import Theory, decide
from duli.fol.checker import check_verdict
from duli.fol.notation import formula
from duli.fol.syntax import Iff
from duli.fol.tptp import read, read_text


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("fof(c, conjecture, ! [X] : (p(X) => q(X))).", "∀X (p(X) → q(X))"),
        ("fof(c, conjecture, ? [X,Y] : (p(X) & ~ q(X,Y) & r)).", "∃X, Y (p(X) ∧ ¬q(X, Y) ∧ r)"),
        ("fof('a name', conjecture, (p <=> q) | (p <~> q)).", "(p ↔ q) ∨ (p ⊕ q)"),
        ("fof(c, conjecture, (p <= q) & $true).", "(q → p) ∧ ⊤"),
        ("fof(c, conjecture, ! [X] : ~ p(X) | q).", "(∀X ¬p(X)) ∨ q"),
        ("fof(c, conjecture, f(a) != 'Big B').", "f(a) ≠ 'Big B'"),
        (
            "tff(c, conjecture, ! [X: $int] : ($less(X, 3) => $lesseq($sum(X, 1), 4))).",
            "∀X (X < 3 → X + 1 ≤ 4)",
        ),
        ("% a comment\n/* more */ cnf(c, negated_conjecture, p(X) | ~ q(X)).", "¬∀X (p(X) ∨ ¬q(X))"),
    ],
)
def test_formulas(text: str, question: str) -> None:
    found = read_text(text).question
    assert found is not None
    assert decide(Theory(()), Iff(found, formula(question)), logic="classical").answer == "true"


def test_roles_and_names() -> None:
    found = read_text(
        "fof(a1, axiom, p). tff(t, type, f: $int > $int). fof(a2, hypothesis, p => q, file('x'))."
    )
    assert [(s.name, s.text) for s in found.theory.statements] == [
        ("a1", "fof(a1, axiom, p)."),
        ("a2", "fof(a2, hypothesis, p => q, file('x'))."),
    ]


def test_clauses_are_refuted() -> None:
    found = read_text(
        "cnf(1, axiom, p(X) | q(X)). cnf(2, axiom, ~ p(a)). cnf(3, negated_conjecture, ~ q(a))."
    )
    assert found.question is not None
    verdict = decide(found.theory, found.question)
    assert verdict.answer == "true"
    assert check_verdict(verdict, found.theory, found.question) is None


def test_includes_are_beside_the_problem(tmp_path: Path) -> None:
    (tmp_path / "axioms").mkdir()
    (tmp_path / "axioms" / "a.ax").write_text("fof(one, axiom, p). fof(two, axiom, q).", "utf-8")
    problem = tmp_path / "b.p"
    problem.write_text("include('axioms/a.ax', [two]). fof(c, conjecture, q).", "utf-8")
    assert [s.name for s in read(problem).theory.statements] == ["two"]


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("include('missing.ax').", "b.p:1:1", "is not there: missing.ax"),
        ("include('../b.p').", "b.p:1:1", "outside"),
        ("include('b.p').", "b.p:1:1", "includes itself"),
        ("fof(c, conjecture, p &).", "b.p:1:23", "does not go on"),
        ("fof(c, conjecture,\n  ! [X] : p(X)", "b.p:2:15", "ends in the middle"),
        ("fof(c, conjecture, p). fof(d, conjecture, q).", "b.p", "more than one conjecture"),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, text: str, where: str, message: str) -> None:
    problem = tmp_path / "b.p"
    problem.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message) as caught:
        read(problem)
    assert str(caught.value.where).endswith(where)


@pytest.mark.parametrize(
    ("sort", "question", "answer"),
    [
        ("$int", "a = 3", "true"),
        ("$real", "a = 3", "unknown"),
        ("$int", "? [X: $int] : $product(2, X) = 5", "false"),
        ("$int", "! [X: $int] : ($less(X, a) => $lesseq(X, 2))", "true"),
    ],
)
def test_whole_numbers(sort: str, question: str, answer: str) -> None:
    found = read_text(
        f"tff(t, type, a: {sort}). tff(x, axiom, $less(2, a) & $less(a, 4)). tff(c, conjecture, {question})."
    )
    assert found.question is not None
    verdict = decide(found.theory, found.question, seconds=20)
    assert verdict.answer == answer
    assert check_verdict(verdict, found.theory, found.question) is None


def test_one_kind_of_numbers() -> None:
    with pytest.raises(DataError, match="whole numbers and others"):
        read_text("tff(t, type, a: $int). tff(u, type, b: $real).")
