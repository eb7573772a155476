"""The store: one small class over the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import sqlalchemy as sa

from duli.errors import InputError
from duli.store import chain, schema
from duli.store.connection import connect, default_url, reading, shown
from duli.store.records import Alert, Fact, Label, Review, Run, RunState, State, StoredFact, Vote
from duli.store.writer import change, data, name, text
from duli.types import Atom

_Record = TypeVar("_Record")
_MANY = 1000


class Store:
    """Facts, labels, reviews, runs, alerts and the audit log of one or more recipes.

    Every writing method is one transaction: when it returns, what it wrote is on the disk and in the log; when it
    raises, nothing is. Several threads and processes may share a store.

    Args:
        url: ``sqlite:///FILE``, a file's path, or ``postgresql://USER@HOST/NAME``; None for ``default_url()``.

    Raises:
        InputError: the URL is none.
        StoreError: it cannot be opened, or a newer duli made it. Every method raises it when the database fails.
        MissingExtraError: the extra ``store`` is not installed.

    >>> with Store("example.db") as store:  # doctest: +SKIP
    ...     store.assert_facts("support", [Fact("broken", ("door",), source="call 12")], by="ann")
    [1]
    """

    def __init__(self, url: str | None = None) -> None:
        self._engine = connect(url or default_url())

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    @property
    def url(self) -> str:
        """Where it is, without the password."""
        return shown(self._engine)

    @property
    def engine(self) -> sa.Engine:
        """The database, for ``backup`` and ``restore``."""
        return self._engine

    def close(self) -> None:
        """Let go of the database's connections; the next call opens new ones."""
        self._engine.dispose()

    # Facts

    def assert_facts(self, recipe: str, facts: Iterable[Fact], *, by: str) -> list[int]:
        """State facts, all or none; returns their numbers.

        Raises:
            InputError: a probability or trust that is none, or a text that cannot be kept.
        """
        rows = [_fact_row(recipe, number, fact) for number, fact in enumerate(facts, 1)]
        with change(self._engine, by) as writer:
            own = {"asserted": writer.now, "asserted_by": by}
            return writer.insert(schema.facts, [{**row, **own} for row in rows], "facts.assert")

    def retract_facts(self, recipe: str, which: Iterable[int | Atom], *, by: str) -> list[int]:
        """Retract facts that stand, all or none: by number, or all of an atom; returns their numbers.

        Raises:
            InputError: one of them does not stand.
        """
        table, found = schema.facts, dict[int, dict[str, Any]]()
        with change(self._engine, by) as writer:
            for one in which:
                match = (
                    table.c.id == one
                    if isinstance(one, int)
                    else (table.c.predicate == one.predicate)
                    & (table.c.arguments == data("arguments", list(one.arguments)))
                )
                standing = (table.c.recipe == recipe) & table.c.retracted.is_(None)
                rows = writer.connection.execute(sa.select(table).where(standing, match)).mappings().all()
                if not rows:
                    raise InputError(f"no fact {one} of {recipe} stands")
                found |= {row["id"]: dict(row) for row in rows}
            for row in found.values():
                gone = {"retracted": writer.now, "retracted_by": by}
                writer.update(table, row, gone, "facts.retract")
        return sorted(found)

    def facts(
        self,
        recipe: str,
        predicate: str | None = None,
        *,
        retracted: bool = False,
        after: int = 0,
        limit: int | None = None,
    ) -> list[StoredFact]:
        """Facts in the order in which they were stated.

        Args:
            recipe: whose.
            predicate: of this one only.
            retracted: those that were retracted as well.
            after: only those with greater numbers, to go on from.
            limit: at most so many.
        """
        c = schema.facts.c
        where = [c.recipe == recipe, c.id > after]
        where += [] if retracted else [c.retracted.is_(None)]
        where += [] if predicate is None else [c.predicate == predicate]
        return self._read(_fact, sa.select(schema.facts).where(*where).order_by(c.id).limit(limit))

    # Labels

    def add_label(self, recipe: str, predicate: str, content: str, label: str, *, by: str) -> int:
        """Keep a person's label of a text; the last one of a text counts."""
        row = {
            "recipe": name("the recipe", recipe),
            "predicate": name("the predicate", predicate),
            "text": text("the text", content),
            "label": name("the label", label),
        }
        with change(self._engine, by) as writer:
            own = {"at": writer.now, "by": by}
            return writer.insert(schema.labels, [{**row, **own}], "labels.add")[0]

    def labels(self, recipe: str, predicate: str | None = None) -> list[Label]:
        """The label that counts of every text, in the order in which they were given."""
        c = schema.labels.c
        where = [c.recipe == recipe] + ([] if predicate is None else [c.predicate == predicate])
        newest = sa.select(sa.func.max(c.id)).where(*where).group_by(c.predicate, c.text)
        return self._read(
            lambda row: Label(**row), sa.select(schema.labels).where(c.id.in_(newest)).order_by(c.id)
        )

    # Reviews

    def open_review(self, recipe: str, subject: Mapping[str, Any], *, by: str, people: int = 1) -> Review:
        """Ask people to decide on something.

        Args:
            recipe: whose.
            subject: what it is about, as data.
            by: who asks.
            people: how many others must approve; 2 for two-person review.
        """
        if people < 1:
            raise InputError("a review needs at least one person")
        row = {
            "recipe": name("the recipe", recipe),
            "subject": data("the subject", subject),
            "people": people,
        }
        with change(self._engine, by) as writer:
            own = {"state": "open", "opened": writer.now, "opened_by": by}
            (number,) = writer.insert(schema.reviews, [{**row, **own}], "reviews.open")
        return self.review(number)

    def vote(self, review: int, approves: bool, *, by: str, comment: str = "") -> Review:
        """Approve or reject; the review closes with enough approvals, or with one rejection.

        Raises:
            InputError: the review is closed, the person asked for it where two must agree, or has voted already.
        """
        votes = schema.votes
        with change(self._engine, by) as writer:
            row = writer.find(schema.reviews, review)
            given = writer.connection.execute(sa.select(votes).where(votes.c.review == review)).mappings()
            earlier = [dict(one) for one in given]
            if row["state"] != "open":
                raise InputError(f"review {review} is {row['state']} already")
            if row["people"] > 1 and by == row["opened_by"]:
                raise InputError(f"{by} asked for review {review}: others decide")
            if any(one["by"] == by for one in earlier):
                raise InputError(f"{by} has voted on review {review} already")
            made = {"review": review, "approves": int(approves), "comment": text("the comment", comment)}
            writer.insert(votes, [{**made, "at": writer.now, "by": by}], "reviews.vote")
            enough = len(earlier) + 1 >= row["people"]
            if not approves or enough:
                state: State = "approved" if approves else "rejected"
                closed = {"state": state, "closed": writer.now}
                writer.update(schema.reviews, row, closed, f"reviews.{state}")
        return self.review(review)

    def review(self, number: int) -> Review:
        """The review with a number.

        Raises:
            InputError: there is none.
        """
        found = self._reviews(schema.reviews.c.id == number)
        if not found:
            raise InputError(f"there is no review {number}")
        return found[0]

    def reviews(
        self, recipe: str | None = None, state: State | None = "open", *, limit: int | None = None
    ) -> list[Review]:
        """Reviews of a recipe, or of all; in a state, or in any (None); the oldest first."""
        c = schema.reviews.c
        where = ([] if recipe is None else [c.recipe == recipe]) + (
            [] if state is None else [c.state == state]
        )
        return self._reviews(*where, limit=limit)

    def _reviews(self, *where: Any, limit: int | None = None) -> list[Review]:
        c, v = schema.reviews.c, schema.votes.c
        chosen = sa.select(schema.reviews).where(*where).order_by(c.id).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(chosen).mappings().all()
            votes: dict[int, list[Vote]] = {row["id"]: [] for row in rows}
            numbers = sa.select(chosen.subquery().c.id)
            query = sa.select(schema.votes).where(v.review.in_(numbers)).order_by(v.id)
            for one in connection.execute(query).mappings():
                votes[one["review"]].append(Vote(**{**one, "approves": bool(one["approves"])}))
        return [
            Review(**{**row, "subject": json.loads(row["subject"]), "votes": tuple(votes[row["id"]])})
            for row in rows
        ]

    # Runs

    def start_run(self, recipe: str, kind: str, detail: Mapping[str, Any], *, by: str) -> int:
        """Note that long work began; returns its number."""
        row = {
            "recipe": name("the recipe", recipe),
            "kind": name("the kind", kind),
            "state": "running",
            "detail": data("the detail", detail),
        }
        with change(self._engine, by) as writer:
            return writer.insert(schema.runs, [{**row, "began": writer.now, "by": by}], "runs.start")[0]

    def end_run(self, number: int, state: RunState, result: Mapping[str, Any], *, by: str) -> None:
        """Note how long work ended.

        Raises:
            InputError: there is no such run, or it ended before.
        """
        kept = data("the result", result)
        with change(self._engine, by) as writer:
            row = writer.find(schema.runs, number)
            if row["state"] != "running":
                raise InputError(f"run {number} is {row['state']} already")
            ended = {"state": state, "result": kept, "ended": writer.now}
            writer.update(schema.runs, row, ended, f"runs.{state}")

    def runs(self, recipe: str | None = None, *, limit: int = _MANY) -> list[Run]:
        """The last runs, newest first."""
        c = schema.runs.c
        where = [] if recipe is None else [c.recipe == recipe]
        return self._read(_run, sa.select(schema.runs).where(*where).order_by(c.id.desc()).limit(limit))

    # Alerts

    def raise_alert(self, recipe: str, key: str, detail: Mapping[str, Any], *, by: str) -> tuple[int, bool]:
        """Raise an alert once: one of this key that is there already stays as it is.

        Returns:
            its number, and whether it is new.
        """
        c = schema.alerts.c
        row = {
            "recipe": name("the recipe", recipe),
            "key": name("the key", key),
            "detail": data("the detail", detail),
        }
        with change(self._engine, by) as writer:
            query = sa.select(c.id).where(c.recipe == recipe, c.key == key)
            known = writer.connection.execute(query).scalar()
            if known is not None:
                return int(known), False
            return writer.insert(schema.alerts, [{**row, "raised": writer.now}], "alerts.raise")[0], True

    def see_alert(self, number: int, *, by: str) -> None:
        """Note that a person has seen an alert; who saw it first stays.

        Raises:
            InputError: there is no such alert.
        """
        with change(self._engine, by) as writer:
            row = writer.find(schema.alerts, number)
            if row["seen"] is None:
                writer.update(schema.alerts, row, {"seen": writer.now, "seen_by": by}, "alerts.see")

    def alerts(self, recipe: str | None = None, *, seen: bool = False, limit: int = _MANY) -> list[Alert]:
        """The last alerts, newest first; with `seen` also those that a person has seen."""
        c = schema.alerts.c
        where = [] if recipe is None else [c.recipe == recipe]
        where += [] if seen else [c.seen.is_(None)]
        query = sa.select(schema.alerts).where(*where).order_by(c.id.desc()).limit(limit)
        return self._read(lambda row: Alert(**{**row, "detail": json.loads(row["detail"])}), query)

    # The log

    def log(self, action: str, detail: Mapping[str, Any], *, by: str) -> None:
        """Add an entry of one's own to the audit log: a decision, a refusal, a reload."""
        with change(self._engine, by) as writer:
            writer.log(action, detail)

    def entries(self, *, after: int = 0, limit: int = _MANY) -> list[chain.Entry]:
        """Entries of the log after a number, in their order."""
        with reading(self._engine) as connection:
            return chain.read(connection, after, limit)

    def head(self) -> chain.Anchor | None:
        """The log's last entry: what to note elsewhere; and it changes whenever anything in the store does."""
        with reading(self._engine) as connection:
            return chain.head(connection)

    def verify(self, anchors: Sequence[chain.Anchor] = ()) -> chain.Verdict:
        """Whether the log and what it vouches for are whole, and go on from some anchors."""
        with reading(self._engine) as connection:
            return chain.verify(connection, anchors)

    def _read(self, make: Callable[[dict[str, Any]], _Record], query: Any) -> list[_Record]:
        with reading(self._engine) as connection:
            return [make(dict(row)) for row in connection.execute(query).mappings()]


def _fact_row(recipe: str, number: int, fact: Fact) -> dict[str, Any]:
    for what, low_fits, value in (("probability", True, fact.probability), ("trust", False, fact.trust)):
        if not (0 <= value <= 1) or (value == 0 and not low_fits):
            raise InputError(f"fact {number}: the {what} {value} is not in {'[' if low_fits else '('}0, 1]")
    return {
        "recipe": name("the recipe", recipe),
        "predicate": name("the predicate", fact.predicate),
        "arguments": data("the arguments", list(fact.arguments)),
        "probability": float(fact.probability),
        "source": text("the source", fact.source),
        "date": None if fact.date is None else name("the date", fact.date),
        "trust": float(fact.trust),
    }


def _fact(row: dict[str, Any]) -> StoredFact:
    return StoredFact(**{**row, "arguments": tuple(json.loads(row["arguments"]))})


def _run(row: dict[str, Any]) -> Run:
    result = None if row["result"] is None else json.loads(row["result"])
    return Run(**{**row, "detail": json.loads(row["detail"]), "result": result})
