"""A prover by saturation: clauses are combined until the empty one is found, or nothing new is.

Superposition with selected negative literals (Bachmair, Ganzinger 1994), the given-clause loop, rewriting by unit
equations, removal of subsumed clauses. It is sound whatever it leaves out: what it finds is a list of records, which
become the steps of a proof that `duli.fol.checker` goes through without it.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from duli.fol.active import Active, Index, positions, replaced, subterm
from duli.fol.clauses import (
    Clause,
    Literal,
    Substitution,
    Tree,
    instance,
    put,
    renumbered,
    unify,
    variables_in,
    weight,
)
from duli.fol.order import Order
from duli.fol.redundancy import Simplifier

_AGE_EVERY = 5
_HEAVY = 120
_GRACE = 0.5


@dataclass(frozen=True)
class Parent:
    """A clause that a record comes from, and what its variables stand for in the new one."""

    number: int
    bindings: Substitution


@dataclass(frozen=True)
class Record:
    """A clause and where it comes from.

    Args:
        clause: its variables numbered from 0.
        parents: what it follows from; none for a clause that was given.
        given: the number of what was given.
        goal: whether it comes from what is to be refuted.
    """

    clause: Clause
    parents: tuple[Parent, ...] = ()
    given: int | None = None
    goal: bool = False


@dataclass(frozen=True)
class Strategy:
    """How to search.

    Args:
        select: whether of a clause with negative literals one of these alone is used.
        goal: what a clause's weight is multiplied by where it comes from what is to be refuted.
    """

    select: bool = True
    goal: float = 0.6


class Prover:
    """One search.

    Args:
        given: clauses with whether each comes from what is to be refuted.
        strategy: how to search.
    """

    def __init__(self, given: Sequence[tuple[Clause, bool]], strategy: Strategy) -> None:
        self.strategy = strategy
        self.records: list[Record] = []
        self.order = Order(_symbols(clause for clause, _ in given))
        self.simplifier = Simplifier(self.order)
        self.active: dict[int, Active] = {}
        self.index = Index()
        self.passive: list[tuple[float, int]] = []
        self.goals: list[tuple[float, int]] = []
        self.queue: deque[int] = deque()
        self.waiting: set[int] = set()
        self.empty: int | None = None
        self.turn = 0
        self._coming = deque(Record(clause, (), n, goal) for n, (clause, goal) in enumerate(given))

    def run(self, until: float) -> bool | None:
        """Search: True when the empty clause is found, False when nothing new is, None when time is over.

        Args:
            until: of `time.monotonic`.
        """
        while self._coming and self.empty is None:
            if time.monotonic() > until:
                return None
            self._keep(self._coming.popleft())
        while self.waiting and self.empty is None:
            if time.monotonic() > until:
                return None
            self.turn += 1
            number = self._simplified(self._next())
            if number is not None and self.records[number].clause:
                self._activate(number)
                for new in self._inferences(number):
                    self._keep(new)
                    if self.empty is not None or time.monotonic() > until + _GRACE:
                        break
        return self.empty is not None

    def _next(self) -> int:
        """The next clause: by turns the oldest, the lightest that comes from the goal, the lightest of all."""
        while True:
            if self.turn % _AGE_EVERY == 0 and self.queue:
                number = self.queue.popleft()
            elif self.turn % 2 and self.goals:
                number = heapq.heappop(self.goals)[1]
            else:
                number = heapq.heappop(self.passive)[1]
            if number in self.waiting:
                self.waiting.discard(number)
                return number

    def _keep(self, record: Record) -> int | None:
        """Simplify a new clause and, unless it says nothing new, put it in the queue."""
        if _says_nothing(record.clause):
            return None
        self.records.append(record)
        number = self._simplified(len(self.records) - 1)
        if number is None:
            return None
        clause = self.records[number].clause
        heavy = sum(weight(atom) for _, atom in clause)
        if heavy > _HEAVY:
            return None
        cost = (heavy + len(clause)) * (self.strategy.goal if record.goal else 1.0)
        heapq.heappush(self.passive, (cost, number))
        if record.goal:
            heapq.heappush(self.goals, (cost, number))
        self.queue.append(number)
        self.waiting.add(number)
        return number

    def _simplified(self, number: int) -> int | None:
        """The number of the clause made as simple as it can be; None when others say as much."""
        record = self.records[number]
        clause, used = self.simplifier.simplify(record.clause)
        if _says_nothing(clause) or self.simplifier.subsumed(clause):
            return None
        if clause != record.clause:
            clause, new = renumbered(clause)
            own = Parent(number, {v: new.get(v, 0) for v in _variables(record.clause)})
            others = tuple(Parent(n, {v: _renamed(t, new) for v, t in by.items()}) for n, by in used)
            self.records.append(Record(clause, (own, *others), None, record.goal))
            number = len(self.records) - 1
        if not clause:
            self.empty = number
        return number

    def _activate(self, number: int) -> None:
        clause = self.records[number].clause
        for old in self.simplifier.add(number, clause):
            # What the new clause makes simpler or needless goes back through the queue.
            self.index.remove(old, self.active.pop(old))
            self.waiting.add(old)
            heapq.heappush(self.passive, (0.0, old))
        active = Active.of(clause, self.order, self.strategy.select)
        self.active[number] = active
        self.index.add(number, active)

    def _inferences(self, number: int) -> Iterator[Record]:
        mine = self.active[number]
        yield from self._alone(number, mine)
        for literal_at in mine.resolved:
            sign, atom = mine.clause[literal_at]
            for other, other_at in self.index.partners(not sign, atom):
                yield from self._resolve(number, literal_at, other, other_at)
        for literal_at in mine.eligible:
            yield from self._into(number, literal_at)
        for left, right, literal_at in mine.equations:
            for other, other_at, path in self.index.subterms(left):
                yield from self._replace(
                    number, left, right, literal_at, other, other_at, path, mine_from=True
                )

    def _resolve(self, number: int, at: int, other: int, other_at: int) -> Iterator[Record]:
        mine, theirs = self.active[number].clause, self.active[other].away
        by: Substitution = {}
        if unify(mine[at][1], theirs[other_at][1], by):
            rest = [*_without(mine, at), *_without(theirs, other_at)]
            yield self._record(rest, by, number, other)

    def _into(self, number: int, at: int) -> Iterator[Record]:
        """Rewrite inside a literal of the new clause by the equations of the others."""
        _, atom = self.active[number].clause[at]
        for path, inner in positions(atom, self.order):
            for other, left, right, other_at in self.index.equations(inner):
                yield from self._replace(other, left, right, other_at, number, at, path, mine_from=False)

    def _replace(
        self,
        source: int,
        left: Tree,
        right: Tree,
        source_at: int,
        target: int,
        target_at: int,
        path: tuple[int, ...],
        *,
        mine_from: bool,
    ) -> Iterator[Record]:
        """Superposition of an equation of one clause into a literal of another; the other one's variables are away."""
        given = self.active[source].clause if mine_from else self.active[source].away
        into = self.active[target].away if mine_from else self.active[target].clause
        sign, atom = into[target_at]
        by: Substitution = {}
        if not unify(left, subterm(atom, path), by):
            return
        new_left, new_right = put(left, by), put(right, by)
        if self.order.greater(new_right, new_left):
            return
        changed = (sign, replaced(atom, path, right))
        rest = [*_without(given, source_at), changed, *_without(into, target_at)]
        first, second = (source, target) if mine_from else (target, source)
        yield self._record(rest, by, first, second)

    def _alone(self, number: int, mine: Active) -> Iterator[Record]:
        """Equal literals made one; an inequation of terms that can be equal left out."""
        clause = mine.clause
        for at in mine.eligible:
            sign, atom = clause[at]
            if not sign and atom[0] == "=":
                by: Substitution = {}
                if unify(atom[1], atom[2], by):
                    yield self._record(_without(clause, at), by, number, None)
            for other in range(len(clause)):
                if sign and other != at and clause[other][0]:
                    by = {}
                    if unify(atom, clause[other][1], by):
                        yield self._record(_without(clause, other), by, number, None)

    def _record(self, rest: Sequence[Literal], by: Substitution, first: int, second: int | None) -> Record:
        clause, new = renumbered((sign, put(atom, by)) for sign, atom in rest)
        clause = tuple(dict.fromkeys(clause))
        full: Substitution = dict(new)
        bindings = {v: _renamed(put(v, by), full) for v in _variables(self.active[first].clause)}
        parents = [Parent(first, bindings)]
        if second is not None:
            away = {v: _renamed(put(-1 - v, by), full) for v in _variables(self.active[second].clause)}
            parents.append(Parent(second, away))
        goal = any(self.records[p.number].goal for p in parents)
        return Record(clause, tuple(parents), None, goal)


