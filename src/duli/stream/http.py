"""Texts over HTTP: an endpoint that takes them, and a feed that is asked now and then."""

from __future__ import annotations

import hmac
import json
import queue
import threading
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as Xml
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from duli.errors import InputError
from duli.files import warn_once
from duli.stream.news import Record, Refused, Taken, of_bytes, of_row

LARGEST = 5_000_000
"""Bytes of a request or a feed."""

PATIENCE = 30.0
"""Seconds that a sender waits until its texts are stored; then it is told to send them again."""

_WAIT = 0.1
_WAITING = 64
_TIMEOUT = 10.0
_LONGEST_WAIT = 3_600.0


@dataclass
class _Sent:
    """What one request brought."""

    records: tuple[Record, ...]
    stored: threading.Event = field(default_factory=threading.Event)


class Endpoint:
    """Takes texts by POST: a JSON object, a list of them, or lines of JSON. The answer comes when they are stored.

    Args:
        host, port: where it listens; port 0 takes a free one.
        token: senders give it as ``Authorization: Bearer …``.
    """

    def __init__(self, host: str, port: int, token: str) -> None:
        self.host, self.port, self.token = host, port, token
        self.finished = False
        self._waiting: queue.Queue[_Sent] = queue.Queue(_WAITING)
        self._server: ThreadingHTTPServer | None = None

    def open(self, position: Callable[[str], str | None]) -> None:
        """Begin to listen; InputError where that cannot be."""
        try:
            server = ThreadingHTTPServer((self.host, self.port), self._handler())
        except OSError as error:
            raise InputError(f"it cannot listen: {error}", where=f"{self.host}:{self.port}") from error
        server.daemon_threads = True
        self._server, self.port = server, server.server_address[1]
        threading.Thread(target=server.serve_forever, name="duli-endpoint", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def take(self, most: int) -> Taken:
        """What was sent."""
        sent: list[_Sent] = []
        count = 0
        while count < most:
            try:
                sent.append(self._waiting.get_nowait() if sent else self._waiting.get(timeout=_WAIT))
            except queue.Empty:
                break
            count += len(sent[-1].records)

        def done() -> None:
            for each in sent:
                each.stored.set()

        return Taken(tuple(record for each in sent for record in each.records), {}, done)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            timeout = _TIMEOUT
            server_version = "duli"

            def do_POST(self) -> None:
                status, answer = endpoint._post(self)
                body = json.dumps(answer, ensure_ascii=False).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if status == 503:
                    self.send_header("Retry-After", "5")
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Requests are not logged."""

        return Handler

    def _post(self, request: BaseHTTPRequestHandler) -> tuple[int, dict[str, Any]]:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return 401, _error("the token is missing or wrong", "send Authorization: Bearer TOKEN")
        length = request.headers.get("Content-Length", "")
        if not length.isdigit():
            return 411, _error("the length is missing", "send Content-Length")
        if int(length) > LARGEST:
            return 413, _error(f"a request has {LARGEST:,} bytes at most", "send fewer texts at a time")
        sent = _Sent(records(request.rfile.read(int(length)), "http", "request"))
        try:
            self._waiting.put_nowait(sent)
        except queue.Full:
            return 503, _error("too much is waiting", "send it again later")
        if not sent.stored.wait(PATIENCE):
            return 503, _error("it was not stored in time", "send it again: what comes twice counts once")
        refused = [{"place": r.place, "reason": r.reason} for r in sent.records if isinstance(r, Refused)]
        return 200, {"taken": len(sent.records) - len(refused), "refused": refused}


class Feed:
    """A web address that is asked now and then: JSON, lines of JSON, RSS or Atom. While it is down, more rarely.

    Args:
        url: of the feed.
        every: seconds between questions.
        follow: whether to ask again.
    """

    def __init__(self, url: str, *, every: float = 60.0, follow: bool = True) -> None:
        self.url, self.every, self.follow = url, every, follow
        self.name = f"feed:{url}"
        self.finished = False
        self._tag: str | None = None
        self._next = 0.0
        self._failed = 0

    def open(self, position: Callable[[str], str | None]) -> None:
        """Go on after the version that was read last."""
        self._tag = position(self.name)

    def close(self) -> None:
        """Nothing is held open."""

    def take(self, most: int) -> Taken:
        """What the feed has, if it is time to ask it."""
        if time.monotonic() < self._next:
            return Taken()
        headers = {"User-Agent": "duli", **({"If-None-Match": self._tag} if self._tag else {})}
        try:
            request = urllib.request.Request(self.url, headers=headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                body, tag = answer.read(LARGEST + 1), answer.headers.get("ETag")
        except urllib.error.HTTPError as error:
            error.close()
            return self._waited(None if error.code == 304 else error)
        except OSError as error:
            return self._waited(error)
        self._waited(None)
        if len(body) > LARGEST:
            return Taken((Refused(self.url, f"a feed has {LARGEST:,} bytes at most", body[:200]),))
        self._tag = tag
        return Taken(records(body, self.url, self.url), {self.name: tag} if tag else {})

    def _waited(self, error: Exception | None) -> Taken:
        if error is not None:
            warn_once(f"{self.url} cannot be read ({error}): it is asked again later")
            self._failed += 1
        else:
            self._failed, self.finished = 0, not self.follow
        self._next = time.monotonic() + min(_LONGEST_WAIT, self.every * 2 ** min(self._failed, 10))
        return Taken()


def records(body: bytes, source: str, place: str) -> tuple[Record, ...]:
    """The records of a body: a JSON object or a list of them, lines of JSON, RSS or Atom."""
    start = body.lstrip()[:1]
    if start == b"<":
        return _entries(body, source, place)
    if start in (b"[", b"{"):
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            if start == b"[":
                return (Refused(place, f"this is not JSON: {error}", body[:2_000]),)
        else:
            rows = found if isinstance(found, list) else [found]
            return tuple(of_row(row, source, f"{place} {n}") for n, row in enumerate(rows, 1))
    lines = [(n, line) for n, line in enumerate(body.splitlines(), 1) if line.strip()]
    return tuple(of_bytes(line, source, f"{place}:{n}") for n, line in lines)


def _entries(body: bytes, source: str, place: str) -> tuple[Record, ...]:
    """The items of RSS, or the entries of Atom."""
    try:
        if b"<!ENTITY" in body:
            raise Xml.ParseError("a feed declares no entities")
        root = Xml.fromstring(body)  # noqa: S314
    except (Xml.ParseError, ValueError, LookupError) as error:
        return (Refused(place, f"this is not a feed: {error}", body[:2_000]),)
    found: list[Record] = []
    for number, entry in enumerate((e for e in root.iter() if _tag(e) in ("item", "entry")), 1):
        row = {_tag(child): (child.text or child.get("href") or "").strip() for child in entry}
        found.append(of_row(row, source, f"{place} {number}"))
    return tuple(found)


def _tag(element: Xml.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _error(message: str, hint: str) -> dict[str, Any]:
    return {"error": {"code": "input", "message": message, "where": None, "hint": hint}}
