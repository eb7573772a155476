"""Facts and labels: stated, listed, retracted, imported."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from duli.errors import InputError
from duli.recipe.labels import Labels
from duli.service.http import call, facts, replies
from duli.service.http.bodies import Fact, Import, Labelled, Retract, State, Unlabelled
from duli.service.http.problems import RefusalError
from duli.service.http.questions import stated
from duli.service.http.routing import Route
from duli.service.http.server import Server
from duli.types import Atom, Example

_FACT: dict[str, Any] = {
    "predicate": "boost",
    "arguments": ["delivery"],
    "probability": 1.0,
    "source": "call 12",
    "date": None,
    "trust": 1.0,
    "id": 1,
    "recipe": "support",
    "asserted": "2026-01-31T12:00:00Z",
    "asserted_by": "desk",
    "retracted": None,
    "retracted_by": None,
}
_LABEL = {
    "id": 1,
    "recipe": "support",
    "predicate": "topic",
    "text": "Where is it?",
    "label": "delivery",
    "at": "2026-01-31T12:00:00Z",
    "by": "desk",
}


_QUEUE = {
    "predicate": "topic",
    "labels": [{"name": "delivery", "described": "My parcel has not arrived."}],
    "labelled": 3,
    "queue": [{"text": "Where is it?", "guess": "delivery", "probability": 0.41}],
}


class Stating:
    """The routes that write what a recipe is told."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def routes(self) -> list[Route]:
        """``/facts`` and ``/label``."""
        base, ids = "/v1/{recipe}", {"ids": [1]}
        return [
            Route("POST", f"{base}/facts", self.assert_, "write", "State facts, all or none", ids, True),
            Route("GET", f"{base}/facts", self.facts, "ask", "The facts that stand", {"facts": [_FACT]}),
            Route(
                "POST",
                f"{base}/facts/retract",
                self.retract,
                "write",
                "Retract facts, all or none",
                ids,
                True,
            ),
            Route(
                "POST",
                f"{base}/facts/import",
                self.import_,
                "write",
                "State facts of CSV or JSON lines",
                ids,
                True,
            ),
            Route(
                "POST", f"{base}/label/next", self.next, "write", "Which texts to label first", _QUEUE, True
            ),
            Route("POST", f"{base}/label", self.label, "write", "Say what a text is", {"id": 1}, True),
            Route(
                "GET", f"{base}/label", self.labels, "write", "What was said of texts", {"labels": [_LABEL]}
            ),
        ]

    async def assert_(self, recipe: str, body: State) -> Response:
        """State them; from now on every question is answered with them."""
        return await self._state(recipe, body.facts, source=body.source, date=body.date)

    async def import_(self, recipe: str, body: Import) -> Response:
        """State the facts of a file's content; a line that is wrong is told, and nothing is stated."""
        given = _lines(body.content) if body.format == "jsonl" else _rows(body.content)
        return await self._state(recipe, given, source=body.source, date=None)

    async def facts(
        self, recipe: str, predicate: str | None = None, after: int = 0, limit: int = 1000
    ) -> Response:
        """List them, in the order in which they were stated; go on with ``after``."""
        self.server.shelf.find(recipe)
        most = max(1, min(limit, 10_000))
        after = max(0, min(after, 2**62))
        found = await self.server.work.run(
            lambda: self.server.kept.store.facts(recipe, predicate, after=after, limit=most)
        )
        return replies.reply({"facts": [asdict(one) for one in found]})

    async def retract(self, recipe: str, body: Retract) -> Response:
        """Retract them."""
        known = stated(self.server.shelf.find(recipe).recipe)
        rows = facts.read(body.facts, known)
        which: list[int | Atom] = [*body.ids, *(Atom(n, row) for n, found in rows.items() for row in found)]
        if not which:
            raise InputError("there is nothing to retract", where="/ids")
        who = call.current().who
        store = await self.server.work.run(lambda: self.server.kept.store)
        return replies.reply({"ids": await self.server.work.run(store.retract_facts, recipe, which, by=who)})

    async def label(self, recipe: str, body: Labelled) -> Response:
        """Keep it; of one text the last label counts."""
        table = self._table(recipe, body.predicate)
        if body.label not in table.classes:
            hint = ", ".join(table.classes)
            raise InputError(f"{body.label!r} is none of the labels", where="/label", hint=hint)
        who = call.current().who
        number = await self.server.work.run(
            lambda: self.server.kept.store.add_label(recipe, table.predicate, body.text, body.label, by=who)
        )
        return replies.reply({"id": number})

    async def labels(self, recipe: str, predicate: str | None = None) -> Response:
        """List them."""
        self.server.shelf.find(recipe)
        found = await self.server.work.run(lambda: self.server.kept.store.labels(recipe, predicate))
        return replies.reply({"labels": [asdict(one) for one in found]})

    async def next(self, recipe: str, body: Unlabelled) -> Response:
        """Those whose labels teach most, each with the likeliest label; what has a label already teaches the order."""
        if len(body.texts) > self.server.settings.body // 100:
            raise RefusalError("size", f"at most {self.server.settings.body // 100:,} texts", where="/texts")
        table = self._table(recipe, body.predicate)
        if table.kind != "classify" or not table.exclusive:
            raise InputError(
                "only labels of single texts that exclude one another are asked for", where="/predicate"
            )
        reasoner = await self.server.shelf.get(recipe)
        return replies.reply(await self.server.work.run(self._next, reasoner, table, body))

    def _next(self, reasoner: Any, table: Labels, body: Unlabelled) -> dict[str, Any]:
        from duli.reason.questions import worth

        kept = self.server.kept.store.labels(reasoner.recipe.name, table.predicate)
        known: dict[Example, str] = {one.text: one.label for one in kept if one.label in table.classes}
        texts = list(dict.fromkeys([*body.texts, *known]))
        rows = worth(reasoner, table, texts, known, count=body.count, progress=call.tell)
        return {
            "predicate": table.predicate,
            "labels": [{"name": name, "described": table.described(name)} for name in table.classes],
            "labelled": len(known),
            "queue": [
                {"text": texts[row], "guess": table.classes[ranked[0][0]], "probability": ranked[0][1]}
                for row, ranked in rows
            ],
        }

    def _table(self, recipe: str, predicate: str | None) -> Labels:
        tables = {table.predicate: table for table in self.server.shelf.find(recipe).recipe.tables}
        if not tables:
            raise InputError("the recipe has no labels")
        if predicate is not None and predicate not in tables:
            raise InputError(f"there are no labels {predicate!r}", where="/predicate", hint=", ".join(tables))
        return tables[predicate or next(iter(tables))]

    async def _state(
        self, recipe: str, given: Sequence[Fact | str], *, source: str, date: str | None
    ) -> Response:
        from duli.store import Fact as Stated

        rows = facts.read(given, stated(self.server.shelf.find(recipe).recipe))
        made = [Stated(name, row, source=source, date=date) for name, found in rows.items() for row in found]
        if not made:
            raise InputError("there are no facts", where="/facts")
        who = call.current().who
        return replies.reply(
            {
                "ids": await self.server.work.run(
                    lambda: self.server.kept.store.assert_facts(recipe, made, by=who)
                )
            }
        )


def _lines(content: str) -> list[Fact]:
    """A fact a line, as JSON."""
    found = []
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                found.append(Fact.model_validate_json(line))
            except ValueError as error:
                hint = '{"predicate": "edge", "arguments": ["a", "b"]}'
                raise InputError(
                    "this line is no fact", where=f"/content line {number}", hint=hint
                ) from error
    return found


def _rows(content: str) -> list[Fact]:
    """A fact a row: its predicate, then its arguments; what looks like a number is one."""
    try:
        rows = [row for row in csv.reader(io.StringIO(content), strict=True) if row]
    except csv.Error as error:
        raise InputError(f"this is not CSV: {error}", where="/content") from error
    return [
        Fact(predicate=row[0].strip() or "?", arguments=[_value(cell) for cell in row[1:]]) for row in rows
    ]


def _value(cell: str) -> str | int | float:
    try:
        value = json.loads(cell)
    except ValueError:
        return cell
    plain = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    return value if plain else cell
