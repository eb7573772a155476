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


def test_labels_that_are_probably_wrong_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("happy and glad, day {}", "good"), ("sad and angry, day {}", "bad"), ("东西坏了{}次", "bad")]
    lines = [json.dumps({"text": t.format(n), "label": y}) for n in range(8) for t, y in rows]
    lines[4] = json.dumps({"text": "sad and angry, day 1", "label": "good"})
    (folder / "labelled.jsonl").write_text("\n".join(lines), "utf-8")
    assert run(["label", "moods", "labelled.jsonl", "--suspects", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 24
    worst = found["suspects"][0]
    assert (worst["where"], worst["label"], worst["rather"]) == ("labelled.jsonl:5", "good", "bad")
    assert run(["label", "moods", "labelled.jsonl", "--suspects"]) == 0
    assert "labelled.jsonl:5  good -> bad?" in capsys.readouterr().out
    assert run(["label", "moods", "texts.txt", "--suspects"]) == 2
    assert "no 'label'" in capsys.readouterr().err
    assert run(["label", "moods", "texts.txt", "--json"]) == 2
    assert "--json goes with --suspects" in capsys.readouterr().out


def test_what_the_answers_hang_on_is_asked_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = RECIPE + 'ugly = ["grim grey"]\n[answer]\npredicate = "asked"\n'
    (folder / "moods" / "recipe.toml").write_text(recipe, "utf-8")
    # Of texts about dust every label gives the same answer: nothing is gained by asking.
    (folder / "moods" / "rules.dl").write_text(
        "asked(T, well) :- mood(T, good), \\+ word(T, dust).\nasked(T, ill) :- mood(T, bad).\n"
        "asked(T, ill) :- mood(T, _), word(T, dust).\nquery(asked(T, A)).\n",
        "utf-8",
    )
    texts = [f"dust of the road {n}" for n in range(6)] + ["nothing at all"]
    (folder / "texts.txt").write_text("\n".join(texts), "utf-8")
    assert answer(monkeypatch, "q\n", "--count", "1") == 0
    assert "[1/1] nothing at all" in capsys.readouterr().out


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
