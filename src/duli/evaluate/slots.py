"""Arguments matched by what they are: a year, a day, an amount, a home, a service, … , or somebody.

Another program's predicate for a section may have more arguments than ours, in another order. Where their number and
kinds agree they are taken as they stand; else each value goes to a place of its kind, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from duli.recipe.cases import MONEY
from duli.types import Value

Row = tuple[Value, ...]
Slots = tuple[Value | None, ...]
"""A row in which None is anything."""
Names = Mapping[str, frozenset[Value]]
"""The things of a case by kind."""

ANYBODY = "somebody"
"""What stands where a case says nothing."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_THINGS = {
    "service": ("service", 0),
    "payment": ("payment", 0),
    "marriage": ("marriage", 0),
    "home": ("lives", 1),
}
_THINGS |= {"deduction": ("deduction", 0), "plan": ("on_account", 1)}
_KINDS = {
    **dict.fromkeys((*MONEY, "percent"), "number"),
    **dict.fromkeys(("day", "from", "to"), "day"),
    **{name: name for name in ("year", *_THINGS)},
}


def names(facts: Mapping[str, Sequence[Row]]) -> Names:
    """What the facts of a case call services, payments, marriages, homes, deductions."""
    return {kind: frozenset(row[c] for row in facts.get(fact, ())) for kind, (fact, c) in _THINGS.items()}


def is_year(value: Value | None) -> bool:
    """Whether a value may be a year."""
    return isinstance(value, int) and 1900 <= value <= 2100


def fits(value: Value, argument: str, known: Names) -> bool:
    """Whether a value may stand for an argument of this name."""
    kind = _KINDS.get(argument, "somebody")
    if isinstance(value, str) and _DAY.match(value):
        return kind in ("day", "year")
    if not isinstance(value, str):
        return kind == "number" or (kind in ("year", "day") and is_year(value))
    of = [thing for thing, called in known.items() if value in called]
    return kind in of if of else kind == "somebody"


def people(given: Slots, known: Names) -> list[str]:
    """Those among some values that are somebody."""
    return [v for v in given if isinstance(v, str) and v != ANYBODY and fits(v, "somebody", known)]


def places(arguments: Sequence[str], given: Slots, known: Names) -> Iterator[dict[int, Value]]:
    """The ways in which the values that are given may stand for arguments, by number of the argument."""
    values = [(i, value) for i, value in enumerate(given) if value is not None and value != ANYBODY]
    if len(given) == len(arguments) and all(fits(value, arguments[i], known) for i, value in values):
        yield dict(values)
        return
    options = [[c for c, name in enumerate(arguments) if fits(v, name, known)] for _, v in values]
    kept = [(value, option) for (_, value), option in zip(values, options, strict=True) if option]
    best: list[dict[int, Value]] = []
    for chosen in product(*([*option, None] for _, option in kept)):
        columns = [c for c in chosen if c is not None]
        if len(set(columns)) < len(columns) or not _in_order(columns, arguments):
            continue
        if _skips(chosen, kept, known):
            continue
        found = {c: value for c, (value, _) in zip(chosen, kept, strict=True) if c is not None}
        if not best or len(found) > len(best[0]):
            best = []
        if not best or len(found) == len(best[0]):
            best.append(found)
    yield from best


def _skips(chosen: Sequence[int | None], kept: Sequence[tuple[Value, list[int]]], known: Names) -> bool:
    """Whether somebody is left out before somebody who is not: whom a question names first it is about."""
    placed = [c is not None for c, (v, _) in zip(chosen, kept, strict=True) if fits(v, "somebody", known)]
    return placed != sorted(placed, reverse=True)


def _in_order(columns: Sequence[int], arguments: Sequence[str]) -> bool:
    """Whether columns of one kind are in order."""
    last: dict[str, int] = {}
    for column in columns:
        kind = _KINDS.get(arguments[column], "somebody")
        if last.get(kind, -1) > column:
            return False
        last[kind] = column
    return True


def rows(
    arguments: Sequence[str],
    given: Row,
    known: Names,
    years: Sequence[Value] = (),
    days: Sequence[Value] = (),
) -> Iterator[Row]:
    """The rows of a fact, by the first way in which its values stand; none where an amount is left open.

    Args:
        arguments: what they are called.
        given: the fact's values.
        known: the things of the case.
        years, days: what a year or a day that is left open may be.
    """
    open_ = {"year": years, "day": days, "from": ("0001-01-01",), "to": ("9999-12-31",), "number": ()}
    for found in places(arguments, given, known):
        yield from product(
            *(
                (found[c],) if c in found else open_.get(name, open_.get(_KINDS.get(name, ""), (ANYBODY,)))
                for c, name in enumerate(arguments)
            )
        )
        return


def matching(arguments: Sequence[str], given: Slots, candidates: Sequence[Row], known: Names) -> list[Row]:
    """The rows that agree with what is given; amounts agree that differ by less than a dollar."""
    ways = list(places(arguments, given, known))
    return [row for row in candidates if any(all(_same(row[c], v) for c, v in way.items()) for way in ways)]


def _same(ours: Value, theirs: Value) -> bool:
    if isinstance(ours, str) or isinstance(theirs, str):
        a, b = str(ours), str(theirs)
        return a == b or (bool(_DAY.match(a)) != bool(_DAY.match(b)) and a[:4] == b[:4] and a[:4].isdigit())
    if is_year(ours) and is_year(theirs):
        return ours == theirs
    return abs(ours - theirs) < 1
