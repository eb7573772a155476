"""The loop: take, tell repeats apart, read, count, see whether an alarm is due; all of a batch in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from duli.errors import DuliError
from duli.files import warn_once
from duli.stream import alert as alerts
from duli.stream.alarms import Alarms
from duli.stream.ledger import LATER, REPEATED, Entry, Fresh, Ledger, Toward
from duli.stream.lock import own
from duli.stream.news import News, Record, Refused, Source, Taken
from duli.stream.outbox import Outbox, channel
from duli.stream.reading import Reader, Reading

BATCH = 256
_IDLE = 0.2
_KNOWLEDGE_EVERY = 2.0
_FORGET_EVERY = 3_600.0
_STOP = 30.0


@dataclass
class Tally:
    """What was done since the start."""

    texts: int = 0
    repeated: int = 0
    refused: int = 0
    late: int = 0
    alerts: int = 0
    delivered: int = 0
    seconds: float = field(default=0.0, compare=False)


class Watching:
    """Watches sources, with its state in a file.

    Args:
        load: makes the reader anew, when the recipe's files were changed.
        files: the recipe's files.
        state: the file of the ledger.
        sources: where texts come from.
        addresses: where alerts go.
        told: called with each alert.

    Raises:
        InputError: another process watches with this state.
    """

    def __init__(
        self,
        load: Callable[[], Reader],
        files: Sequence[Path],
        state: Path,
        sources: Sequence[Source],
        addresses: Sequence[str] = (),
        told: Callable[[dict[str, object]], None] = lambda alert: None,
    ) -> None:
        self.tally = Tally()
        self._load, self._paths, self._told = load, files, told
        self.reader = load()
        watch, companies = self.reader.watch, list(self.reader.companies)
        self._delivery = _Delivery(state, addresses, self.tally)
        self._changed = self._stamps()
        self._looked = self._forgot = time.monotonic()
        self._lock = own(state.with_name(state.name + ".lock"))
        try:
            self.ledger = Ledger(state)
            self.alarms = Alarms(self.ledger, watch, companies)
        except DuliError:
            self._lock.close()
            raise
        self.outbox = Outbox(self.ledger, addresses)
        self.sources = list(sources)
        self._opened: list[Source] = []

    def run(self, *, stop: threading.Event | None = None) -> Tally:
        """Watch until all sources are finished, or told to stop; what is due is delivered by a thread of its own."""
        stop = stop or threading.Event()
        begun = time.perf_counter()
        self._delivery.start()
        try:
            for source in self.sources:
                source.open(self.ledger.position)
                self._opened.append(source)
            while not stop.is_set() and not all(source.finished for source in self.sources):
                if not self.step():
                    stop.wait(_IDLE)
        finally:
            self.tally.seconds = time.perf_counter() - begun
            self.close()
        return self.tally

    def step(self) -> int:
        """One batch of each source; returns how many records there were."""
        self._renew()
        found = 0
        for source in self.sources:
            taken = source.take(BATCH)
            if taken.records or taken.positions:
                made = self._batch(taken)
                taken.done()
                for each in made:
                    self._told(each)
            found += len(taken.records)
        return found

    def close(self) -> None:
        """Close sources and files, after a last try to deliver."""
        for source in self._opened:
            source.close()
        self._opened = []
        self._delivery.stop()
        self.ledger.close()
        self._lock.close()

    def _batch(self, taken: Taken) -> list[dict[str, object]]:
        news, refused = _sorted(taken.records)
        ledger, made = self.ledger, list[dict[str, object]]()
        with ledger.transaction():
            ledger.refuse(refused)
            fresh = ledger.fresh(self._dated(news))
            entries = self._entries(fresh)
            ledger.write(entries, self.reader.watch.window)
            for alarm in self.alarms.after([entry.text.time for entry in entries if not entry.late]):
                each = alerts.make(alarm, self.reader, ledger)
                self.outbox.put(str(each["id"]), alarm.company, each)
                made.append(each)
            ledger.move(taken.positions)
            if time.monotonic() - self._forgot > _FORGET_EVERY:
                self._forgot = time.monotonic()
                ledger.forget((ledger.get("newest") or 0.0) - 2 * REPEATED)
        tally = self.tally
        tally.texts += len(fresh)
        tally.repeated += len(news) - len(fresh)
        tally.refused += len(refused)
        tally.late += sum(entry.late for entry in entries)
        tally.alerts += len(made)
        return made

    def _dated(self, news: Sequence[News]) -> list[tuple[News, float]]:
        """When texts are of: without a time, or with one to come, now; among old news, as new as the newest."""
        now = time.time()
        said = [None if one.time is None or one.time > now + LATER else one.time for one in news]
        known = [when for when in (*said, self.ledger.get("newest")) if when is not None]
        other = now if not known or now - max(known) < LATER else max(known)
        return [(one, other if when is None else when) for one, when in zip(news, said, strict=True)]

    def _entries(self, fresh: Sequence[Fresh]) -> list[Entry]:
        if not fresh:
            return []
        readings = self.reader.read([one.news.text for one in fresh]).readings
        watch = self.reader.watch
        return [
            Entry(
                one,
                self.alarms.closed(one.time),
                reading.topic,
                (reading.moods[watch.good], reading.moods[watch.bad]),
                self._toward(reading),
            )
            for one, reading in zip(fresh, readings, strict=True)
        ]

    def _toward(self, reading: Reading) -> tuple[Toward, ...]:
        watch = self.reader.watch
        found = []
        for company, moods in reading.toward.items():
            if sum(moods.values()) > 0.5:
                good, bad = moods.get(watch.good, 0.0), moods.get(watch.bad, 0.0)
                found.append(Toward(company, good, bad, bad > 0.5))
        return tuple(found)

    def _renew(self) -> None:
        """Read the recipe anew where its files were changed; what cannot be read is told, and the old one goes on."""
        if time.monotonic() - self._looked < _KNOWLEDGE_EVERY:
            return
        self._looked = time.monotonic()
        stamps = self._stamps()
        if stamps == self._changed:
            return
        self._changed = stamps
        try:
            reader = self._load()
            alarms = Alarms(self.ledger, reader.watch, list(reader.companies))
        except DuliError as error:
            warn_once(f"the recipe was changed and cannot be read, the old one goes on: {error}")
        else:
            self.reader, self.alarms = reader, alarms

    def _stamps(self) -> list[tuple[int, int]]:
        found = []
        for path in self._paths:
            try:
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size))
            except OSError:
                found.append((0, 0))
        return found


class _Delivery:
    """Delivers in a thread of its own, so that a slow receiver holds nothing up."""

    def __init__(self, state: Path, addresses: Sequence[str], tally: Tally) -> None:
        for address in addresses:
            channel(address)
        self._state, self._addresses, self._tally = state, addresses, tally
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="duli-delivery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP)

    def _run(self) -> None:
        ledger = Ledger(self._state)
        outbox = Outbox(ledger, self._addresses)
        while True:
            last = self._stop.is_set()
            self._tally.delivered += outbox.deliver()
            if last:
                break
            self._stop.wait(1.0)
        ledger.close()


def _sorted(records: Sequence[Record]) -> tuple[list[News], list[Refused]]:
    news = [record for record in records if isinstance(record, News)]
    return news, [record for record in records if isinstance(record, Refused)]
