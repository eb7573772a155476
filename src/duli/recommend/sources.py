"""The files of items and histories: in a recipe's folder, or in one of your own."""

from __future__ import annotations

from pathlib import Path

from duli.errors import DataError
from duli.kb.rows import READERS
from duli.recipe.recommend import Recommend
from duli.recommend import items, log
from duli.recommend.items import Items
from duli.recommend.log import Log

TRAIN, LAST = "train", ("last", "test")
"""What files of histories are called too: what is learned from, and what each user took last."""


def find(folder: Path, *names: str) -> Path | None:
    """The file of one of these names, whatever its ending; None where there is none."""
    for name in names:
        stem = name.partition(".")[0]
        for ending in (end + more for end in READERS for more in ("", ".gz")):
            if (path := folder / (stem + ending)).is_file():
                return path
    return None


def paths(folder: Path, table: Recommend) -> tuple[Path, Path]:
    """The files of items and of histories in a folder; DataError where one is not there."""
    if not folder.is_dir():
        raise DataError("this is no folder", where=str(folder), hint="a folder holds items.* and taken.*")
    found = find(folder, table.items), find(folder, table.taken, TRAIN)
    for path, name in zip(found, (table.items, table.taken), strict=True):
        if path is None:
            raise DataError(f"there is no {name}", where=str(folder), hint=f"endings: {', '.join(READERS)}")
    assert found[0] is not None and found[1] is not None  # noqa: S101, PT018
    return found[0], found[1]


def read(folder: Path, table: Recommend) -> tuple[Items, Log]:
    """The items and histories of a folder."""
    of_items, of_log = paths(folder, table)
    made = items.read(of_items, text=table.text, facts=table.facts, numbers=table.numbers)
    return made, log.read(of_log, made.by_name)
