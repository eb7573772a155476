"""Questions about texts, read and proved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import duli
from duli.errors import DataError, InputError
from duli.evaluate import proving
from duli.service import cli

PROVER = duli.load("prove")
OUTCOMES = ["A) True", "B) False", "C) Uncertain"]
ROWS = [
    {
        "context": "Charlie is quiet. All quiet people are cold.",
        "question": "Is the following statement true, false, or uncertain? Charlie is cold.",
        "options": OUTCOMES,
        "answer": "A",
    },
    {
        "context": "查理是安静的。所有安静的人都是冷的。",
        "question": "True or false? 查理不是冷的。",
        "options": OUTCOMES,
        "answer": "B",
    },
    {
        "context": "Charlie is quiet. Either quiet or.",
        "question": "True? Charlie is quiet.",
        "options": OUTCOMES,
        "answer": "A",
    },
    {
        "context": "The fort is cold. Bob built a fort in Rome.",
        "question": "True? The fort is in Rome.",
        "options": OUTCOMES,
        "answer": "C",
    },
    {
        "context": "The following paragraphs each describe two objects.\n\n"
        "On a shelf, there are two books: a red book and a blue book. The red book is the leftmost.",
        "question": "Which of the following is true?",
        "options": ["A) The red book is the rightmost.", "B) The blue book is the rightmost."],
        "answer": "B",
    },
]


def _file(folder: Path, *rows: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def test_what_is_read_is_proved_and_what_is_not_is_counted(tmp_path: Path) -> None:
    found = proving.run(PROVER, proving.read(_file(tmp_path, *ROWS)))
    assert found["counts"] == {"accuracy": 5, "read": 5, "accuracy_read": 3, "proved": 3}
    assert found["metrics"]["accuracy_read"] == 1.0
    assert found["metrics"]["read"] == pytest.approx(0.6)
    assert set(found["unread"]) == {"no form: the sentence ends too early", "no sentence links"}


def test_what_follows_by_contraposition_counts_where_the_third_answer_is_uncertain(tmp_path: Path) -> None:
    row = {
        "context": "All cats are kind. Tom is not kind.",
        "question": "True? Tom is a cat.",
        "options": OUTCOMES,
        "answer": "B",
    }
    assert proving.run(PROVER, proving.read(_file(tmp_path, row)))["metrics"]["accuracy"] == 1.0


def test_the_command_writes_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _file(tmp_path, *ROWS)
    assert cli.run(["eval", "prove", str(path), "--out", str(tmp_path / "out")]) == 0
    assert "right, of what is read" in capsys.readouterr().out
    assert "读懂" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_what_is_no_question_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no question") as error:
        proving.read(_file(tmp_path, ROWS[0], {"context": "Bob is kind."}))
    assert ":2" in str(error.value)
    with pytest.raises(InputError, match="no questions"):
        proving.read(tmp_path / "none.jsonl")
