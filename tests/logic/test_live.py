"""A live program says after every update what a run from scratch says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from duli import logic
from duli.errors import DuliError, InconsistentEvidenceError
from duli.types import Value
from tests.outside.generate import CHANCES, generate
from tests.outside.program import Atom, Clause, Literal, Program

Fact = tuple[float | None, Atom]


def value(term: str) -> Value:
    return term if term.isalpha() else float(term) if "." in term else int(term)


def values(atom: Atom) -> tuple[Value, ...]:
    return tuple(value(term) for term in atom.terms)


def split(program: Program) -> tuple[Program, list[Fact]]:
    """The clauses that stay, and the facts that may go."""
    facts = [c.heads[0] for c in program.clauses if not c.body and len(c.heads) == 1]
    stay = tuple(c for c in program.clauses if c.body or len(c.heads) > 1)
    return replace(program, clauses=stay), [(chance, atom) for chance, atom in facts if not isinstance(chance, (str, tuple))]


def with_aggregates(program: Program, pick: random.Random) -> str:
    """Some more rules, over groups of what is there; they feed a recursion."""
    arities = {atom.predicate: len(atom.terms) for c in program.clauses for atom in c.atoms()}
    lines = []
    for i, (name, arity) in enumerate(sorted(arities.items())):
        columns = [f"V{j}" for j in range(arity)]
        if arity and pick.random() < 0.7:
            plain = ",".join([*columns[: pick.randrange(arity)], "count<" + columns[-1] + ">"])
            body = f"{name}({','.join(columns)})"
            lines += [f"agg{i}({plain}) :- {body}.", f"agg{i}({plain}) :- {body}, \\+ {body.replace('V0', '_')}."]
    return "\n".join(lines)


def said(program: logic.Program, result: logic.Result) -> dict[str, object]:
    """All rows and the probabilities."""
    found: dict[str, object] = {}
    for predicate in program.predicates:
        rows = result.rows(predicate)
        assert len(set(map(str, rows))) == len(rows)
        p = result.probability(predicate).round(9).tolist()
        found[predicate] = sorted(zip(map(str, rows), p, strict=True))
    try:
        found[""] = {str(a): round(p, 9) for a, p in result.probabilities.items()}
    except InconsistentEvidenceError:
        found[""] = "inconsistent"
    return found


def stream(pick: random.Random, facts: list[Fact], ground: list[Atom]) -> Iterator[tuple[list[Fact], list[Atom]]]:
    while True:
        have = [atom for _, atom in facts]
        come = [
            (pick.choice((None, None, *CHANCES)), pick.choice(ground)) for _ in range(pick.choice((0, 1, 1, 1, 3)))
        ]
        go = [pick.choice(have or ground) for _ in range(pick.choice((0, 1, 1, 2)))]
        yield come, go


@pytest.mark.parametrize("seed", range(5))
def test_x(seed: int) -> None:
    pass
