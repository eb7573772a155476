"""``duli read`` and ``duli prove`` of sentences, from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from duli.service import cli


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.txt"
    path.write_text("Charlie is quiet. All quiet people are cold.\n查理是安静的。\n", "utf-8")
    return path


def test_a_program_is_printed_with_its_sentences(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["read", str(story)]) == 0
    out = capsys.readouterr().out
    assert "All quiet people are cold.  ∀X (quiet(X) → cold(X))" in out
    assert "安静(查理)" in out


def test_written_sentences_are_read_as_the_same(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["read", str(story), "--written", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["statements"]
    again = tmp_path / "again.txt"
    again.write_text("\n".join(row["text"] for row in first), "utf-8")
    assert cli.run(["read", str(again), "--json"]) == 0
    second = json.loads(capsys.readouterr().out)["statements"]
    assert [row["formula"] for row in second] == [row["formula"] for row in first]


def test_what_is_not_read_is_printed_with_a_caret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "half.txt"
    path.write_text("Bob is kind.\nIf Bob is\n", "utf-8")
    assert cli.run(["read", str(path)]) == 2
    out = capsys.readouterr().out
    assert f"{path}:2:10" in out
    assert "         ^" in out
    assert "this form is read" in out


def test_an_empty_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.txt"
    path.write_text("", "utf-8")
    assert cli.run(["read", str(path)]) == 0
    assert "empty" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        (["--ask", "Charlie is cold.", "--why"], 0, "from 1 by: All quiet people are cold."),
        (["--ask", "查理是安静的。", "--why"], 0, "原文：查理是安静的。"),
        (["--ask", "Charlie is not cold."], 0, "false"),
        (["--ask", "Is Zed weird?"], 0, "No sentence speaks of: Zed, weird."),
        (["--ask", "泽德是紫色的吗？", "--why"], 0, "没有句子说到：泽德、紫色。"),
        (["--ask", "Who?"], 2, "question:1"),
        ([], 2, "nothing is asked"),
        (["--language", "zh"], 2, "o such option"),
    ],
)
def test_a_question_is_answered_in_its_language(
    story: Path, arguments: list[str], code: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["prove", str(story), *arguments]) == code
    out = capsys.readouterr()
    assert shown in out.out + out.err


def test_nothing_follows_from_an_empty_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.txt"
    path.write_text("\n", "utf-8")
    assert cli.run(["prove", str(path), "--ask", "Is Bob kind?"]) == 2
    assert "the text is empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["read", "not-there.txt"], ["prove", "not-there.txt", "--ask", "Bob is kind."]]
)
def test_a_file_that_is_not_there_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == 2
    assert "not there" in capsys.readouterr().err
