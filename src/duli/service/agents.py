"""``duli mcp``: recipes for agents, by the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from duli.errors import MissingExtraError
from duli.service import terminal

EPILOG = """Examples:\n
    duli mcp diagnosis law                  (an agent starts it, and talks to it over standard input)\n
    duli mcp mine/ --http --port 8742       (http://127.0.0.1:8742/mcp, with a token)"""


def mcp(
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            help="Built-in recipes, or folders; sentences and problems are proved without any.",
            autocompletion=terminal.recipe_names,
        ),
    ] = None,
    http: Annotated[
        bool, typer.Option("--http", help="Listen for HTTP; else standard input is read.")
    ] = False,
    host: Annotated[str, typer.Option(help="With --http: the address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="With --http: the port; 0 takes a free one.")] = 8742,
    tokens: Annotated[
        Path | None, typer.Option(help="With --http: a file of tokens that duli token wrote.")
    ] = None,
) -> int:
    """Serve tools to agents: ask, explain, prove, look facts up."""
    try:
        from duli.service.mcp import run
        from duli.service.mcp.desk import Desk
    except ImportError as error:
        raise MissingExtraError(str(error.name or "mcp"), "mcp") from error
    desk = Desk(recipes or [])
    if http:
        run.http(desk, host, port, tokens)
    else:
        run.stdio(desk)
    return 0
