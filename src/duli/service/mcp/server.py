"""The tools that agents call, over standard input or HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any, Literal

import anyio
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from duli import __version__
from duli.errors import DuliError
from duli.service.http.bodies import Pair
from duli.service.http.problems import told
from duli.service.http.questions import Question
from duli.service.http.tokens import Tokens
from duli.service.mcp.desk import Desk, begin

DEADLINE = 120.0
"""Seconds that a call may take."""
_AT_ONCE = 4
_INSTRUCTIONS = """Answers with proofs. "recipes" lists what can be asked; "ask" answers a text, "explain" says why;
"prove" decides whether a statement follows from others; "look_up" shows what a recipe knows. None of them changes
anything."""

Named = Annotated[str, Field(description="a recipe, as recipes lists them")]
Said = Annotated[str, Field(description="the text; of a recipe about cases, the question as an atom")]
Asked = Annotated[str, Field(description="of a recipe that takes problems: what is asked about the text")]
Second = Annotated[str, Field(description="of a recipe that takes a pair: the second text")]
Facts = Annotated[
    list[str],
    Field(description="further facts, such as edge(a, b), of predicates that it takes", max_length=10_000),
]


def make(desk: Desk) -> MCPServer:
    """A server with the tools of a desk."""
    server: MCPServer = MCPServer("duli", version=__version__, instructions=_INSTRUCTIONS)
    limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def work(function: Callable[[], Any]) -> Any:
        """What the function returns, worked out in a thread; stopped where the client leaves or the time is up."""
        one = begin(DEADLINE)
        try:
            with anyio.fail_after(DEADLINE):
                return await anyio.to_thread.run_sync(function, abandon_on_cancel=True, limiter=limiter)
        except DuliError as error:
            raise ToolError(_told(error)) from error
        except TimeoutError as error:
            raise ToolError(f"the time is up: {DEADLINE:.0f} seconds") from error
        finally:
            one.cancel.cancel()

    async def recipes() -> dict[str, Any]:
        """List the recipes that can be asked, with an example of each and the facts that it takes."""
        return {"recipes": desk.recipes()}

    async def ask(
        recipe: Named,
        text: Said,
        question: Asked = "",
        second: Second = "",
        facts: Facts = [],  # noqa: B006
        top: Annotated[int, Field(ge=1, le=1000, description="how many answers")] = 10,
        proof: Annotated[bool, Field(description="whether the best answer comes with its proof")] = False,
    ) -> dict[str, Any]:
        """Answer a text by a recipe: ranked values with probabilities, or that it does not know and why."""
        asked = Question(_given(text, second), question, {}, {"top": top}, proof)
        found: dict[str, Any] = await work(lambda: desk.ask(recipe, asked, facts))
        return found

    async def explain(
        recipe: Named,
        text: Said,
        question: Asked = "",
        second: Second = "",
        facts: Facts = [],  # noqa: B006
        value: Annotated[str | None, Field(description="the answer to explain; else the best")] = None,
        form: Literal["tree", "text", "json", "mermaid", "dot"] = "tree",
    ) -> dict[str, Any]:
        """Say why an answer follows: its proof, which an independent checker has gone through."""
        asked = Question(_given(text, second), question, {}, {"why": 1})
        found: dict[str, Any] = await work(lambda: desk.explain(recipe, asked, facts, form, value))
        return found

    async def prove(
        text: Annotated[str, Field(description="English or Chinese sentences, formulas, or TPTP")],
        question: Annotated[
            str, Field(description="written as the text is; a question of yes or no, too")
        ] = "",
        world: Annotated[
            Literal["open", "closed"], Field(description="closed: what does not follow is false")
        ] = "open",
        logic: Literal["auto", "rules", "classical", "finite"] = "auto",
        seconds: Annotated[float, Field(gt=0, le=60, description="when to stop, with unknown")] = 10.0,
    ) -> dict[str, Any]:
        """Decide whether a statement follows: true, false, unknown, or contradiction, with a checked proof."""
        found: dict[str, Any] = await work(lambda: desk.prove(text, question, world, logic, seconds))
        return found

    async def look_up(
        recipe: Named,
        name: Annotated[
            str, Field(description="a relation or a symbol; empty: which relations there are")
        ] = "",
        limit: Annotated[int, Field(ge=1, le=1000, description="how many facts of each relation")] = 20,
    ) -> dict[str, Any]:
        """Look facts up in what a recipe knows, each with the source that it is from."""
        found: dict[str, Any] = await work(lambda: desk.look_up(recipe, name, limit))
        return found

    harmless = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for tool in (recipes, ask, explain, prove, look_up):
        server.add_tool(tool, annotations=harmless, structured_output=True)
    return server


def _told(error: DuliError) -> str:
    """An error in one text, as a client sees it."""
    found = told(error)["error"]
    where, hint = found["where"], found["hint"]
    return f"{f'{where}: ' if where else ''}{found['message']}{chr(10) + 'hint: ' + hint if hint else ''}"


def _given(text: str, second: str) -> str | Pair:
    return Pair(text=text, second=second) if second else text


Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Any, Any], Awaitable[None]]


def guarded(app: Asgi, tokens: Tokens) -> Asgi:
    """An ASGI application that lets in who has a token with the scope ask, and nobody else."""

    async def guard(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not _may(scope, tokens):
            headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send(
                {"type": "http.response.body", "body": b"a token is needed: Authorization: Bearer ...\n"}
            )
            return
        await app(scope, receive, send)

    return guard


def _may(scope: Scope, tokens: Tokens) -> bool:
    given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    kind, _, secret = given.partition(" ")
    found = tokens.find(secret.strip()) if kind.lower() == "bearer" else None
    return found is not None and "ask" in found.scopes
