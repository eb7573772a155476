"""``duli read``: what a text says, as a program, each rule with its sentence; what is not read, with its place."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duli.errors import InputError
from duli.service import terminal

if TYPE_CHECKING:
    from duli.fol.problem import Problem as Asked
    from duli.fol.theory import World
    from duli.language import Reading
    from duli.language.explain import Teller

EPILOG = """Examples:\n
    duli read story.txt\n
    duli read story.txt --written --language zh\n
    echo "All cats are kind. Tom is a cat." | duli read - --json\n
Exit codes: 0 all is read; 2 a sentence is not."""


class _Language(str, Enum):
    en = "en"
    zh = "zh"


def read(
    file: Annotated[str, typer.Argument(help="A text; - reads standard input.")],
    language: Annotated[
        _Language | None,
        typer.Option(help="The one language that is read; else either, sentence by sentence."),
    ] = None,
    written: Annotated[
        bool, typer.Option("--written", help="Print sentences that are written from the formulas.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Read a text into formulas, and print each with its sentence, and what is not read with its place."""
    from duli.language import read as read_text

    found = read_text(text_of(file), None if language is None else language.value, name=file)
    if written:
        found = _written(found, language)
    if as_json:
        terminal.print_json(_shown(found))
    else:
        _print(found)
    return 2 if found.problems else 0


def text_of(file: str) -> str:
    """The text of a file, or of standard input.

    Raises:
        InputError: it is not there, or not UTF-8.
    """
    path = Path(file)
    if file != "-" and not path.is_file():
        raise InputError("the text is not there", where=file, hint="give a file, or - for standard input")
    try:
        return sys.stdin.read() if file == "-" else path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("this is not UTF-8 text", where=file) from error


def question(file: str, ask: str, world: World) -> tuple[Asked, Teller]:
    """A text and a question about it, for ``duli prove``; and what tells the answer in the question's language.

    Raises:
        InputError: nothing is asked, or a sentence is not read.
    """
    from duli.fol.problem import Problem
    from duli.language import read as read_text
    from duli.language.explain import Teller
    from duli.language.reader import Problem as Unread
    from duli.language.texts import pieces

    if not ask.strip():
        raise InputError("nothing is asked", where=file, hint='add --ask "…"')
    found = read_text(text_of(file), ask=[ask], name=file)
    for unread in (*found.problems, *found.asked):
        if isinstance(unread, Unread):
            raise unread.error()
    asked = found.asked[0]
    assert not isinstance(asked, Unread)  # noqa: S101
    theory = found.theory(world)
    things = next((most for _, most in found.ranges.values()), None)
    return Problem(theory, asked.formula), Teller(theory, next(pieces(ask)).language, found.kinds, things)


def _written(found: Reading, language: _Language | None) -> Reading:
    from duli.language import verbalised

    return replace(found, statements=verbalised(found, None if language is None else language.value))


def _shown(found: Reading) -> dict[str, Any]:
    from duli.fol.write import write

    return {
        "statements": [
            {"text": s.text, "formula": write(s.formula), **({"by": s.name} if s.name else {})}
            for s in found.statements
        ],
        "problems": [
            {"where": str(p.place), "message": p.message, "near": p.near, "text": p.place.text}
            for p in found.problems
        ],
        "ranges": {name: list(ends) for name, ends in found.ranges.items()},
        "about": list(found.notes),
    }


def _print(found: Reading) -> None:
    from duli.fol.write import write

    terminal.table(("sentence", "formula"), [(s.text, write(s.formula)) for s in found.statements])
    for name, (least, most) in found.ranges.items():
        print(f"{name}: {least} to {most}, another for each")
    for note in found.notes:
        print(f"all is about: {note}")
    for problem in found.problems:
        print(f"not read: {problem.error()}")
    if not found.statements and not found.problems:
        print("the text is empty")
