"""What is wrong with ``[recommend]`` is told with its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from duli import recipe
from duli.errors import Place, RecipeError


def test_the_table_is_read() -> None:
    table = recipe.read("recommend").recommend
    assert table is not None
    assert table.inputs == {
        "chance": 2,
        "taken": 1,
        "returned": 1,
        "user": 1,
        "genre": 2,
        "series": 2,
        "part": 2,
        "price": 2,
    }
    assert (table.follow, table.diversity, table.again) == (("series",), 0.3, False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("diversity = 0.3", "diversity = -1", "diversity must be a number"),
        ("diversity = 0.3", "diversty = 1", "'diversty' is not a key of [recommend]"),
        ("diversity = 0.3", 'again = "yes"', "again must be true or false"),
        ('follow = ["series"]', 'follow = ["author"]', "follow names 'author'"),
        ('follow = ["series"]', 'follow = "series"', "follow must be a list of names"),
        ("facts = {", "facts = { taken = 'x',", "'taken' cannot be a predicate"),
        ("facts = {", "facts = { Genre = 'x',", "'Genre' cannot be a predicate"),
        ("facts = {", "facts = { kind = 3,", "facts must be a table of columns"),
        ('items = "items.jsonl"', "items = 3", "items must be"),
    ],
)
def test_a_mistake(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(recipe.find("recommend"), folder)
    file = folder / "recipe.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(RecipeError) as caught:
        recipe.read(folder)
    assert caught.value.message.startswith(message)
    assert isinstance(caught.value.where, Place)
