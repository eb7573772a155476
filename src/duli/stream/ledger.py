"""What a monitor knows, in one SQLite file: how far sources were read, texts, counts, alerts, what is to be delivered.

What a batch changes, its positions included, is one transaction: after a crash it was counted once or not yet. The
journal is written ahead (WAL), and a commit is on the disk before it returns.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import DataError
from duli.stream import repeats
from duli.stream.news import News, Refused
from duli.types import Codes, Floats

REPEATED = 3 * 86_400.0
"""Seconds over which the same words are the same news."""

LATER = 86_400.0
"""Seconds that a text may be dated ahead of the clock; one from farther ahead counts as of now."""

_VERSION = 1
_SCHEMA = """
create table meta (key text primary key, value text) without rowid;
create table position (name text primary key, value text) without rowid;
create table text (id integer primary key, source text, key text, time real, late integer, topic text, said text,
  hash text, repeats integer default 0);
create index text_key on text (source, key) where key != '';
create index text_hash on text (hash);
create index text_time on text (time);
create table band (band text, text integer, time real, primary key (band, text)) without rowid;
create table toward (company text, text integer, time real, good real, bad real, counted integer,
  primary key (company, time, text)) without rowid;
create table count (kind text, name text, bucket integer, texts integer, good real, bad real, counted integer,
  primary key (kind, name, bucket)) without rowid;
create table alert (id text primary key, company text, time real, body text) without rowid;
create table delivery (alert text, channel text, tries integer default 0, next real, done real, error text,
  primary key (alert, channel)) without rowid;
