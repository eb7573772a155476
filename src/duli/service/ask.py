"""``duli ask``: a text, or many, to answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duli.errors import DuliError, InputError
from duli.service import terminal
from duli.types import Example

if TYPE_CHECKING:
    from duli.recipe import Recipe

EPILOG = """Examples:\n
    duli ask diagnosis "seizures, kidney tumors; no fever"\n
    duli ask diagnosis --file letter.txt --why\n
    duli ask mine/ "How do I pay?" --with "What ways to pay are there?"      (a recipe with [[match]])\n
    cat letter.txt | duli ask diagnosis - --json\n
    duli ask diagnosis --file cases.jsonl > answers.jsonl     (lines of {"id": …, "text": …}, "second": … of pairs)\n
    duli ask damage/ "it fell" --image lamp.jpg --speech call.wav          (a recipe that reads these)\n
    duli ask law "tax(alice, 2017, Amount)" --file case.dl    (a recipe about cases: the question, and the facts)\n
    duli ask recommend ann --top 5           (a user's name, or a description: "something funny with robots")\n
    duli ask summarise --file monday.txt --file tuesday.txt --words 120     (articles, or a folder of them)"""

_LARGEST = 1_000_000
_RANKED = ("text", "recommend")
"""Kinds of recipe whose answers are ranked, so that ``--top``, ``--explain`` and ``--jsonl`` are for them."""


def ask(
    recipe: Annotated[
        str,
        typer.Argument(
            help="A built-in recipe (diagnosis), or a recipe's folder.", autocompletion=terminal.recipe_names
        ),
    ],
    text: Annotated[str | None, typer.Argument(help="What is asked; - reads standard input.")] = None,
    second: Annotated[
        str | None, typer.Option("--with", help="The second text, where the recipe matches two.")
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--file", help="Read the text from a file; .jsonl: many texts. Of articles several, or a folder."
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many answers.")] = 10,
    why: Annotated[bool, typer.Option("--why", help="Print the best answer's proof as a tree.")] = False,
    explain: Annotated[
        int, typer.Option(min=0, help="For how many answers to say what each phrase counts.")
    ] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Many texts: JSON lines in, JSON lines out.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(help="A folder whose files replace those that the recipe takes from packages."),
    ] = None,
    fitted: Annotated[Path | None, typer.Option(help="A folder that duli fit wrote.")] = None,
    image: Annotated[
        Path | None, typer.Option(help="A picture (PNG, JPEG, WebP), where the recipe reads one.")
    ] = None,
    speech: Annotated[Path | None, typer.Option(help="A WAV file, where the recipe reads speech.")] = None,
    words: Annotated[int | None, typer.Option(min=1, help="How many words a summary may have.")] = None,
) -> int:
    """Answer a text: ranked values with probabilities, and why."""
    from duli import load
    from duli.recipe import read

    source = read(recipe)
    media = {name: path for name, path in (("image", image), ("speech", speech)) if path is not None}
    if media and source.kind != "text":
        raise InputError(f"the recipe {source.name} reads no {' and no '.join(media)}")
    if source.kind == "summarise":
        return _summary(recipe, text, files or [], words, as_json=as_json, why=why)
    if files and len(files) > 1:
        raise InputError("several files are for articles", hint="give one, or a .jsonl of many texts")
    file = files[0] if files else None
    if source.cases is not None:
        return _case(source, text or "", file, as_json=as_json, why=why)
    if source.kind not in _RANKED:
        made = load(recipe, data=data, fitted=fitted).ask(_given(text, file))
        if as_json:
            terminal.print_json(made.to_dict(proof=why))
        else:
            print("\n".join(made.lines(why=why)))
        return 0
    many = jsonl or (file is not None and file.suffix == ".jsonl")
    given = "" if media and text is None and file is None else _given(text, file)
    with terminal.progress() as progress:
        reasoner = load(recipe, data=data, fitted=fitted, progress=progress)
        if not many:
            more: dict[str, Any] = {"files": media} if media else {}
            asked = given if second is None else (given, second)
            answer = reasoner.ask(asked, top=top, why=explain, **more)
    if many:
        return max((_one(reasoner, line, top, explain, why) for line in _rows(given)), default=0)
    if as_json:
        terminal.print_json(answer.to_dict(proof=why))
    elif source.kind == "recommend":
        print("\n".join(answer.lines(why=why)))
    else:
        terminal.print_answer(answer, tree=why)
    return 0


def _case(source: Recipe, question: str, file: Path | None, *, as_json: bool, why: bool) -> int:
    """Decide a case: a program of facts, or a ``.txt`` of sentences that the recipe has forms of; and a question."""
    from duli.reason.cases import Judge

    judge, name, given = Judge(source), str(file or "standard input"), _given(None, file)
    if file is not None and file.suffix == ".txt":
        given = judge.cases.forms.program(given, name)
    made = judge.ask(given, question, name=name)
    if as_json:
        terminal.print_json(made.to_dict(proof=why))
    else:
        terminal.print_decision(made, tree=why)
    return 0


def _summary(
    recipe: str, text: str | None, files: Sequence[Path], words: int | None, *, as_json: bool, why: bool
) -> int:
    """Summarise a text, or the articles of files and folders."""
    from duli import load
    from duli.summary.article import Article
    from duli.summary.reading import read as articles

    if files and text is not None:
        raise InputError("there is a text and a file", hint="give one of them")
    given = articles(files) if files else [Article(_given(text, None))]
    with terminal.progress() as progress:
        made = load(recipe, progress=progress).ask(given, words=words)
    if as_json:
        terminal.print_json(made.to_dict(proof=why))
    else:
        print("\n".join(made.lines(why=why)))
    return 0


def _given(text: str | None, file: Path | None) -> str:
    """The text, wherever it comes from."""
    if file is not None and text is not None:
        raise InputError("there is a text and a file", hint="give one of them")
    if file is not None:
        if not file.is_file():
            raise InputError("the file is not there", where=str(file))
        return _decoded(file.read_bytes(), str(file))
    if text == "-" or (text is None and not sys.stdin.isatty()):
        return _decoded(sys.stdin.buffer.read(), "standard input")
    return text or ""


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("this is not UTF-8 text", where=where, hint="save the text in UTF-8") from error


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line


def _one(reasoner: Any, row: tuple[int, str], top: int, explain: int, proof: bool) -> int:
    """Answer one line; an error takes the answer's place, and the other lines go on."""
    number, line = row
    about: dict[str, Any] = {"line": number}
    try:
        name, text = _read(line)
        if name is not None:
            about["id"] = name
        terminal.print_json({**about, **reasoner.ask(text, top=top, why=explain).to_dict(proof=proof)})
        return 0
    except DuliError as error:
        terminal.print_json({**about, **error.to_dict()})
        return error.exit_code


def _read(line: str) -> tuple[Any, Example]:
    if len(line) > _LARGEST:
        raise InputError(f"this line has {len(line):,} characters; {_LARGEST:,} is the limit")
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"this line is not JSON: {error}") from error
    if isinstance(row, str):
        return None, row
    if isinstance(row, dict) and isinstance(row.get("text"), str):
        second = row.get("second")
        return row.get("id"), (row["text"], second) if isinstance(second, str) else row["text"]
    raise InputError("this line has no text", hint='write {"id": "1", "text": "…"}')
