"""The checker's way through cases: integers in ranges and atoms, one unknown after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from duli.errors import InputError
from duli.fol.rewrite import pushed
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Function,
    Not,
    Number,
    Or,
    Predicate,
    Term,
    parts,
)
from duli.fol.theory import Theory

Unknown: TypeAlias = Function | Constant | Predicate


def unknowns(formulas: Iterable[Formula], theory: Theory) -> tuple[Unknown, ...] | None:
    """What formulas leave open, in their order; None where they say more than of integers in ranges and atoms."""
    found: dict[Unknown, None] = {}
    waiting = list(formulas)[::-1]
    while waiting:
        formula = waiting.pop()
        match formula:
            case Predicate(_, inner) if all(isinstance(term, (Constant, Number)) for term in inner):
                found[formula] = None
            case Compare(_, left, right):
                try:
                    found |= dict.fromkeys((*_integers(left, theory), *_integers(right, theory)))
                except InputError:
                    return None
            case Predicate() | ForAll() | Exists():
                return None
            case _:
                waiting += parts(formula)[::-1]
    return tuple(found)


def _integers(term: Term, theory: Theory) -> Iterator[Function | Constant]:
    match term:
        case Number(value) if value.denominator == 1:
            pass
        case Constant(name) if name in theory.ranges:
            yield term
        case Function(name, inner) if name in theory.ranges and all(isinstance(t, Constant) for t in inner):
            yield term
        case Function("+" | "-" | "*", inner):
            for part in inner:
                yield from _integers(part, theory)
        case _:
            raise InputError(f"this is no integer in a range: {term}")


def always(premises: Sequence[Formula], goal: Formula, theory: Theory) -> bool:
    """Whether a goal holds in every case in which the premises do; one unknown after another is tried."""
    found = unknowns([*premises, goal], theory)
    if found is None:
        return False
    wanted = [*premises, Not(goal)]
    return not _search(wanted, list(found), {}, theory)


def _search(
    wanted: Sequence[Formula],
    left: Sequence[Unknown],
    known: dict[Unknown, int],
    theory: Theory,
) -> bool:
    """Whether some values of what is left make all that is wanted true."""
    values = [_truth(formula, known) for formula in wanted]
    if False in values:
        return False
    if not left:
        return True
    first, rest = left[0], left[1:]
    low, high = (0, 1) if isinstance(first, Predicate) else theory.ranges[first.name]
    apart = isinstance(first, Function) and first.name in theory.different
    name = first.name if isinstance(first, Function) else None
    taken = {v for u, v in known.items() if apart and isinstance(u, Function) and u.name == name}
    open_still = [f for f, value in zip(wanted, values, strict=True) if value is None]
    return any(
        _search(open_still, rest, {**known, first: value}, theory)
        for value in range(low, high + 1)
        if value not in taken
    )


def _truth(formula: Formula, known: dict[Unknown, int]) -> bool | None:
    match pushed(formula):
        case And(inner):
            found = [_truth(part, known) for part in inner]
            return False if False in found else None if None in found else True
        case Or(inner):
            found = [_truth(part, known) for part in inner]
            return True if True in found else None if None in found else False
        case Not(body):
            value = _truth(body, known)
            return None if value is None else not value
        case Compare(operator, left, right):
            a, b = _number(left, known), _number(right, known)
            if a is None or b is None:
                return None
            return {"=": a == b, "<": a < b, "<=": a <= b}[operator]
        case Predicate() as atom:
            return bool(known[atom]) if atom in known else None
    raise AssertionError(formula)


def _number(term: Term, known: dict[Unknown, int]) -> int | None:
    match term:
        case Number(value):
            return int(value)
        case Function("+" | "-" | "*" as sign, inner):
            found = [_number(t, known) for t in inner]
            values = [value for value in found if value is not None]
            if len(values) < len(found):
                return None
            if len(values) == 1:
                return -values[0]
            a, b = values
            return {"+": a + b, "-": a - b, "*": a * b}[sign]
    return known.get(term) if isinstance(term, (Function, Constant)) else None
