"""Parts of large formulas are named, so that their clauses do not multiply (Plaisted, Greenbaum 1986)."""

from __future__ import annotations

from math import prod
from typing import TypeAlias

from duli.fol.rewrite import literals
from duli.fol.syntax import And, Formula, Not, Or, Predicate, Variable, terms

Definition: TypeAlias = tuple[tuple[str, ...], Formula]
"""The variables of a new predicate, in order, and what it stands for."""

_MOST = 200


def count(matrix: Formula) -> int:
    """How many clauses a matrix has."""
    match matrix:
        case And(parts):
            return sum(map(count, parts))
        case Or(parts):
            return prod(map(count, parts))
    return 1


def named(matrix: Formula, mark: str, into: dict[str, Definition]) -> tuple[Formula, list[Formula]]:
    """A matrix with new predicates for parts that would multiply, and what these say as formulas.

    Args:
        matrix: literals, conjunctions and disjunctions.
        mark: begins the names of the new predicates.
        into: what each new predicate stands for is added here.

    Returns:
        The matrix, and of each new predicate "if it holds, its part does".
    """
    said: list[Formula] = []

    def walk(formula: Formula) -> Formula:
        match formula:
            case And(parts):
                return And(tuple(map(walk, parts)))
            case Or(parts):
                short = [walk(part) for part in parts]
                order = sorted(range(len(parts)), key=lambda i: -count(short[i]))
                for i in order:
                    if count(Or(tuple(short))) <= _MOST:
                        break
                    if count(short[i]) > 1:
                        short[i] = name(parts[i], short[i])
                return Or(tuple(short))
        return formula

    def name(part: Formula, short: Formula) -> Formula:
        inner = [t for found in literals(part) for t in terms(found) if isinstance(t, Variable)]
        variables = tuple(dict.fromkeys(inner))
        made = Predicate(f"{mark}part{len(into)}", variables)
        into[made.name] = tuple(v.name for v in variables), part
        said.append(_given(made, short))
        return made

    return walk(matrix), said


def _given(made: Predicate, short: Formula) -> Formula:
    if isinstance(short, And):
        return And(tuple(_given(made, part) for part in short.parts))
    return Or((Not(made), short))
