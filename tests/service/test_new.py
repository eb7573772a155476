"""``duli new``: what is copied works, under its own name."""

import json
from pathlib import Path

import pytest

from duli import recipe
from duli.service.cli import run

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("name", [n for n in recipe.built_in() if n != "prove"])
def test_a_copy_of_each_built_in_recipe_is_read_under_its_new_name(name: str, tmp_path: Path) -> None:
    assert run(["new", str(tmp_path / "mine"), "--from", name]) == 0
    theirs, mine = recipe.read(name), recipe.read(tmp_path / "mine")
    assert (mine.name, mine.rules, mine.description) == ("mine", theirs.rules, theirs.description)
    assert {p.name for p in mine.folder.iterdir()} == {p.name for p in theirs.folder.iterdir()}


def test_a_copy_of_a_folder_answers_as_it_does(topics: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["new", str(tmp_path / '店铺"1"'), "--from", str(topics), "--json"]) == 0
    capsys.readouterr()
    answers = []
    for folder in (topics, tmp_path / '店铺"1"'):
        assert run(["ask", str(folder), "a football match", "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out)["answers"])
    assert answers[0] == answers[1]
    assert recipe.read(tmp_path / '店铺"1"').name == '店铺"1"'


@pytest.mark.parametrize(
    ("folder", "source", "said"),
    [
        ("there", "law", "this is there already"),
        ("mine", "lwa", "did you mean law?"),
        ("topics/inside", "topics", "lies in the recipe itself"),
    ],
)
def test_nothing_is_written_over_or_half(
    folder: str, source: str, said: str, topics: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "there").mkdir()
    before = sorted(tmp_path.rglob("*"))
    given = str(topics) if source == "topics" else source
    assert run(["new", str(tmp_path / folder), "--from", given]) == 2
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
