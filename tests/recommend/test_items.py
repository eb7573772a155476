"""Items are read with what rules and weights need of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duli.errors import DataError
from duli.recommend import items
from tests.recommend.conftest import write


def read(path: Path) -> items.Items:
    return items.read(
        path, text=("title", "genres"), facts={"genre": "genres", "part": "part"}, numbers=("year",)
    )


def test_texts_facts_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    write(
        path,
        [
            {"item": 1, "title": "三体", "genres": ["科幻", "小说"], "part": 1, "year": "01-Jan-2008"},
            {"item": "b", "title": "Salt", "genres": [], "part": None, "year": 1995.5},
            {"item": "c", "title": "Rain", "year": "unknown"},
        ],
    )
    made = read(path)
    assert made.names == ("1", "b", "c")
    assert made.texts == ("三体. 科幻, 小说", "Salt", "Rain")
    assert made.facts == {"genre": ((0, "科幻"), (0, "小说")), "part": ((0, 1),)}
    assert np.array_equal(made.numbers["year"], [2008, 1995.5, np.nan], equal_nan=True)


def test_cells_of_csv_become_numbers_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("item,title,genres,part,year\nx,Tea,drink,2,1999\n", "utf-8")
    assert read(path).facts == {"genre": ((0, "drink"),), "part": ((0, 2),)}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"item": "a"}], "the item 'a' has no text"),
        ([{"title": "Tea"}], "this row has no 'item'"),
        (
            [{"item": "a", "title": "Tea"}, {"item": "a", "title": "Te"}],
            "stands there twice, and differently",
        ),
        ([{"item": "a", "title": "x" * 100_001}], "100,000 is the limit"),
        ([], "there are no items"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, rows: list[dict[str, object]], message: str) -> None:
    path = tmp_path / "items.jsonl"
    write(path, rows)
    with pytest.raises(DataError, match=message):
        read(path)


def test_the_same_item_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    write(path, [{"item": "a", "title": "Tea"}] * 2)
    assert len(read(path)) == 1
