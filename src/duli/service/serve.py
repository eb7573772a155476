"""``duli serve``: recipes over HTTP; ``duli token``: who may ask."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duli.errors import InputError, MissingExtraError
from duli.service import terminal

if TYPE_CHECKING:
    from duli.service.http.settings import Settings

EPILOG = """Examples:\n
    duli serve diagnosis\n
    duli serve mine/ diagnosis --port 0\n
    duli token phone --scope ask --file tokens.toml && duli serve mine/ --tokens tokens.toml\n
    DULI_SERVE_HOST=0.0.0.0 duli serve mine/ --config serve.toml      (docs/serve.md lists all settings)"""


def serve(
    recipes: Annotated[
        list[str],
        typer.Argument(help="Built-in recipes, or folders.", autocompletion=terminal.recipe_names),
    ],
    config: Annotated[Path | None, typer.Option(help="A file of settings, in TOML.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen at; else this machine only.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    tokens: Annotated[Path | None, typer.Option(help="A file of tokens that duli token wrote.")] = None,
) -> int:
    """Serve recipes over HTTP; prints the address and, where none is set, a token for this run."""
    try:
        from duli.service.http import run, settings
    except ImportError as error:
        raise MissingExtraError(str(error.name or "fastapi"), "serve") from error
    chosen: Settings = settings.read(
        config, host=host, port=port, tokens=None if tokens is None else str(tokens)
    )
    run.run(chosen, recipes)
    return 0


def token(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do: ask, write, review, admin; may be repeated.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="The file to add it to; else its lines are printed.")
    ] = None,
) -> int:
    """Make a token; it is shown once, and only its hash is kept."""
    from duli.service.http import tokens

    scopes = tuple(s for s in tokens.SCOPES if s in (scope or ["ask"]))
    if unknown := set(scope or ()) - set(tokens.SCOPES):
        raise InputError(f"there is no scope {unknown.pop()!r}", hint=f"scopes: {', '.join(tokens.SCOPES)}")
    secret = tokens.fresh()
    line = tokens.line(name, secret, scopes)
    if file is None:
        print(line, file=sys.stderr)
    else:
        tokens.add(file, name, line)
    print(secret)
    return 0
