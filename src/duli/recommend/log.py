"""What people took, in the order in which they took it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import DataError, Place
from duli.files import warn_once
from duli.kb import rows
from duli.types import Codes, Floats

USER, ITEM, TIME, EVENT = ("user", "user_id"), ("item", "item_id"), ("time", "timestamp", "date"), ("event",)
RETURNED = "returned"
"""The event of an item that was given back."""


@dataclass(frozen=True, eq=False)
class Log:
    """Who took what, and when: sorted by user, then by time; each user has each item once, at its last time.

    Args:
        users: names, in the order of their first row.
        starts: where each user's rows begin [u + 1].
        items: numbers of items [n].
        times: in seconds [n].
        returned: which rows were given back [n].
    """

    users: tuple[str, ...]
    starts: Codes
    items: Codes
    times: Floats
    returned: Codes

    def __len__(self) -> int:
        return len(self.users)

    def find(self, user: str) -> int | None:
        """The number of a user; None where there is none of this name."""
        return self._numbers.get(user)

    def of(self, user: int) -> History:
        """What a user took."""
        part = slice(int(self.starts[user]), int(self.starts[user + 1]))
        return History(self.items[part], self.times[part], self.returned[part] > 0)

    def histories(self) -> Iterable[History]:
        """Of every user."""
        return (self.of(user) for user in range(len(self)))

    def keep(self, rows: Any) -> Log:
        """The rows that a mask [n] keeps, of the same users."""
        ends = np.concatenate(([0], np.cumsum(rows)))[self.starts]
        return replace(
            self, starts=ends, items=self.items[rows], times=self.times[rows], returned=self.returned[rows]
        )

    @property
    def last(self) -> Any:
        """A mask [n] of each user's last row, where there are at least two."""
        found = np.zeros(len(self.items), bool)
        found[self.starts[1:][np.diff(self.starts) > 1] - 1] = True
        return found

    @property
    def owner(self) -> Codes:
        """Whose each row is [n]."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {name: number for number, name in enumerate(self.users)}


@dataclass(frozen=True, eq=False)
class History:
    """What one user took: numbers of items [n], times [n], and which were given back [n]; the oldest first."""

    items: Codes
    times: Floats
    returned: Any

    def __len__(self) -> int:
        return len(self.items)


def of_rows(triples: Sequence[tuple[str, int, float, bool]]) -> Log:
    """A log of (user, item, time, returned), in any order; of one user and item the last counts."""
    users = {name: number for number, name in enumerate(dict.fromkeys(row[0] for row in triples))}
    user = np.array([users[row[0]] for row in triples], np.int64)
    item = np.array([row[1] for row in triples], np.int64)
    time = np.array([row[2] for row in triples], np.float64)
    back = np.array([row[3] for row in triples], np.int64)
    order = np.lexsort((time, user))
    # The last of each (user, item) is the first of the order turned round.
    turned = order[::-1]
    _, first = np.unique(user[turned] * (item.max() + 1) + item[turned], return_index=True)
    kept = turned[np.sort(first)][::-1]
    starts = np.searchsorted(user[kept], np.arange(len(users) + 1))
    return Log(tuple(users), starts, item[kept], time[kept], back[kept])


def read(path: Path, items: Mapping[str, int]) -> Log:
    """Read rows of (user, item, time, and perhaps event); numbers of items are those given.

    Rows that name an unknown item are left aside, rows that stand twice or out of order are put right; both are said.
    Without times, the order of the file counts.

    Raises:
        DataError: with file and line: a cell is missing or no time, or there are no rows.
    """
    found: list[tuple[str, int, float, bool]] = []
    unknown: dict[str, int] = {}
    timed: bool | None = None
    for place, row in rows.read(path):
        user, item = cell(row, USER, place), cell(row, ITEM, place)
        given = next((row[name] for name in TIME if row.get(name) not in (None, "")), None)
        if timed is None:
            timed = given is not None
        if timed != (given is not None):
            raise DataError("some rows have a time and some have none", where=place)
        if item not in items:
            unknown[item] = unknown.get(item, 0) + 1
            continue
        when = float(len(found)) if given is None else seconds(given, place)
        event = next((str(row[name]) for name in EVENT if row.get(name)), "")
        found.append((user, items[item], when, event == RETURNED))
    if unknown:
        some = ", ".join(list(unknown)[:3])
        warn_once(f"{path}: {sum(unknown.values()):,} rows name unknown items ({some}): left aside")
    if not found:
        raise DataError("there are no rows of known items", where=str(path))
    made = of_rows(found)
    twice = len(found) - len(made.items)
    if twice:
        warn_once(f"{path}: {twice:,} rows repeat a user's item: its last time counts")
    return made


def cell(row: Mapping[str, Any], names: Sequence[str], place: Place) -> str:
    """The text of the first of these columns that the row has; DataError where it is missing, empty or no text."""
    value = next((row[name] for name in names if name in row), None)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        hint = f"it has: {', '.join(map(str, row))}"
        raise DataError(f"this row has no {names[0]!r}", where=place, hint=hint)
    return str(value).strip()


def seconds(given: Any, place: Place) -> float:
    """A time, as seconds or as a date of ISO 8601 (without a zone: UTC), in seconds; DataError where it is none."""
    try:
        if isinstance(given, str) and not given.replace(".", "", 1).lstrip("-").isdigit():
            when = datetime.fromisoformat(given)
            return (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()
        number = float(given)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{str(given)[:40]!r} is no time", where=place, hint="write 2026-11-25 or seconds"
        ) from error
    if not np.isfinite(number):
        raise DataError("a time must be finite", where=place)
    return number
