"""Labels of the program's answers, and constraints, teach the labels beneath."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import duli
from duli.errors import InputError, RecipeError
from duli.reason import Reasoner, load, through
from duli.service.cli import run

Capture = pytest.CaptureFixture[str]

RECIPE = """[recipe]
name = "coarse"
[model]
encoder = "fake"
[[classify]]
predicate = "topic"
[classify.labels]
football = "football match and goals"
tennis = "tennis racket and set"
bonds = "bonds and interest"
oil = "石油价格 oil barrel"
[[classify]]
predicate = "mood"
labels = { good = "we rejoice", bad = "we mourn" }
[answer]
predicate = "field"
"""
RULES = """field(T, sport) :- topic(T, football).
field(T, sport) :- topic(T, tennis).
field(T, money) :- topic(T, bonds).
field(T, money) :- topic(T, oil).
query(field(T, F)).
"""
SAID = {
    "sport": ["the striker number {0} ran past the keeper", "she served an ace in game {0} at the net"],
    "money": ["the treasury sold paper {0} at a yield", "第{0}口油井今天涨价了"],
}
TEXTS = [said.format(n) for n in range(10) for group in SAID.values() for said in group]
FIELDS = [field for _ in range(10) for field, group in SAID.items() for _ in group]


@pytest.fixture
def coarse(tmp_path: Path) -> Path:
    folder = tmp_path / "coarse"
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    (folder / "rules.dl").write_text(RULES, "utf-8")
    return folder


def learning(folder: Path, line: str, rules: str) -> Reasoner:
    with (folder / "recipe.toml").open("a", encoding="utf-8") as file:
        file.write(f"[learn]\n{line}\n")
    with (folder / "rules.dl").open("a", encoding="utf-8") as file:
        file.write(rules)
    return load(folder)


def test_labels_of_answers_train_what_is_beneath(coarse: Path) -> None:
    reasoner = duli.load(coarse)
    assert reasoner.classes_.tolist() == ["money", "sport"]
    few: list[str | None] = [field if n < 24 else None for n, field in enumerate(FIELDS)]
    before = reasoner.score(TEXTS[24:], FIELDS[24:])
    fine = reasoner.fit(TEXTS, seed=1).score(TEXTS[24:], FIELDS[24:])
    reasoner.fit(TEXTS, few, seed=1)
    assert reasoner.score(TEXTS[24:], FIELDS[24:]) >= max(before, fine, 0.9)
    report = reasoner.trained(reasoner.recipe.tables[0]).report[0]["program"]
    assert (report["answers"], report["told"], report["impossible"]) == (24, 24, 0)
    assert report["rounds"] >= 1
    assert report["after"] > report["before"]
    # The table itself has moved: mass of labels of the wrong field is gone.
    topic = reasoner.classify(TEXTS[24:])[0].probabilities
    sport = np.array([field == "sport" for field in FIELDS[24:]])
    assert np.where(sport, topic[:, :2].sum(1), topic[:, 2:].sum(1)).mean() > 0.8


def test_the_posterior_is_that_of_enumerated_worlds(coarse: Path) -> None:
    reasoner = learning(
        coarse,
        'never = "odd"\nalways = ["fine"]',
        "odd(T) :- topic(T, tennis), mood(T, bad).\nfine(T) :- mood(T, good).\n0.3::fine(T) :- topic(T, oil).\n",
    )
    texts = ["ace", "oil fell"]
    events, told = through.teacher(reasoner, texts, ["sport", None])
    random = np.random.default_rng(0)
    p = {"topic": random.dirichlet(np.ones(4), 2), "mood": random.dirichlet(np.ones(2), 2)}
    assert told.tolist() == [0, 1]
    found, chances = events.posterior(p), events.evaluate(p)
    for row in range(2):
        joint = np.zeros((4, 2))
        for topic, mood in product(range(4), range(2)):
            fine = 1.0 if mood == 0 else 0.3 if topic == 3 else 0.0
            holds = fine * (not (topic == 1 and mood == 1)) * (row == 1 or topic < 2)
            joint[topic, mood] = p["topic"][row, topic] * p["mood"][row, mood] * holds
        assert chances[row] == pytest.approx(joint.sum())
        np.testing.assert_allclose(found["topic"][row], joint.sum(1) / joint.sum())
        np.testing.assert_allclose(found["mood"][row], joint.sum(0) / joint.sum())


def test_constraints_teach_without_labels(coarse: Path) -> None:
    # What the words say is known: texts that name a racket are not about football, those with a well about oil.
    reasoner = learning(
        coarse,
        'never = ["odd"]',
        "odd(T) :- word(T, striker), topic(T, bonds).\nodd(T) :- word(T, ace), topic(T, oil).\n"
        "odd(T) :- word(T, '油井'), \\+ topic(T, oil).\n",
    )
    reasoner.fit(TEXTS)
    report = reasoner.trained(reasoner.recipe.tables[0]).report[0]["program"]
    assert report["answers"] == 0
    assert report["told"] == 30
    assert report["after"] >= report["before"]
    odd = reasoner.about(TEXTS).probability("odd")
    plain = duli.load(coarse.rename(coarse.with_name("plain")))
    assert odd.sum() < plain.about(TEXTS).probability("odd").sum()


def test_a_constraint_that_contradicts_what_is_sure_is_refused(coarse: Path) -> None:
    texts = [f"{said} {n}" for n in range(8) for said in ("football match and goals", "bonds and interest")]
    reasoner = learning(
        coarse,
        'never = "odd"',
        "odd(T) :- word(T, football), \\+ topic(T, bonds).\nodd(T) :- word(T, bonds), \\+ topic(T, football).\n",
    )
    reasoner.fit(texts)
    report = reasoner.trained(reasoner.recipe.tables[0]).report[0]["program"]
    assert report["rounds"] == 0
    assert report["stopped"].startswith("it would contradict what was sure")
    assert reasoner.predict(texts).tolist() == ["sport", "money"] * 8


def test_what_cannot_be_is_counted_and_left_out(coarse: Path) -> None:
    reasoner = learning(
        coarse, 'always = "never_so"', "never_so(T) :- topic(T, football), word(T, striker).\n"
    )
    reasoner.fit(TEXTS)
    report = reasoner.trained(reasoner.recipe.tables[0]).report[0]["program"]
    assert report["impossible"] == 30


def test_a_label_of_a_table_stays_beside_a_constraint(coarse: Path) -> None:
    text = (coarse / "recipe.toml").read_text("utf-8").replace('"field"', '"topic"')
    (coarse / "recipe.toml").write_text(text, "utf-8")
    reasoner = learning(coarse, 'never = "odd"', "odd(T) :- topic(T, oil), mood(T, good).\n")
    labels = ["football", "tennis", "bonds", "oil"] * 10
    assert reasoner.fit(TEXTS, labels).score(TEXTS, labels) > 0.9


def test_effects_are_what_answers_would_move(coarse: Path) -> None:
    reasoner = duli.load(coarse)
    table = reasoner.recipe.tables[0]
    p = {"topic": np.array([[0.5, 0.5, 0, 0], [0.5, 0, 0.5, 0]]), "mood": np.full((2, 2), 0.5)}
    # Football or tennis: the answer is sport in any case. Football or bonds: it hangs on the label.
    assert through.effects(reasoner, ["a", "b"], table, p) == pytest.approx([0, 1])


def test_the_command_line_learns_from_answers(coarse: Path, tmp_path: Path, capsys: Capture) -> None:
    rows = [{"text": t, "label": y} for t, y in zip(TEXTS, FIELDS, strict=True)]
    data = tmp_path / "data.jsonl"
    data.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    assert run(["fit", str(coarse), str(data), "--out", str(tmp_path / "f")]) == 0
    assert "the program taught it: 40 answers" in capsys.readouterr().out
    assert run(["ask", str(tmp_path / "f"), "第99口油井今天涨价了", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answers"][0]["value"] == "money"
    assert (
        run(["eval", str(coarse), str(data), "--shots", "0,4", "--draws", "1", "--out", str(tmp_path / "e")])
        == 0
    )
    assert "nearest name" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('never = "nothing"', r"the rules have no nothing\(Text, …\)"),
        ("never = 3", "never must be"),
        ('sometimes = "field"', "'sometimes' is not a key"),
    ],
)
def test_what_may_not_be_learned_by(coarse: Path, line: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        learning(coarse, line, "").fit(TEXTS)


def test_answers_that_cannot_be(coarse: Path) -> None:
    reasoner = duli.load(coarse)
    with pytest.raises(InputError, match="row 2: the program cannot answer 'weather'"):
        reasoner.fit(TEXTS[:2], ["sport", "weather"])
    with pytest.raises(InputError, match="a promise needs"):
        reasoner.fit(TEXTS, FIELDS, risk=0.1)
