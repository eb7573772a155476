"""Proofs in the language of the question."""

from __future__ import annotations

import pytest

from duli.fol import decide
from duli.fol.syntax import Statement
from duli.language import read
from duli.language.explain import Teller
from duli.language.texts import Language


@pytest.mark.parametrize(
    ("language", "text", "question", "told"),
    [
        (
            "en",
            "Charlie is quiet. All quiet people are cold.",
            "Charlie is cold.",
            [
                "It is true.",
                "  1. Charlie is quiet.   [said: Charlie is quiet.]",
                "  2. Charlie is cold.   [from 1 by: All quiet people are cold.]",
            ],
        ),
        (
            "zh",
            "查理是安静的。所有安静的人都是冷的。",
            "查理是冷的。",
            [
                "是真的。",
                "  1. 查理是安静的。   [原文：查理是安静的。]",
                "  2. 查理是冷的。   [由 1，根据：所有安静的人都是冷的。]",
            ],
        ),
        ("en", "Bob is kind.", "Ann is kind.", ["It is unknown: neither it nor its opposite follows."]),
        (
            "en",
            "Bob is kind. Bob is not kind.",
            "Bob is kind.",
            [
                "The sentences contradict one another.",
                "  1. Bob is kind.   [said: Bob is kind.]",
                "And against it:",
                "  1. Bob is not kind.   [said: Bob is not kind.]",
            ],
        ),
    ],
)
def test_a_verdict_in_words(language: Language, text: str, question: str, told: list[str]) -> None:
    found = read(text, ask=[question])
    asked = found.asked[0]
    assert isinstance(asked, Statement)
    theory = found.theory()
    lines = list(Teller(theory, language, found.kinds).verdict(decide(theory, asked.formula)))
    assert lines[: len(told)] == told


def test_each_leaf_of_a_proof_by_cases_names_its_sentence() -> None:
    found = read(
        "Bob is kind or quiet. If Bob is kind then Bob is good. If Bob is quiet then Bob is good.",
        ask=["Bob is good."],
    )
    asked = found.asked[0]
    assert isinstance(asked, Statement)
    verdict = decide(found.theory(), asked.formula)
    assert verdict.answer == "true"
    told = "\n".join(Teller(found.theory()).verdict(verdict))
    assert all(statement.text in told for statement in found.statements)


def test_a_clause_of_a_refutation_is_told_as_a_rule() -> None:
    found = read("All cats are kind. Tom is not kind. Bob is a cat or Tom is a cat.", ask=["Bob is a cat."])
    asked = found.asked[0]
    assert isinstance(asked, Statement)
    verdict = decide(found.theory(), asked.formula, logic="classical")
    told = "\n".join(Teller(found.theory(), "en", found.kinds).verdict(verdict))
    assert "Every cat is kind." in told
