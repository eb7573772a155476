"""Windows closed as time goes on, and the alarms of companies about which bad news surges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from duli.errors import InputError
from duli.recipe.monitoring import Watch
from duli.stream import surge
from duli.stream.ledger import Ledger
from duli.types import Floats

_DAY = 86_400.0
_MOST_EMPTY = 20_000
"""Windows without any text that are counted one by one; after more, what was usual is forgotten anyway."""


@dataclass(frozen=True)
class Alarm:
    """Bad news about a company surges.

    Args:
        company: which.
        window: the number of the window in which it was noticed.
        since: seconds since 1970 from when on it came faster.
        bad, others: texts since then.
        usual: bad texts that are usual beside so many others.
        evidence, threshold: R and A of ``duli.stream.surge``.
    """

    company: str
    window: int
    since: float
    bad: int
    others: int
    usual: float
    evidence: float
    threshold: float


class Alarms:
    """The statistics of all companies, kept in the ledger.

    Args:
        ledger: where counts are.
        watch: what is watched.
        companies: their names; those that the ledger knows keep what is known of them.

    Raises:
        InputError: the ledger counts over windows of another length.
    """

    def __init__(self, ledger: Ledger, watch: Watch, companies: Sequence[str]) -> None:
        self.ledger, self.watch = ledger, watch
        keep = 0.5 ** (watch.window / watch.memory)
        stored = ledger.get("surges")
        if stored and stored["window"] != watch.window:
            raise InputError(
                f"the state counts over {stored['window']:.0f} s, the recipe over {watch.window:.0f} s",
                where=str(ledger.path),
                hint="give another --state, or the window as it was",
            )
        known = stored["companies"] if stored else []
        self.companies = [*known, *(c for c in companies if c not in set(known))]
        self._numbers = {company: n for n, company in enumerate(self.companies)}
        self._surges = surge.Surges.start(len(self.companies), keep)
        self._next: int | None = None
        self._held: dict[str, int] = {}
        if known:
            kept = {name: np.array(stored["state"][name]) for name in surge.ARRAYS}
            self._surges = self._surges.with_first(kept)
            self._next, self._held = stored["next"], stored["held"]
        self.threshold = surge.threshold(max(1, len(self.companies)), _DAY / watch.window, watch.false_alarms)

    def closed(self, time: float) -> bool:
        """Whether the window of a time is closed, so that a text of this time is late."""
        return self._next is not None and int(time // self.watch.window) < self._next

    def after(self, times: Sequence[float]) -> list[Alarm]:
        """What is due after texts of these times were counted; in a transaction."""
        if not times:
            return []
        window = self.watch.window
        before = self._surges, self._next, self._held.copy()
        newest = max(self.ledger.get("newest") or 0.0, *times)
        self.ledger.set("newest", newest)
        if self._next is None:
            self._next = int(min(times) // window)
        alarms = list(self._close(int((newest - self.watch.lateness) // window)))
        alarms += self._look_ahead(int(newest // window))
        if (self._surges, self._next, self._held) != before:
            self._store()
        return alarms

    def _close(self, until: int) -> Iterator[Alarm]:
        assert self._next is not None  # noqa: S101
        if until - self._next > _MOST_EMPTY:
            first = self.ledger.rows(
                "select min(bucket) from count where kind = 'all' and bucket >= ?", (until - _MOST_EMPTY,)
            )[0][0]
            self._next = until if first is None else int(first)
        for window in range(self._next, until):
            bad, texts = self.ledger.counts(window, self._numbers)
            self._surges = self._surges.after(bad, texts)
            told = {c for c, when in self._held.items() if when <= window}
            due = self._due(self._surges, bad, window)
            yield from (alarm for alarm in due if alarm.company not in told)
            rows = {self._numbers[c] for c in told} | {self._numbers[alarm.company] for alarm in due}
            self._surges = self._surges.restarted(sorted(rows)) if rows else self._surges
            self._held = {c: when for c, when in self._held.items() if c not in told}
        self._next = max(self._next, until)

    def _look_ahead(self, until: int) -> list[Alarm]:
        """Alarms by the windows that are still open, as far as they are filled."""
        assert self._next is not None  # noqa: S101
        surges, found = self._surges, list[Alarm]()
        for window in range(self._next, until + 1):
            bad, texts = self.ledger.counts(window, self._numbers)
            surges = surges.after(bad, texts)
            for alarm in self._due(surges, bad, window):
                if alarm.company not in self._held:
                    self._held[alarm.company] = window
                    found.append(alarm)
        return found

    def _due(self, now: surge.Surges, bad: Floats, window: int) -> list[Alarm]:
        rows = np.flatnonzero((now.total >= self.threshold) & (now.bad >= self.watch.least) & (bad > 0))
        return [
            Alarm(
                self.companies[row],
                window,
                (window + 1 - now.since[row]) * self.watch.window,
                int(now.bad[row]),
                int(now.others[row]),
                float(now.level[row] * now.others[row]),
                float(now.total[row]),
                self.threshold,
            )
            for row in rows.tolist()
        ]

    def _store(self) -> None:
        state = {name: getattr(self._surges, name).tolist() for name in surge.ARRAYS}
        self.ledger.set(
            "surges",
            {
                "companies": self.companies,
                "window": self.watch.window,
                "next": self._next,
                "held": self._held,
                "state": state,
            },
        )
