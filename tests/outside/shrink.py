"""Make a failing program smaller while it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from duli import logic
from duli.errors import DuliError
from tests.outside.compare import failure
from tests.outside.engines import TooManyWorldsError, worlds
from tests.outside.program import Clause, Program

_Part = TypeVar("_Part")


def shrink(program: Program, fails: Callable[[Program], bool]) -> Program:
    """The program after all steps down that still fail."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(program):
            if candidate.size <= program.size and candidate != program and fails(candidate):
                program, smaller = candidate, True
                break
    return program


def still_fails(wrong: str) -> Callable[[Program], bool]:
    """Whether a program fails as another one did, by the message about that one."""
    kind = wrong.split(":")[0]

    def fails(program: Program) -> bool:
        try:
            expected = worlds(program)
            logic.compile(str(program))
        except (TooManyWorldsError, RuntimeError, DuliError):
            return False
        found = failure(program, expected)
        return found is not None and found.split(":")[0] == kind

    return fails


def _candidates(program: Program) -> Iterator[Program]:
    for i in range(len(program.clauses)):
        yield replace(program, clauses=_without(program.clauses, i))
    for i in range(len(program.evidence)):
        yield replace(program, evidence=_without(program.evidence, i))
    for i in range(len(program.queries)):
        if len(program.queries) > 1:
            yield replace(program, queries=_without(program.queries, i))
    for i, clause in enumerate(program.clauses):
        for simpler in _simpler(clause):
            yield replace(program, clauses=(*program.clauses[:i], simpler, *program.clauses[i + 1 :]))


def _simpler(clause: Clause) -> Iterator[Clause]:
    for i in range(len(clause.body)):
        yield replace(clause, body=_without(clause.body, i))
    if len(clause.heads) > 1:
        for i in range(len(clause.heads)):
            yield replace(clause, heads=_without(clause.heads, i))
    elif clause.heads[0][0] is not None:
        atom = clause.heads[0][1]
        yield replace(clause, heads=((None, atom),))
        if clause.heads[0][0] != 0.5:
            yield replace(clause, heads=((0.5, atom),))


def _without(parts: tuple[_Part, ...], i: int) -> tuple[_Part, ...]:
    return (*parts[:i], *parts[i + 1 :])
