"""Formulas as people write them."""

from __future__ import annotations

import random

import pytest

from duli.errors import DataError
from duli.fol.notation import formula, read_text
from duli.fol.syntax import Constant, Exists, ForAll, Formula, Not, Predicate, Variable
from duli.fol.write import write
from tests.fol.test_classical import random_formula


@pytest.mark.parametrize(
    ("signs", "letters"),
    [
        ("∀x (Cat(x) → ¬Red(x))", "forall x (Cat(x) -> not Red(x))"),
        ("∃x ∃y (A(x) ∧ B(y))", "exists x exists y (A(x) & B(y))"),
        ("A ⊕ B", "A xor B"),
        ("A ↔ B ∨ C", "A <-> (B or C)"),
        ("A ∧ B → C", "(A and B) => C"),
        ("∀x (P(x) ⊕ Q(x))", "forall x (P(x) ^ Q(x))"),
        ("a ≠ b ∧ f(a) ≤ 3", "a != b && f(a) <= 3"),
        ("¬(A ∨ B) ∧ C", "~(A | B) & C"),
        ("∀x (猫(x) → 安静(x))", "forall x (猫(x) -> 安静(x))"),
        ("age(bob) + 2 > 18.5", "18.5 < age(bob) + 2"),
    ],
)
def test_signs_and_letters(signs: str, letters: str) -> None:
    assert formula(signs) == formula(letters)


def test_names_that_nothing_binds_are_things() -> None:
    assert formula("∀x P(x, y)") == ForAll((Variable("x"),), Predicate("P", (Variable("x"), Constant("y"))))


@pytest.mark.parametrize("seed", range(30))
def test_what_is_written_is_read_back(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    x, bob = Variable("x"), Constant("小明")
    atoms: list[Formula] = [Predicate("p", (x,)), Predicate("喜欢", (x, bob)), Predicate("q", ())]
    made = random_formula(draw, atoms, 4)
    for found in (ForAll((x,), made), Not(Exists((x,), made))):
        assert formula(write(found)) == found


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("P(a)\n∀x (P(x) →", "f:2:11", "ends in the middle"),
        ("P(a))", "f:1:5", "does not go on"),
        ("# good\n? P(a) ∧ ∧ Q(a)", "f:2:10", "does not go on"),
        ("? P\n? Q", "f", "more than one"),
    ],
)
def test_mistakes_have_a_place(text: str, where: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_text(text, "f")
    assert str(caught.value.where) == where