def _without(clause: Clause, at: int) -> Clause:
    return clause[:at] + clause[at + 1 :]


def _variables(clause: Clause) -> range:
    highest = -1
    stack: list[Tree] = [atom for _, atom in clause]
    while stack:
        here = stack.pop()
        if isinstance(here, int):
            highest = max(highest, here)
        else:
            stack.extend(here[1:])
    return range(highest + 1)


def _renamed(found: Tree, new: Substitution) -> Tree:
    """A term in the new clause's variables; one that is not in the clause may stand for anything, so for the first."""
    if isinstance(found, int):
        return new.get(found, 0)
    return instance(found, {v: new.get(v, 0) for v in variables_in(found)})


def _says_nothing(clause: Clause) -> bool:
    """Whether a clause holds anyway."""
    return any(
        (sign and atom[0] == "=" and atom[1] == atom[2]) or (sign and (False, atom) in clause)
        for sign, atom in clause
    )


def _symbols(given: Iterable[Clause]) -> list[tuple[object, int]]:
    """The symbols of the clauses: predicates first, then functions by how many arguments they have, the rarer above."""
    counts: dict[tuple[object, int], int] = {}
    predicates: dict[tuple[object, int], None] = {("=", 2): None, ("<", 2): None}
    for clause in given:
        for _, atom in clause:
            predicates[atom[0], len(atom) - 1] = None
            stack = list(atom[1:])
            while stack:
                here = stack.pop()
                if not isinstance(here, int):
                    key = here[0], len(here) - 1
                    counts[key] = counts.get(key, 0) + 1
                    stack.extend(here[1:])
    functions = sorted(counts, key=lambda s: (not isinstance(s[0], Fraction), s[1], -counts[s], str(s[0])))
    return [*predicates, *functions]
