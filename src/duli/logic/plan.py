"""In which order a body's goals are evaluated, chosen when the sizes are known.

Start from the smallest relation, go on with the literal that multiplies least, apply comparisons and negation as soon
as their variables are bound, and drop variables as soon as nothing needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from duli.logic.rules import Rule, assigns
from duli.logic.steps import Assign, Chance, Exists, Join, Range, Scan, Step, Test
from duli.logic.syntax import Comparison, Constant, Goal, Literal, Variable, variables
from duli.logic.table import Table
from duli.logic.values import Symbols, encode

# Of a very long body, the literals that are compared at a time.
_WINDOW = 64
Fanout = Callable[[str, tuple[int, ...]], float]


@dataclass(frozen=True)
class Plan:
    """Steps that find the bindings of some variables.

    Args:
        first: where it starts; None when it continues given bindings.
        steps: what follows.
        names: the variable of each column of what comes out.
        duplicates: whether the same binding may come out twice.
    """

    first: Scan | None
    steps: tuple[Step, ...]
    names: tuple[str, ...]
    duplicates: bool


@dataclass(frozen=True)
class Wanted:
    """What is asked of a plan.

    Args:
        output: the variables whose bindings are wanted, in this order where possible; repetitions are allowed.
        given: variables that are bound before; the columns of the bindings that the plan continues.
        first: the literal to start from, by its place in the body.
        lineage: say which rows of uncertain predicates met, in columns named by ``mark``.
    """

    output: tuple[str, ...]
    given: tuple[str, ...] = ()
    first: int | None = None
    lineage: bool = False


def mark(position: int) -> str:
    """The name of the column for the row that met the literal at this place of the body."""
    return f"#{position}"


def fanout(table: Table, known: tuple[int, ...]) -> float:
    """How many rows of a table agree with given codes in some columns, about."""
    if len(known) == table.arity:
        return min(table.n, 1)
    keys = table.keys(known)
    if keys is not None:
        return table.n / max(1, keys)
    return float(table.n ** (1 - len(known) / table.arity))


def make_plan(
    rule: Rule, wanted: Wanted, fanout: Fanout, symbols: Symbols, uncertain: frozenset[str] = frozenset()
) -> Plan:
    """The plan for a rule's body.

    Args:
        rule: whose body.
        wanted: what should come out.
        fanout: how many rows of a predicate agree with known columns, about.
        symbols: get the body's constants.
        uncertain: predicates whose negation decides nothing before their lineage is known.
    """
    return _Planner(rule, wanted, fanout, symbols, uncertain).plan()


class _Planner:
    def __init__(
        self, rule: Rule, wanted: Wanted, fanout: Fanout, symbols: Symbols, uncertain: frozenset[str]
    ) -> None:
        self.rule, self.wanted, self.fanout = rule, wanted, fanout
        self.symbols, self.uncertain = symbols, uncertain
        goals = dict(enumerate(rule.body))
        self.todo = {p: g for p, g in goals.items() if isinstance(g, Literal) and not g.negated}
        self.tests = {p: g for p, g in goals.items() if p not in self.todo}
        # How often what is still to be done, or to come out, needs each variable.
        self.uses = dict.fromkeys(wanted.output, 1)
        for goal in rule.body:
            for variable in variables(goal):
                self.uses[variable.name] = self.uses.get(variable.name, 0) + 1
        self.chance = rule.probability if isinstance(rule.probability, str) else None
        self.names: list[str | None] = list(wanted.given)
        self.bound = set(wanted.given)
        self.marked = {name for name in wanted.given if name.startswith("#")}
        self.first: Scan | None = None
        self.steps: list[Step] = []
        self.duplicates = False

    def at(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names) if name is not None}

    def plan(self) -> Plan:
        if not self.wanted.given:
            if self.wanted.first is None:
                self.ready()
            if not self.steps:
                self.start()
        while True:
            self.ready()
            if not self.todo:
                break
            self.join(self.cheapest())
        assert not self.tests  # noqa: S101
        names = tuple(name or "" for name in self.names)
        return Plan(self.first, tuple(self.steps), names, self.duplicates)

    def start(self) -> None:
        position = self.wanted.first
        if position is None:
            if not self.todo:
                return
            position = self.cheapest()
        # One that is negated may be named to start from.
        literal = self.todo.pop(position) if position in self.todo else self.tests.pop(position)
        assert isinstance(literal, Literal)  # noqa: S101
        self.used(literal)
        known, same, self.names = {}, [], []
        for column, term in enumerate(literal.terms):
            if isinstance(term, Constant):
                known[column] = encode(term.value, self.symbols)
                self.names.append(None)
            elif term.name in self.names:
                same.append((self.names.index(term.name), column))
                self.names.append(None)
            else:
                self.names.append(term.name)
        marked = self.marks(literal)
        self.bound.update(name for name in self.names if name is not None)
        if marked:
            self.bind(mark(position))
        self.first = Scan(literal.predicate, known, tuple(same), marked)
        needed = self.needed()
        self.duplicates = any(n is not None and n not in needed for n in self.names) or self.duplicates

    def marks(self, literal: Literal) -> bool:
        return self.wanted.lineage and literal.predicate in self.uncertain

    def needed(self) -> set[str]:
        return {*self.uses, *self.marked} | (set() if self.chance is None else {self.chance})

    def used(self, goal: Goal) -> None:
        """Note that a goal is done."""
        for variable in variables(goal):
            self.uses[variable.name] -= 1
            if not self.uses[variable.name]:
                del self.uses[variable.name]

    def ready(self) -> None:
        """Take every goal that only tests or computes from what is bound."""
        progress = True
        while progress:
            progress = False
            for position, goal in list(self.tests.items()):
                if self.take(position, goal):
                    del self.tests[position]
                    self.used(goal)
                    progress = True
            if self.chance is not None and self.chance in self.bound:
                self.steps.append(Chance(self.at()[self.chance], self.chance, self.rule.place))
                self.chance = None

    def take(self, position: int, goal: Goal) -> bool:
        if isinstance(goal, Comparison):
            target = assigns(goal, self.bound)
            if target and goal.operator == "between":
                self.steps.append(Range(goal, self.at()))
                self.bind(target[0])
                return True
            if target:
                left = isinstance(goal.left, Variable) and goal.left.name == target[0]
                value = goal.right if left else goal.left
                self.steps.append(Assign(value, self.at(), goal.place))
                self.bind(target[0])
                return True
            if self.bound.issuperset(v.name for v in variables(goal)):
                self.steps.append(Test(goal, self.at()))
                return True
            return False
        if not goal.negated or not self.bound.issuperset(v.name for v in variables(goal)):
            return False
        if goal.predicate in self.uncertain and not self.wanted.lineage:
            return True
        marked = self.marks(goal)
        self.steps.append(self.exists(goal, negated=True, marked=marked))
        if marked:
            self.bind(mark(position))
        return True

    def bind(self, name: str) -> None:
        """Note a variable, or the mark of a row, whose column is put last."""
        self.names.append(name)
        self.bound.add(name)
        if name.startswith("#"):
            self.marked.add(name)

    def cheapest(self) -> int:
        def cost(position: int) -> tuple[float, int]:
            goal = self.todo[position]
            return self.fanout(goal.predicate, self.known(goal)), position

        left = [*islice(self.todo, _WINDOW)]
        return left[0] if len(left) == 1 else min(left, key=cost)

    def known(self, literal: Literal) -> tuple[int, ...]:
        bound = self.bound
        return tuple(
            column
            for column, term in enumerate(literal.terms)
            if isinstance(term, Constant) or term.name in bound
        )

    def key(self, literal: Literal) -> tuple[tuple[int, ...], list[int], list[int]]:
        """The literal's known columns, where their codes are among the bindings, and the codes behind those."""
        keys, at = self.known(literal), self.at()
        sources: list[int] = []
        constants: list[int] = []
        for column in keys:
            term = literal.terms[column]
            if isinstance(term, Constant):
                sources.append(len(self.names) + len(constants))
                constants.append(encode(term.value, self.symbols))
            else:
                sources.append(at[term.name])
        return keys, sources, constants

    def exists(self, literal: Literal, *, negated: bool, marked: bool = False) -> Exists:
        keys, sources, constants = self.key(literal)
        return Exists(literal.predicate, keys, _array(sources), _array(constants), negated, marked)

    def join(self, position: int) -> None:
        literal = self.todo.pop(position)
        self.used(literal)
        needed, marked = self.needed(), self.marks(literal)
        fresh: dict[str, int] = {}
        again: list[tuple[str, int]] = []
        bound = self.bound
        for column, term in enumerate(literal.terms):
            if isinstance(term, Variable) and term.name not in bound:
                if term.name in fresh:
                    again.append((term.name, column))
                else:
                    fresh[term.name] = column
        if not marked and not again and not any(name in needed for name in fresh):
            self.steps.append(self.exists(literal, negated=False))
            return
        self.duplicates |= not needed.issuperset((*fresh, *bound))
        self.expand(literal, position, fresh, again, marked)

    def expand(
        self,
        literal: Literal,
        position: int,
        fresh: Mapping[str, int],
        again: Sequence[tuple[str, int]],
        marked: bool,
    ) -> None:
        keys, sources, constants = self.key(literal)
        at, out = self.at(), self.layout(fresh)
        extra = [name for name, _ in again if name not in out]
        named = [*out, *extra]
        sides = [0 if name in at else 1 for name in named] + [1] * len(again)
        columns = [at[n] if n in at else fresh[n] for n in named] + [column for _, column in again]
        same = tuple((named.index(name), len(named) + i) for i, (name, _) in enumerate(again))
        width = len(out)
        self.steps.append(
            Join(
                literal.predicate,
                keys,
                _array(sources),
                _array(constants),
                _array(sides),
                _array(columns),
                same,
                width,
                marked,
            )
        )
        self.names = list(out)
        self.bound.update(out)
        if marked:
            self.bind(mark(position))

    def layout(self, fresh: Mapping[str, int]) -> list[str]:
        """The variables to keep; in the order that is asked for when nothing remains to be done."""
        have = [name for name in self.names if name is not None] + list(fresh)
        needed = self.needed()
        kept = [name for name in dict.fromkeys(have) if name in needed]
        if set(kept) == set(self.wanted.output):
            return list(self.wanted.output)
        return kept


def _array(values: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)
