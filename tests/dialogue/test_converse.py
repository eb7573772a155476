"""A persona over a hundred turns: what it says follows from what it knows, and never contradicts who it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import duli
from duli.dialogue import Converse, Memory
from duli.errors import DataError, DuliError, InputError, RecipeError
from duli.lm import Generator
from duli.service.cli import run
from tests.dialogue.test_chat import talk

HERE = Path(__file__).parent
Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def persona() -> Converse:
    made: Converse = duli.load("converse")
    return made


def turns() -> list[tuple[str, str]]:
    rows = (HERE / "talk.tsv").read_text("utf-8").splitlines()
    return [(text, part) for text, _, part in (row.partition("\t") for row in rows if row)]


def test_a_hundred_turns_never_contradict_the_persona(persona: Converse) -> None:
    memory, script = Memory("Ann"), turns()
    assert len(script) >= 100
    replies = [(text, part, persona.ask(text, memory=memory).text) for text, part in script]
    judged = persona.checker(memory).judged("\n".join(reply for _, _, reply in replies), memory.user)
    assert len(judged) > len(script)
    assert [sentence for sentence, verdict in judged if verdict == "false"] == []
    assert [sentence for sentence, verdict in judged if verdict != "true"] == []
    assert [each for each in replies if each[1] not in each[2]] == []


@pytest.mark.parametrize(
    "planted",
    ["I am a human.", "Yes. Duli likes noise.", "我是真人。", "I do not know this: x\nI sleep.", "我说谎。"],
)
def test_the_checker_finds_a_planted_contradiction(planted: str, persona: Converse) -> None:
    assert len(persona.checker(None).contradictions(planted, "Guest")) == 1


def test_the_checker_finds_what_nothing_bears(persona: Converse) -> None:
    checker = persona.checker(None)
    found = checker.unfounded("I like tea. Bananas blue whatever. Hello Guest.", "Guest")
    assert sorted(found) == ["Bananas blue whatever.", "I like tea."]
    assert checker.contradictions("I like tea.", "Guest") == []


def test_every_claim_says_what_it_stands_on(persona: Converse) -> None:
    told = persona.ask("Do you sleep?").to_dict(proof=True)
    (claim, *_) = told["answers"]
    assert claim["value"] == "I do not sleep."
    assert "Every assistant is a program." in claim["proof"]
    unknown = persona.ask("Do you like tea?").to_dict()
    assert (unknown["abstained"], unknown["answers"]) == (True, [])
    assert [c["status"] for c in unknown["claims"]] == ["unknown"]


def test_memory_is_shown_and_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("DULI_MEMORY", str(tmp_path))
    data = "I am a teacher.\n我喜欢茶。\n/memory\n"
    _, out, _ = talk(monkeypatch, capsys, data.encode(), "converse", "--user", "ann")
    assert out[-2:] == ["1. Ann is a teacher.", "2. Ann喜欢茶。"]
    data = "Am I a teacher?\n/forget 1\nAm I a teacher?\n/forget 7\n/forget all\n/memory\n/why\n"
    _, out, err = talk(monkeypatch, capsys, data.encode(), "converse", "--user", "Ann")
    assert out[:3] == [
        "Yes. Ann is a teacher.",
        "forgotten: Ann is a teacher.",
        "I do not know this: Ann is a teacher.",
    ]
    assert "there is no sentence '7'" in err
    assert "nothing is remembered" in out
    assert list(tmp_path.rglob("*.json")) == []


@pytest.mark.parametrize("user", ["", "../x", "a b", "x" * 50, "1", "a\0"])
def test_a_user_is_one_word(user: str) -> None:
    with pytest.raises(InputError, match="is no name"):
        Memory.of(user, "converse")


@pytest.mark.parametrize("text", ["I am Duli.", "I am the same as you.", "我是独立。", "Duli is a cat."])
def test_nobody_makes_the_persona_somebody_else(text: str, persona: Converse) -> None:
    memory = Memory("Ann")
    assert persona.ask(text, memory=memory).remembered == ()
    with pytest.raises(InputError, match="the persona's own name"):
        persona.ask(text, memory=Memory("duli"))


def test_a_damaged_memory_is_told_and_kept(tmp_path: Path) -> None:
    (tmp_path / "ann.json").write_text("{", "utf-8")
    with pytest.raises(DataError, match="damaged"):
        Memory("Ann", tmp_path / "ann.json")
    assert (tmp_path / "ann.json").read_text("utf-8") == "{"


def test_a_persona_that_changes_under_way_is_taken(tmp_path: Path) -> None:
    assert run(["new", str(tmp_path / "mine"), "--from", "converse"]) == 0
    persona, file = duli.load(tmp_path / "mine"), tmp_path / "mine" / "persona.md"
    text = file.read_text("utf-8")
    assert "I do not know this" in persona.ask("Do you like tea?").text
    file.write_text(text + "\n\nDuli likes tea.\n", "utf-8")
    assert persona.ask("Do you like tea?").text == "Yes. Duli likes tea."
    file.write_text(text.replace("Duli is calm.", ""), "utf-8")
    # An answer claims that Duli is calm, so that the old persona stays.
    assert persona.ask("Do you like tea?").text == "Yes. Duli likes tea."


class Says:
    """A generator that says one thing."""

    name = revision = "says"

    def __init__(self, text: str) -> None:
        self.text = text


@pytest.mark.parametrize(
    ("said", "kept"),
    [("I do not sleep. I am a program.", True), ("I sleep well.", False), ("Sure, why not!", False)],
)
def test_a_generator_says_only_what_stands_the_check(
    said: str, kept: bool, persona: Converse, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = persona.ask("Do you sleep?").text
    generator: Generator = Says(said)  # type: ignore[assignment]
    monkeypatch.setattr("duli.dialogue.converse.lm.generate", lambda *_: iter([said]))
    monkeypatch.setattr(persona, "generator", generator)
    assert persona.ask("Do you sleep?").text == (said if kept else own)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("talk.md", "I am an assistant.", "I am a human.", "claims what the persona does not: I am a human."),
        ("persona.md", "Duli is calm.", "Most programs are honest.", "is not read"),
        ("recipe.toml", 'intent = "shop"', 'intent = "shopp"', "nobody asks for 'shopp'"),
        ("recipe.toml", 'zh = "独立"', 'de = "Duli"', "a name in each language"),
        ("recipe.toml", "knowledge.md", "knowledge2.md", "is not there"),
    ],
)
def test_mistakes_in_a_persona_are_told(file: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    assert run(["new", str(tmp_path / "mine"), "--from", "converse"]) == 0
    path = tmp_path / "mine" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(RecipeError) as raised:
        duli.load(tmp_path / "mine")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "text", ["", "a\0b", "x" * 200_000, "\ud800", "ñandú ¿dónde?", "🙂🙂", "Is? Is! Is.", "我" * 999]
)
def test_any_input_is_answered_or_refused(text: str, persona: Converse) -> None:
    try:
        reply = persona.ask(text)
    except DuliError:
        return
    assert reply.text
    assert persona.checker(None).contradictions(reply.text, "Guest") == []
    json.dumps(reply.to_dict())
