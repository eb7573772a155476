"""From facts to all that follows: stratum by stratum, semi-naive where a stratum is recursive.

Every round of a recursion joins what the round before found; new rows are the end of the table's log, so a delta is a
slice. What a row is proved from was always inserted earlier, in another batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.logic import plan as plans
from duli.logic.aggregate import binding_names
from duli.logic.columns import PIECE
from duli.logic.fixpoint import fixpoint
from duli.logic.folds import group_rows
from duli.logic.plan import Plan, Wanted, make_plan, mark
from duli.logic.rules import Rule
from duli.logic.steps import Exists, Join, Run, Step, added, flow
from duli.logic.strata import Stratum
from duli.logic.syntax import Constant, Literal, Variable
from duli.logic.table import Table
from duli.logic.values import encode
from duli.logic.walks import walk, walk_of

Ints = NDArray[np.int64]
UNIT = np.empty((1, 0), np.int64)
_FEW, _MANY = 64, 4096


def evaluate(strata: Sequence[Stratum], run: Run) -> None:
    """Fill the tables of all predicates of some strata, in order.

    For uncertain predicates these are the rows that hold in some world: a negation that depends on the world is left
    to the lineage.

    Raises:
        LimitReachedError: too many tuples, or the time is over.
        ProgramError: a value that cannot be computed.
    """
    run.unfinished.update(*(stratum.predicates for stratum in strata))
    for stratum in strata:
        base = [rule for rule in stratum.rules if not _inner(rule, stratum)]
        for rule in base:
            _once(rule, run, alone=len(base) == 1)
        if stratum.recursive:
            plan = walk_of(stratum)
            if not (plan is not None and walk(plan, run)) and not fixpoint(stratum, run):
                _rounds(stratum, run)
            for predicate in stratum.predicates:
                run.tables[predicate].settle()
        run.unfinished.difference_update(stratum.predicates)


def bindings(plan: Plan, run: Run, rows: Ints = UNIT) -> Iterator[Ints]:
    """The bindings that a plan finds, in pieces; `rows` are those that it continues."""
    steps: tuple[Step, ...] = plan.steps if plan.first is None else (plan.first, *plan.steps)
    return flow(steps, rows, run)


def plan_rule(rule: Rule, wanted: Wanted, run: Run) -> Plan:
    """The plan for a rule, by the sizes of the tables as they are."""

    def fanout(predicate: str, known: tuple[int, ...]) -> float:
        return plans.fanout(run.tables[predicate], known)

    return make_plan(rule, wanted, fanout, run.symbols, run.uncertain)


def head_rows(rule: Rule, names: tuple[str, ...], rows: Ints, run: Run) -> Ints:
    """What a rule concludes from bindings [n, k]: rows [n, arity], perhaps with repetitions."""
    if names == tuple(t.name if isinstance(t, Variable) else None for t in rule.head.terms):
        return rows
    at = {name: i for i, name in enumerate(names)}
    out = np.empty((len(rows), len(rule.head.terms)), np.int64)
    for column, term in enumerate(rule.head.terms):
        if isinstance(term, Variable):
            out[:, column] = rows[:, at[term.name]]
        elif isinstance(term, Constant):
            out[:, column] = encode(term.value, run.symbols)
    return out


@dataclass(frozen=True)
class _Ready:
    """A rule with its plan; `last` is the join whose result goes into the head's table without further ado.

    Where `noted`, what comes out is kept in ``Run.noted``.
    """

    rule: Rule
    plan: Plan
    last: Join | None
    distinct: bool
    noted: bool

    def insert(self, rows: Ints, run: Run) -> None:
        table, names = run.tables[self.rule.head.predicate], self.plan.names
        if self.last is not None:
            for piece in flow(self.plan.steps[:-1], rows, run):
                self.last.into(piece, table, run)
            return
        for piece in flow(self.plan.steps, rows, run):
            before = table.n
            found = head_rows(self.rule, names, piece, run)
            if self.noted:
                met = chosen(piece, names, instance_names(self.rule, run))
                run.noted[self.rule.number].append((met, table.insert(found, ids=True)))
            elif self.distinct:
                table.append(found)
            else:
                table.insert(found)
            added(table, before, run.meter)


def instance_names(rule: Rule, run: Run) -> tuple[str, ...]:
    """The columns of a rule's instances: its variables, and which rows of the uncertain literals met."""
    marks = [
        mark(position)
        for position, goal in enumerate(rule.body)
        if isinstance(goal, Literal) and goal.predicate in run.uncertain
    ]
    return (*rule.names, *marks)


def _few(rule: Rule, run: Run) -> bool:
    """Whether a rule has so few instances that they are noted as it is applied; lineage needs them, and all are known.

    To join the rule once more would cost more than to keep them.
    """
    goals = [goal for goal in rule.body if isinstance(goal, Literal)]
    return (
        rule.head.predicate in run.uncertain
        and not any(goal.negated and goal.predicate in run.uncertain for goal in goals)
        and sum(run.tables[goal.predicate].n for goal in goals) <= _FEW
    )


def _noting(rule: Rule, run: Run, first: int | None = None) -> _Ready:
    """A rule that is applied and noted."""
    run.noted[rule.number] = []
    plan = plan_rule(rule, Wanted(instance_names(rule, run), first=first, lineage=True), run)
    return _Ready(rule, plan, None, distinct=False, noted=True)


