"""Free text through a model whose answers are recorded: rewritten, read, repaired, and put to the vote."""

from __future__ import annotations

import json
from collections.abc import Generator as Pieces
from pathlib import Path
from typing import Any

import pytest

from duli.errors import InputError
from duli.fol import Proof, decide
from duli.fol.syntax import Statement
from duli.language import read
from duli.language.explain import Teller
from duli.language.fluent import tell
from duli.language.formalise import formalise
from duli.lm import Settings
from duli.service.cli import run

pytest.importorskip("jsonschema")
EXAMPLES = Path(__file__).parents[1] / "examples"
RECORDED = json.loads((EXAMPLES / "rewritten.json").read_text("utf-8"))
STORY = (
    "Charlie hardly ever says a word. Quiet folk tend to be cold, and the cold ones are all kind, they say."
)


class Replay:
    """Gives the answers of a list, in order."""

    name = "recorded"
    revision = "1"

    def __init__(self, answers: list[Any]) -> None:
        self.answers, self.prompts = list(answers), list[str]()

    def stream(self, prompt: str, settings: Settings, schema: Any = None) -> Pieces[str, None, None]:
        self.prompts.append(prompt)
        answer = self.answers.pop(0)
        yield answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


def test_what_is_not_read_goes_back_with_the_reason_and_the_majority_decides() -> None:
    model = Replay(RECORDED)
    found = formalise(STORY, model, ask=["Is Charlie kind?"], times=3, repairs=1)
    assert len(model.prompts) == 4
    assert "If someone is quiet then of cold." in model.prompts[2]
    assert "this form is read" in model.prompts[2]
    (vote,) = found.votes
    assert vote.answer == "true"
    assert vote.agreement == pytest.approx(2 / 3)
    kept = {statement.text: share for statement, share in found.statements}
    assert kept["Charlie is quiet."] == 1.0
    assert kept["All quiet people are cold."] == pytest.approx(2 / 3)


def test_a_small_models_recorded_answers_give_no_answer() -> None:
    """Gemma 3 270M, 4 bits, asked three times, told of its mistakes once each: nothing that it says is read."""
    said = json.loads((EXAMPLES / "rewritten.gemma.json").read_text("utf-8"))
    model = Replay(said)
    found = formalise(
        "Tom is a cat. All cats are animals.", model, ask=["Is Tom an animal?"], times=3, repairs=1
    )
    assert model.answers == []
    assert (len(found.readings), len(found.failed), found.statements) == (0, 3, ())
    assert found.votes[0].answer is None
    assert "a question is one sentence" in found.failed[0]


def test_the_command_shows_what_most_rewritings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("duli.lm.generator", lambda name, **options: Replay(RECORDED))
    (tmp_path / "story.txt").write_text(STORY, "utf-8")
    given = ["read", str(tmp_path / "story.txt"), "--rewrite", "openai", "--times", "3"]
    given += ["--using", "url=http://localhost:1/v1", "--ask", "Is Charlie kind?"]
    assert run([*given, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["answers"] == [
        {"question": "Is Charlie kind?", "answer": "true", "agreement": pytest.approx(2 / 3)}
    ]
    assert {"text": "Charlie is quiet.", "formula": "quiet(Charlie)", "agreement": 1.0} in told["statements"]
    assert run(given) == 0
    assert "Is Charlie kind? true (agreement 0.67)" in capsys.readouterr().out
    assert run([*given, "--using", "speed=9"]) == 2
    assert "--using speed=9 is no option" in capsys.readouterr().err
    assert run(["read", str(tmp_path / "story.txt"), "--ask", "Who?"]) == 2
    assert "--rewrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("claims", "shown"),
    [
        (
            ["All quiet people are cold.", "Charlie is quiet.", "Charlie is cold."],
            "true\nAll quiet people are cold. Charlie",
        ),
        (["Charlie is kind."], "'Charlie is kind.' is no step of the proof"),
    ],
)
def test_the_command_lets_a_model_tell_the_proof_and_checks_it(
    claims: list[str],
    shown: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {"claims": [{"link": "", "claim": claim} for claim in claims]}
    monkeypatch.setattr("duli.lm.generator", lambda name, **options: Replay([told]))
    (tmp_path / "story.txt").write_text("Charlie is quiet. All quiet people are cold.", "utf-8")
    given = ["prove", str(tmp_path / "story.txt"), "--ask", "Is Charlie cold?", "--fluent", "gguf"]
    assert run([*given, "--using", f"folder={tmp_path}"]) == 0
    assert shown in capsys.readouterr().out
    assert run([*given, "--using", "speed=9"]) == 2
    assert run(["prove", "group-squares", "--fluent", "gguf"]) == 2
    assert "--fluent tells proofs about sentences" in capsys.readouterr().err


def test_a_reading_that_fails_agrees_with_nothing() -> None:
    bad = {"sentences": ["Of the and."], "questions": ["Charlie is kind."]}
    found = formalise(STORY, Replay([RECORDED[0], bad, "nonsense", "", "{}"]), ask=["?"], times=3, repairs=0)
    assert (len(found.readings), len(found.failed)) == (1, 2)
    assert found.votes[0].answer is None
    assert found.votes[0].agreement == pytest.approx(1 / 3)
    assert found.statements == ()


def test_chinese_is_asked_for_where_the_text_is_chinese() -> None:
    answer = {"sentences": ["查理是安静的", "所有安静的人都是冷的。"], "questions": ["查理是冷的。"]}
    model = Replay([answer])
    found = formalise("查理不大说话，安静的人都冷。", model, ask=["查理冷吗？"], times=1)
    assert found.votes[0].answer == "true"
    assert "如果有人看见猫" in model.prompts[0]


@pytest.mark.parametrize(("text", "times"), [("", 1), ("Bob.", 0)])
def test_what_cannot_be_asked_is_told(text: str, times: int) -> None:
    with pytest.raises(InputError):
        formalise(text, Replay([]), times=times)


@pytest.fixture
def proved() -> tuple[Proof, Teller]:
    found = read("Charlie is quiet. All quiet people are cold.", ask=["Charlie is cold."])
    asked = found.asked[0]
    assert isinstance(asked, Statement)
    proof = decide(found.theory(), asked.formula).proof
    assert proof is not None
    return proof, Teller(found.theory(), "en", found.kinds)


def test_a_proof_in_the_words_of_a_model_is_checked_claim_by_claim(proved: tuple[Proof, Teller]) -> None:
    claims = [
        {"link": "Since", "claim": "All quiet people are cold."},
        {"link": "and", "claim": "Charlie is quiet."},
        {"link": "so", "claim": "Charlie is cold."},
    ]
    told = tell(*proved, Replay([{"claims": claims}]))
    assert told.by_model
    assert told.text == "Since all quiet people are cold. And Charlie is quiet. So, Charlie is cold."


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([{"link": "", "claim": "Charlie is kind."}, {"link": "so", "claim": "Charlie is cold."}], "no step"),
        ([{"link": "", "claim": "Charlie, of course."}], "no step"),
        ([{"link": "", "claim": "Charlie is quiet."}], "does not end"),
        ([{"link": "and Bob is dead, so", "claim": "Charlie is cold."}], "more than a link"),
    ],
)
def test_claims_that_do_not_stand_are_not_told(
    proved: tuple[Proof, Teller], claims: list[dict[str, str]], reason: str
) -> None:
    told = tell(*proved, Replay([{"claims": claims}]))
    assert not told.by_model
    assert reason in told.reason
    assert "from 1 by: All quiet people are cold." in told.text
