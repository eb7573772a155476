"""All the ways in which a row can be derived: the most probable one by one, or all of them as a graph."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count

import numpy as np
from numpy.typing import NDArray

from duli.logic.builtins import TRUE
from duli.logic.evaluate import bindings, chosen
from duli.logic.joint import Joint
from duli.logic.plan import Wanted, mark
from duli.logic.proofs import Instance, Prover, Row, Search, driven
from duli.logic.rules import GUARDS, Rule
from duli.logic.syntax import Literal
from duli.logic.values import decode, numeric
from duli.types import Derivations, Proof, Step

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Choice:
    """What a way needs that may be otherwise; of choices of one group only one is taken."""

    key: tuple[Hashable, ...]
    group: Hashable
    probability: float


@dataclass(frozen=True)
class _Way:
    """One fact or one instance of a rule that gives a row, and the rows that it needs."""

    choices: tuple[_Choice, ...]
    premises: tuple[Row, ...]
    instance: Instance | None = None
    fact: int = -1


@dataclass(frozen=True)
class _State:
    """A proof that is not finished: how each row in it is derived, and the rows that still wait.

    ``whole`` says that nothing waits and the probability is the proof's own, no longer a bound.
    """

    probability: float = 1.0
    taken: dict[Hashable, _Choice] = field(default_factory=dict)
    ways: dict[Row, _Way] = field(default_factory=dict)
    waiting: tuple[Row, ...] = ()
    whole: bool = False


class Deriver:
    """Finds derivations in the rows of a run.

    An uncertain absence, or value of an aggregate, is a part of a proof as a choice is, but may depend on the others:
    the probability of such a proof is worked out (``Joint``) once it is whole, and until then only its choices count.

    Args:
        prover: of the same run.
        whole: follow certain rows too.
    """

    def __init__(self, prover: Prover, *, whole: bool = False) -> None:
        self.prover, self.whole = prover, whole
        self.ways: dict[Row, list[_Way]] = {}
        self._facts: dict[str, tuple[Ints, Ints, NDArray[np.float64]]] = {}
        self._joint_of: Joint | None = None
        self._best: dict[Row, float] = {}
        self._support: dict[Row, int] = {}
        self._bits: dict[Hashable, int] = {}

    def proofs(self, predicate: str, row: int) -> Iterator[tuple[Proof, float]]:
        """The proofs of a row with their probabilities, the most probable first (best-first search, A*).

        A proof is its set of choices and absences, each counted once; no row leans on itself. Each set is given once.
        """
        root = predicate, row
        self._explore(root)
        self._bound(root)
        order, seen = count(), set[frozenset[Hashable]]()
        heap = [(-self._best[root], next(order), _State(waiting=(root,)))]
        while heap:
            self.prover.run.meter.check()
            _, _, state = heappop(heap)
            if not state.waiting:
                choices = frozenset(choice.key for choice in state.taken.values())
                if state.whole:
                    yield self._proof(root, state), state.probability
                elif choices not in seen:
                    seen.add(choices)
                    whole = replace(state, probability=self._together(state), whole=True)
                    if whole.probability > 0:
                        heappush(heap, (-whole.probability, next(order), whole))
                continue
            for following in self._followed(state):
                heappush(heap, (-self._hope(following), next(order), following))

    def _together(self, state: _State) -> float:
        """The probability of a finished proof."""
        keys = [choice.key for choice in state.taken.values()]
        if not any(key[0] in ("absent", "aggregate") for key in keys):
            return state.probability
        if self._joint_of is None:
            assert self.prover.lineage is not None  # noqa: S101
            self._joint_of = Joint(self.prover.lineage, self.prover.rules.rules)
        return self._joint_of.probability(keys)

    def graph(self, predicate: str, row: int, limit: int) -> Derivations:
        """The derivations of a row, breadth first, with at most `limit` atoms."""
        root = predicate, row
        self._explore(root, limit)
        numbers = {key: i for i, key in enumerate(self.ways)}
        steps, omitted = [], 0
        for key, ways in self.ways.items():
            for way in ways:
                if all(premise in numbers for premise in way.premises):
                    steps.append(self._step(key, way, numbers))
                else:
                    omitted += 1
        atoms = tuple(str(self.prover.atom(p, self.prover.tables[p].rows[r])) for p, r in numbers)
        return Derivations(atoms, tuple(steps), omitted)

    def _step(self, key: Row, way: _Way, numbers: dict[Row, int]) -> Step:
        if way.instance is None:
            fact = self._fact(*key, way.fact) if way.fact >= 0 else self.prover.prove(*key)
            others = tuple(premise.atom for premise in fact.premises)
            return Step(numbers[key], fact.kind, fact.probability, fact.place, fact.source, (), others)
        rule = way.instance.rule
        shown: list[str] = []
        p = math.prod(c.probability for c in way.choices if isinstance(c.key, tuple) and c.key[0] == "rule")
        for goal in rule.body:
            if isinstance(goal, Literal) and (goal.predicate == TRUE or goal.predicate.startswith(GUARDS)):
                continue
            if not isinstance(goal, Literal) or goal.negated:
                literal = (
                    self.prover.rules.hidden.get(goal.predicate, goal) if isinstance(goal, Literal) else goal
                )
                shown.append(self.prover.shown(literal, way.instance))
        premises = tuple(numbers[premise] for premise in way.premises)
        return Step(numbers[key], "rule", p, rule.place, None, premises, tuple(shown))

    def _explore(self, root: Row, limit: int | None = None) -> None:
        """Find the ways of a row, of the rows these need, and so on."""
        waiting, met = deque([root]), {root}
        while waiting and (limit is None or len(self.ways) < limit):
            key = waiting.popleft()
            self.prover.run.meter.check()
            self.ways[key] = [*self._given(*key), *self._derived(*key)]
            for way in self.ways[key]:
                fresh = [premise for premise in dict.fromkeys(way.premises) if premise not in met]
                waiting += fresh
                met.update(fresh)

    def _given(self, predicate: str, row: int) -> Iterator[_Way]:
        if predicate not in self._facts:
            rows, p = self.prover.tables.given(predicate).choices()
            order = np.argsort(rows, kind="stable")
            self._facts[predicate] = rows[order], order, p
        rows, order, p = self._facts[predicate]
        for at in order[np.searchsorted(rows, row) : np.searchsorted(rows, row, "right")].tolist():
            key, chance = ("fact", predicate, at), float(p[at])
            yield _Way(() if chance == 1 else (_Choice(key, key, chance),), (), fact=at)

    def _derived(self, predicate: str, row: int) -> Iterator[_Way]:
        prover = self.prover
        if not self.whole and predicate not in prover.run.uncertain:
            yield _Way((), ())
            return
        stratum = prover.stratum.get(predicate)
        for rule in () if stratum is None else stratum.rules:
            if rule.head.predicate == predicate and rule.head.aggregates:
                # One choice: whether the group has this value.
                key = ("aggregate", predicate, row)
                p = float(prover.probability(predicate, np.array([row]))[0])
                yield _Way((_Choice(key, key, 1.0),) if p < 1 else (), ())
                return
            if rule.head.predicate == predicate:
                yield from self._instances(rule, prover.tables[predicate].rows[row])

    def _instances(self, rule: Rule, values: Ints) -> Iterator[_Way]:
        prover = self.prover
        codes = prover.unified(rule, values)
        if codes is None:
            return
        followed = {
            i: goal
            for i, goal in enumerate(rule.body)
            if isinstance(goal, Literal)
            and goal.predicate != TRUE
            and not goal.predicate.startswith(GUARDS)
            and (goal.predicate in prover.run.uncertain or (self.whole and not goal.negated))
        }
        marked = frozenset(goal.predicate for goal in followed.values()) | prover.run.uncertain
        names = (*rule.names, *map(mark, followed))
        plan = prover.plan(rule, Wanted(names, tuple(codes), lineage=True), marked)
        start = np.array([list(codes.values())], np.int64).reshape(1, len(codes))
        for piece in bindings(plan, prover.run, start):
            for found in chosen(piece, plan.names, names).tolist():
                bound = dict(zip(names, found, strict=True))
                met = {i: bound.pop(mark(i)) for i in followed}
                choices, premises = self._needs(rule, bound, met, followed, tuple(found))
                if all(choice.probability > 0 for choice in choices):
                    yield _Way(choices, premises, Instance(rule, bound, met, 1.0))

    def _needs(
        self,
        rule: Rule,
        bound: dict[str, int],
        met: dict[int, int],
        followed: dict[int, Literal],
        found: tuple[int, ...],
    ) -> tuple[tuple[_Choice, ...], tuple[Row, ...]]:
        choices, premises = [], []
        p = rule.probability
        if isinstance(p, str):
            p = float(numeric(np.array([bound[p]]))[0])
        if p is not None and p != 1:
            key = ("rule", rule.number, found)
            group = key if rule.group is None else ("group", rule.group, tuple(bound.values()))
            choices.append(_Choice(key, group, p))
        for i, goal in followed.items():
            if not goal.negated:
                premises.append((goal.predicate, met[i]))
            elif met[i] >= 0:
                absent = ("absent", goal.predicate, met[i])
                p = float(self.prover.probability(goal.predicate, np.array([met[i]]))[0])
                if p > 0:
                    choices.append(_Choice(absent, absent, float(p < 1)))
        return tuple(choices), tuple(premises)

    def _bound(self, root: Row) -> None:
        """What the best proof of each row cannot exceed: a product where nothing is shared, else the smallest."""
        users: dict[Row, set[Row]] = {}
        for key, ways in self.ways.items():
            self._best[key], self._support[key] = 0.0, 0
            for way in ways:
                for premise in way.premises:
                    users.setdefault(premise, set()).add(key)
                for choice in way.choices:
                    self._support[key] |= self._bit(choice)
        self._spread(users, self._supported)
        self._spread(users, self._improved)

    def _spread(self, users: dict[Row, set[Row]], update: Callable[[Row], bool]) -> None:
        waiting = dict.fromkeys(self.ways)
        while waiting:
            key = next(iter(waiting))
            del waiting[key]
            if update(key):
                waiting |= dict.fromkeys(users.get(key, ()))

    def _supported(self, key: Row) -> bool:
        support = self._support[key]
        for way in self.ways[key]:
            for premise in way.premises:
                support |= self._support[premise]
        changed = support != self._support[key]
        self._support[key] = support
        return changed

    def _improved(self, key: Row) -> bool:
        best = max((self._joint({}, 1.0, way.choices, way.premises) for way in self.ways[key]), default=0.0)
        changed = best > self._best[key]
        self._best[key] = max(best, self._best[key])
        return changed

    def _bit(self, choice: _Choice) -> int:
        """Choices of one group share a bit: what one of them excludes is shared as well."""
        return 1 << self._bits.setdefault(choice.group, len(self._bits))

    def _joint(
        self,
        taken: dict[Hashable, _Choice],
        p: float,
        choices: tuple[_Choice, ...],
        rows: tuple[Row, ...],
    ) -> float:
        used, bound = 0, p
        for choice in (*taken.values(), *choices):
            used |= self._bit(choice)
        for choice in choices:
            bound *= choice.probability
        for row in rows:
            if used & self._support[row]:
                bound = min(bound, self._best[row])
            else:
                bound *= self._best[row]
            used |= self._support[row]
        return bound

    def _hope(self, state: _State) -> float:
        return self._joint(state.taken, state.probability, (), state.waiting)

    def _followed(self, state: _State) -> Iterator[_State]:
        """The states in which the first waiting row is derived."""
        row, rest = state.waiting[0], state.waiting[1:]
        for way in self.ways[row]:
            taken, p = dict(state.taken), state.probability
            for choice in way.choices:
                before = taken.setdefault(choice.group, choice)
                if before is choice:
                    p *= choice.probability
                elif before.key != choice.key:
                    break
            else:
                if not self._leans(way, row, state.ways):
                    known = {row, *state.ways, *rest}
                    fresh = [q for q in dict.fromkeys(way.premises) if q not in known]
                    yield _State(p, taken, {**state.ways, row: way}, (*rest, *fresh))

    def _leans(self, way: _Way, row: Row, ways: dict[Row, _Way]) -> bool:
        """Whether a row would be derived from itself."""
        waiting, seen = [*way.premises], set[Row]()
        while waiting:
            key = waiting.pop()
            if key == row:
                return True
            if key not in seen and key in ways:
                seen.add(key)
                waiting += ways[key].premises
        return False

    def _proof(self, root: Row, state: _State) -> Proof:
        def search(predicate: str, row: int) -> Search:
            way = state.ways.get((predicate, row))
            if way is None or (way.instance is None and way.fact < 0):
                return self._settled(predicate, row)
            if way.instance is None:
                return self._stated(predicate, row, way.fact)
            return self.prover.ruled(
                way.instance, self.prover.atom(predicate, self.prover.tables[predicate].rows[row])
            )

        return driven(root, search, {})

    def _settled(self, predicate: str, row: int) -> Search:
        yield from ()
        return self.prover.prove(predicate, row)

    def _stated(self, predicate: str, row: int, at: int) -> Search:
        yield from ()
        return self._fact(predicate, row, at)

    def _fact(self, predicate: str, row: int, at: int) -> Proof:
        """The proof by one of the facts: those of the relation come first."""
        given, prover = self.prover.tables.given(predicate), self.prover
        atom = prover.atom(predicate, prover.tables[predicate].rows[row])
        p = float(self._facts[predicate][2][at])
        first = len(self._facts[predicate][2]) - len(given.facts)
        if at >= first:
            return Proof(str(atom), "fact", p, given.facts[at - first].place, row=atom)
        relation = given.relation
        assert relation is not None  # noqa: S101
        source: str | None = relation.origin or None
        if relation.source is not None:
            kept = np.arange(len(relation)) if given.places is None else np.flatnonzero(given.places >= 0)
            source = str(decode(int(relation.source[kept[at]]), prover.run.symbols))
        return Proof(str(atom), "fact", p, None, source, row=atom)
