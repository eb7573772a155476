"""Rules that vote on words."""

from __future__ import annotations

import numpy as np
import pytest

import duli
from duli.errors import InputError
from duli.learn.functions import vote, words

RULES = """
vote(praise, D, good) :- word(D, great).
vote(praise, D, good) :- word(D, '很好').
vote(blame, D, bad) :- word(D, W), broken(W).
vote(torn, D, good) :- word(D, _).
vote(torn, D, bad) :- word(D, great).
broken(broken). broken('坏').
"""
TEXTS = ["Great!", "质量很好", "It broke: broken, great shame", "东西坏了", ""]


def test_each_function_votes_or_abstains() -> None:
    program = duli.compile(RULES, inputs={"word": 2})
    functions, votes = vote(program, TEXTS, ("good", "bad"))
    assert functions == ("blame", "praise", "torn")
    np.testing.assert_array_equal(votes, [[-1, 0, -1], [-1, 0, 0], [1, 0, -1], [1, -1, 0], [-1, -1, -1]])


def test_words_of_two_languages() -> None:
    assert words("The cat, the CAT; 买iPhone手机") == ["the", "cat", "买", "iphone", "手", "手机", "机"]


@pytest.mark.parametrize(
    ("rules", "labels", "message"),
    [
        ("p(X) :- word(X, _).", ("a", "b"), "needs the input word"),
        ("vote(f, D, c) :- word(D, _).", ("a", "b"), "votes for 'c'"),
    ],
)
def test_a_program_that_cannot_vote(rules: str, labels: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vote(duli.compile(rules, inputs={"word": 2}), TEXTS, labels)