create table refused (id integer primary key, time real, place text, reason text, raw blob);
"""


@dataclass(frozen=True)
class Toward:
    """What a text says of a company: probabilities of a good and of a bad mood, and whether it counts as bad news."""

    company: str
    good: float
    bad: float
    counted: bool


@dataclass(frozen=True)
class Fresh:
    """A text that was not there before: its number, and when it is of, in seconds since 1970."""

    number: int
    news: News
    time: float


@dataclass(frozen=True)
class Entry:
    """What is stored of a text.

    Args:
        text: which.
        late: whether its window was closed when it came.
        topic: what it is about.
        mood: probabilities of a good and of a bad mood.
        toward: of each company.
    """

    text: Fresh
    late: bool
    topic: str
    mood: tuple[float, float]
    toward: tuple[Toward, ...]


class Ledger:
    """The file.

    Args:
        path: it is made where it is not there.

    Raises:
        DataError: it is no such file, or of another version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            (version,) = self._db.execute("pragma user_version").fetchone()
            if version == 0:
                self._db.executescript(f"begin;{_SCHEMA}pragma user_version = {_VERSION};commit;")
        except (sqlite3.Error, OSError) as error:
            raise DataError(f"the state cannot be opened: {error}", where=str(path)) from error
        if version not in (0, _VERSION):
            raise DataError(
                f"the state is of version {version}", where=str(path), hint="begin with another file"
            )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self._db.execute(query, values).fetchall()

    def get(self, key: str) -> Any:
        """What was set under a key; None where nothing was."""
        found = self.rows("select value from meta where key = ?", (key,))
        return json.loads(found[0][0]) if found else None

    def set(self, key: str, value: Any) -> None:
        """Set a value, as JSON."""
        self._db.execute("replace into meta values (?, ?)", (key, json.dumps(value)))

    def position(self, name: str) -> str | None:
        """How far a source was read."""
        found = self.rows("select value from position where name = ?", (name,))
        return str(found[0][0]) if found else None

    def move(self, positions: Mapping[str, str]) -> None:
        """Store how far sources were read."""
        self._db.executemany("replace into position values (?, ?)", positions.items())

    def refuse(self, refused: Sequence[Refused]) -> None:
        """Keep records that are no texts, for whoever mends them."""
        rows = [(time.time(), r.place, r.reason, r.raw) for r in refused]
        self._db.executemany("insert into refused (time, place, reason, raw) values (?, ?, ?, ?)", rows)

    def fresh(self, news: Sequence[tuple[News, float]]) -> list[Fresh]:
        """Those that were not there before; of the others it is counted how often they come. In a transaction.

        The same text is the same key of the same source, or the same or nearly the same words within three days.
        """
        kept = []
        for one, when in news:
            words = repeats.plain(one.text)
            own = repeats.shingles(words)
            known = self._known(one, when, words, own)
            if known is None:
                kept.append(Fresh(self._remember(one, when, words, own), one, when))
            else:
                self._db.execute("update text set repeats = repeats + 1 where id = ?", (known,))
        return kept

    def _known(self, one: News, when: float, words: Sequence[str], own: Codes) -> int | None:
        if one.key:
            same = self.rows("select id from text where source = ? and key = ?", (one.source, one.key))
            if same:
                return int(same[0][0])
        near = (when - REPEATED, when + REPEATED)
        same = self.rows(
            "select id from text where hash = ? and time between ? and ? limit 1",
            (repeats.exact(words), *near),
        )
        if same:
            return int(same[0][0])
        names = repeats.bands(own)
        marks = ",".join("?" * len(names))
        nearby = self.rows(
            f"select distinct t.id, t.said from band b join text t on t.id = b.text where b.band in ({marks}) "  # noqa: S608
            "and b.time between ? and ? limit 50",
            (*names, *near),
        )
        for number, said in nearby:
            if repeats.alike(own, repeats.shingles(repeats.plain(said))) >= repeats.ALIKE:
                return int(number)
        return None

    def _remember(self, one: News, when: float, words: Sequence[str], own: Codes) -> int:
        made = self._db.execute(
            "insert into text (source, key, time, said, hash) values (?, ?, ?, ?, ?)",
            (one.source, one.key, when, one.text, repeats.exact(words)),
        )
        number = int(made.lastrowid or 0)
        rows = [(name, number, when) for name in repeats.bands(own)]
        self._db.executemany("insert or ignore into band values (?, ?, ?)", rows)
        return number

    def write(self, entries: Sequence[Entry], window: float) -> None:
        """Store what fresh texts say, and count them. In the same transaction."""
        for entry in entries:
            number, time = entry.text.number, entry.text.time
            self._db.execute(
                "update text set late = ?, topic = ? where id = ?", (entry.late, entry.topic, number)
            )
            self._db.executemany(
                "insert into toward values (?, ?, ?, ?, ?, ?)",
                [(t.company, number, time, t.good, t.bad, t.counted) for t in entry.toward],
            )
            bucket, (good, bad) = int(time // window), entry.mood
            counted = int(any(t.counted for t in entry.toward))
            rows = [
                ("all", "", bucket, good, bad, counted),
                ("topic", entry.topic, bucket, good, bad, counted),
            ]
            rows += [("company", t.company, bucket, t.good, t.bad, int(t.counted)) for t in entry.toward]
            self._db.executemany(
                "insert into count values (?, ?, ?, 1, ?, ?, ?) on conflict do update set texts = texts + 1, "
                "good = good + excluded.good, bad = bad + excluded.bad, counted = counted + excluded.counted",
                rows,
            )

    def counts(self, bucket: int, companies: Mapping[str, int]) -> tuple[Floats, float]:
        """Bad texts of each company in a window [K], and all texts in it."""
        bad = np.zeros(len(companies))
        rows = self.rows(
            "select name, counted from count where kind = 'company' and bucket = ? and counted > 0", (bucket,)
        )
        for name, counted in rows:
            if name in companies:
                bad[companies[name]] = counted
        total = self.rows(
            "select texts from count where kind = 'all' and name = '' and bucket = ?", (bucket,)
        )
        return bad, float(total[0][0]) if total else 0.0

    def bad_texts(self, company: str, since: float, most: int) -> list[tuple[str, str, str, float, float]]:
        """(text, source, key, time, probability) of the worst texts about a company, the worst first."""
        return self.rows(
            "select t.said, t.source, t.key, t.time, w.bad from toward w join text t on t.id = w.text "
            "where w.company = ? and w.time >= ? and w.counted order by w.bad desc, t.id limit ?",
            (company, since, most),
        )

    def trend(self, kind: str, since: float, window: float) -> list[tuple[str, int, int, float, float]]:
        """(name, bucket, texts, mean mood in [-1, 1], bad texts) of topics or companies, by name and time."""
        return self.rows(
            "select name, bucket, texts, (good - bad) / texts, counted from count where kind = ? and bucket >= ? "
            "order by name, bucket",
            (kind, int(since // window)),
        )

    def write_alert(self, key: str, company: str, time: float, body: str, channels: Sequence[str]) -> None:
        """An alert, to be delivered by each channel; one of the same key is there once."""
        self._db.execute("insert or ignore into alert values (?, ?, ?, ?)", (key, company, time, body))
        rows = [(key, channel, time) for channel in channels]
        self._db.executemany("insert or ignore into delivery (alert, channel, next) values (?, ?, ?)", rows)

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts, the oldest first."""
        return [json.loads(body) for (body,) in self.rows("select body from alert order by time, id")]

    def due(self, now: float) -> list[tuple[str, str, int, str]]:
        """(key, channel, tries, body) of what is to be delivered now."""
        return self.rows(
            "select d.alert, d.channel, d.tries, a.body from delivery d join alert a on a.id = d.alert "
            "where d.done is null and d.next <= ? order by a.time limit 100",
            (now,),
        )

    def delivered(self, key: str, channel: str, time: float) -> None:
        """An alert was delivered."""
        self._db.execute(
            "update delivery set done = ?, tries = tries + 1, error = null where alert = ? and channel = ?",
            (time, key, channel),
        )

    def delayed(self, key: str, channel: str, until: float, error: str) -> None:
        """An alert was not delivered, and is to be tried again."""
        self._db.execute(
            "update delivery set next = ?, tries = tries + 1, error = ? where alert = ? and channel = ?",
            (until, error, key, channel),
        )

    def forget(self, before: float) -> None:
        """Let go of what tells repeated texts apart, for texts from before a time."""
        self._db.execute("delete from band where time < ?", (before,))
