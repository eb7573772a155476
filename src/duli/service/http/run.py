"""A server process: listens, says where, and stops without cutting answers off."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
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
    _tell(listening, secret, server.shelf.names)
    process = uvicorn.Server(config)
    server.stopping = lambda: process.should_exit
    process.run(sockets=[listening])


def _tell(listening: socket.socket, secret: str | None, names: Sequence[str]) -> None:
    """Where, what, and with which token: on standard output, once."""
    print(f"{address(listening)}  {', '.join(names)}", flush=True)
    if secret is not None:
        print(f"token: {secret}", flush=True)
