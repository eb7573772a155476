"""Writers of the store killed at random points: ``python -m bench.reliability.killed --kills 200``.

Two processes write at once: facts, retractions, labels, reviews, alerts, entries. Each says so after every write that
was acknowledged. Both are killed (SIGKILL) at random moments, one time in five while they may still be opening the
store or making its tables; then every acknowledged write must be there as it was written, and the audit log and all
that it vouches for whole.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.store import server

from duli.store import Anchor, Fact, Store

_LONGEST = 0.3
_FRESH = 25
_WRITING, _PATIENCE = 0.8, 60.0


@dataclass
class Known:
    """What was acknowledged in one store."""

    facts: dict[int, str] = field(default_factory=dict)
    retracted: set[int] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    reviews: set[int] = field(default_factory=set)
    alerts: set[str] = field(default_factory=set)
    entries: int = 0

    def hear(self, line: str) -> None:
        """Note one acknowledgement."""
        kind, _, rest = line.partition(" ")
        words = rest.split(" ")
        self.entries += kind == "log"
        if kind == "facts":
            self.facts |= {int(number): words[0] for number in words[1:]}
        elif kind == "retract":
            self.retracted.add(int(words[0]))
        elif kind == "label":
            self.labels[words[0]] = words[1]
        elif kind == "review":
            self.reviews.add(int(words[0]))
        elif kind == "alert":
            self.alerts.add(words[0])

    @property
    def count(self) -> int:
        """How many acknowledgements there are."""
        lists = (self.facts, self.retracted, self.labels, self.reviews, self.alerts)
        return self.entries + sum(map(len, lists))

    def lost(self, store: Store) -> Iterator[str]:
        """What was acknowledged and is not there."""
        facts = {f.id: f for f in store.facts("r", retracted=True)}
        for number, said in self.facts.items():
            if number not in facts or facts[number].arguments != (said, number % 1):
                yield f"fact {number}"
        yield from (f"retraction of {n}" for n in self.retracted if facts[n].retracted is None)
        labels = {label.text: label.label for label in store.labels("r")}
        yield from (f"label of {text}" for text, said in self.labels.items() if labels.get(text) != said)
        approved = {review.id for review in store.reviews("r", "approved")}
        yield from (f"review {n}" for n in self.reviews - approved)
        alerts = {alert.key for alert in store.alerts("r", limit=1 << 30)}
        yield from (f"alert {key}" for key in self.alerts - alerts)
        if sum(entry.action == "did" for entry in store.entries(limit=1 << 30)) < self.entries:
            yield "entries of the log"


def main() -> int:
    """Print what was found for each database; 1 where anything was lost."""
    parser = argparse.ArgumentParser(prog="bench.reliability.killed", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="for each database")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    wrong = 0
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        try:
            with opened() as fresh:
                wrong += _run(name, fresh, given.kills, random.Random(given.seed))  # noqa: S311
        except server.NoServerError as reason:
            print(f"{name}: not run: {reason}")
    return 1 if wrong else 0


@contextmanager
def _sqlite() -> Iterator[Callable[[int], str]]:
    with tempfile.TemporaryDirectory() as folder:
        yield lambda number: str(Path(folder) / f"{number}.db")


@contextmanager
def _postgres() -> Iterator[Callable[[int], str]]:
    with server.postgres(durable=True) as url:
        yield lambda number: server.emptied(url)


def _run(name: str, fresh: Callable[[int], str], kills: int, chance: random.Random) -> int:
    Store(fresh(-1)).close()  # so that the writers, which are forked, have all modules
    url, known, wrong, acknowledged, began = "", Known(), 0, 0, time.monotonic()
    anchors: list[Anchor] = []
    for kill in range(kills):
        if kill % _FRESH == 0:
            acknowledged += known.count
            url, known, anchors = fresh(kill), Known(), []
        for line in _killed(url, kill, chance):
            known.hear(line)
        with Store(url) as store:
            lost, problem = list(known.lost(store)), store.verify(anchors).problem
            anchors = [anchor for anchor in (store.head(),) if anchor is not None]
        if lost or problem:
            wrong += 1
            print(f"{name}, kill {kill}: lost {lost[:5]}; {problem}", file=sys.stderr)
    acknowledged += known.count
    seconds = time.monotonic() - began
    print(
        f"{name}: {2 * kills} writers killed at {kills} points, {acknowledged:,} acknowledged writes, "
        f"{wrong} points after which anything was lost or changed, {seconds:.0f} s",
        flush=True,
    )
    return wrong


def _killed(url: str, number: int, chance: random.Random) -> list[str]:
    """Start two writers, kill them, and give what they said."""
    read, write = os.pipe()
    writers = []
    for which in range(2):
        child = os.fork()
        if child == 0:
            os.close(read)
            _write(url, f"{number}.{which}", write)
        writers.append(child)
    os.close(write)
    if chance.random() < _WRITING:
        select.select([read], [], [], _PATIENCE)  # until the first word of one
    for writer in writers:
        time.sleep(chance.uniform(0, _LONGEST))
        os.kill(writer, signal.SIGKILL)
    for writer in writers:
        os.waitpid(writer, 0)
    with os.fdopen(read, encoding="utf-8") as said:
        return [line.rstrip("\n") for line in said]


def _write(url: str, who: str, pipe: int) -> None:
    """Write until killed."""
    try:
        with Store(url) as store:
            for i in range(1 << 30):
                for line in _once(store, f"{who}.{i}", who):
                    os.write(pipe, f"{line}\n".encode())  # in one piece: shorter than a pipe's buffer
    finally:
        os._exit(1)


def _once(store: Store, tag: str, by: str) -> Iterator[str]:
    """One write of each kind, each said when it is acknowledged."""
    numbers = store.assert_facts("r", [Fact("p", (tag, 0))] * 3, by=by)
    yield f"facts {tag} {' '.join(map(str, numbers))}"
    store.retract_facts("r", numbers[:1], by=by)
    yield f"retract {numbers[0]}"
    store.add_label("r", "mood", tag, "good", by=by)
    yield f"label {tag} good"
    review = store.vote(store.open_review("r", {}, by=by).id, True, by="other")
    yield f"review {review.id}"
    store.raise_alert("r", tag, {}, by=by)
    yield f"alert {tag}"
    store.log("did", {"tag": tag}, by=by)
    yield "log"


if __name__ == "__main__":
    sys.exit(main())
