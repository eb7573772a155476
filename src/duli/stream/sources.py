"""Where texts come from, by what a user writes."""

from __future__ import annotations

import ipaddress
import os
import secrets
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from duli.errors import InputError
from duli.stream.files import File, Folder
from duli.stream.http import Endpoint, Feed
from duli.stream.news import LARGEST, Record, Refused, Source, Taken, of_bytes

_WAIT = 0.1
_HINT = "a file, a folder, - for standard input, listen:8700, https://…, or kafka://host:9092/topic"


def source(address: str, *, follow: bool = True, public: bool = False, every: float = 60.0) -> Source:
    """The source at an address.

    Args:
        address: a file, a folder, ``-``, ``listen:PORT`` or ``listen:HOST:PORT``, ``http(s)://…``, or
            ``kafka://host:port/topic``.
        follow: whether to wait for more.
        public: whether other machines may send texts.
        every: seconds between questions to a feed.

    Raises:
        InputError: it is none of these, or what it needs is not allowed.
        MissingExtraError: Kafka, and what reads it is not installed.
    """
    if address == "-":
        return Lines(sys.stdin.buffer)
    if address.startswith("listen:"):
        return _endpoint(address.removeprefix("listen:"), public)
    if address.startswith(("http://", "https://")):
        if os.environ.get("DULI_OFFLINE") == "1" and not _here(urlsplit(address).hostname or ""):
            raise InputError("DULI_OFFLINE=1: no other machine is asked", where=address)
        return Feed(address, every=every, follow=follow)
    if address.startswith("kafka://"):
        from duli.stream.kafka import Topic

        parts = urlsplit(address)
        if not parts.netloc or len(parts.path) < 2:
            raise InputError(
                "Kafka needs a server and a topic", where=address, hint="kafka://host:9092/topic"
            )
        return Topic(parts.netloc, parts.path[1:], follow=follow)
    path = Path(address)
    if path.is_dir():
        return Folder(path, follow=follow)
    if path.is_file():
        return File(path, follow=follow)
    raise InputError(f"there is no source {address!r}", hint=_HINT)


def _endpoint(address: str, public: bool) -> Endpoint:
    host, _, port = address.rpartition(":")
    host = host or "127.0.0.1"
    if not port.isdigit() or int(port) > 65_535:
        raise InputError(f"{port!r} is no port", hint="listen:8700")
    if not public and not _here(host):
        raise InputError(
            f"{host} can be reached by other machines", hint="listen:PORT, or allow it with --public"
        )
    token = os.environ.get("DULI_WATCH_TOKEN")
    if not token:
        token = secrets.token_urlsafe(24)
        print(f"note: senders give this token (or set DULI_WATCH_TOKEN): {token}", file=sys.stderr)
    return Endpoint(host, int(port), token)


def _here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Lines:
    """Standard input: one record a line, JSON or plain text. It has no positions: what comes again counts once.

    Args:
        stream: of bytes.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.finished = False
        self._rest = b""
        self._line = 0

    def open(self, position: Callable[[str], str | None]) -> None:
        """There is nothing to go on from."""

    def close(self) -> None:
        """It is not ours to close."""

    def take(self, most: int) -> Taken:
        """The lines that are there."""
        records: list[Record] = []
        while len(records) < most:
            line, end, rest = self._rest.partition(b"\n")
            if end or (self.finished and line):
                self._rest = rest
                self._line += 1
                place = f"standard input:{self._line}"
                records += [of_bytes(line, "standard input", place, plain=True)] if line.strip() else []
            elif len(line) > LARGEST:
                self._rest = b""
                records.append(Refused(f"standard input:{self._line + 1}", "an endless line", line[:200]))
            elif self.finished or not select.select([self.stream], [], [], 0 if records else _WAIT)[0]:
                break
            else:
                more = os.read(self.stream.fileno(), 1 << 16)
                self._rest += more
                self.finished = not more
        self.finished = self.finished and not self._rest
        return Taken(tuple(records))
