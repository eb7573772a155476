"""``duli models`` as a table of what is typed and what is printed."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from duli.service.cli import run

Capture = pytest.CaptureFixture[str]


def test_the_list(capsys: Capture) -> None:
    assert run(["models"]) == 0
    out = capsys.readouterr().out
    assert "multilingual-e5" in out
    assert "ready" in out
    assert run(["models", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["back_ends"]}
    assert found["fake"] == {
        "name": "fake",
        "about": found["fake"]["about"],
        "makes": ["encoder"],
        "missing": [],
        "install": "",
        "usable": True,
    }


@pytest.mark.parametrize("verb", ["check", "warm"])
def test_a_model(verb: str, capsys: Capture) -> None:
    assert run(["models", verb, "fake"]) == 0
    assert "256" in capsys.readouterr().out
    assert run(["models", verb, "fake", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["back_end"], found["dimension"], "files" in found) == ("fake", 256, verb == "check")


def test_a_pickle_is_refused(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    assert run(["models", "check", str(tmp_path), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "model"
    assert "pickle" in error["message"]


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["warm", "--help"]])
def test_help(arguments: list[str], capsys: Capture) -> None:
    assert run(["models", *arguments]) == 0
    assert "--json" in capsys.readouterr().out
