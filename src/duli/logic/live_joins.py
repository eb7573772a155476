"""The instances of rules that a change touches, over rows as they were, as they will be, or both.

Both states are in the tables (see ``live_rows``): a plan that marks the rows it meets finds the instances of either.
Where nothing fell, what will be is all that is there, and nothing is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from duli.logic import plan as plans
from duli.logic.evaluate import UNIT
from duli.logic.live_rows import LiveRows
from duli.logic.plan import Plan, Wanted, make_plan, mark
from duli.logic.rules import Rule
from duli.logic.steps import Exists, Join, Run, flow
from duli.logic.syntax import Constant, Literal, Variable
from duli.logic.values import encode

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
HEAD = "#head"


class State(Enum):
    """Which rows count: those before the update, those after it, those of both."""

    BEFORE = 1
    AFTER = 2
    BOTH = 3


@dataclass(frozen=True)
class Found:
    """Some bindings: the rows [m, k], and the name of each column."""

    names: tuple[str, ...]
    rows: Ints

    def column(self, name: str) -> Ints:
        """One column [m]."""
        return self.rows[:, self.names.index(name)]


class LiveJoins:
    """Plans for rules over live rows, kept while the tables keep their sizes.

    Args:
        rows: of every predicate.
        run: over the same tables.
    """

    def __init__(self, rows: Mapping[str, LiveRows], run: Run) -> None:
        self.rows, self.run = rows, run
        self._plans: dict[tuple[int, Wanted, frozenset[str]], tuple[tuple[int, ...], Plan]] = {}

    def found(
        self,
        rule: Rule,
        wanted: Wanted,
        rows: Ints,
        state: State,
        inner: frozenset[str] = frozenset(),
    ) -> Iterator[Found]:
        """The bindings that rows lead to, in pieces.

        Args:
            rule: whose body.
            wanted: with ``first``, the literal whose rows are given, or ``given``, the variables whose bindings are.
            rows: [m, k].
            state: for the rows of all other literals.
            inner: predicates whose rows are marked in any case.
        """
        marked = frozenset(p for p in _predicates(rule) if self.differs(p, state)) | inner
        plan = self.plan(rule, wanted, marked)
        starts = iter([rows])
        if plan.first is not None:
            starts = (
                plan.first.apply(UNIT, self.run)
                if wanted.first is None
                else iter([plan.first.select(rows, 0)])
            )
        for start in starts:
            for piece in flow(plan.steps, start, self.run):
                self.run.meter.add(len(piece))
                yield self._counted(rule, wanted, Found(plan.names, piece), state)

    def differs(self, predicate: str, state: State) -> bool:
        """Whether some rows of a predicate's table do not count."""
        rows = self.rows[predicate]
        return (state is not State.BEFORE and rows.shrank) or (state is not State.AFTER and rows.grew)

    def plan(self, rule: Rule, wanted: Wanted, marked: frozenset[str]) -> Plan:
        """The plan, with its indexes up to date."""
        sizes = tuple(self.rows[p].table.n.bit_length() // 2 for p in _predicates(rule))
        key = rule.number, wanted, marked
        known, made = self._plans.get(key, ((), None))
        if made is None or known != sizes:
            lineage = replace(wanted, lineage=bool(marked))
            made = make_plan(rule, lineage, self._fanout, self.run.symbols, marked)
            self._plans[key] = sizes, made
        for step in made.steps:
            if isinstance(step, (Join, Exists)) and step.keys:
                self.run.tables[step.predicate].index(step.keys)
        return made

    def _fanout(self, predicate: str, known: tuple[int, ...]) -> float:
        return plans.fanout(self.run.tables[predicate], known)

    def _counted(self, rule: Rule, wanted: Wanted, found: Found, state: State) -> Found:
        kept: Mask | None = None
        for position, goal in enumerate(rule.body):
            if isinstance(goal, Literal) and position != wanted.first and mark(position) in found.names:
                met = found.column(mark(position))
                ok = self._counts(self.rows[goal.predicate], met, state, negated=goal.negated)
                kept = ok if kept is None else kept & ok
        return found if kept is None else Found(found.names, found.rows[kept])

    def _counts(self, rows: LiveRows, met: Ints, state: State, *, negated: bool) -> Mask:
        """Whether a literal holds, by the row that it met, -1 for none."""
        before, after = met < rows.start, ~rows.fallen[met]
        if negated:
            absent = met < 0
            return absent if state is State.BOTH else absent | ~(before if state is State.BEFORE else after)
        return before & after if state is State.BOTH else before if state is State.BEFORE else after

    def heads(self, rule: Rule, ids: Ints) -> Ints:
        """The bindings that rows, by number, give the variables of a rule's head, and behind them the number.

        Rows that differ from the head's constants are left out; an aggregate may be anything.
        """
        rows = self.rows[rule.head.predicate].table.rows[ids]
        kept, at = np.ones(len(ids), np.bool_), dict[str, int]()
        for column, term in enumerate(rule.head.terms):
            if isinstance(term, Constant):
                kept &= rows[:, column] == encode(term.value, self.run.symbols)
            elif isinstance(term, Variable):
                kept &= rows[:, column] == rows[:, at.setdefault(term.name, column)]
        return np.column_stack((rows[:, list(at.values())], ids))[kept]


def _predicates(rule: Rule) -> tuple[str, ...]:
    return tuple(dict.fromkeys(goal.predicate for goal in rule.body if isinstance(goal, Literal)))
