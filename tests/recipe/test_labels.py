"""Labels in words: what a recipe may say, and what it is told when it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from duli import recipe
from duli.errors import DataError, Place, RecipeError
from duli.recipe.labels import MOST_WITH_VOTES, read
from duli.recipe.tomlfile import TomlFile


def write(folder: Path, text: str) -> TomlFile:
    path = folder / "recipe.toml"
    path.write_text(text, "utf-8")
    return TomlFile(path)


def test_labels_are_read(topics: Path) -> None:
    topic, mood = recipe.read(topics).tables
    assert (topic.names, topic.of, topic.none) == (("sport", "trade", "天气"), (0, 0, 1, 2, 3), True)
    assert topic.classes == ("sport", "trade", "天气", "none")
    assert topic.described("trade") == "shares and profits of companies"
    assert topic.described("none") is None
    assert (mood.exclusive, mood.votes, topic.votes) == (False, None, "vote")
    assert recipe.read(topics).changing == {"topic": 2, "mood": 2, "word": 2}


def test_a_recipe_of_labels_needs_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, '[recipe]\n[[classify]]\npredicate = "topic"\nlabels = { a = "games", b = "trade" }\n')
    read = recipe.read(tmp_path)
    assert (read.answer.predicate, read.rules) == ("topic", "query(topic(Text, Label)).\n")
    assert (read.link, read.changing) == (None, {"topic": 2})


@pytest.mark.parametrize(
    ("table", "message", "line"),
    [
        ('labels = { a = "x", b = "y" }', "[[classify]] needs predicate", 2),
        ('predicate = "Topic"\nlabels = { a = "x", b = "y" }', "predicate must be the name", 3),
        ('predicate = "t"', "[[classify]] needs either labels or a labels_file", 2),
        ('predicate = "t"\nlabels = ["a", "b"]', "labels must be a table", 4),
        ('predicate = "t"\nlabels = { a = "x" }', "to tell labels apart, there must be two", 2),
        ('predicate = "t"\nlabels = {}', "to tell labels apart, there must be two", 2),
        ('predicate = "t"\nlabels = { a = "x",  bb = [] }', "'bb' must be described in words", 4),
        ('predicate = "t"\n[classify.labels]\na = "x"\nb = 3', "'b' must be described in words", 6),
        ('predicate = "t"\n[classify.labels]\na = "x"\nb = ["y", 3]', "'b' must be described in words", 6),
        ('predicate = "t"\n[classify.labels]\na = "x"\nb = " "', "'b' must be described in words", 6),
        (
            'predicate = "t"\n[classify.labels]\na = "x"\nb = "y"\n"A " = "z"',
            "the labels 'a' and 'A ' are too",
            7,
        ),
        ('predicate = "t"\n[classify.labels]\na = "x"\nb = "x"', "two labels have the description 'x'", 6),
        ('predicate = "t"\nlabels = { a = "x", none = "y" }', "the label 'none' stands for none", 4),
        ('predicate = "t"\nlabels = { a = "x", a = "y" }', "this is not TOML", 4),
        (
            'predicate = "t"\nexclusive = false\nlabels = { a = "x", b = "y" }',
            "labels that do not exclude",
            4,
        ),
        (
            'predicate = "t"\nexclusive = "no"\nlabels = { a = "x", b = "y" }',
            "exclusive must be true or false",
            4,
        ),
        ('predicate = "t"\nlables = { a = "x", b = "y" }', "'lables' is not a key of [[classify]]", 4),
        ('predicate = "t"\nvotes = 3\nlabels = { a = "x", b = "y" }', "votes must be the name", 4),
        ('predicate = "t"\nlabels_file = "absent.tsv"', "the file absent.tsv is not there", 4),
        ('predicate = "t"\nlabels_file = "labels.xml"', "a labels_file is one of", 4),
    ],
)
def test_a_table_with_a_mistake(tmp_path: Path, table: str, message: str, line: int) -> None:
    with pytest.raises(RecipeError) as caught:
        read(write(tmp_path, f"[recipe]\n[[classify]]\n{table}\n"))
    assert caught.value.message.startswith(message)
    assert isinstance(caught.value.where, Place)
    assert caught.value.where.line == line


def test_the_second_table_is_meant(tmp_path: Path) -> None:
    first = '[[classify]]\npredicate = "t"\nlabels = { a = "x", b = "y" }\n'
    with pytest.raises(RecipeError) as caught:
        read(write(tmp_path, first + first.replace('"y"', "[]")))
    assert isinstance(caught.value.where, Place)
    assert caught.value.where.line == 6
    with pytest.raises(RecipeError, match="'t' is filled twice") as again:
        read(write(tmp_path, first + first))
    assert isinstance(again.value.where, Place)
    assert again.value.where.line == 5


def test_a_predicate_is_filled_by_one(plants: Path) -> None:
    with (plants / "recipe.toml").open("a") as file:
        file.write('[[classify]]\npredicate = "there"\nlabels = { a = "x", b = "y" }\n')
    with pytest.raises(RecipeError, match="'there' is filled twice"):
        recipe.read(plants)


def test_one_table_may_not_be_single(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"must be \[\[classify\]\]"):
        read(write(tmp_path, '[classify]\npredicate = "t"\n'))


def test_many_labels_come_from_a_file(tmp_path: Path) -> None:
    rows = "".join(f"l{n}\tthe meaning number {n}\n" for n in range(100_000))
    (tmp_path / "labels.tsv").write_text(f"label\tdescription\n{rows}l7\tthe lucky one\n", "utf-8")
    table = '[[classify]]\npredicate = "t"\nlabels_file = "labels.tsv"\n'
    (labels,) = read(write(tmp_path, table))
    assert len(labels.names) == 100_000
    assert labels.descriptions[-1] == "the lucky one"
    assert labels.of[-1] == 7
    assert labels.file == "labels.tsv"
    with pytest.raises(RecipeError, match=f"{MOST_WITH_VOTES:,} at most"):
        read(write(tmp_path, f'{table}votes = "vote"\n'))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("label\tdescription\na\tx\nb\t\n", "labels.tsv:3: a label or its description is empty"),
        ("label\tdescription\na\tx\tz\n", "labels.tsv:2: this row has 3 cells"),
        ("label,description\na,x\n", "label"),
    ],
)
def test_a_file_with_a_mistake(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "labels.tsv").write_text(content, "utf-8")
    with pytest.raises(DataError) as caught:
        read(write(tmp_path, '[[classify]]\npredicate = "t"\nlabels_file = "labels.tsv"\n'))
    assert message in str(caught.value)


def test_alike_labels_of_a_file_are_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "labels.tsv").write_text("label\tdescription\na\tx\nb\tx\n", "utf-8")
    with pytest.raises(RecipeError) as caught:
        read(write(tmp_path, '[[classify]]\npredicate = "t"\nlabels_file = "labels.tsv"\n'))
    assert str(caught.value.where).endswith("labels.tsv:3")
