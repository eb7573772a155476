"""A server process: listens, says where, and stops without cutting answers off."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from duli.service.http import app, logs, tokens
from duli.service.http.listening import address, opened
from duli.service.http.server import Server
from duli.service.http.settings import Settings

_SWITCH = 0.001
"""Seconds after which a thread that computes lets another in; at Python's 5 ms, 8 of them keep the event loop waiting
for up to 40 ms."""


def run(settings: Settings, recipes: Sequence[str]) -> None:
    """Serve until the process is told to stop.

    Raises:
        InputError: the address cannot be listened at.
        DuliError: a recipe or the tokens have a mistake.
    """
    known, secret = tokens.load(Path(settings.tokens) if settings.tokens else None)
    server = Server.make(settings, recipes, known)
    listening = opened(settings.host, settings.port)
    _tell(listening, secret, server.shelf.names)
    with _others(settings.processes - 1):
        _serve(server, listening)


def _serve(server: Server, listening: socket.socket) -> None:
    settings = server.settings
    logs.start(settings.log)
    sys.setswitchinterval(_SWITCH)
    config = uvicorn.Config(
        app.make(server),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=max(1, round(settings.grace)),
        h11_max_incomplete_event_size=64 * 1024,
        lifespan="on",
        ws="none",
    )
    process = uvicorn.Server(config)
    server.stopping = lambda: process.should_exit
    process.run(sockets=[listening])


@contextmanager
def _others(count: int) -> Iterator[None]:
    """Further processes that do the same; the first one takes them with it when it stops."""
    # uvicorn sends itself the signal again when it has stopped: that must end here, not the process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    children = list[int]()
    for _ in range(count):
        child = os.fork()
        if not child:
            children = []
            break
        children.append(child)
    try:
        yield
    finally:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        for child in children:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _tell(listening: socket.socket, secret: str | None, names: Sequence[str]) -> None:
    """Where, what, and with which token: on standard output, once."""
    print(f"{address(listening)}  {', '.join(names)}", flush=True)
    if secret is not None:
        print(f"token: {secret}", flush=True)
