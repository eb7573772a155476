"""What can be recommended: names, words, properties, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import DataError
from duli.files import warn_once
from duli.kb import rows
from duli.recommend.log import ITEM, cell
from duli.types import Floats, Value

_TITLE = ("title", "name")
_LONGEST = 100_000


@dataclass(frozen=True, eq=False)
class Items:
    """Items, by number from 0.

    Args:
        names: identifiers [n].
        titles: what people call them [n].
        texts: what is read of each [n].
        facts: by predicate, the rows (item, value).
        numbers: by name, [n]; NaN where it is not known.
    """

    names: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    facts: Mapping[str, tuple[tuple[int, Value], ...]]
    numbers: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def by_name(self) -> dict[str, int]:
        """The number of each name."""
        return {name: number for number, name in enumerate(self.names)}


def read(path: Path, *, text: Sequence[str], facts: Mapping[str, str], numbers: Sequence[str] = ()) -> Items:
    """Read items.

    Args:
        path: of any format of ``duli.kb.rows``.
        text: the columns that are read as text, in this order; an item needs one of them.
        facts: by predicate, the column that fills it; a list of values makes several facts.
        numbers: columns of numbers that learned weights combine; of a date, the year.

    Raises:
        DataError: with file and line: an item has no name or no text, or stands there twice and differently; there is
            none.
    """
    found: dict[str, tuple[Mapping[str, Any], str]] = {}
    twice = 0
    for place, row in rows.read(path):
        name = cell(row, ITEM, place)
        said = ". ".join(words for column in text if (words := _words(row.get(column))))
        if not said:
            raise DataError(
                f"the item {name!r} has no text", where=place, hint=f"give one of: {', '.join(text)}"
            )
        if len(said) > _LONGEST:
            raise DataError(f"the text has {len(said):,} characters; {_LONGEST:,} is the limit", where=place)
        if name in found:
            if found[name][0] != row:
                raise DataError(f"the item {name!r} stands there twice, and differently", where=place)
            twice += 1
        found[name] = row, said
    if twice:
        warn_once(f"{path}: {twice:,} items stand there twice: once counts")
    if not found:
        raise DataError("there are no items", where=str(path))
    given = [row for row, _ in found.values()]
    return Items(
        tuple(found),
        tuple(str(next((row[t] for t in _TITLE if row.get(t)), name)) for name, (row, _) in found.items()),
        tuple(said for _, said in found.values()),
        {predicate: tuple(_values(given, column)) for predicate, column in facts.items()},
        {column: np.array([_number(row.get(column)) for row in given]) for column in numbers},
    )


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value).strip()


def _values(given: Sequence[Mapping[str, Any]], column: str) -> list[tuple[int, Value]]:
    """The facts of one column: a cell is a value, a list several, empty none."""
    found: list[tuple[int, Value]] = []
    for number, row in enumerate(given):
        value = row.get(column)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, bool) or each is None or not str(each).strip():
                continue
            found.append((number, _plain(each)))
    return found


def _plain(value: Any) -> Value:
    """A number where it is one, else a text: cells of CSV are all text."""
    if isinstance(value, int | float):
        return value
    try:
        return int(str(value))
    except ValueError:
        return str(value).strip()


def _number(value: Any) -> float:
    """A number; of a text such as 1995-01-31 or 01-Jan-1995 the year; NaN where there is none."""
    if value is None or isinstance(value, bool):
        return np.nan
    try:
        found = float(value)
        return found if np.isfinite(found) else np.nan
    except (TypeError, ValueError):
        years = [
            part for part in str(value).replace("/", "-").split("-") if len(part) == 4 and part.isdigit()
        ]
        return float(years[0]) if years else np.nan
