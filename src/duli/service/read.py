"""``duli read``: what a text says, as a program, each rule with its sentence; what is not read, with its place."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duli.errors import InputError
from duli.service import terminal

if TYPE_CHECKING:
    from duli.language import Reading
    from duli.language.texts import Language
    from duli.lm import Generator

EPILOG = """Examples:\n
    duli read story.txt\n
    duli read story.txt --written --language zh\n
    echo "All cats are kind. Tom is a cat." | duli read - --json\n
    duli read letter.txt --rewrite openai --using url=http://localhost:8080/v1 --using model=qwen --ask "Who pays?"\n
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
    rewrite: Annotated[
        str,
        typer.Option(
            help="A generator (hf, gguf, openai) that first puts free text into sentences that are read."
        ),
    ] = "",
    using: Annotated[
        list[str] | None,
        typer.Option(help="Its options, each KEY=VALUE: folder, url, model, key, revision."),
    ] = None,
    times: Annotated[
        int, typer.Option(min=1, help="How often the model rewrites; what most say is kept.")
    ] = 5,
    ask: Annotated[
        list[str] | None, typer.Option(help="With --rewrite: a question in free words; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Read a text into formulas, and print each with its sentence, and what is not read with its place."""
    from duli.language import read as read_text

    if rewrite:
        return _rewritten(text_of(file), rewrite, using or [], times, ask or [], language, as_json)
    if using or ask:
        raise InputError(
            "--using and --ask are for --rewrite", hint="to ask of sentences: duli prove FILE --ask"
        )
    found = read_text(text_of(file), None if language is None else language.value, name=file)
    if written:
        found = _written(found, language)
    if as_json:
        terminal.print_json(_shown(found))
    else:
        _print(found)
    return 2 if found.problems else 0


def _rewritten(
    text: str,
    name: str,
    using: Sequence[str],
    times: int,
    ask: Sequence[str],
    language: _Language | None,
    as_json: bool,
) -> int:
    """What most of a model's rewritings say, and how many do."""
    from duli.fol.write import write
    from duli.language.formalise import formalise

    own: Language | None = None if language is None else language.value
    found = formalise(text, generator(name, using), ask=ask, language=own, times=times)
    rows = [(s.text, write(s.formula), share) for s, share in found.statements]
    if as_json:
        terminal.print_json(
            {
                "statements": [{"text": t, "formula": f, "agreement": share} for t, f, share in rows],
                "answers": [
                    {"question": question, "answer": vote.answer, "agreement": vote.agreement}
                    for question, vote in zip(ask, found.votes, strict=True)
                ],
                "readings": len(found.readings),
                "failed": list(found.failed),
            }
        )
        return 0 if found.readings else 2
    terminal.table(("sentence", "formula", "agreement"), [(t, f, f"{share:.2f}") for t, f, share in rows])
    for question, vote in zip(ask, found.votes, strict=True):
        print(f"{question} {vote.answer or 'no majority'} (agreement {vote.agreement:.2f})")
    print(f"{len(found.readings)} of {times} rewritings are read whole")
    for reason in found.failed:
        print(f"given up: {reason.splitlines()[0]}")
    return 0 if found.readings else 2


def generator(name: str, using: Sequence[str]) -> Generator:
    """A model that writes text, with its options as they are given in a command.

    Raises:
        InputError: an option is none of a generator's.
    """
    from duli import lm

    options: dict[str, Any] = {}
    for option in using:
        key, equals, value = option.partition("=")
        if not equals or key not in ("folder", "url", "model", "key", "revision"):
            raise InputError(
                f"--using {option} is no option of a generator", hint="--using folder=PATH, url=…"
            )
        options[key] = Path(value) if key == "folder" else value
    return lm.generator(name, **options)


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
