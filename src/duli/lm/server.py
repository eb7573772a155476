"""Questions to a server over HTTP: time-outs, retries with growing pauses, and an error for every way to fail.

What it has to do:
- the content of an answer takes ``seconds`` at most a try, however slowly it drips;
- what may pass (429, 5xx, a broken connection, a time-out) is tried again; what will not is told at once;
- the key goes to the address that the user named and nowhere else: no redirection is followed, and no
  unencrypted connection to another machine is given one.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, TypeVar

from duli.errors import ModelError
from duli.lm.network import allow, is_local

T = TypeVar("T")

KEY_PREFIX = "DULI_KEY_"
"""What a key's environment variable begins with: a recipe of a stranger must not send other secrets to its server."""

_PASSING = (408, 429, 500, 502, 503, 504)
_BLOCK = 1 << 16
_LARGEST = 1 << 28
_LONGEST_PAUSE = 30.0


class Server:
    """A server that answers JSON with JSON.

    Args:
        url: the base address, as in ``http://127.0.0.1:8080/v1``.
        key: the name of the environment variable that holds the key, if there is one; begins with ``DULI_KEY_``.
        seconds: for one try.
        retries: tries after the first.
        pause: seconds before the first retry; doubled for each, of which a random share is waited (full jitter:
            Brooker 2015), or what the server's ``Retry-After`` says.

    Raises:
        ModelError: the address is none, may not be asked, or the key is not there.
    """

    def __init__(
        self, url: str, key: str | None = None, *, seconds: float = 60, retries: int = 4, pause: float = 0.5
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ModelError(f"this is not an address of the web: {url!r}", hint="http://127.0.0.1:8080/v1")
        self.url = url.rstrip("/")
        self._seconds, self._retries, self._pause = seconds, retries, pause
        self._headers = {"Content-Type": "application/json"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {_secret(key, self.url)}"
        # A proxy would be another machine.
        proxies = [urllib.request.ProxyHandler({})] if is_local(self.url) else []
        self._opener = urllib.request.build_opener(_NoRedirect, *proxies)

    def ask(self, path: str, question: Mapping[str, Any]) -> Any:
        """The answer, parsed.

        Raises:
            ModelError: no answer after all tries, a refusal, or an answer that is not JSON.
        """
        content, where = self._tried(path, question, self._read)
        return _parsed(content, where)

    def stream(self, path: str, question: Mapping[str, Any]) -> Generator[Any, None, None]:
        """The events of an answer that is streamed (server-sent events), each parsed, as they come.

        Until the first there are retries as for ``ask``; after it, a broken answer is an error. An event takes
        ``seconds`` at most.

        Raises:
            ModelError: as for ``ask``; the answer is no stream, or breaks off.
        """
        response, where = self._tried(path, question, self._open)
        with response:
            if response.headers.get_content_type() != "text/event-stream":
                raise ModelError("the server's answer is no stream of events", where=where)
            try:
                for data in self._events(response):
                    if data == b"[DONE]":
                        return
                    event = _parsed(data, where)
                    if isinstance(event, dict) and "error" in event:
                        raise ModelError(f"the server breaks off: {str(event['error'])[:400]}", where=where)
                    yield event
            except (OSError, http.client.HTTPException) as error:
                raise ModelError(f"the server's answer broke off ({error})", where=where) from error

    def _events(self, response: Any) -> Iterator[bytes]:
        """What stands behind ``data:`` in each event."""
        end = time.monotonic() + self._seconds
        held, size = b"", 0
        while block := response.read1(_BLOCK):
            size += len(block)
            *lines, held = (held + block).split(b"\n")
            for line in lines:
                name, _, data = line.strip().partition(b":")
                # A comment keeps the connection alive, but is no event.
                if name == b"data":
                    end = time.monotonic() + self._seconds
                    yield data.strip()
            if time.monotonic() > end:
                raise socket.timeout(f"no event in {self._seconds:g} seconds")  # noqa: UP041
            if size > _LARGEST:
                raise ModelError("the server's answer is larger than 256 MiB", where=self.url)

    def _tried(
        self, path: str, question: Mapping[str, Any], act: Callable[[urllib.request.Request], T]
    ) -> tuple[T, str]:
        """What `act` makes of the question after some tries, and the address that was asked."""
        url = f"{self.url}/{path}"
        allow(url)
        request = urllib.request.Request(url, json.dumps(question).encode(), self._headers)  # noqa: S310
        for attempt in range(self._retries + 1):
            try:
                return _once(request, act), url
            except _PassingError as error:
                if attempt == self._retries:
                    raise ModelError(
                        f"the server did not answer in {attempt + 1} tries ({error.reason})",
                        where=url,
                        hint="is it running, and is this its address?",
                    ) from error
                time.sleep(self._wait(attempt, error.after))
        raise AssertionError

    def _wait(self, attempt: int, after: float | None) -> float:
        grown = self._pause * 2.0**attempt * random.random()  # noqa: S311 - a pause is no secret
        return min(_LONGEST_PAUSE, grown if after is None else after)

    def _read(self, request: urllib.request.Request) -> bytes:
        end = time.monotonic() + self._seconds
        content = bytearray()
        with self._open(request) as response:
            # read1 gives what has come: the time is looked at between drips.
            while block := response.read1(_BLOCK):
                content += block
                if time.monotonic() > end:
                    raise socket.timeout(f"no whole answer in {self._seconds:g} seconds")  # noqa: UP041
                if len(content) > _LARGEST:
                    raise ModelError("the server's answer is larger than 256 MiB", where=request.full_url)
            if response.length:
                raise http.client.IncompleteRead(bytes(content), response.length)
        return bytes(content)

    def _open(self, request: urllib.request.Request) -> Any:
        return self._opener.open(request, timeout=self._seconds)


def _once(request: urllib.request.Request, act: Callable[[urllib.request.Request], T]) -> T:
    where = request.full_url
    try:
        return act(request)
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(400).decode("utf-8", "replace").strip()
        reason = f"{error.code} {error.reason}"
        if error.code in _PASSING:
            raise _PassingError(reason, _seconds(error.headers.get("Retry-After"))) from error
        if 300 <= error.code < 400:
            raise ModelError("the server redirects, which is not followed", where=where) from error
        raise ModelError(f"the server refuses ({reason}): {said}", where=where) from error
    except (OSError, http.client.HTTPException) as error:
        raise _PassingError(str(error) or type(error).__name__) from error


def _parsed(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelError("the server's answer is not JSON", where=where) from error


class _PassingError(Exception):
    """A failure that may pass, and the seconds after which the server wants to be asked again."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.after = reason, after


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """None is followed: the error of status 3xx comes through."""


def _secret(key: str, url: str) -> str:
    if not key.startswith(KEY_PREFIX):
        raise ModelError(
            f"a key is read only from a variable that begins with {KEY_PREFIX}, not from {key!r}",
            where=url,
            hint=f"put the key that is meant for this server into {KEY_PREFIX}… and name that",
        )
    value = os.environ.get(key, "").strip()
    if not value:
        raise ModelError(f"the environment variable {key}, which holds the key, is not set", where=url)
    if url.startswith("http://") and not is_local(url):
        raise ModelError("a key is not sent to another machine unencrypted", where=url, hint="use https://")
    return value


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None
