"""Recipes with labels are asked: descriptions, votes and rules to answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import duli
from duli.errors import InputError, RecipeError
from duli.lm import FakeEncoder
from duli.logic import Symbols
from duli.reason import Reasoner, load
from duli.reason.classes import LEAST, Classified, train
from duli.recipe.labels import Labels

AB = Labels("t", ("a", "b"), ("games", "trade", "else"), (0, 1, 2), none=True)


@pytest.fixture
def reasoner(topics: Path) -> Reasoner:
    return load(topics)


def test_the_nearest_description_answers(reasoner: Reasoner) -> None:
    for text, best in (
        ("shares and profits fell", "trade"),
        ("今天下雨了，气温下降", "天气"),
        ("the football match, players", "sport"),
    ):
        answer = reasoner.ask(text)
        assert answer.best == best
        assert answer.probability > 0.5
    assert answer.ranked[0].label == "football match, players and goals"
    assert answer.proof is not None
    assert [step.atom for step in answer.proof.premises] == ["topic(0,sport)"]


def test_probabilities_are_those_of_the_labels_and_none_takes_the_rest(reasoner: Reasoner) -> None:
    text = "shares and profits fell"
    topic, mood = reasoner.classify([text])
    answered = {r.value: r.probability for r in reasoner.ask(text).ranked}
    for label, p in zip(topic.labels.names, topic.probabilities[0], strict=True):
        assert answered.get(label, 0) == pytest.approx(p, abs=LEAST)
    assert topic.with_none.sum() == pytest.approx(1)
    assert mood.probabilities.shape == (1, 2)
    assert mood.with_none[0, 2] == pytest.approx((1 - mood.probabilities[0]).prod())


def test_a_rule_over_two_tables_multiplies(reasoner: Reasoner) -> None:
    text = "we are furious and angry about shares"
    topic, mood = reasoner.classify([text])
    result = reasoner.run({}, (topic, mood))
    found = {row[1]: p for row, p in zip(result.rows("loud"), result.probability("loud"), strict=True)}
    angry = mood.probabilities[0, mood.labels.names.index("angry")]
    assert found["trade"] == pytest.approx(topic.probabilities[0, 1] * angry)


def test_a_rule_that_votes_moves_the_answer(reasoner: Reasoner) -> None:
    table = reasoner.recipe.tables[0]
    votes = reasoner.votes(table, ["goal", "xyz", "下雨 goal"])
    assert votes is not None
    assert votes.functions == ("goal", "rain")
    np.testing.assert_array_equal(votes.codes, [[0, -1], [-1, -1], [0, 2]])
    without = reasoner.classify(["the ball"])[0].probabilities[0, 0]
    vectors = FakeEncoder().encode(["the ball"])
    given = reasoner.votes(table, ["goal"])
    assert reasoner.trained(table).classified(vectors, given).probabilities[0, 0] > without


def test_a_recipe_may_link_and_classify(plants: Path) -> None:
    with (plants / "recipe.toml").open("a") as file:
        file.write(
            '[[classify]]\npredicate = "mood"\nlabels = { calm = "all is well", alarm = "help, it is dying" }\n'
        )
    with (plants / "rules.dl").open("a") as file:
        file.write("urgent(D) :- mood(_, alarm), ails(D).\nquery(urgent(D)).\n")
    reasoner = duli.load(plants)
    answer = reasoner.ask("brown spots")
    assert answer.best == "D:1"
    result = reasoner.run(
        reasoner.facts(answer.mentions), reasoner.classify(["help, it is dying; brown spots"])
    )
    urgent = dict(zip((r[0] for r in result.rows("urgent")), result.probability("urgent"), strict=True))
    assert 0 < urgent["D:1"] < 1


def test_none_of_these_is_said(topics: Path) -> None:
    file = topics / "recipe.toml"
    file.write_text(file.read_text("utf-8").replace('"about"', '"topic"'), "utf-8")
    answer = duli.load(topics).ask("something else entirely")
    assert (answer.abstained, answer.reason) == (True, "none of these, most likely")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("about(D, T) :- topic(D, T).", "the rules have no vote"),
        ("about(D, T) :- topic(D, T). vote(f, D, T) :- topic(D, T), word(D, _).", "depend on labels"),
        ("about(D, T) :- topic(D, T). vote(f, D, xyz) :- word(D, _).", "votes for 'xyz'"),
    ],
)
def test_rules_that_cannot_vote(topics: Path, rules: str, message: str) -> None:
    (topics / "rules.dl").write_text(rules, "utf-8")
    with pytest.raises((RecipeError, InputError), match=message):
        duli.load(topics).ask("goal")


def test_no_answer_follows(topics: Path) -> None:
    (topics / "rules.dl").write_text(
        "about(D, T) :- topic(D, T), word(D, never). vote(f, D, sport) :- word(D, goal).", "utf-8"
    )
    assert duli.load(topics).ask("goal").reason == "no answer follows from the text"


def test_facts_of_a_text_exclude_one_another() -> None:
    classified = Classified(AB, np.array([[0.7, 0.2], [LEAST / 2, 1.0]]))
    symbols = Symbols()
    relation = classified.relation(symbols, "the text")
    assert relation.groups is not None
    assert relation.groups.tolist() == [0, 0, 1]
    assert relation.probabilities is not None
    assert relation.probabilities.tolist() == [0.7, 0.2, 1.0]


def test_labels_that_do_not_exclude_one_another_learn_alone() -> None:
    labels = Labels("t", ("a", "b"), ("games", "trade", "else"), (0, 1, 2), exclusive=False, none=True)
    texts = ["play the games now", "trade in games", "trade goods", "else what"] * 3
    targets = [["a"], ["a", "b"], "b", []] * 3
    encoder = FakeEncoder()
    found = train(labels, encoder, texts, targets).classified(encoder.encode(texts[:4]))
    assert (found.probabilities > 0.5).tolist() == [
        [True, False],
        [True, True],
        [False, True],
        [False, False],
    ]


@pytest.mark.parametrize(
    ("target", "message"), [("c", "'c' of row 1 is not described"), (["a"], "row 1 must be a text")]
)
def test_targets_that_are_no_labels(target: str | list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        train(AB, FakeEncoder(), ["x"], [target])
