"""Histories are put in order, and what is wrong with a file is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from duli.errors import DataError, Place
from duli.recommend import log
from tests.recommend.conftest import write

ITEMS = {"a": 0, "b": 1, "c": 2, "书": 3}


def read(tmp_path: Path, *rows: dict[str, object]) -> log.Log:
    path = tmp_path / "taken.jsonl"
    write(path, rows)
    return log.read(path, ITEMS)


def row(user: object, item: object, **more: object) -> dict[str, object]:
    return {"user": user, "item": item, **more}


def test_rows_are_sorted_by_time_and_a_repeat_counts_once_at_its_last_time(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        row("u", "b", time=3),
        row("u", "a", time=1),
        row("u", "书", time=2),
        row("u", "a", time=4),
        row(7, "c", time=1),
    )
    assert made.users == ("u", "7")
    assert made.of(0).items.tolist() == [3, 1, 0]
    assert made.of(1).items.tolist() == [2]
    assert made.find("7") == 1
    assert made.find("nobody") is None


def test_times_are_seconds_or_dates_and_without_any_the_file_s_order_counts(tmp_path: Path) -> None:
    made = read(tmp_path, row("u", "a", time="2026-01-02"), row("u", "b", time="2026-01-01T08:00:00+08:00"))
    assert made.of(0).items.tolist() == [1, 0]
    assert made.of(0).times.tolist() == [1767225600.0, 1767312000.0]
    assert read(tmp_path, row("u", "c"), row("u", "a")).of(0).items.tolist() == [2, 0]


def test_what_was_returned_is_known(tmp_path: Path) -> None:
    made = read(tmp_path, row("u", "a", time=1), row("u", "b", time=2, event="returned"))
    assert made.of(0).returned.tolist() == [False, True]


def test_rows_of_unknown_items_are_left_aside_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = read(tmp_path, row("u", "a"), row("u", "zzz"), row("u", "b"))
    assert made.of(0).items.tolist() == [0, 1]
    assert "1 rows name unknown items (zzz)" in caplog.text


def test_the_last_row_of_each_user_is_held_out(tmp_path: Path) -> None:
    made = read(tmp_path, row("u", "a"), row("u", "b"), row("v", "c"))
    assert made.last.tolist() == [False, True, False]
    rest = made.keep(~made.last)
    assert [rest.of(user).items.tolist() for user in range(2)] == [[0], [2]]


@pytest.mark.parametrize(
    ("rows", "message", "line"),
    [
        ([row("u", "a"), {"user": "u"}], "this row has no 'item'", 2),
        ([{"item": "a"}], "this row has no 'user'", 1),
        ([row("  ", "a")], "this row has no 'user'", 1),
        ([row(True, "a")], "this row has no 'user'", 1),
        ([row("u", "a", time="soon")], "'soon' is no time", 1),
        ([row("u", "a", time=float("inf"))], "a time must be finite", 1),
        ([row("u", "a", time=1), row("u", "b")], "some rows have a time and some have none", 2),
        ([row("u", "zzz")], "there are no rows of known items", None),
        ([], "there are no rows of known items", None),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, rows: list[dict[str, object]], message: str, line: int | None
) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, *rows)
    assert caught.value.message == message
    where = caught.value.where
    assert line is None or (isinstance(where, Place) and where.line == line)


def test_a_broken_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "taken.csv"
    path.write_bytes(b"user,item\nu,a\n" + b"u,\xff\n")
    with pytest.raises(DataError, match="this is not UTF-8") as caught:
        log.read(path, ITEMS)
    assert isinstance(caught.value.where, Place)
    assert caught.value.where.line == 3
