"""DULI_OFFLINE: no back end opens a connection but to a server on this machine that the user names."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from duli import lm
from duli.errors import ModelError
from duli.lm.network import allow, is_local, may_download
from duli.lm.registry import KINDS
from duli.lm.server import Server

LOCAL = ["http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1", "http://127.9.9.9"]
OTHER = [
    "https://models.example/v1",
    "http://127.0.0.1.example/",
    "http://localhost@models.example/",
    "http://10.0.0.1/",
]


@pytest.mark.parametrize("url", LOCAL)
def test_this_machine(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_OFFLINE", "1")
    assert is_local(url)
    allow(url)


@pytest.mark.parametrize("url", OTHER)
@pytest.mark.parametrize("value", ["1", "yes"])
def test_other_machines(url: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_OFFLINE", value)
    assert not is_local(url)
    with pytest.raises(ModelError, match="DULI_OFFLINE is on"):
        allow(url)


@pytest.mark.parametrize(("value", "downloads"), [(None, False), ("", False), ("0", True), ("1", False)])
def test_downloads_are_allowed_by_one_value(
    value: str | None, downloads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is not None:
        monkeypatch.setenv("DULI_OFFLINE", value)
    assert may_download() is downloads


def _no_socket(*args: object, **kwargs: object) -> None:
    raise AssertionError("a socket was made")


def test_a_server_elsewhere_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_OFFLINE", "1")
    monkeypatch.setattr(socket, "socket", _no_socket)
    monkeypatch.setattr(socket, "getaddrinfo", _no_socket)
    with pytest.raises(ModelError, match="DULI_OFFLINE"):
        Server("https://models.example/v1").ask("embeddings", {})


NO_SOCKETS = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("a socket was made")
socket.socket.__init__ = refuse
socket.getaddrinfo = socket.create_connection = refuse
from pathlib import Path
from duli import lm
from duli.errors import DuliError, MissingExtraError
def tell(kind, name, ask):
    folder = Path(sys.argv[1]) if name in ("hf", "gguf", "onnx") else None
    options = {"url": "https://models.example/v1", "model": "m"} if name == "openai" else {}
    try:
        print(kind, name, ask(getattr(lm, kind)(name, folder, **options)))
    except MissingExtraError:
        print(kind, name, "missing")
    except DuliError as error:
        print(kind, name, error.message)
for name in lm.names("encoder"):
    tell("encoder", name, lambda made: lm.encode(made, ["seizure"]).vectors.shape[0])
for name in lm.names("scorer"):
    tell("scorer", name, lambda made: lm.score(made, ["seizure"], ["yes"]))
for name in lm.names("generator"):
    tell("generator", name, lambda made: list(lm.generate(made, "seizure")))
"""


def test_no_back_end_makes_a_socket(tmp_path: Path) -> None:
    """In a process of its own, so that nothing was opened before."""
    done = subprocess.run(
        [sys.executable, "-c", NO_SOCKETS, str(tmp_path)],
        env={**os.environ, "DULI_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    said = {(kind, name): text for kind, name, text in lines}
    assert done.returncode == 0, done.stderr
    assert set(said) == {(kind, name) for kind in KINDS for name in lm.names(kind)}
    assert said["encoder", "fake"] == "1"
    assert all(said[kind, "openai"].startswith("DULI_OFFLINE is on") for kind in KINDS)
    assert said["encoder", "embedded"] == "1"
