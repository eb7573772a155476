"""Questions to recipes: one, many, as they come; and why an answer is as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from duli.errors import CancelledError, DuliError
from duli.service.http import call, facts, problems, questions, replies
from duli.service.http.bodies import Ask, Explain, Facts, Given, Pair
from duli.service.http.examples import ANSWER, EXPLAINED
from duli.service.http.problems import RefusalError
from duli.service.http.questions import Question, stated
from duli.service.http.routing import Route
from duli.service.http.server import Server

Answered = dict[str, Any]
Answerer = Callable[[Given], Answered]


class Asking:
    """The routes that answer."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def routes(self) -> list[Route]:
        """``/ask`` and ``/explain``."""
        return [
            Route("POST", "/v1/{recipe}/ask", self.ask, "ask", "Answer a text, or many", ANSWER, True),
            Route(
                "POST",
                "/v1/{recipe}/explain",
                self.explain,
                "ask",
                "Say why an answer follows: the checked proof of one value",
                EXPLAINED,
                True,
            ),
        ]

    async def ask(self, recipe: str, body: Ask, request: Request) -> Response:
        """Answer."""
        given = self._given(body)
        application = await self.server.shelf.get(recipe)
        rows = await self._facts(recipe, application, body.facts)
        asked = Question("", body.question, rows, {"top": body.top, "why": body.why}, body.proof, body.state)
        question = partial(_answer, application, asked)
        if body.stream or replies.EVENTS in request.headers.get("accept", ""):
            events = _events(self._streamed(question, given, many=body.texts is not None))
            return StreamingResponse(events, media_type=replies.EVENTS, headers={"cache-control": "no-store"})
        if body.texts is None:
            return replies.reply(await self.server.work.run(question, given[0]))
        found: list[Answered] = [{}] * len(given)
        async for place, one in self.server.work.each(partial(_or_error, question), given):
            found[place] = one
        return replies.reply({"answers": found})

    async def explain(self, recipe: str, body: Explain) -> Response:
        """Explain."""
        self._check(body.text, "/text")
        application = await self.server.shelf.get(recipe)
        rows = await self._facts(recipe, application, body.facts)
        asked = Question(body.text, body.question, rows, {"why": 1})
        return replies.reply(
            await self.server.work.run(questions.explained, application, asked, body.form, body.value)
        )

    async def _facts(self, recipe: str, application: Any, given: Facts) -> facts.Rows:
        """The facts of a request and those that are kept for its recipe."""
        known = stated(application.recipe)
        rows = facts.read(given, known)
        if not known:
            return rows
        kept = await self.server.work.run(self.server.kept.facts, recipe)
        return {
            name: list(dict.fromkeys([*kept.get(name, ()), *rows.get(name, ())]))
            for name in known
            if name in kept or name in rows
        }

    def _given(self, body: Ask) -> list[Given]:
        """The texts of a request, within its limits."""
        if (body.text is None) == (body.texts is None):
            raise RefusalError("request", "a request has text or texts", where="/text", hint='{"text": "…"}')
        if body.text is not None:
            self._check(body.text, "/text")
            return [body.text]
        given, most = body.texts or [], self.server.settings.texts
        if len(given) > most:
            raise RefusalError("size", f"a request has at most {most:,} texts", where="/texts")
        for number, one in enumerate(given):
            self._check(one, f"/texts/{number}")
        return given

    def _check(self, given: Given, where: str) -> None:
        most = self.server.settings.text
        if max(map(len, (given.text, given.second) if isinstance(given, Pair) else (given,))) > most:
            raise RefusalError("size", f"a text has at most {most:,} characters", where=where)

    async def _streamed(
        self, question: Answerer, given: list[Given], *, many: bool
    ) -> AsyncIterator[tuple[str, Any]]:
        """Progress, and the answers as they are ready, with their places where there are many."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[str, Any] | None]()

        def tell(what: str, done: int, total: int) -> None:
            told = {"what": what, "done": done, "total": total}
            loop.call_soon_threadsafe(queue.put_nowait, ("progress", told))

        async def work() -> None:
            try:
                each = self.server.work.each(partial(_or_error, question), given)
                done = 0
                async for place, one in each:
                    done += 1
                    name = "error" if "error" in one else "answer"
                    queue.put_nowait((name, {"index": place, **one} if many else one))
                    if many:
                        queue.put_nowait(
                            ("progress", {"what": "answering", "done": done, "total": len(given)})
                        )
            finally:
                queue.put_nowait(None)

        call.current().progress = tell
        task = asyncio.ensure_future(work())
        try:
            while (event := await queue.get()) is not None:
                yield event
            await task
        finally:
            task.cancel()


async def _events(told: AsyncIterator[tuple[str, Any]]) -> AsyncIterator[bytes]:
    try:
        async for name, value in told:
            yield replies.event(name, value)
    except DuliError as error:
        yield replies.event("error", problems.told(error))
    yield replies.event("end", {})


def _answer(application: Any, asked: Question, text: Given) -> Answered:
    return questions.answer(application, replace(asked, text=text))


def _or_error(question: Answerer, given: Given) -> Answered:
    """An answer, or the error in its place; the others go on."""
    try:
        return question(given)
    except CancelledError:
        raise
    except DuliError as error:
        return dict(problems.told(error))
