from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from duli.errors import DataError
from duli.evaluate.examples import Examples, read


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    data = content.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"text": "renal cyst", "label": "kidney"}\n\n{"label": 3, "text": "癫痫"}\n'),
        ("a.jsonl.gz", '{"text": "renal cyst", "label": "kidney"}\n{"label": "3", "text": "癫痫"}\n'),
        ("a.csv", 'label,text\nkidney,"renal cyst"\n3,癫痫\n'),
        ("a.tsv", "id\tlabel\ttext\n1\tkidney\trenal cyst\n2\t3\t癫痫\n"),
    ],
)
def test_every_format_says_the_same(tmp_path: Path, name: str, content: str) -> None:
    found = read(write(tmp_path, name, content))
    assert found == Examples(["renal cyst", "癫痫"], ["kidney", "3"])


def test_lines_are_texts(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "renal cyst\n\n  癫痫 \n")
    assert read(path, label=None) == Examples(["renal cyst", "癫痫"], None)


def test_columns_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "intent,utterance\nkidney,renal cyst\n")
    assert read(path, text="utterance", label="intent") == Examples(["renal cyst"], ["kidney"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"text": "a"}\n', "a.jsonl:1: this row has no 'label'"),
        ("a.jsonl", '{"text": "a", "label": "b"}\n{"text": ["a"]}\n', "a.jsonl:2: 'text' must be a text"),
        ("a.jsonl", '{"text": "a", "label": NaN}\n', "'label' must be a text, and is NaN"),
        ("a.jsonl", '{"text": " ", "label": "b"}\n', "'text' is empty"),
        ("a.jsonl", "text\n", "this is not JSON"),
        ("a.jsonl", "[1]\n", "must be a JSON object"),
        ("a.csv", "text;label\na;b\n", "it has: text;label; name the right one with --text"),
        ("a.csv", "text,label\na,b,c\n", "a.csv:2: this row has 3 cells, the header 2"),
        ("a.csv", 'text,label\n"a,b\n', "cannot be read"),
        ("a.txt", "a\n", "it has: text; name the right one with --label"),
        ("a.csv", "", "has no text"),
        ("a.xml", "", "files '.xml' are not read"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(write(tmp_path, name, content))
    assert message in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not there"):
        read(tmp_path / "a.jsonl")
