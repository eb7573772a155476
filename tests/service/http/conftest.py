"""A server of small recipes, in a thread of this process, asked over a real socket."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

import httpx
import uvicorn

from duli.service.http import app
from duli.service.http.server import Server
from duli.service.http.settings import Settings
from duli.service.http.tokens import SCOPES, Scope, Token, Tokens, hashed

SECRETS: dict[str, str] = {scope: f"secret-of-{scope}-0123456789" for scope in SCOPES} | {
    "all": "secret-of-all-0123456789"
}


def known() -> Tokens:
    """A token for each scope, and one for all."""
    one = [Token(scope, hashed(SECRETS[scope]), frozenset[Scope]([scope])) for scope in SCOPES]
    return Tokens((*one, Token("all", hashed(SECRETS["all"]), frozenset(SCOPES))))


@dataclass
class Running:
    """A server that runs, and a client for it."""

    server: Server
    address: str
    client: httpx.Client

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.client.post(path, json=body, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)


@contextmanager
def running(recipes: list[Path | str], page: Path = app.PAGE, **settings: Any) -> Iterator[Running]:
    """A server of some recipes, ready."""
    store = str(Path(tempfile.mkdtemp(dir=os.environ["DULI_CACHE"])) / "store.db")
    server = Server.make(
        replace(Settings(look=0, log="error", deadline=120, store=store), **settings), recipes, known()
    )
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app.make(server, page), log_config=None, access_log=False, server_header=False, ws="none"
    )
    process = uvicorn.Server(config)
    server.stopping = lambda: process.should_exit
    thread = threading.Thread(target=process.run, kwargs={"sockets": [listening]})
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    headers = {"Authorization": f"Bearer {SECRETS['all']}"}
    try:
        with httpx.Client(base_url=address, headers=headers, timeout=120, trust_env=False) as client:
            eventually(lambda: client.get("/ready").status_code == 200)
            yield Running(server, address, client)
    finally:
        process.should_exit = True
        thread.join(20)
        listening.close()


def eventually(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


TOPICS = """[recipe]
name = "topics"
description = "What a text is about"
[model]
encoder = "fake"
[[classify]]
predicate = "topic"
labels = { sport = "football match, players and goals", trade = "shares and profits", '天气' = "今天下雨，气温下降" }
[answer]
predicate = "about"
inputs = { boost = 1 }
"""
TOPIC_RULES = "about(D, T) :- topic(D, T). about(0, T) :- boost(T). query(about(D, T))."

SLOW = """[recipe]
name = "slow"
description = "Counts for a long time where it is told how far"
[model]
encoder = "fake"
[[classify]]
predicate = "topic"
labels = { yes = "yes indeed", no = "not at all" }
[answer]
predicate = "about"
inputs = { far = 1 }
"""
SLOW_RULES = """count(0) :- far(_). count(Y) :- count(X), far(N), X < N, Y is X + 1.
about(D, T) :- topic(D, T), \\+ endless. endless :- count(X), X < 0. query(about(D, T))."""


def write(folder: Path, recipe: str, rules: str) -> Path:
    """A recipe's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.toml").write_text(recipe, "utf-8")
    (folder / "rules.dl").write_text(rules, "utf-8")
    return folder


@pytest.fixture(scope="module")
def topics_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("recipes") / "topics", TOPICS, TOPIC_RULES)


@pytest.fixture(scope="module")
def served(topics_folder: Path) -> Iterator[Running]:
    """The recipe topics."""
    with running([topics_folder]) as found:
        yield found