def _ready(rule: Rule, run: Run, *, first: int | None = None, alone: bool = False) -> _Ready:
    output = tuple(t.name for t in rule.head.terms if isinstance(t, Variable))
    made = plan_rule(rule, Wanted(output, first=first), run)
    last = made.steps[-1] if made.steps else None
    direct = (
        isinstance(last, Join) and last.plain and made.names == output and len(output) == len(rule.head.terms)
    )
    distinct = alone and set(rule.names) <= set(output)
    fused = last if isinstance(last, Join) and direct and not distinct else None
    return _Ready(rule, made, fused, distinct, noted=False)


def _once(rule: Rule, run: Run, *, alone: bool) -> None:
    table = run.tables[rule.head.predicate]
    alone = alone and table.n == 0
    if rule.head.aggregates:
        _aggregate(rule, run, table, alone=alone)
        return
    ready = _noting(rule, run) if _few(rule, run) else _ready(rule, run, alone=alone)
    starts = iter([UNIT]) if ready.plan.first is None else ready.plan.first.apply(UNIT, run)
    for rows in starts:
        ready.insert(rows, run)


def _aggregate(rule: Rule, run: Run, table: Table, *, alone: bool) -> None:
    names = binding_names(rule)
    made = plan_rule(rule, Wanted(names), run)
    collected = []
    for piece in bindings(made, run):
        run.meter.add(len(piece))
        collected.append(chosen(piece, made.names, names))
    if not collected:
        return
    rows = collected[0] if len(collected) == 1 else np.concatenate(collected)
    if made.duplicates:
        distinct = Table(len(names))
        distinct.insert(rows)
        rows = distinct.rows
    before = table.n
    found = group_rows(rule, names, rows, run)
    if alone:
        table.append(found)
    else:
        table.insert(found)
    added(table, before, run.meter)


def chosen(rows: Ints, have: tuple[str, ...], names: tuple[str, ...]) -> Ints:
    """The columns of some variables, in their order."""
    return rows if have == names else rows[:, [have.index(name) for name in names]]


def _rounds(stratum: Stratum, run: Run) -> None:
    tables = {predicate: run.tables[predicate] for predicate in stratum.predicates}
    turns = [(rule, position) for rule in stratum.rules for position in _inner(rule, stratum)]
    ready: dict[tuple[int, int], _Ready] = {}
    starts = dict.fromkeys(tables, 0)
    while True:
        stops = {predicate: table.n for predicate, table in tables.items()}
        if starts == stops:
            return
        for rule, position in turns:
            literal = rule.body[position]
            assert isinstance(literal, Literal)  # noqa: S101
            start, stop = starts[literal.predicate], stops[literal.predicate]
            if start < stop:
                key = (rule.number, position)
                noted = run.noted.get(rule.number)
                if key not in ready and len(_inner(rule, stratum)) == 1 and _few(rule, run):
                    ready[key] = _noting(rule, run, position)
                elif key not in ready or (noted is not None and sum(len(rows) for rows, _ in noted) > _MANY):
                    run.noted.pop(rule.number, None)
                    ready[key] = _ready(rule, run, first=position)
                _turn(ready[key], tables[literal.predicate], start, stop, run)
        starts = stops


def _turn(ready: _Ready, table: Table, start: int, stop: int, run: Run) -> None:
    first = ready.plan.first
    assert first is not None  # noqa: S101
    for at in range(start, stop, PIECE):
        rows = first.select(table.rows[at : min(at + PIECE, stop)], at)
        if rows.base is not None:
            rows = rows.copy()  # a view of the table would make it be copied when it grows
        ready.insert(rows, run)


def _inner(rule: Rule, stratum: Stratum) -> list[int]:
    """The places of a rule's positive literals whose predicate is of the stratum itself."""
    return [
        position
        for position, goal in enumerate(rule.body)
        if isinstance(goal, Literal) and not goal.negated and goal.predicate in stratum.predicates
    ]


def index_needs(
    strata: Iterable[Stratum], sizes: Callable[[str], Table | None], run: Run
) -> Mapping[str, set[tuple[int, ...]]]:
    """The indexes that rules will ask for, over the tables that exist already.

    Args:
        strata: to be evaluated later.
        sizes: the table of a predicate, None when it is not known yet (then a small one is assumed).
        run: for the constants.
    """
    small = 32

    def fanout(predicate: str, known: tuple[int, ...]) -> float:
        table = sizes(predicate)
        return float(small if not known else 1) if table is None else plans.fanout(table, known)

    needs: dict[str, set[tuple[int, ...]]] = {}
    for stratum in strata:
        for rule in stratum.rules:
            output = binding_names(rule) if rule.head.aggregates else _head_names(rule)
            turns: list[int | None] = [*_inner(rule, stratum)]
            for first in turns or [None]:
                made = make_plan(rule, Wanted(output, first=first), fanout, run.symbols, run.uncertain)
                for predicate, keys in _keys(made):
                    if sizes(predicate) is not None:
                        needs.setdefault(predicate, set()).add(keys)
    return needs


def _head_names(rule: Rule) -> tuple[str, ...]:
    return tuple(t.name for t in rule.head.terms if isinstance(t, Variable))


def _keys(made: Plan) -> Iterator[tuple[str, tuple[int, ...]]]:
    if made.first is not None and made.first.known:
        yield made.first.predicate, tuple(sorted(made.first.known))
    for step in made.steps:
        if isinstance(step, (Join, Exists)) and step.keys:
            yield step.predicate, step.keys
