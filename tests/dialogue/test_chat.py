"""``duli chat``: a dialogue in lines, kept in a file, whatever comes in."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from duli.dialogue import State
from duli.errors import DataError
from duli.service.cli import run

Capture = pytest.CaptureFixture[str]


def talk(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, data: bytes, *arguments: str
) -> tuple[int, list[str], str]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    code = run(["chat", *arguments])
    out = capsys.readouterr()
    return code, out.out.splitlines(), out.err


def test_a_dialogue_goes_on_where_it_was_left(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    kept = str(tmp_path / "state.json")
    _, out, _ = talk(monkeypatch, capsys, b"I want my money back\n", str(shop), "--state", kept)
    assert out == ["Which order?"]
    code, out, _ = talk(
        monkeypatch, capsys, b"SO-10002\n/why\n/quit\nnever read\n", str(shop), "--state", kept
    )
    assert (code, out[0]) == (0, "Too late for SO-10002.")
    assert any("age(" in line for line in out)
    assert State.load(Path(kept)).said == {"order": "SO-10002"}


def test_lines_of_json(shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    lines = [
        '{"text": "which ways to pay are there"}',
        "nonsense",
        '{"id": 1}',
        '"怎么付款"',
        '{"text": "/state"}',
    ]
    code, out, _ = talk(
        monkeypatch, capsys, "\n".join(lines).encode() + b"\n" + b"\xff\xfe\n", str(shop), "--json"
    )
    rows = [json.loads(line) for line in out]
    assert code == 2
    assert [row.get("reply") for row in rows] == ["By card.", None, None, "刷卡。", None, None]
    assert [row["error"]["code"] for row in rows if "error" in row] == ["input"] * 3
    assert json.loads(rows[4]["told"])["turns"] == 2


def test_a_mistake_does_not_end_a_dialogue(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    data = (
        b"/nothing\n"
        + b"x" * 1_500_000
        + b"\n\nwhich ways to pay are there\n/correct opne\n/correct pay\n/new\n"
    )
    code, out, err = talk(monkeypatch, capsys, data, str(shop))
    assert code == 0
    assert out[0] == "By card."
    assert "there are: /why" in err
    assert "no intent 'opne'" in err
    assert (shop / "corrections.jsonl").read_text("utf-8").count("\n") == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "said": 3}'])
def test_a_damaged_state_is_told_and_kept(text: str, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"format|JSON"):
        State.load(tmp_path / "state.json")
    assert (tmp_path / "state.json").read_text("utf-8") == text


def test_a_state_is_what_it_was(tmp_path: Path) -> None:
    state = State({"order": "1"}, ("pay",), 3, None, "zh")
    state.save(tmp_path / "a" / "state.json")
    assert State.load(tmp_path / "a" / "state.json") == state
    assert State.load(tmp_path / "none.json") == State()


def test_what_does_not_talk_says_so(topics: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    code, _, err = talk(monkeypatch, capsys, b"", str(topics))
    assert code == 2
    assert "does not talk" in err


def test_check_looks_the_rules_over(shop: Path, capsys: Capture) -> None:
    assert run(["check", str(shop), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipe"] == "shop"


def test_ask_takes_a_recipe_that_talks(shop: Path, capsys: Capture) -> None:
    assert run(["ask", str(shop), "which ways to pay are there", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["reply"], told["action"], told["abstained"]) == ("By card.", "answer", False)
    assert told["answers"][0]["value"] == "pay"
