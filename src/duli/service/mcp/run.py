"""A process that serves agents, over standard input or HTTP."""

from __future__ import annotations

from pathlib import Path

import uvicorn

from duli.service.http.listening import address, opened
from duli.service.http.tokens import Tokens, load
from duli.service.mcp.desk import Desk
from duli.service.mcp.server import guarded, make


def stdio(desk: Desk) -> None:
    """Serve until standard input ends."""
    make(desk).run("stdio")


def http(desk: Desk, host: str, port: int, file: Path | None) -> None:
    """Serve until the process is told to stop; prints the address and, where none is set, a token for this run.

    Raises:
        InputError: the address cannot be listened at.
        DuliError: the tokens have a mistake.
    """
    known, secret = load(file)
    with opened(host, port) as listening:
        print(f"{address(listening)}/mcp", flush=True)
        if secret is not None:
            print(f"token: {secret}", flush=True)
        process(desk, host, known).run(sockets=[listening])


def process(desk: Desk, host: str, known: Tokens) -> uvicorn.Server:
    """What answers HTTP: the tools at /mcp, for those who have a token."""
    app = guarded(make(desk).streamable_http_app(stateless_http=True, host=host), known)
    return uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, ws="none")
    )
