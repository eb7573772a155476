"""A server process: listens, says where, and stops without cutting answers off."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from duli.errors import InputError
from duli.service.http import app, logs, tokens
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
    listening = _listen(settings)
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


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        made = socket.create_server((settings.host, settings.port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        raise InputError(
            f"the address cannot be listened at: {error}",
            where=f"{settings.host}:{settings.port}",
            hint="is another server running there? --port 0 takes a free port",
        ) from error
    made.set_inheritable(True)
    return made


def _tell(listening: socket.socket, secret: str | None, names: Sequence[str]) -> None:
    """Where, what, and with which token: on standard output, once."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{port}  {', '.join(names)}", flush=True)
    if secret is not None:
        print(f"token: {secret}", flush=True)
