"""Every recipe, whichever kind it is, becomes something that can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

import duli
from duli import recipe
from duli.applications import KINDS
from duli.errors import InputError
from duli.reason import Reasoner
from duli.service import cli

STORY = "All cats are kind. Tom is a cat. Tom is kind."
CHINESE = "所有猫都是善良的。汤姆是猫。汤姆不是善良的。"


@pytest.mark.parametrize("name", recipe.built_in())
def test_every_recipe_that_comes_with_duli_becomes_an_application(name: str) -> None:
    made = duli.load(name)
    assert made.recipe.kind in KINDS
    assert callable(made.ask)


def test_a_recipe_about_texts_becomes_a_reasoner(plants: Path) -> None:
    assert isinstance(duli.load(plants), Reasoner)


def test_a_case_is_asked_as_one_text() -> None:
    # §1(c) of 25,000: 3,315 and 28 % of 2,900.
    told = duli.load("law").ask("income(i, ann, 30000, '2017-12-31'). query(tax(ann, 2017, A)).")
    assert told.to_dict()["answers"][0]["atom"] == "tax(ann,2017,4127)"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (STORY, "true"),
        (CHINESE, "false"),
        ("∀x (Cat(x) → Kind(x))\nCat(tom)\n? Kind(tom)", "true"),
        ("fof(a, axiom, p(a)). fof(c, conjecture, q(a)).", "unknown"),
    ],
)
def test_a_problem_is_seen_to_be_sentences_formulas_or_tptp(text: str, answer: str) -> None:
    made = duli.load("prove").ask(text).to_dict(proof=answer != "unknown")
    assert made["answer"] == answer
    assert ("proof" in made) == (answer != "unknown")


def test_what_is_asked_can_stand_apart() -> None:
    prover = duli.load("prove")
    assert prover.ask("All cats are kind. Tom is a cat.", "Tom is kind.").verdict.answer == "true"
    assert prover.ask("Cat(tom) ∧ Red(tom)", "Red(tom)").verdict.answer == "true"
    assert prover.ask("fof(a, axiom, p(a)).", "p(a)").verdict.answer == "true"
    with pytest.raises(InputError, match="nothing is asked"):
        prover.ask("Tom is kind.")


def test_duli_ask_takes_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["ask", "prove", STORY, "--why"]) == 0
    assert "Tom is kind." in capsys.readouterr().out
