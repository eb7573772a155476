"""What stands before every route: who may come in, how much and how long; and what is said of it afterwards.

What it must do: nothing is served without a token except what is public; a refusal costs next to nothing; a body is
read up to its limit and no further; the work for a client that left, or whose time is up, stops.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import nullcontext
from typing import Any

from duli.errors import DuliError
from duli.service.http import call, logs, problems
from duli.service.http.call import Call
from duli.service.http.problems import RefusalError
from duli.service.http.replies import to_bytes
from duli.service.http.routing import Routes
from duli.service.http.server import Server

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

GONE = 499
"""What the log says of a client that left; it is never sent."""

_LAST_WORDS = 0.15
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_log = logging.getLogger("duli.http")


class Guard:
    """An ASGI application around another one.

    Args:
        app: what answers.
        server: tokens, limits, counters.
        routes: which scope each address needs.
    """

    def __init__(self, app: Any, server: Server, routes: Routes) -> None:
        self.app, self.server, self.routes = app, server, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        one = call.start(headers.get("x-request-id", ""), self._seconds(headers))
        reply = _Reply(send, one)
        try:
            with self.server.tracing.span(f"{scope['method']} {scope['path']}", headers):
                await self._answer(one, scope, headers, receive, reply)
        except DuliError as error:
            await reply.error(error)
        except _GoneError:
            reply.status = GONE
        except asyncio.CancelledError:
            reply.status = GONE
            raise
        except Exception:
            _log.exception("mistake")
            await reply.error(problems.unexpected())
        finally:
            self._tell(one, scope["method"], reply)

    async def _answer(
        self, one: Call, scope: Scope, headers: dict[str, str], receive: Receive, reply: _Reply
    ) -> None:
        works = self._let_in(one, scope, headers)
        with self.server.work.admitted() if works else nullcontext():
            body = await self._body(one, headers, receive)
            await self._watched(one, scope, body, receive, reply)

    def _let_in(self, one: Call, scope: Scope, headers: dict[str, str]) -> bool:
        """Find out who asks for what, and whether they may; returns whether there is work to do for it."""
        route = self.routes.find(scope["method"], scope["path"])
        if self.routes.public(scope["path"]):
            one.route = route.path if route else "page"
            return False
        address = (scope.get("client") or ("",))[0]
        kind, _, secret = headers.get("authorization", "").partition(" ")
        one.token = self.server.tokens.find(secret.strip()) if kind.lower() == "bearer" else None
        if one.token is None:
            self.server.strangers.take(str(address))
            raise RefusalError(
                "unauthorised", "a token is needed", where="authorization", hint="Authorization: Bearer TOKEN"
            )
        self.server.rate.take(one.token.name)
        if route is None:
            return False
        one.route = route.path
        if route.scope is not None and route.scope not in one.token.scopes:
            raise RefusalError(
                "forbidden", f"the scope {route.scope!r} is needed", hint="use a token that has it"
            )
        return route.works

    def _seconds(self, headers: dict[str, str]) -> float:
        """How long this request may take: the client may ask for less than the server allows."""
        most = self.server.settings.deadline
        try:
            wanted = float(headers.get("x-deadline-seconds", most))
        except ValueError:
            return most
        return wanted if 0 < wanted < most else most

    async def _body(self, one: Call, headers: dict[str, str], receive: Receive) -> bytes:
        most, parts, size = self.server.settings.body, [], 0
        too_large = RefusalError(
            "size", f"a request has at most {most:,} bytes", hint="send it in several requests"
        )
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > most:
            raise too_large
        while True:
            try:
                message = await asyncio.wait_for(receive(), one.left)
            except asyncio.TimeoutError:
                raise RefusalError("deadline", "the request did not come in time") from None
            if message["type"] == "http.disconnect":
                raise _GoneError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                raise too_large
            if not message.get("more_body"):
                return b"".join(parts)

    async def _watched(self, one: Call, scope: Scope, body: bytes, receive: Receive, reply: _Reply) -> None:
        """Run the application until it is done, its client leaves, or its time is up."""
        gone = asyncio.ensure_future(_gone(receive))
        sent = False

        async def replayed() -> Message:
            nonlocal sent
            if sent:
                await asyncio.shield(gone)
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        task = asyncio.ensure_future(self.app(scope, replayed, reply))
        try:
            await asyncio.wait({task, gone}, timeout=one.left, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                one.cancel.cancel()
                if not gone.done():
                    # The work stops by itself, and then what it was at can be said.
                    await asyncio.wait({task, gone}, timeout=_LAST_WORDS, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
                return
            if gone.done():
                raise _GoneError
            raise RefusalError(
                "deadline",
                f"there was no answer in {one.seconds:g} seconds",
                hint="ask for less, or ask the operator to raise the setting deadline",
            )
        finally:
            one.cancel.cancel()
            gone.cancel()
            if not task.done():
                task.cancel()
            await asyncio.gather(task, gone, return_exceptions=True)

    def _tell(self, one: Call, method: str, reply: _Reply) -> None:
        seconds, metrics = time.monotonic() - one.begun, self.server.metrics
        method = method if method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS") else "other"
        metrics.requests.labels(method, one.route, str(reply.status)).inc()
        metrics.seconds.labels(one.route).observe(seconds)
        if reply.code:
            metrics.refused.labels(reply.code).inc()
        if reply.status == GONE or reply.code in ("deadline", "cancelled"):
            metrics.cancelled.inc()
        logs.access(method, one.route, reply.status, seconds, one.who)


class _GoneError(Exception):
    """The client left."""


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Reply:
    """The way back to the client: adds headers, and remembers what was said."""

    def __init__(self, send: Send, one: Call) -> None:
        self._send, self._one = send, one
        self.status = 0
        self.code = ""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = (*_HEADERS, (b"x-request-id", self._one.id.encode()))
            taken = {name for name, _ in own}
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in taken]
            message = {**message, "headers": [*kept, *own]}
            for name, value in kept:
                if name == b"x-duli-error":
                    self.code = value.decode("latin-1")
        await self._send(message)

    async def error(self, error: DuliError) -> None:
        """Answer with an error, where nothing was answered yet."""
        self.code = error.code
        if self.status:
            return
        body = to_bytes(problems.told(error))
        own = {**problems.headers(error), "content-type": "application/json", "cache-control": "no-store"}
        headers = [(name.lower().encode(), value.encode()) for name, value in own.items()]
        headers.append((b"content-length", str(len(body)).encode()))
        await self({"type": "http.response.start", "status": problems.status(error), "headers": headers})
        await self({"type": "http.response.body", "body": body})
