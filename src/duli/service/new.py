"""``duli new``: a recipe of your own, to begin with one that works."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Annotated

import typer

from duli.errors import InputError
from duli.files import write_atomic
from duli.service import terminal

EPILOG = """Examples:\n
    duli new shop --from support                           (then: duli ask shop/ "Where is my parcel?")\n
    duli new mine --from ../theirs/"""

_NAME = re.compile(r"^(name\s*=\s*)(\"[^\"\n]*\"|'[^'\n]*')", re.MULTILINE)


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="NAME", help="The folder that is made; its last part is the name.")
    ],
    source: Annotated[
        str,
        typer.Option(
            "--from", help="A built-in recipe, or a recipe's folder.", autocompletion=terminal.recipe_names
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Copy a recipe into a folder of your own, under a new name, ready to be changed."""
    copy(folder, source)
    if as_json:
        terminal.print_json({"folder": str(folder), "from": source})
    else:
        print(
            f"the recipe {folder.name}: {folder}/recipe.toml; check it after every change: duli check {folder}/"
        )
    return 0


def copy(folder: Path, source: str) -> None:
    """Copy a recipe; nothing is left where that fails.

    Raises:
        RecipeError: there is no such recipe.
        InputError: the folder is there, has no name, or cannot be written.
    """
    from duli.recipe import find

    found = find(source)
    if not folder.name or folder.exists():
        raise InputError(
            "this is there already" if folder.name else "this is no name",
            where=str(folder),
            hint="name a new folder",
        )
    if folder.resolve().is_relative_to(found.resolve()):
        raise InputError(
            "the new folder lies in the recipe itself", where=str(folder), hint="name one elsewhere"
        )
    try:
        shutil.copytree(found, folder)
        file = folder / "recipe.toml"
        named = _NAME.sub(
            lambda m: m[1] + json.dumps(folder.name, ensure_ascii=False), file.read_text("utf-8"), count=1
        )
        write_atomic(file, named.encode())
    except (OSError, shutil.Error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise InputError(f"the folder cannot be made: {error}", where=str(folder)) from error
