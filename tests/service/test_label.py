"""``duli label``, answered through standard input."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from duli.service.cli import run

RECIPE = """
[recipe]
name = "moods"
[model]
encoder = "fake"
[[classify]]
predicate = "mood"
[classify.labels]
good = ["happy glad pleased"]
bad = ["sad angry 坏了"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "moods").mkdir()
    (tmp_path / "moods" / "recipe.toml").write_text(RECIPE, "utf-8")
    texts = [f"happy {n}" for n in range(8)] + [f"sad {n}" for n in range(8)] + ["东西坏了"]
    (tmp_path / "texts.txt").write_text("\n".join(texts), "utf-8")
    return tmp_path


def answer(monkeypatch: pytest.MonkeyPatch, lines: str, *more: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    return run(["label", "moods", "texts.txt", *more])


def test_answers_are_kept_and_gone_on_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(monkeypatch, "1\nnonsense\nbad\ns\nq\n", "--count", "5", "--again", "2") == 0
    first = [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]
    assert len(first) == 2
    assert first[1]["label"] == "bad"
    assert "'nonsense' is none of these" in capsys.readouterr().out
    assert answer(monkeypatch, "1\n" * 40, "--count", "40") == 0
    rows = [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]
    assert rows[:2] == first
    assert len({row["text"] for row in rows}) == len(rows) == 17
    assert "every text has a label" in capsys.readouterr().out


def test_a_stream_that_ends_stops(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(monkeypatch, "") == 0
    assert not (folder / "labels.jsonl").exists()


@pytest.mark.parametrize(
    ("file", "arguments", "message"),
    [
        ("", ["--predicate", "topic"], "no [[classify]] fills 'topic'"),
        ('{"text": "x", "label": "ugly"}', [], "'ugly' is not one of the recipe's"),
    ],
)
def test_what_goes_wrong(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    file: str,
    arguments: list[str],
    message: str,
) -> None:
    (folder / "labels.jsonl").write_text(file, "utf-8")
    assert answer(monkeypatch, "q\n", *arguments) == 2
    assert message in capsys.readouterr().err
