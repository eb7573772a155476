from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from duli.errors import DataError
from duli.evaluate.examples import Examples, draw, read


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
        ("a.csv", "text;label\na;b\n", "columns seem to be parted by ';'"),
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


def test_the_usual_columns_are_found(tmp_path: Path) -> None:
    row = '{"label": 100, "label_desc": "news_story", "sentence": "孩子跟谁睡", "id": 448}\n'
    assert read(write(tmp_path, "train.json", row)) == Examples(["孩子跟谁睡"], ["news_story"])
    assert read(write(tmp_path, "a.jsonl", row), label="label").labels == ["100"]


def test_parquet_and_saved_data_sets(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"text": ["renal cyst", "癫痫"], "label": [0, 1]})
    pq.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet") == Examples(["renal cyst", "癫痫"], ["0", "1"])
    about = {"info": {"features": {"label": {"names": ["kidney", "脑"], "_type": "ClassLabel"}}}}
    table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
    with pa.ipc.new_stream(str(tmp_path / "data-00000-of-00001.arrow"), table.schema) as stream:
        stream.write_table(table)
    assert read(tmp_path / "data-00000-of-00001.arrow") == Examples(["renal cyst", "癫痫"], ["kidney", "脑"])
    for name in ("b.parquet", "b.arrow"):
        (tmp_path / name).write_bytes(b"no table at all")
        with pytest.raises(DataError, match=name):
            read(tmp_path / name)
    pq.write_table(pa.table({"text": ["a", None], "label": [0.5, float("nan")]}), tmp_path / "c.parquet")
    with pytest.raises(DataError, match=r"c.parquet:1: 'label' must be a text, and is 0.5"):
        read(tmp_path / "c.parquet")


def test_labels_that_are_not_described(tmp_path: Path) -> None:
    found = read(write(tmp_path, "a.csv", "text,label\nx,kidney\ny,kidny\n"))
    with pytest.raises(DataError, match=r"a.csv:3: the label 'kidny'") as caught:
        found.described(["kidney", "brain"])
    assert caught.value.hint == "did you mean 'kidney'?"
    kept = found.described(["kidney"], leave=True)
    assert (kept, kept.places[0].line) == (Examples(["x"], ["kidney"]), 2)
    with pytest.raises(DataError, match="none of the labels is described"):
        found.described(["brain"], leave=True)


def test_long_texts_are_refused_where_it_is_asked(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "short\n" + "long" * 10)
    with pytest.raises(DataError, match=r"a.txt:2: this text has 40 characters; 30 is the limit"):
        read(path, label=None, longest=30)


def test_draws_are_even_and_the_same() -> None:
    labels = ["a"] * 50 + ["b"] * 3 + ["c"] * 20
    rows = draw(labels, ["a", "b"], 5, 1)
    assert [labels[row] for row in rows] == ["a"] * 5 + ["b"] * 3
    assert rows == draw(labels, ["a", "b"], 5, 1)
    assert rows != draw(labels, ["a", "b"], 5, 2)
