"""What people look at and decide: reviews, alerts, trends, runs, and the log of all that was done."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from starlette.responses import Response

from duli.errors import InputError
from duli.service.http import call, replies
from duli.service.http.bodies import Review, Vote
from duli.service.http.problems import RefusalError
from duli.service.http.routing import Route
from duli.service.http.server import Server

_WHEN = "2026-01-31T12:00:00Z"
_REVIEW: dict[str, Any] = {
    "id": 1,
    "recipe": "support",
    "subject": {"text": "I want my money back", "answer": "refund"},
    "people": 2,
    "state": "open",
    "opened": _WHEN,
    "opened_by": "desk",
    "closed": None,
    "votes": [],
}
_ALERT: dict[str, Any] = {
    "id": 1,
    "recipe": "monitor",
    "key": "5f0c",
    "detail": {"title": "TSMC: 9 bad texts"},
    "raised": _WHEN,
    "seen": None,
    "seen_by": None,
}
_RUN: dict[str, Any] = {
    "id": 1,
    "recipe": "support",
    "kind": "reload",
    "state": "done",
    "detail": {},
    "result": {},
    "began": _WHEN,
    "ended": _WHEN,
    "by": "desk",
}
_ENTRY: dict[str, Any] = {"number": 1, "action": "facts.assert"}
_TREND = {"name": "TSMC", "time": _WHEN, "texts": 3, "mood": -0.4, "bad": 1.2}
_MOST = 10_000


class Deciding:
    """The routes about what people decide on."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def routes(self) -> list[Route]:
        """``/review``, ``/alerts``, ``/trends``, ``/runs`` and ``/v1/audit``."""
        base = "/v1/{recipe}"
        return [
            Route("POST", f"{base}/review", self.open, "write", "Ask people to decide", _REVIEW, True),
            Route(
                "GET",
                f"{base}/review",
                self.reviews,
                "review",
                "What is to be decided",
                {"reviews": [_REVIEW]},
            ),
            Route("POST", f"{base}/review/{{id}}", self.vote, "review", "Approve or reject", _REVIEW, True),
            Route(
                "GET",
                f"{base}/alerts",
                self.alerts,
                "ask",
                "What people should look at",
                {"alerts": [_ALERT]},
            ),
            Route(
                "POST", f"{base}/alerts/{{id}}/seen", self.see, "review", "Say that it was seen", {"id": 1}
            ),
            Route("GET", f"{base}/trends", self.trends, "ask", "What was said of whom", {"trends": [_TREND]}),
            Route("GET", f"{base}/runs", self.runs, "ask", "Long work", {"runs": [_RUN]}),
            Route("GET", "/v1/audit", self.log, "admin", "The log", {"entries": [_ENTRY]}),
            Route("GET", "/v1/audit/verify", self.verify, "admin", "Is the log whole?", {"whole": True}),
        ]

    async def open(self, recipe: str, body: Review) -> Response:
        """Open a review; with ``people`` = 2, two others must approve."""
        self.server.shelf.find(recipe)
        who = call.current().who
        made = await self.server.work.run(
            lambda: self.server.kept.store.open_review(recipe, body.subject, by=who, people=body.people)
        )
        return replies.reply(asdict(made))

    async def reviews(
        self, recipe: str, state: Literal["open", "approved", "rejected", "any"] = "open"
    ) -> Response:
        """The oldest first."""
        self.server.shelf.find(recipe)
        found = await self.server.work.run(
            lambda: self.server.kept.store.reviews(recipe, None if state == "any" else state, limit=_MOST)
        )
        return replies.reply({"reviews": [asdict(one) for one in found]})

    async def vote(self, recipe: str, id: int, body: Vote) -> Response:
        """Vote; the token's name is who votes."""
        self.server.shelf.find(recipe)
        who = call.current().who

        def vote() -> Any:
            store = self.server.kept.store
            if store.review(_number(id)).recipe != recipe:
                raise InputError(f"there is no review {id} of {recipe}")
            return store.vote(id, body.approves, by=who, comment=body.comment)

        return replies.reply(asdict(await self.server.work.run(vote)))

    async def alerts(self, recipe: str, seen: bool = False, limit: int = 100) -> Response:
        """The newest first; those of ``duli watch`` too, where the setting ``watched`` names its file."""
        self.server.shelf.find(recipe)
        found = await self.server.work.run(self._alerts, recipe, seen, max(1, min(limit, _MOST)))
        return replies.reply({"alerts": found})

    async def see(self, recipe: str, id: int) -> Response:
        """Note who saw it first."""
        self.server.shelf.find(recipe)
        who = call.current().who
        await self.server.work.run(lambda: self.server.kept.store.see_alert(_number(id), by=who))
        return replies.reply({"id": id})

    async def trends(
        self,
        recipe: str,
        of: Literal["company", "topic"] = "company",
        last: str = "24h",
        name: str | None = None,
    ) -> Response:
        """How many texts, in what mood, window by window."""
        from duli.service.watch import trend

        watched = Path(self.server.settings.watched)
        if self.server.shelf.find(recipe).recipe.kind != "monitor" or not watched.is_file():
            raise RefusalError(
                "not_found",
                "nothing is watched here",
                hint="the setting watched names the file of duli watch",
            )
        return replies.reply(await self.server.work.run(trend, watched, of, last[:20], name))

    async def runs(self, recipe: str, limit: int = 100) -> Response:
        """The newest first."""
        self.server.shelf.find(recipe)
        most = max(1, min(limit, _MOST))
        found = await self.server.work.run(lambda: self.server.kept.store.runs(recipe, limit=most))
        return replies.reply({"runs": [asdict(one) for one in found]})

    async def log(self, after: int = 0, limit: int = 100) -> Response:
        """Its entries after a number."""
        most, first = max(1, min(limit, _MOST)), max(0, min(after, 2**62))
        found = await self.server.work.run(lambda: self.server.kept.store.entries(after=first, limit=most))
        return replies.reply({"entries": [asdict(one) for one in found]})

    async def verify(self) -> Response:
        """Go over all of it."""
        found = await self.server.work.run(lambda: self.server.kept.store.verify())
        return replies.reply(asdict(found))

    def _alerts(self, recipe: str, seen: bool, limit: int) -> list[dict[str, Any]]:
        store, watched = self.server.kept.store, self.server.settings.watched
        if watched and self.server.shelf.find(recipe).recipe.kind == "monitor" and Path(watched).is_file():
            from duli.stream.ledger import Ledger

            ledger = Ledger(Path(watched))
            try:
                for one in ledger.alerts():
                    store.raise_alert(recipe, str(one["id"]), one, by="watch")
            finally:
                ledger.close()
        return [asdict(one) for one in store.alerts(recipe, seen=seen, limit=limit)]


def _number(given: int) -> int:
    """A number that a database can hold."""
    return given if 0 <= given < 2**62 else 0
