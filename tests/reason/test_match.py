"""Recipes with [[match]]: two texts to the probability that they mean the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import duli
from duli.errors import DataError, InputError, RecipeError
from duli.learn import match
from duli.learn.classify import LEAST
from duli.lm import FakeEncoder
from duli.neural.match import Matcher, nearness
from duli.service.cli import run

Capture = pytest.CaptureFixture[str]

RECIPE = """[recipe]
name = "twins"
[model]
encoder = "fake"
[[match]]
predicate = "same"
yes = [["how do I pay", "how can I pay"], ["怎么还款", "如何还款"]]
no = [["how do I pay", "where is my card"], ["怎么还款", "今天下雨"]]
called = { yes = ["1", "true"], no = "0" }
"""
THINGS = ["the red lamp", "a green boat", "my old house", "银行卡的余额", "北京的天气", "this long train"]
SAME: list[tuple[str, str]] = [
    (f"please show {thing} {n}", f"show me {thing} {n}") for thing in THINGS for n in range(3)
]
OTHER: list[tuple[str, str]] = [
    (f"please show {one} {n}", f"sell {other} for {n + 5}")
    for n in range(3)
    for one, other in zip(THINGS, THINGS[1:] + THINGS[:1], strict=True)
]
PAIRS = [*SAME, *OTHER]
LABELS = ["yes"] * len(SAME) + ["no"] * len(OTHER)


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    folder = tmp_path / "twins"
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    return folder


def test_the_recipes_own_pairs_are_enough(twins: Path) -> None:
    reasoner = duli.load(twins)
    near, far = reasoner.predict_proba([("how do you pay", "how can you pay"), ("怎么还款", "明天下雨")])
    assert near[0] > 0.5 > far[0]
    answer = reasoner.ask(("如何还款呢", "怎么还款呢"))
    assert answer.best == "yes"
    assert answer.proof is not None
    assert reasoner.predict([("how do I pay", "where is the card")]).tolist() == ["no"]


def test_pairs_without_labels_move_the_boundary(twins: Path) -> None:
    reasoner = duli.load(twins)
    before = reasoner.predict_proba(PAIRS)
    after = reasoner.fit(PAIRS).predict_proba(PAIRS)
    gold = np.arange(len(PAIRS)), np.array([label == "no" for label in LABELS]).astype(int)
    assert (after.argmax(1) == gold[1]).mean() == 1
    assert np.log(after[gold]).mean() > np.log(before[gold]).mean()
    report = reasoner.trained(reasoner.recipe.tables[0]).report[0]
    assert (report["texts"], report["labelled"], report["mixture"]) == (36, 0, True)


def test_a_mixture_that_contradicts_the_pairs_is_dropped() -> None:
    # All pairs are near: what tells them apart is not what the recipe's pairs say.
    random = np.random.default_rng(0)
    u = random.normal(size=(60, 16))
    v = u + random.normal(size=(60, 16)) * np.where(np.arange(60) % 2, 0.01, 0.02)[:, None]
    pairs = np.stack([u, v], 1)
    pairs = (pairs / np.linalg.norm(pairs, axis=2, keepdims=True)).astype(np.float32)
    own = np.stack([np.stack([u[0], u[0]]), np.stack([u[0], -u[0]])])
    own = (own / np.linalg.norm(own, axis=2, keepdims=True)).astype(np.float32)
    matcher, report, _ = match.fit(own, np.array([0, 1]), pairs)
    assert not report.mixture
    assert report.sure < LEAST
    assert (matcher.probabilities(pairs)[:, 0] > 0.5).all()


def test_labels_teach_what_nearness_does_not_say() -> None:
    # What matters is one coordinate; the angle says next to nothing.
    random = np.random.default_rng(1)
    u, v = random.normal(size=(2, 300, 8))
    wanted = u[:, 0] * v[:, 0] > 0
    pairs = np.stack([u, v], 1)
    pairs = (pairs / np.linalg.norm(pairs, axis=2, keepdims=True)).astype(np.float32)
    own = np.stack([pairs[0], np.stack([pairs[0, 0], -pairs[0, 0]])])
    own[0, 1] = own[0, 0]
    targets = np.stack([wanted, ~wanted], 1).astype(float)
    targets[200:] = np.nan
    bare, *_ = match.fit(own, np.array([0, 1]), pairs)
    made, report, held_out = match.fit(own, np.array([0, 1]), pairs, targets=targets)
    hits = [((m.probabilities(pairs[200:])[:, 0] > 0.5) == wanted[200:]).mean() for m in (bare, made)]
    assert hits[1] > max(0.75, hits[0] + 0.1)
    assert report.labelled == 200
    assert held_out is not None
    assert held_out.shape == (200, 2)
    assert report.held_out is not None
    assert report.held_out[2] < report.held_out[0]


def test_a_nearer_pair_is_never_less_likely(twins: Path) -> None:
    reasoner = duli.load(twins).fit(PAIRS)
    (table,) = reasoner.recipe.tables
    angles = np.linspace(0, np.pi, 50)
    d = reasoner.encoder.dimension
    pairs = np.zeros((50, 2, d), np.float32)
    pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 1, 1] = 1, np.cos(angles), np.sin(angles)
    p = reasoner.trained(table).probabilities(pairs)[:, 0]
    assert (np.diff(p) <= 1e-12).all()
    assert nearness(pairs) == pytest.approx(-angles, abs=1e-3)


def test_what_is_saved_matches_the_same(twins: Path, tmp_path: Path) -> None:
    reasoner = duli.load(twins).fit(PAIRS, LABELS, seed=2)
    reasoner.save_pretrained(tmp_path / "out")
    again = duli.load(tmp_path / "out")
    np.testing.assert_array_equal(again.predict_proba(PAIRS), reasoner.predict_proba(PAIRS))
    with pytest.raises(DataError, match="no saved matcher"):
        Matcher.of_arrays({"scale": np.zeros(4)})
    with pytest.raises(DataError, match="no saved matcher"):
        Matcher.of_arrays({"scale": np.zeros(4), "weights": np.zeros(4)})


def test_rules_use_matches_beside_labels(twins: Path) -> None:
    with (twins / "recipe.toml").open("a") as file:
        file.write(
            '[[classify]]\npredicate = "topic"\nlabels = { pay = "I want to pay", lost = "my card is lost" }\n'
            '[answer]\npredicate = "repeated"\n'
        )
    (twins / "rules.dl").write_text(
        "repeated(D, T) :- same(D, yes), topic(D, T).\nquery(repeated(D, T)).\n", "utf-8"
    )
    reasoner = duli.load(twins)
    pair = ("I want to pay now", "I want to pay today")
    same, topic = (each.probabilities[0, 0] for each in reversed(reasoner.classify([pair])))
    assert reasoner.ask(pair).probability == pytest.approx(same * topic)


def test_the_command_line_matches(twins: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["ask", str(twins), "怎么还款", "--with", "如何还款", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answers"][0]["value"] == "yes"
    rows = [
        json.dumps({"sentence1": a, "sentence2": b, "label": "1" if y == "yes" else "0"}, ensure_ascii=False)
        for (a, b), y in zip(PAIRS, LABELS, strict=True)
    ]
    (tmp_path / "data.jsonl").write_text("\n".join(rows), "utf-8")
    given = [str(twins), str(tmp_path / "data.jsonl")]
    assert run(["eval", *given, "--shots", "0,4", "--draws", "2", "--out", str(tmp_path / "e")]) == 0
    shown = capsys.readouterr().out
    for part in ("36 texts"[3:], "cosine above its median", "cosine threshold, 4 labels a class"):
        assert part in shown
    assert run(["fit", *given, "--out", str(tmp_path / "f")]) == 0
    assert "36 texts, 36 of them labelled" in capsys.readouterr().out
    (tmp_path / "many.jsonl").write_text('{"text": "how do I pay", "second": "how can I pay"}\n', "utf-8")
    assert run(["ask", str(tmp_path / "f"), "--file", str(tmp_path / "many.jsonl")]) == 0
    assert json.loads(capsys.readouterr().out)["answers"][0]["value"] == "yes"
    assert run(["check", str(twins)]) == 0
    assert "match 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'yes = [["how do I pay", "how can I pay"], ["怎么还款", "如何还款"]]',
            "",
            "needs yes: pairs of texts",
        ),
        ('["怎么还款", "如何还款"]]\nno', '["怎么还款"]]\nno', "yes must be a list of pairs"),
        ('["怎么还款", "今天下雨"]', '["怎么还款", " "]', "no must be a list of pairs"),
        ('no = "0"', 'no = "1"', "two labels are called '1'"),
        ('no = "0"', 'none = "0"', "called names 'none', which is no label"),
        ('predicate = "same"', "", "\\[\\[match\\]\\] needs predicate"),
        (
            'predicate = "same"',
            'predicate = "same"\nvotes = "v"',
            "'votes' is not a key of \\[\\[match\\]\\]",
        ),
        ("[[match]]", "[match]", "\\[match\\] must be \\[\\[match\\]\\]"),
        (
            "[[match]]",
            "[link]\nnames = 'a'\npresent = 'b'\nabsent = 'c'\n[[match]]",
            "reads two texts, link one",
        ),
    ],
)
def test_recipes_that_cannot_match(twins: Path, old: str, new: str, message: str) -> None:
    text = (twins / "recipe.toml").read_text("utf-8")
    assert old in text
    (twins / "recipe.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(RecipeError, match=message):
        duli.load(twins)


def test_what_is_no_pair(twins: Path) -> None:
    reasoner = duli.load(twins)
    for wrong in ("one text", ("a", "b", "c"), ("a", " "), ("a", 3)):
        with pytest.raises(InputError, match=r"two texts|there is no text|not a text"):
            reasoner.ask(wrong)
    with pytest.raises(InputError, match="row 2: the recipe twins reads two texts"):
        reasoner.fit([PAIRS[0], "one"])
    with pytest.raises(InputError, match="'maybe' of row 1 is not described"):
        reasoner.fit(PAIRS[:1], ["maybe"])
    with pytest.raises(InputError, match="both sides"):
        match.fit(np.zeros((1, 2, 3), np.float32), np.array([0]), np.zeros((0, 2, 3), np.float32))


def test_data_without_the_second_text(twins: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "data.csv").write_text("first,label\na,yes\n", "utf-8")
    assert run(["fit", str(twins), str(tmp_path / "data.csv")]) == 2
    assert "this row has no 'second'" in capsys.readouterr().err
    assert run(["fit", str(twins), str(tmp_path / "data.csv"), "--text", "first"]) == 2
    assert "names 1 columns, not 2" in capsys.readouterr().err


def test_a_fake_encoder_is_symmetric() -> None:
    one = FakeEncoder().encode(["a", "b"])
    assert nearness(np.stack([one, one[::-1]], 1)) == pytest.approx(nearness(np.stack([one[::-1], one], 1)))
