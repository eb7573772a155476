from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from duli.errors import DataError
from duli.evaluate.parts import held_out, read_parts


def lines(path: Path, texts: str, **more: object) -> None:
    path.write_text("\n".join(json.dumps({"sentence": t, **more}) for t in texts), "utf-8")


def test_a_folder_of_few_labels(tmp_path: Path) -> None:
    lines(tmp_path / "train_few_all.jsonl", "abc", label="x")
    lines(tmp_path / "dev_few_all.jsonl", "de", label="y")
    lines(tmp_path / "unlabeled.jsonl", "fgh")
    found = read_parts(tmp_path)
    assert found.shown is not None
    assert (found.shown.texts, found.shown.labels) == (["a", "b", "c"], ["x"] * 3)
    assert (found.asked.texts, found.unlabelled) == (["d", "e"], ["f", "g", "h"])


def test_parts_may_lie_elsewhere(tmp_path: Path) -> None:
    for name, texts in (("a", "ab"), ("b", "cd"), ("c", "e")):
        lines(tmp_path / f"{name}.jsonl", texts, label="x")
    found = read_parts(
        tmp_path / "a.jsonl", train=tmp_path / "b.jsonl", unlabelled=tmp_path / "c.jsonl", text="sentence"
    )
    assert found.shown is not None
    assert (found.asked.texts, found.shown.texts, found.unlabelled) == (["a", "b"], ["c", "d"], ["e"])


def test_a_saved_data_set(tmp_path: Path) -> None:
    import pyarrow as pa

    for split, texts in (("train", ["a", "b"]), ("test", ["c"])):
        folder = tmp_path / split
        folder.mkdir()
        (folder / "state.json").write_text("{}", "utf-8")
        table = pa.table({"text": texts, "label": ["x"] * len(texts)})
        with pa.ipc.new_stream(str(folder / "data-00000-of-00001.arrow"), table.schema) as stream:
            stream.write_table(table)
    found = read_parts(tmp_path)
    assert found.shown is not None
    assert (found.shown.texts, found.asked.texts) == (["a", "b"], ["c"])
    assert read_parts(tmp_path / "train").asked.texts == ["a", "b"]


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no part that is asked about"):
        read_parts(tmp_path)


def test_one_file_is_parted_the_same_each_time() -> None:
    shown, asked = held_out(100)
    assert (len(shown), len(asked)) == (70, 30)
    assert sorted([*shown, *asked]) == list(range(100))
    np.testing.assert_array_equal(asked, held_out(100)[1])
