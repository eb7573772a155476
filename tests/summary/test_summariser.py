from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import duli
from duli import recipe
from duli.errors import InputError, RecipeError
from duli.evaluate.rouge import common, rouge
from duli.evaluate.summaries import OURS, WAYS, lines, reference, run, to_html
from duli.explain.tree import walk
from duli.lm import FakeEncoder
from duli.service import cli
from duli.summary.article import Article
from duli.summary.reading import read, told
from duli.summary.summariser import Summariser
from duli.types import Codes

FOLDER = recipe.find("summarise")
EXAMPLES = FOLDER / "examples"


@pytest.fixture(scope="module")
def summariser() -> Summariser:
    return Summariser(recipe.read("summarise"), FakeEncoder())


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The recipe with the fake encoder, to be changed."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("recipe.toml", "rules.dl"):
        text = (FOLDER / name).read_text("utf-8").replace('encoder = "embedded"', 'encoder = "fake"')
        (folder / name).write_text(text, "utf-8")
    return folder


def articles(*names: str) -> list[Article]:
    return read([EXAMPLES / name for name in names])


def test_sentences_are_chosen_with_places_bound_and_proof(summariser: Summariser) -> None:
    (monday,) = articles("monday.txt")
    made = summariser.ask(monday, words=60)
    assert made.kept
    assert made.words[0] <= 60
    assert made.objective["optimal"]
    assert made.objective["bound"] == made.objective["value"]
    assert [k.sentence.number for k in made.kept] == sorted(k.sentence.number for k in made.kept)
    for kept in made.kept:
        assert monday.text[kept.sentence.start : kept.sentence.end] == kept.text
    proof = made.proof(0)
    assert proof is not None
    assert proof.atom.startswith("chosen(")
    assert {step.source for step in walk(proof) if step.atom.startswith("best(")} == {
        made.kept[0].sentence.place
    }
    assert not any("newsletter" in kept.text for kept in made.kept)


def test_several_articles_say_where_they_contradict_each_other(summariser: Summariser) -> None:
    made = summariser.ask(articles("monday.txt", "tuesday.txt"), words=80)
    found = {(d.kind, d.says, d.but) for d in made.disputes}
    assert ("amount", "14", "19 injured") in found
    assert ("amount", "30 days", "60 days") in found
    assert all(d.proof is not None and d.one.source == "monday.txt" for d in made.disputes)
    assert any(kept.also for kept in made.kept)


def test_chinese(summariser: Summariser) -> None:
    made = summariser.ask(articles("monday.zh.txt", "tuesday.zh.txt"), words=90)
    assert made.words[0] <= 90
    assert made.titles[0] == "列车在利兹附近脱轨"
    found = {(d.kind, d.says, d.but) for d in made.disputes}
    assert ("amount", "14人", "19人") in found
    assert (
        "denial",
        "运营公司北方铁路公司称，司机没有受伤。",
        "北方铁路公司称，司机受伤后被送往医院。",
    ) in found
    assert not any("点击这里" in kept.text for kept in made.kept)
    assert "14人" in {d.text for k in made.kept for d in k.details}


def test_rules_say_what_must_be_kept_and_left_out(mine: Path) -> None:
    rules = (mine / "rules.dl").read_text("utf-8")
    extra = "keep(I) :- amount(I, days, V, _), V >= 30.\nleave(I) :- place(I, 1).\n"
    (mine / "rules.dl").write_text(rules + extra, "utf-8")
    made = duli.load(mine).ask(articles("monday.txt"), words=30)
    assert [k.sentence.number for k in made.kept if "30 days" in k.text] == [9]
    assert all(k.sentence.number != 1 for k in made.kept)
    (mine / "rules.dl").write_text(rules + "keep(I) :- place(I, _).\n", "utf-8")
    whole = duli.load(mine).ask(articles("monday.txt"), words=10)
    assert len(whole.kept) == 9
    assert "must be kept" in whole.notes[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("words = 100", "words = 0"), "1 or more"),
        (("words = 100", "word = 100"), "not a key of"),
        (('chinese = "fake"', "chinese = 3"), "an encoder"),
        (("advertisement = [", "advertisement = [3, "), "list of phrases"),
        (("words = 100", 'words = 100\ngenerator = { url = "x" }'), "needs its name"),
    ],
)
def test_mistakes_in_the_table(mine: Path, change: tuple[str, str], message: str) -> None:
    text = (mine / "recipe.toml").read_text("utf-8")
    (mine / "recipe.toml").write_text(text.replace(*change), "utf-8")
    with pytest.raises(RecipeError, match=message):
        recipe.read(mine)


def test_mistakes_in_the_rules(mine: Path) -> None:
    rules = (mine / "rules.dl").read_text("utf-8")
    (mine / "rules.dl").write_text(rules + "together(speed, 1.0).\n", "utf-8")
    with pytest.raises(RecipeError, match="speed"):
        duli.load(mine).ask("A cat sat on the mat. A dog sat on the mat.")
    (mine / "rules.dl").write_text("place(1, 1).\n", "utf-8")
    with pytest.raises(RecipeError, match="worth with 2 arguments"):
        duli.load(mine).ask("A cat sat on the mat.")


