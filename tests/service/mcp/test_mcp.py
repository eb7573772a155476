"""Recipes for agents, by the SDK's own client: in process, over standard input, and over HTTP."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp")

import anyio
import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from duli.service.cli import run
from duli.service.http.listening import address, opened
from duli.service.http.tokens import Token, Tokens, hashed
from duli.service.mcp.desk import Desk
from duli.service.mcp.run import process
from duli.service.mcp.server import make

SECRET = "secret-of-an-agent-0123456789"  # noqa: S105
CASE = ["birth(cy, '2009-02-11')", "income(job, ann, 22895, '2017-12-31')"]
TOOLS = ["ask", "explain", "look_up", "prove", "recipes"]


RECIPE = """[recipe]
name = "likes"
[model]
encoder = "fake"
[[classify]]
predicate = "topic"
labels = { drinks = "tea and coffee", games = "football and chess" }
[answer]
predicate = "about"
[[knowledge]]
format = "tsv"
path = "likes.tsv"
relation = "likes"
columns = [{ name = "who" }, { name = "what" }]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "likes"
    folder.mkdir()
    (folder / "likes.tsv").write_text("who\twhat\nann\ttea\nbob\tcoffee\n", "utf-8")
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    (folder / "rules.dl").write_text("about(D, T) :- topic(D, T). query(about(D, T)).\n", "utf-8")
    return Desk(["law", "prove", str(folder)])


def asked(target: Any, tool: str, arguments: dict[str, Any]) -> Any:
    """What a tool returns to a client."""

    async def call() -> Any:
        async with Client(target) as client:
            return await client.call_tool(tool, arguments)

    return anyio.run(call)


def test_the_tools_are_described(desk: Desk) -> None:
    async def tools() -> Any:
        async with Client(make(desk)) as client:
            return (await client.list_tools()).tools

    found = {tool.name: tool for tool in anyio.run(tools)}
    assert sorted(found) == TOOLS
    assert all(tool.description and tool.annotations.read_only_hint for tool in found.values())
    assert found["ask"].input_schema["required"] == ["recipe", "text"]


def test_the_recipes_are_listed(desk: Desk) -> None:
    found = asked(make(desk), "recipes", {}).structured_content["recipes"]
    assert [one["name"] for one in found] == ["law", "prove", "likes"]
    assert found[0]["facts"]["income"] == 4


def test_a_case_is_asked_and_explained(desk: Desk) -> None:
    given = {"recipe": "law", "text": "tax(ann, 2017, Amount)", "facts": CASE}
    found = asked(make(desk), "ask", given).structured_content
    assert found["answers"][0]["sentence"].startswith("ann has to pay $2,684")
    told = asked(make(desk), "explain", given).structured_content
    assert any("income" in line for line in told["proof"])


def test_a_text_is_asked(desk: Desk) -> None:
    found = asked(make(desk), "ask", {"recipe": "likes", "text": "tea, please", "proof": True})
    assert {one["value"] for one in found.structured_content["answers"]} == {"drinks", "games"}


@pytest.mark.parametrize(
    ("text", "question", "answer", "told"),
    [
        ("Charlie is quiet. All quiet people are cold.", "Is Charlie cold?", "true", "It is true."),
        ("查理是安静的。所有安静的人都是冷的。", "查理冷吗？", "true", "是真的。"),
        ("∀x (Cat(x) → Red(x))\nCat(tom)", "Red(tom)", "true", "true"),
        ("Charlie is quiet.", "Is Charlie cold?", "unknown", "It is unknown"),
    ],
)
def test_statements_are_proved(desk: Desk, text: str, question: str, answer: str, told: str) -> None:
    found = asked(make(desk), "prove", {"text": text, "question": question}).structured_content
    assert found["answer"] == answer
    assert found["told"][0].startswith(told)


def test_facts_are_looked_up(desk: Desk) -> None:
    server = make(desk)
    assert asked(server, "look_up", {"recipe": "likes"}).structured_content["relations"][0]["rows"] == 2
    for name in ("likes", "tea"):
        rows = asked(server, "look_up", {"recipe": "likes", "name": name}).structured_content["facts"]
        assert rows[0]["values"] == ["ann", "tea"]


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("ask", {"recipe": "nothing", "text": "?"}, "the recipe 'nothing' is not served"),
        (
            "ask",
            {"recipe": "law", "text": "tax(ann, 2017, A)", "facts": ["p(X) :- q(X)"]},
            "not one ground fact",
        ),
        ("ask", {"recipe": "law", "text": "x" * 100_001}, "at most 100,000"),
        ("ask", {"recipe": "law"}, "text"),
        ("prove", {"text": "Bob is.", "question": "Is Bob kind?"}, "this form is read"),
        ("prove", {"text": "Bob is kind.", "seconds": 1000}, "seconds"),
    ],
)
def test_mistakes_are_told(desk: Desk, tool: str, arguments: dict[str, Any], message: str) -> None:
    found = asked(make(desk), tool, arguments)
    assert found.is_error
    assert message in found.content[0].text


def test_an_agent_starts_it_and_talks_over_standard_input() -> None:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "duli", "mcp"], env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    given = {"text": "Charlie is quiet. All quiet people are cold.", "question": "Is Charlie cold?"}
    assert asked(command, "prove", given).structured_content["answer"] == "true"


@pytest.fixture
def served(desk: Desk) -> Iterator[str]:
    known = Tokens(
        (
            Token("agent", hashed(SECRET), frozenset(["ask"])),
            Token("other", hashed("x" * 20), frozenset(["write"])),
        )
    )
    server = process(desk, "127.0.0.1", known)
    with opened("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            end = time.monotonic() + 60
            while not server.started and time.monotonic() < end:
                time.sleep(0.02)
            yield f"{address(listening)}/mcp"
        finally:
            server.should_exit = True
            thread.join(20)


def test_an_agent_asks_over_http(served: str) -> None:
    async def call() -> Any:
        headers = {"Authorization": f"Bearer {SECRET}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http,
            Client(streamable_http_client(served, http_client=http)) as client,
        ):
            return await client.call_tool("look_up", {"recipe": "likes", "name": "tea"})

    assert anyio.run(call).structured_content["facts"][0]["values"] == ["ann", "tea"]


@pytest.mark.parametrize(
    "given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {'x' * 20}"}]
)
def test_nobody_comes_in_without_a_token_for_asking(served: str, given: dict[str, str]) -> None:
    found = httpx2.post(served, json={}, headers=given, trust_env=False)
    assert (found.status_code, found.headers["www-authenticate"]) == (401, "Bearer")


def test_a_recipe_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mcp", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err
