"""``duli chat``: a dialogue in the terminal, or by JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duli.errors import DuliError, InputError
from duli.service import terminal

if TYPE_CHECKING:
    from duli.dialogue import Chat

EPILOG = """Examples:\n
    duli chat support\n
    duli chat support --state customer-7.json              (goes on where it stopped)\n
    duli chat converse --user Ann                          (it remembers; /memory shows it, /forget deletes it)\n
    duli chat support --json < messages.jsonl              (lines of {"text": …} in, replies out)\n
In the dialogue: /why the proof, /quit; of customer service /state what is known, /correct INTENT what the last message
was about, /new; of a persona /memory, /forget NUMBER or all."""

LARGEST = 1_000_000
"""Characters of a line."""


def chat(
    recipe: Annotated[
        str, typer.Argument(help="A recipe that talks (support).", autocompletion=terminal.recipe_names)
    ],
    state: Annotated[Path | None, typer.Option(help="The file that keeps the dialogue.")] = None,
    user: Annotated[str, typer.Option(help="Who talks: a persona remembers what you tell of yourself.")] = "",
    fitted: Annotated[Path | None, typer.Option(help="A folder that duli fit wrote.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines in, JSON lines out.")] = False,
) -> int:
    """Talk with a recipe: each line is a message, and the dialogue is remembered."""
    from duli import load
    from duli.dialogue import begin

    with terminal.progress() as progress:
        made = begin(load(recipe, fitted=fitted, progress=progress), state, user)
    return max((_one(made, line, as_json=as_json) for line in _lines(as_json=as_json)), default=0)


def _lines(*, as_json: bool) -> Iterator[str]:
    """Messages as they come; at a terminal with a prompt, until its end or /quit."""
    ask = sys.stdin.isatty() and not as_json
    while True:
        if ask:
            print("> ", end="", flush=True)
        raw = sys.stdin.buffer.readline(LARGEST + 1)
        if not raw or raw.strip() == b"/quit":
            return
        if len(raw) > LARGEST:
            while raw and not raw.endswith(b"\n"):
                raw = sys.stdin.buffer.readline(LARGEST)
            yield "\0"
        elif raw.strip():
            yield raw.decode("utf-8", "replace").strip()


def _one(made: Chat, line: str, *, as_json: bool) -> int:
    """Reply to one line; an error takes the reply's place, and the dialogue goes on."""
    try:
        told = made.say(_text(line) if as_json else line)
    except DuliError as error:
        terminal.print_error(error, as_json=as_json)
        return error.exit_code if as_json else 0
    if as_json:
        terminal.print_json(told.to_dict() if not isinstance(told, str) else {"told": told})
    else:
        print(told if isinstance(told, str) else "\n".join(told.lines()), flush=True)
    return 0


def _text(line: str) -> str:
    try:
        row: Any = json.loads(line)
    except ValueError as error:
        raise InputError(f"this line is not JSON: {error}", hint='write {"text": "…"}') from error
    text = row if isinstance(row, str) else row.get("text") if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise InputError("this line has no text", hint='write {"text": "…"}')
    return text