def test_bad_input(summariser: Summariser) -> None:
    with pytest.raises(InputError, match="no text"):
        summariser.ask("")
    with pytest.raises(InputError, match="no sentence"):
        summariser.ask("10:18. 8 April.")
    with pytest.raises(InputError, match="0 words"):
        summariser.ask("A cat sat on the mat.", words=0)
    made = summariser.ask("Der Hund schläft im Garten. Die Katze schläft unter dem Tisch.", words=20)
    assert made.kept
    assert "neither English nor Chinese" in made.notes[0]
    short = summariser.ask("The cat sat on the mat and slept. It was warm outside in Leeds.", words=1)
    assert short.abstained
    assert short.to_dict()["reason"]


def test_many_sentences_give_a_bound_where_the_search_is_stopped(
    summariser: Summariser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duli.summary.summariser.WORK", 1)
    random = np.random.default_rng(0)
    words = [
        "river",
        "bridge",
        "flood",
        "mayor",
        "town",
        "water",
        "storm",
        "night",
        "road",
        "farm",
        "rescue",
        "boat",
    ]
    text = " ".join(f"The {' '.join(random.choice(words, 6))} rose." for _ in range(200))
    made = summariser.ask(text, words=90)
    assert made.kept
    assert not made.objective["optimal"]
    assert made.objective["bound"] > made.objective["value"]
    assert any("the search was stopped" in line for line in made.lines())


class Scripted:
    """A generator that answers with what it is given, one answer a question."""

    name, revision = "scripted", "1"

    def __init__(self, *answers: str) -> None:
        self.answers = iter(answers)

    def stream(self, *_: object) -> Iterator[str]:
        yield json.dumps({"sentence": next(self.answers)})


def test_what_a_model_rewrites_is_held_against_its_source(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (mine / "recipe.toml").read_text("utf-8")
    (mine / "recipe.toml").write_text(
        text.replace("[summarise]", '[summarise]\ngenerator = { name = "gguf", folder = "x" }'), "utf-8"
    )
    source = "A train left the rails near Leeds on Monday, killing two people, police said. The line was not closed."
    answers = Scripted("A train left the rails near Leeds, killing three people.", "The line was closed.")
    monkeypatch.setattr("duli.lm.generator", lambda **_: answers)
    made = duli.load(mine).ask(source)
    assert [k.rewritten for k in made.kept] == ["", ""]
    assert "three people" in made.kept[0].refused
    assert "denies" in made.kept[1].refused
    answers = Scripted("A train left the rails near Leeds, killing two people.", "The line was not closed.")
    made = duli.load(mine).ask(source)
    assert made.text == "A train left the rails near Leeds, killing two people. The line was not closed."
    assert made.to_dict()["answers"][0]["rewritten"] is True


def test_the_command_line(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--file", str(EXAMPLES / "monday.txt"), "--file", str(EXAMPLES / "tuesday.txt")]
    assert cli.run(["ask", str(mine), *files, "--words", "60", "--json", "--why"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["words"]["summary"] <= 60
    assert shown["contradictions"]
    assert shown["answers"][0]["proof"]
    assert cli.run(["ask", str(mine), "--file", str(EXAMPLES)]) == 0
    assert "[monday.txt, sentence 1" in capsys.readouterr().out
    assert cli.run(["ask", str(mine), "--file", "none.txt"]) == 2
    assert cli.run(["check", str(mine)]) == 0


def test_rouge_is_that_of_the_paper() -> None:
    police = [["police", "killed", "the", "gunman"]]
    assert rouge([["police", "kill", "the", "gunman"]], police)[2] == 0.75
    assert rouge([["the", "gunman", "kill", "police"]], police)[2] == 0.5
    said = [["w1", "w2", "w6", "w7", "w8"], ["w1", "w3", "w8", "w9", "w5"]]
    one, two, longest = rouge(said, [["w1", "w2", "w3", "w4", "w5"]])
    # The union of both subsequences is w1 w2 w3 w5 (Lin 2004, section 3.2).
    assert longest == pytest.approx(2 * 4 / 15)
    assert (one, two) == pytest.approx((2 * 4 / 15, 2 / 13))
    assert rouge([], [["a"]]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", range(10))
def test_a_longest_common_subsequence(seed: int) -> None:
    random = np.random.default_rng(seed)
    one, other = random.integers(0, 4, 9), random.integers(0, 4, 7)

    def longest(a: Codes, b: Codes) -> int:
        if not len(a) or not len(b):
            return 0
        if a[0] == b[0]:
            return 1 + longest(a[1:], b[1:])
        return max(longest(a[1:], b), longest(a, b[1:]))

    found = common(one, other)
    assert len(found) == longest(one, other)
    assert found == sorted(set(found))


def test_evaluation(tmp_path: Path, summariser: Summariser) -> None:
    path = tmp_path / "told.jsonl"
    text = (EXAMPLES / "monday.txt").read_text("utf-8")
    rows = [
        {"text": text, "summary": "A train left the rails near Leeds.Two people died."},
        {"text": "8.", "summary": "x"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = run(summariser, told(path))
    assert found["n"] == 1
    assert len(found["unread"]) == 1
    assert set(found["baselines"]) == set(WAYS) - {OURS}
    assert 0 < found["metrics"]["rouge_1"] < 1
    assert found["optimal"] == 1.0
    assert "the first sentences" in "\n".join(lines(found))
    assert to_html(found, "x").startswith("<!doctype html>")
    assert len(reference(["One cat sat.Two cats sat."])) == 2
