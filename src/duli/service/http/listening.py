"""The address that a server listens at."""

from __future__ import annotations

import socket

from duli.errors import InputError


def opened(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        InputError: the address cannot be listened at.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        raise InputError(
            f"the address cannot be listened at: {error}",
            where=f"{host}:{port}",
            hint="is another server running there? --port 0 takes a free port",
        ) from error
    made.set_inheritable(True)
    return made


def address(listening: socket.socket) -> str:
    """Where a socket listens, as a URL."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
