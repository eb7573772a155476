"""``duli prove``: what follows from a problem, with a proof; or a world in which it does not."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duli.errors import InputError
from duli.service import read, terminal

if TYPE_CHECKING:
    from duli.fol.problem import Problem
    from duli.fol.theory import World
    from duli.language.explain import Teller

EPILOG = """Examples:\n
    duli prove group-squares --why\n
    duli prove story.fol --ask "∀x (Cat(x) → Red(x))"\n
    duli prove story.txt --ask "Is Charlie kind?" --why --json\n
    duli prove story.txt --ask "Is Charlie kind?" --fluent gguf --using folder=MODEL\n
Files: .p, .tptp, .ax (TPTP: the conjecture is asked), .fol (formulas, one a line; the one with ? is asked), others:
sentences. Exit codes: 0 an answer, "unknown" too; 3 stopped by the time limit."""

_TPTP = (".p", ".tptp", ".ax", ".fof", ".cnf", ".tff")


class _World(str, Enum):
    open = "open"
    closed = "closed"


class _Logic(str, Enum):
    auto = "auto"
    rules = "rules"
    classical = "classical"
    finite = "finite"


def prove(
    file: Annotated[
        str,
        typer.Argument(help="A problem, or an example's name; - reads sentences from standard input."),
    ],
    ask: Annotated[
        str, typer.Option(help="What is asked, written as the file is: a formula or a sentence.")
    ] = "",
    why: Annotated[
        bool, typer.Option("--why", help="Print the proof; of unknown the worlds that tell.")
    ] = False,
    world: Annotated[
        _World, typer.Option(help="open: what does not follow is unknown; closed: it is false.")
    ] = _World.open,
    logic: Annotated[
        _Logic, typer.Option(help="rules: forwards by rules alone; classical; finite: integers in ranges.")
    ] = _Logic.auto,
    seconds: Annotated[float, typer.Option(min=0, help="Stop after this time, with exit code 3.")] = 10.0,
    fluent: Annotated[
        str, typer.Option(help="Of sentences: a generator (hf, gguf, openai) tells the proof; it is checked.")
    ] = "",
    using: Annotated[
        list[str] | None,
        typer.Option(help="With --fluent: its options, each KEY=VALUE: folder, url, model, key, revision."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Whether what is asked follows: true, false, unknown, or the statements contradict one another."""
    from duli.fol import decide
    from duli.fol.show import to_dict, verdict_lines
    from duli.fol.write import write

    problem, teller = _problem(file, ask, world.value)
    if problem.question is None:
        raise InputError("nothing is asked", where=file, hint='add --ask "…"')
    if fluent and teller is None:
        raise InputError("--fluent tells proofs about sentences", where=file, hint="give a text")
    if using and not fluent:
        raise InputError("--using is for --fluent")
    generator = read.generator(fluent, using or []) if fluent else None
    verdict = decide(problem.theory, problem.question, logic=logic.value, seconds=seconds)
    told = None
    if generator is not None and teller is not None and verdict.proof is not None:
        from duli.language.fluent import tell

        told = tell(verdict.proof, teller, generator)
    if as_json:
        shown = to_dict(verdict, problem.theory, write if teller is None else teller.say)
        terminal.print_json(shown if told is None else shown | {"told": asdict(told)})
    elif told is not None:
        print(verdict.answer)
        print(told.text)
        if not told.by_model:
            print(f"in our own words, since of the model's {told.reason}")
    elif teller is not None and why:
        for line in teller.verdict(verdict, problem.question):
            print(line)
    else:
        for line in verdict_lines(verdict, problem.theory, why=why):
            print(line)
        if teller is not None and verdict.answer == "unknown":
            for line in teller.unheard(problem.question):
                print(line)
    return 3 if verdict.limit else 0


def _example(name: str) -> Path:
    """The file of a problem that comes with duli."""
    from duli.recipe import examples

    known = examples("prove")
    if name not in known:
        raise InputError(
            "the problem is not there",
            where=name,
            hint=f"give a file, - for standard input, or one of: {', '.join(known)}",
        )
    return known[name]


def _problem(file: str, ask: str, world: World) -> tuple[Problem, Teller | None]:
    """What a file says and what is asked of it; of sentences also what tells the answer in words."""
    from duli.fol import notation, tptp

    path = Path(file)
    if file != "-" and not path.is_file():
        path = _example(file)
    if path.suffix in _TPTP:
        found = tptp.read(path)
        asked = tptp.read_text(f"fof(asked, conjecture, {ask}).", "--ask").question if ask else None
    elif path.suffix == ".fol":
        found = notation.read(path)
        asked = notation.formula(ask, "--ask") if ask else None
    else:
        from duli.applications.proofs import sentences

        name = "-" if file == "-" else str(path)
        if not ask.strip():
            raise InputError("nothing is asked", where=name, hint='add --ask "…"')
        return sentences(read.text_of(name), ask, world, name=name)
    theory = replace(found.theory, world=world)
    return replace(found, theory=theory, question=asked or found.question), None
