"""Whether a formula holds in a finite world, by looking at all its things."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Predicate,
    Term,
    Variable,
    Xor,
    parts,
)
from duli.fol.theory import Model


def holds(formula: Formula, world: Model, values: Mapping[str, str] | None = None) -> bool:
    """Whether a formula holds in a world.

    Args:
        formula: its quantifiers are about the world's things.
        world: names every value of every function that the formula uses.
        values: what its free variables stand for.

    Raises:
        KeyError: the world does not say what a function's value is.

    >>> world = Model(("Bob", "1"), {"Bob": {(): "Bob"}}, {"red": frozenset({("Bob",)})})
    >>> x = Variable("X")
    >>> holds(ForAll((x,), Predicate("red", (x,))), world), holds(Predicate("red", (Constant("Bob"),)), world)
    (False, True)
    """
    known = values or {}
    match formula:
        case Predicate(name, inner):
            return tuple(_value(t, world, known) for t in inner) in world.predicates.get(name, frozenset())
        case Compare("=", left, right):
            return _value(left, world, known) == _value(right, world, known)
        case Compare(operator, left, right):
            a, b = Fraction(_value(left, world, known)), Fraction(_value(right, world, known))
            return a < b if operator == "<" else a <= b
        case Not(body):
            return not holds(body, world, known)
        case And(inner_parts):
            return all(holds(part, world, known) for part in inner_parts)
        case Or(inner_parts):
            return any(holds(part, world, known) for part in inner_parts)
        case Xor(first, second):
            return holds(first, world, known) != holds(second, world, known)
        case Iff(first, second):
            return holds(first, world, known) == holds(second, world, known)
        case Implies(condition, conclusion):
            return not holds(condition, world, known) or holds(conclusion, world, known)
        case ForAll(variables, body):
            return all(holds(body, world, {**known, **row}) for row in _rows(variables, world))
        case Exists(variables, body):
            return any(holds(body, world, {**known, **row}) for row in _rows(variables, world))


def work(formula: Formula, size: int) -> int:
    """How many literals `holds` looks at in a world of so many things, at most."""
    inner = sum(work(part, size) for part in parts(formula)) or 1
    if isinstance(formula, (ForAll, Exists)):
        return int(inner * size ** len(formula.variables))
    return inner


def _rows(variables: tuple[Variable, ...], world: Model) -> list[dict[str, str]]:
    names = [variable.name for variable in variables]
    return [dict(zip(names, row, strict=True)) for row in product(world.things, repeat=len(names))]


def _value(term: Term, world: Model, known: Mapping[str, str]) -> str:
    match term:
        case Variable(name):
            return known[name]
        case Constant(name):
            return world.functions[name][()]
        case Number(value):
            return str(value)
        case Function("+" | "-" | "*" | "/" as sign, inner):
            numbers = [Fraction(_value(t, world, known)) for t in inner]
            if len(numbers) == 1:
                return str(-numbers[0])
            a, b = numbers
            return str(
                {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[sign]()
            )
        case Function(name, inner):
            return world.functions[name][tuple(_value(t, world, known) for t in inner)]


def shown(world: Model) -> list[str]:
    """A world as tables in words: one line a function or predicate.

    >>> shown(Model(("Bob", "1"), {"Bob": {(): "Bob"}}, {"red": frozenset({("Bob",)}), "old": frozenset()}))
    ['things: Bob, 1', 'red: Bob', 'old: nothing']
    """
    lines = [f"things: {', '.join(world.things)}"] if world.things else []
    for name, rows in world.functions.items():
        for row, value in rows.items():
            if row or name != value:
                lines.append(f"{name}{_arguments(row)} = {value}")
    for name, held in world.predicates.items():
        if held == {()} or (not held and not world.things):
            lines.append(f"{name}: {'yes' if held else 'no'}")
        else:
            lines.append(f"{name}: {'; '.join(map(_row, sorted(held))) or 'nothing'}")
    return lines


def _row(row: tuple[str, ...]) -> str:
    return row[0] if len(row) == 1 else f"({', '.join(row)})"


def _arguments(row: tuple[str, ...]) -> str:
    return f"({', '.join(row)})" if row else ""
