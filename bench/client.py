"""A server in a process of its own, and a client that costs little, so that what is measured is the server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOKEN = "a-token-for-measuring-0123456789"  # noqa: S105 - it guards nothing


@dataclass(frozen=True)
class Process:
    """A server that runs.

    Args:
        host, port: where.
        number: of the process.
        begun: the clock's reading when it was started.
    """

    host: str
    port: int
    number: int
    begun: float

    def status(self) -> dict[str, int]:
        """Its memory in bytes, and how many handles it has open."""
        proc = Path("/proc") / str(self.number)
        pages = int((proc / "statm").read_text().split()[1])
        handles = len(list((proc / "fd").iterdir()))
        return {"memory": pages * os.sysconf("SC_PAGE_SIZE"), "handles": handles}

    def seconds(self) -> float:
        """Processor time that it and its children have used."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = path.read_text().rpartition(") ")[2].split()
                if str(self.number) in (path.parent.name, fields[1]):
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(recipes: Sequence[str], **settings: object) -> Iterator[Process]:
    """``duli serve`` with some settings, killed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"store": str(Path(folder) / "store.db"), "log": "error", "rate": 1e6, "burst": 10**6}
        named = {f"DULI_SERVE_{k.upper()}": str(v) for k, v in {**own, **settings}.items()}
        begun = time.perf_counter()
        command = [sys.executable, "-m", "duli", "serve", *recipes, "--port", "0"]
        process = subprocess.Popen(
            command,
            env={**os.environ, **named, "DULI_SERVE_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[0].removeprefix("http://")
            host, _, port = address.rpartition(":")
            yield Process(host, int(port), process.pid, begun)
        finally:
            process.terminate()
            process.wait(60)


class Connection:
    """One connection that is kept; opened again where the server closed it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, body: Any, *, method: str = "POST") -> tuple[int, bytes]:
        """Send JSON; returns the status and what came back."""
        return await self.send(request(path, json.dumps(body).encode(), method=method))

    async def send(self, raw: bytes) -> tuple[int, bytes]:
        """Send bytes; returns the status and what came back. Status 0: the connection was closed instead."""
        kept = self._streams is not None
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.process.host, self.process.port)
        reader, writer = self._streams
        try:
            writer.write(raw)
            await writer.drain()
            return await self._answer(reader)
        except (OSError, asyncio.IncompleteReadError, ValueError, IndexError) as error:
            self.close()
            # A connection that was idle for long may have been closed while this was on its way.
            unheard = isinstance(error, ConnectionError) or getattr(error, "partial", None) == b""
            return await self.send(raw) if kept and unheard else (0, b"")

    async def leave(self, path: str, body: Any, seconds: float) -> None:
        """Send JSON, and go away without waiting for the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.process.host, self.process.port)
        self._streams[1].write(request(path, json.dumps(body).encode()))
        await asyncio.sleep(seconds)
        self.close()

    def close(self) -> None:
        """Close it."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        if "content-length" in fields:
            found = await reader.readexactly(int(fields["content-length"]))
        else:
            found = b""
            while size := int((await reader.readline()).strip() or b"0", 16):
                found += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        if fields.get("connection") == "close":
            self.close()
        return status, found


def request(path: str, body: bytes, *, method: str = "POST", headers: str = "") -> bytes:
    """A request as it is sent."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1", "replace") + body


async def first_answer(process: Process, path: str, body: Any) -> float:
    """Seconds from the start of a process to its first answer."""
    one = Connection(process)
    status, said = await one.ask(path, body)
    one.close()
    assert status == 200, said
    return time.perf_counter() - process.begun


def percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds; of n values the one below which this share is."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def machine() -> str:
    """What is to be said beside a figure."""
    return f"{os.cpu_count()} cores, load {', '.join(f'{x:.1f}' for x in os.getloadavg())}"
