"""The audit log: each entry's hash covers its content and the hash before it, so that a change breaks the chain.

An entry of a row's change carries the hash of the row, so that the tables are vouched for as well: the last entry of a
row must have the row's hash, and every row must have one. What a chain cannot show is that its end was cut off and
nothing else remembers it; an anchor, a number and a hash noted elsewhere, shows that too (Schneier and Kelsey 1999).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from duli.errors import InputError
from duli.store.schema import CONTENT, audit

_START = "0" * 64
_BATCH = 1000


@dataclass(frozen=True)
class Entry:
    """One entry of the log.

    Args:
        id: its number, from 1 without gaps.
        at: when, ISO 8601 in UTC.
        by: who.
        action: what was done: ``facts.assert``.
        subject: the row that it is about, ``facts/12``; empty where there is none.
        content: SHA-256 of the row as it was then; empty where there is none.
        detail: more about it.
        hash: SHA-256 of all this and of the hash before.
    """

    id: int
    at: str
    by: str
    action: str
    subject: str
    content: str
    detail: Mapping[str, Any]
    hash: str


@dataclass(frozen=True)
class Anchor:
    """An entry's number and hash, noted elsewhere: ``12:5f0c…``."""

    id: int
    hash: str

    def __str__(self) -> str:
        return f"{self.id}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """The anchor that ``str`` wrote.

        Raises:
            InputError: it is none.
        """
        number, _, digest = text.strip().partition(":")
        if not number.isdecimal() or len(digest) != len(_START):
            raise InputError(f"{text[:100]!r} is no anchor", hint="an anchor is NUMBER:HASH")
        return cls(int(number), digest)


@dataclass(frozen=True)
class Verdict:
    """Whether the log is whole.

    Args:
        entries: how many were looked at.
        anchor: the last one; None of an empty log.
        problem: what is wrong first; None when nothing is.
    """

    entries: int
    anchor: Anchor | None
    problem: str | None


def canonical(value: object) -> str:
    """JSON in the one form that is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(row: Mapping[str, object]) -> str:
    """SHA-256 of a row."""
    return hashlib.sha256(canonical(dict(row)).encode()).hexdigest()


def append(connection: sa.Connection, entries: Sequence[Mapping[str, Any]]) -> Anchor:
    """Add entries, each with at, by, action, subject, content and detail (JSON text), at the end of the log.

    Only inside ``connection.writing``: two writers at once would both follow the same entry.
    """
    last = head(connection)
    number, before = (last.id, last.hash) if last is not None else (0, _START)
    made = []
    for entry in entries:
        number += 1
        row = {**entry, "id": number}
        before = _link(before, row)
        made.append({**row, "hash": before})
    connection.execute(sa.insert(audit), made)
    return Anchor(number, before)


def head(connection: sa.Connection) -> Anchor | None:
    """The last entry; None of an empty log."""
    query = sa.select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)
    last = connection.execute(query).first()
    return None if last is None else Anchor(last.id, last.hash)


def read(connection: sa.Connection, after: int, limit: int) -> list[Entry]:
    """Entries after a number, in their order."""
    query = sa.select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
    return [
        Entry(**{**row, "detail": json.loads(row["detail"])}) for row in connection.execute(query).mappings()
    ]


def verify(connection: sa.Connection, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Go over the whole log, and over every row that it vouches for."""
    wanted = {anchor.id: anchor.hash for anchor in anchors}
    before, number = _START, 0
    contents: dict[str, str] = {}
    rows = connection.execute(_all(audit))
    for row in rows.mappings():
        number += 1
        entry = dict(row)
        found = entry.pop("hash")
        here = None if number == 1 else Anchor(number - 1, before)
        if entry["id"] != number:
            return Verdict(number - 1, here, f"entry {number} is missing")
        if found != _link(before, entry):
            return Verdict(number - 1, here, f"entry {number} was changed, or one before it taken out")
        if wanted.pop(number, found) != found:
            return Verdict(number, here, f"entry {number} is not the one that the anchor is of")
        before = found
        if entry["subject"]:
            contents[entry["subject"]] = entry["content"]
    end = Anchor(number, before) if number else None
    if wanted:
        problem = (
            f"the log ends at entry {number}, and an anchor is of entry {max(wanted)}: its end is cut off"
        )
        return Verdict(number, end, problem)
    return Verdict(number, end, _unlike(connection, contents))


def _all(table: sa.Table) -> Any:
    return sa.select(table).order_by(table.c.id).execution_options(yield_per=_BATCH)


def _unlike(connection: sa.Connection, contents: dict[str, str]) -> str | None:
    """The first row that is not what the log says."""
    for table in CONTENT:
        for row in connection.execute(_all(table)).mappings():
            subject = f"{table.name}/{row['id']}"
            said = contents.pop(subject, None)
            if said is None:
                return f"{subject} is in the store, and the log does not know of it"
            if said != digest(row):
                return f"{subject} was changed behind the log"
    return f"{next(iter(contents))} is in the log, and not in the store any more" if contents else None


def _link(before: str, entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{before}\n{canonical(dict(entry))}".encode()).hexdigest()
