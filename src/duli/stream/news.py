"""One text of a stream: what a record must have, and what is done with one that has not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from duli.errors import InputError
from duli.recipe import text_of

TEXT = ("text", "content", "body", "sentence", "summary", "description")
TITLE = ("title", "headline")
TIME = ("time", "date", "published", "timestamp", "created_at", "pubDate", "updated")
KEY = ("id", "guid", "url", "link")
LARGEST = 1_000_000
"""Bytes of one record."""

_KEPT = 2_000
_MILLISECONDS = 1e11
"""A time above this is in milliseconds: in seconds it would lie in the year 5138."""


@dataclass(frozen=True)
class News:
    """A text.

    Args:
        text: what it says.
        source: who says it.
        time: when, in seconds since 1970; None where that is not said.
        key: what the source calls it; empty where it calls it nothing.
        place: where the record stands.
    """

    text: str
    source: str
    time: float | None = None
    key: str = ""
    place: str = ""


@dataclass(frozen=True)
class Refused:
    """A record that is no text.

    Args:
        place: where it stands.
        reason: what is wrong with it.
        raw: its first bytes.
    """

    place: str
    reason: str
    raw: bytes = b""


Record = News | Refused


@dataclass(frozen=True)
class Taken:
    """What a source gave.

    Args:
        records: in its order.
        positions: by name, up to where what it read is in the records; to be stored together with what they say.
        done: called when all of it is stored.
    """

    records: tuple[Record, ...] = ()
    positions: Mapping[str, str] = field(default_factory=dict)
    done: Callable[[], None] = lambda: None


class Source(Protocol):
    """Where texts come from."""

    finished: bool
    """Whether nothing will come any more."""

    def open(self, position: Callable[[str], str | None]) -> None:
        """Begin, or go on where a position of this name was stored."""
        ...

    def take(self, most: int) -> Taken:
        """What there is now, about ``most`` records; waits for a tenth of a second at most."""
        ...

    def close(self) -> None:
        """End."""
        ...


def of_bytes(raw: bytes, source: str, place: str, *, plain: bool = False) -> Record:
    """A record of a line: a JSON object or, where it may be plain, a text as it stands."""
    if len(raw) > LARGEST:
        return Refused(place, f"a record has {LARGEST:,} bytes at most", raw[:_KEPT])
    try:
        line = raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        return Refused(place, f"this is not UTF-8, from byte {error.start + 1} on", raw[:_KEPT])
    if plain and not line.startswith("{"):
        return of_row({"text": line}, source, place)
    try:
        return of_row(json.loads(line), source, place)
    except (ValueError, RecursionError) as error:
        return Refused(place, f"this is not JSON: {error}", raw[:_KEPT])


def of_row(row: Any, source: str, place: str) -> Record:
    """A record of named fields.

    >>> of_row({"title": "Acme soars", "time": "2026-01-02T03:04:05Z", "id": 7}, "feed", "line 1").time
    1767323045.0
    """
    raw = json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "replace")[:_KEPT]
    if not isinstance(row, dict):
        return Refused(place, "a record must be an object with a text", raw)
    title, text = (str(_first(row, names) or "").strip() for names in (TITLE, TEXT))
    if title and text and not text.startswith(title):
        text = f"{title}\n{text}"
    try:
        plain = text_of(text or title)
        time = _time(_first(row, TIME))
    except InputError as error:
        return Refused(place, error.message, raw)
    key = _first(row, KEY)
    said = row.get("source")
    return News(plain, str(said) if said else source, time, "" if key is None else str(key), place)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _time(value: Any) -> float | None:
    """Seconds since 1970 of a number, of ISO 8601, or of the form of mails; a time without zone is UTC.

    Raises:
        InputError: it is none of these.
    """
    if value is None:
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value) / (1000 if abs(value) > _MILLISECONDS else 1)
        found = _moment(str(value).strip())
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        raise InputError(f"{value!r} is no time", hint="write 2026-01-31T12:00:00Z") from error


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return parsedate_to_datetime(text)
