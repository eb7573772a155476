"""One change of the store: rows written, and the log's entries for them, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from duli.errors import InputError
from duli.store.chain import append, canonical, digest
from duli.store.connection import writing

_NAME, _TEXT = 500, 1 << 20


class Writer:
    """Writes rows; what it wrote is logged as done by one person at one time."""

    def __init__(self, connection: sa.Connection, by: str) -> None:
        self.connection, self.by = connection, name("by", by)
        self.now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self.entries: list[dict[str, Any]] = []

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]], action: str) -> list[int]:
        """Add rows with the next numbers; returns these."""
        last = self.connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0
        whole = dict.fromkeys(column.name for column in table.columns)
        made = [{**whole, **row, "id": last + i} for i, row in enumerate(rows, 1)]
        if made:
            self.connection.execute(sa.insert(table), made)
        for row in made:
            self._entry(action, f"{table.name}/{row['id']}", digest(row), {})
        return [row["id"] for row in made]

    def find(self, table: sa.Table, number: int) -> dict[str, Any]:
        """The row with a number.

        Raises:
            InputError: there is none.
        """
        row = self.connection.execute(sa.select(table).where(table.c.id == number)).mappings().first()
        if row is None:
            raise InputError(f"there is no {table.name}/{number}")
        return dict(row)

    def update(
        self, table: sa.Table, row: Mapping[str, Any], changes: Mapping[str, Any], action: str
    ) -> None:
        """Change some columns of a row."""
        self.connection.execute(sa.update(table).where(table.c.id == row["id"]).values(**changes))
        self._entry(action, f"{table.name}/{row['id']}", digest({**row, **changes}), {})

    def log(self, action: str, detail: Mapping[str, Any]) -> None:
        """Add an entry that is about no row."""
        self._entry(name("action", action), "", "", detail)

    def _entry(self, action: str, subject: str, content: str, detail: Mapping[str, Any]) -> None:
        self.entries.append(
            {
                "at": self.now,
                "by": self.by,
                "action": action,
                "subject": subject,
                "content": content,
                "detail": data("detail", detail),
            }
        )


@contextmanager
def change(engine: sa.Engine, by: str) -> Iterator[Writer]:
    """A writer; when the block ends, all that it wrote is on the disk, and when it fails, nothing is."""
    with writing(engine) as connection:
        writer = Writer(connection, by)
        yield writer
        if writer.entries:
            append(connection, writer.entries)


def text(what: str, value: str, most: int = _TEXT) -> str:
    """A text that every database can keep.

    Raises:
        InputError: it is too long, or has characters that are none.
    """
    if not isinstance(value, str):
        raise InputError(f"{what} must be text")
    if len(value) > most:
        raise InputError(f"{what} has {len(value):,} characters", hint=f"at most {most:,} are kept")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{what} is not Unicode text: half a character at {error.start}") from None
    if "\x00" in value:
        raise InputError(f"{what} has the character NUL")
    return value


def name(what: str, value: str) -> str:
    """A short text that is not empty."""
    if not text(what, value, _NAME).strip():
        raise InputError(f"{what} is empty")
    return value


def data(what: str, value: object) -> str:
    """Data as JSON text.

    Raises:
        InputError: JSON has no form for it.
    """
    try:
        return text(what, canonical(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{what} cannot be kept as JSON: {error}") from None
