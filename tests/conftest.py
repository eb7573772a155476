"""No test may speak to another machine, or touch the user's cache."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_CHECKED = ("connect", "connect_ex", "sendto")


class NetworkError(RuntimeError):
    """A test tried to reach another machine."""


def refuse_unless_loopback(host: object) -> None:
    """Raise NetworkError for any host that is not this machine."""
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in ("localhost", "", "None"):
        return
    try:
        if ipaddress.ip_address(name).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkError(f"a test tried to reach {name}")


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in _CHECKED:
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)), raising=True)
        real = socket.getaddrinfo

        def getaddrinfo(host: object, *rest: Any, **more: Any) -> Any:
            refuse_unless_loopback(host)
            return real(host, *rest, **more)  # type: ignore[call-overload]

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def _guarded(call: Any) -> Any:
    def guarded(self: socket.socket, *rest: Any) -> Any:
        address = rest[-1]
        if self.family != socket.AF_UNIX and isinstance(address, tuple):
            refuse_unless_loopback(address[0])
        return call(self, *rest)

    return guarded


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the tests that use the packaged model and the whole ontology: its names are encoded once."""
    return tmp_path_factory.mktemp("shared-cache")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DULI_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
