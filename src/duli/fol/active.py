"""The clauses that inferences are made with, found by what they can meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from duli.fol.clauses import Clause, Tree, weight
from duli.fol.order import Order


@dataclass(frozen=True)
class Active:
    """A clause ready for inferences.

    Args:
        clause: with variables from 0.
        away: the same with variables from -1 downwards.
        eligible: the numbers of the literals that are used.
        equations: (left, right, literal): what may be replaced by what.
        resolved: the numbers of the literals that are resolved: the eligible ones, without equations, and ``X = Y``,
            which says when things are the same (Gupta and others 2014).
    """

    clause: Clause
    away: Clause
    eligible: tuple[int, ...]
    equations: tuple[tuple[Tree, Tree, int], ...]
    resolved: tuple[int, ...]

    @staticmethod
    def of(clause: Clause, order: Order, select: bool) -> Active:
        """A clause made ready; see `duli.fol.prover.Strategy` for `select`."""
        negative = [i for i, (sign, _) in enumerate(clause) if not sign]
        away = tuple((sign, _away(atom)) for sign, atom in clause)
        if select and negative:
            heaviest = max(negative, key=lambda i: (weight(clause[i][1]), -i))
            same = _says_when_same(clause)
            return Active(clause, away, (heaviest,), (), (heaviest, *same))
        eligible = tuple(order.maximal(clause))
        equations = []
        for i in eligible:
            sign, atom = clause[i]
            if sign and atom[0] == "=":
                for left, right in ((atom[1], atom[2]), (atom[2], atom[1])):
                    if not order.greater(right, left) and not isinstance(left, int):
                        equations.append((left, right, i))
        resolved = tuple(i for i in eligible if not (clause[i][0] and clause[i][1][0] == "="))
        return Active(
            clause,
            away,
            eligible,
            tuple(equations),
            tuple(dict.fromkeys((*resolved, *_says_when_same(clause)))),
        )


def _says_when_same(clause: Clause) -> list[int]:
    return [
        i
        for i, (sign, atom) in enumerate(clause)
        if sign
        and atom[0] == "="
        and len(clause) > 1
        and isinstance(atom[1], int)
        and isinstance(atom[2], int)
    ]


class Index:
    """Where the literals, equations and subterms of the active clauses are found by their first symbols."""

    def __init__(self) -> None:
        self._literals: dict[tuple[bool, object], dict[tuple[int, int], Tree]] = {}
        self._equations: dict[object, dict[tuple[int, int, int], tuple[Tree, Tree]]] = {}
        self._subterms: dict[object, dict[tuple[int, int, tuple[int, ...]], Tree]] = {}

    def add(self, number: int, active: Active) -> None:
        """Put a clause in."""
        for at in active.resolved:
            sign, atom = active.clause[at]
            self._literals.setdefault((sign, atom[0]), {})[number, at] = atom
        for at in active.eligible:
            _, atom = active.clause[at]
            for path, inner in _all_positions(atom):
                self._subterms.setdefault(inner[0], {})[number, at, path] = inner
        for side, (left, right, at) in enumerate(active.equations):
            self._equations.setdefault(left[0], {})[number, at, side] = (_away(left), _away(right))

    def remove(self, number: int, active: Active) -> None:
        """Take a clause out."""
        for at in active.resolved:
            sign, atom = active.clause[at]
            del self._literals[sign, atom[0]][number, at]
        for at in active.eligible:
            _, atom = active.clause[at]
            for path, inner in _all_positions(atom):
                del self._subterms[inner[0]][number, at, path]
        for side, (left, _, at) in enumerate(active.equations):
            del self._equations[left[0]][number, at, side]

    def partners(self, sign: bool, atom: Tree) -> list[tuple[int, int]]:
        """The clauses and literals of this sign whose atom may meet this one."""
        found = self._literals.get((sign, atom[0]), {})
        return [key for key, other in found.items() if _may_meet(atom, other)]

    def equations(self, inner: Tree) -> list[tuple[int, Tree, Tree, int]]:
        """What a term may be replaced by: (clause, left, right, literal), variables away."""
        found = self._equations.get(inner[0], {})
        return [
            (number, left, right, at)
            for (number, at, _), (left, right) in found.items()
            if _may_meet(inner, left)
        ]

    def subterms(self, left: Tree) -> list[tuple[int, int, tuple[int, ...]]]:
        """Where a term may be replaced: (clause, literal, path)."""
        found = self._subterms.get(left[0], {})
        return [key for key, inner in found.items() if _may_meet(left, inner)]


def _may_meet(a: Tree, b: Tree) -> bool:
    """Whether the arguments' first symbols agree, as far as they have any."""
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):
        if isinstance(x, tuple) and isinstance(y, tuple) and (x[0] != y[0] or len(x) != len(y)):
            return False
    return True


def _all_positions(atom: Tree) -> Iterator[tuple[tuple[int, ...], Tree]]:
    """The subterms of an atom that are no variables, with where they are."""
    stack: list[tuple[tuple[int, ...], Tree]] = [((i,), inner) for i, inner in enumerate(atom) if i]
    while stack:
        path, here = stack.pop()
        if not isinstance(here, int):
            yield path, here
            stack.extend(((*path, i), inner) for i, inner in enumerate(here) if i)


def positions(atom: Tree, order: Order) -> Iterator[tuple[tuple[int, ...], Tree]]:
    """As `_all_positions`, without the side of an equation that the other one is above."""
    for path, inner in _all_positions(atom):
        if atom[0] == "=" and order.greater(atom[3 - path[0]], atom[path[0]]):
            continue
        yield path, inner


def subterm(found: Tree, path: tuple[int, ...]) -> Tree:
    """The part of a term at a path."""
    for i in path:
        found = found[i]
    return found


def replaced(found: Tree, path: tuple[int, ...], new: Tree) -> Tree:
    """A term with its part at a path replaced."""
    if not path:
        return new
    i = path[0]
    return (*found[:i], replaced(found[i], path[1:], new), *found[i + 1 :])


def _away(found: Tree) -> Tree:
    if isinstance(found, int):
        return -1 - found
    return found if len(found) == 1 else (found[0], *[_away(inner) for inner in found[1:]])
