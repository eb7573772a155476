"""The finite route: integers in ranges, as in puzzles of places; all cases are held at once, a column an unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError, LimitReachedError
from duli.fol.cases import Unknown, unknowns
from duli.fol.rewrite import pushed
from duli.fol.syntax import And, Compare, Constant, Formula, Function, Not, Number, Or, Predicate, Term
from duli.fol.theory import Model, Proof, Step, Theory, Verdict
from duli.fol.write import write_term

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
_MOST = 4_000_000


@dataclass(frozen=True)
class _Cases:
    """All ways to give the unknowns values: an array [cases] for each."""

    columns: dict[Unknown, Numbers]
    count: int

    def value(self, term: Term) -> Numbers:
        match term:
            case Number(number):
                return np.full(self.count, int(number))
            case Function("+", (left, right)):
                return self.value(left) + self.value(right)
            case Function("-", (left, right)):
                return self.value(left) - self.value(right)
            case Function("-", (only,)):
                return -self.value(only)
            case Function("*", (left, right)):
                return self.value(left) * self.value(right)
        assert isinstance(term, (Function, Constant))  # noqa: S101
        return self.columns[term]

    def holds(self, formula: Formula) -> Mask:
        match pushed(formula):
            case And(inner):
                return _all([self.holds(part) for part in inner], self.count)
            case Or(inner):
                return np.logical_not(_all([~self.holds(part) for part in inner], self.count))
            case Not(body):
                return np.logical_not(self.holds(body))
            case Compare("=", left, right):
                return np.asarray(self.value(left) == self.value(right), np.bool_)
            case Compare("<", left, right):
                return np.asarray(self.value(left) < self.value(right), np.bool_)
            case Compare("<=", left, right):
                return np.asarray(self.value(left) <= self.value(right), np.bool_)
            case Predicate() as atom:
                return np.asarray(self.columns[atom] == 1, np.bool_)
        raise AssertionError(formula)


class Finite:
    """A theory whose unknowns are integers in ranges, and atoms.

    Args:
        theory: where each statement is about such alone.
        question: what is asked of it; its unknowns are among the cases.

    Raises:
        InputError: the theory or the question says more.
        LimitReachedError: there are too many cases.
    """

    def __init__(self, theory: Theory, question: Formula) -> None:
        self.theory = theory
        found = unknowns([*(s.formula for s in theory.statements), question], theory)
        if found is None:
            raise InputError("the finite logic is about integers in ranges and named things alone")
        self.unknowns = found
        self.cases = _cases(found, theory)
        self.masks = [self.cases.holds(s.formula) for s in theory.statements]

    def covers(self, question: Formula) -> bool:
        """Whether the cases tell all that a question is about."""
        asked = unknowns([question], self.theory)
        return asked is not None and set(asked) <= set(self.unknowns)

    def decide(self, question: Formula, why: str) -> Verdict:
        """As `duli.fol.decide`."""
        possible = _all(self.masks, self.cases.count)
        holds = self.cases.holds(question)
        if not possible.any():
            return self._contradiction(why)
        if not (possible & ~holds).any():
            return Verdict("true", "finite", why, self._proof(question, holds))
        if not (possible & holds).any():
            return Verdict("false", "finite", why, self._proof(Not(question), ~holds))
        against, for_it = self._model(possible & ~holds), self._model(possible & holds)
        return Verdict("unknown", "finite", why, countermodel=against, model=for_it)

    def _contradiction(self, why: str) -> Verdict:
        *rest, last = self._needed(np.zeros(self.cases.count, bool))
        denied = Not(self.theory.statements[last].formula)
        second = Proof((Step(denied.body, "statement", statement=last),))
        return Verdict("contradiction", "finite", why, self._by_cases(denied, rest), second)

    def _proof(self, goal: Formula, holds: Mask) -> Proof:
        return self._by_cases(goal, self._needed(holds))

    def _by_cases(self, goal: Formula, needed: Sequence[int]) -> Proof:
        steps = [Step(self.theory.statements[n].formula, "statement", statement=n) for n in needed]
        return Proof((*steps, Step(goal, "cases", tuple(range(len(steps))))))

    def _needed(self, holds: Mask) -> list[int]:
        """The numbers of statements that suffice, of which none can be left out."""
        kept = list(range(len(self.masks)))
        for number in reversed(range(len(self.masks))):
            rest = [n for n in kept if n != number]
            if not (_all([self.masks[n] for n in rest], self.cases.count) & ~holds).any():
                kept = rest
        return kept

    def _model(self, mask: Mask) -> Model:
        case = int(np.argmax(mask))
        functions: dict[str, dict[tuple[str, ...], str]] = {}
        predicates: dict[str, set[tuple[str, ...]]] = {}
        things: dict[str, None] = {}
        for unknown, column in self.cases.columns.items():
            own = unknown.terms if isinstance(unknown, (Function, Predicate)) else ()
            names = tuple(map(write_term, own))
            things |= dict.fromkeys(names)
            if isinstance(unknown, Predicate):
                predicates.setdefault(unknown.name, set()).update([names] * int(column[case]))
            else:
                functions.setdefault(unknown.name, {})[names] = str(column[case])
        return Model(tuple(things), functions, {k: frozenset(v) for k, v in predicates.items()})


def _all(masks: Sequence[Mask], count: int) -> Mask:
    met = np.ones(count, np.bool_)
    for mask in masks:
        met &= mask
    return met


def _cases(found: Sequence[Unknown], theory: Theory) -> _Cases:
    groups: dict[object, list[Unknown]] = {}
    for unknown in found:
        alike = isinstance(unknown, Function) and unknown.name in theory.different
        groups.setdefault(unknown.name if alike else unknown, []).append(unknown)
    blocks: list[Numbers] = []
    for group in groups.values():
        first = group[0]
        low, high = (0, 1) if isinstance(first, Predicate) else theory.ranges[first.name]
        size = np.prod([float(max(high - low + 1 - i, 0)) for i in range(len(group))])
        if size * np.prod([float(len(block)) for block in blocks]) > _MOST:
            raise LimitReachedError("there are too many cases", hint="fewer unknowns, or smaller ranges")
        rows = list(permutations(range(low, high + 1), len(group)))
        blocks.append(np.array(rows, np.int64).reshape(len(rows), len(group)))
    choices = np.indices([len(block) for block in blocks]).reshape(len(blocks), -1)
    count = choices.shape[1] if blocks else 1
    columns: dict[Unknown, Numbers] = {}
    for group, block, choice in zip(groups.values(), blocks, choices, strict=True):
        columns |= {unknown: block[choice, i] for i, unknown in enumerate(group)}
    return _Cases(columns, count)
