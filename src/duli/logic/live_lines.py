"""Recursion that goes on by one row of another predicate: ``path(X,Z) :- path(X,Y), edge(Y,Z)``.

Its rounds are many and small, so that each should not cost a look at a plan: what comes and what falls is followed row
by row in compiled loops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.logic.live_rows import LiveRows, grown
from duli.logic.meter import Meter
from duli.logic.rules import Rule
from duli.logic.syntax import Head, Literal, Variable
from duli.logic.table import Table

Ints = NDArray[np.int64]
_PAUSE = 200_000
_ROOM = 1024


@dataclass(frozen=True)
class Line:
    """A rule that makes a row of its head's predicate, the next, of another one, the last, and a row of a step.

    Args:
        predicate: of the head.
        step: of the step.
        keys, sources: the step's columns, ascending, and those of the last row that must agree.
        sides, columns: where each column of the next row comes from: 0 the last row, 1 the step; and its column.
        back_keys, back_sources: the step's columns, ascending, and those of the next row that must agree.
        back_sides, back_columns: where each column of the last row comes from: 0 the next row, 1 the step.
    """

    predicate: str
    step: str
    keys: tuple[int, ...]
    sources: Ints
    sides: Ints
    columns: Ints
    back_keys: tuple[int, ...]
    back_sources: Ints
    back_sides: Ints
    back_columns: Ints


@dataclass(frozen=True)
class Start:
    """A rule that makes a row of one other row.

    Args:
        predicate: of the other row.
        columns: for each of its columns that of the head.
    """

    predicate: str
    columns: Ints


def line_of(rule: Rule) -> Line | None:
    """A rule as a line; None where it is not one."""
    literals = [goal for goal in rule.body if isinstance(goal, Literal) and not goal.negated]
    literals.sort(key=lambda goal: goal.predicate != rule.head.predicate)
    if len(rule.body) != 2 or len(literals) != 2 or isinstance(rule.probability, str):
        return None
    own, step = literals
    if own.predicate != rule.head.predicate or step.predicate == rule.head.predicate:
        return None
    last, by, then = _places(own), _places(step), _places(rule.head)
    if last is None or by is None or then is None or not last.keys() <= {*then, *by}:
        return None
    forth = sorted((by[name], last[name]) for name in by if name in last)
    back = sorted((by[name], then[name]) for name in by if name in then)
    if not forth or not back:
        return None
    sides, columns = _from([(0, last[name]) if name in last else (1, by[name]) for name in then])
    back_sides, back_columns = _from([(0, then[name]) if name in then else (1, by[name]) for name in last])
    keys, sources = _from(forth)
    back_keys, back_sources = _from(back)
    return Line(
        own.predicate,
        step.predicate,
        tuple(keys.tolist()),
        sources,
        sides,
        columns,
        tuple(back_keys.tolist()),
        back_sources,
        back_sides,
        back_columns,
    )


def start_of(rule: Rule) -> Start | None:
    """A rule as a start; None where it is not one."""
    goal = rule.body[0] if len(rule.body) == 1 else None
    if not isinstance(goal, Literal) or goal.negated or isinstance(rule.probability, str):
        return None
    given, then = _places(goal), _places(rule.head)
    if given is None or then is None or given.keys() != then.keys():
        return None
    return Start(goal.predicate, np.array([then[name] for name in given], np.int64))


def _places(part: Literal | Head) -> dict[str, int] | None:
    """The column of each variable; None where not all columns are different variables."""
    found = {term.name: i for i, term in enumerate(part.terms) if isinstance(term, Variable)}
    return found if len(found) == len(part.terms) else None


def _from(pairs: Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T.copy()
    return first, second


def follow(line: Line, rows: Mapping[str, LiveRows], cursor: int, top: Ints, meter: Meter) -> int:
    """Join what is queued from `cursor` on with the steps, and so on with what comes; returns the queue's end.

    Args:
        line: the rule.
        rows: of every predicate.
        cursor: a place in the queue.
        top: the highest rank of all rows [1]; updated.
        meter: counts what comes.
    """
    from duli.logic import live_kernels

    own, step = rows[line.predicate], rows[line.step]
    table, index, extra = own.table, step.table.index(line.keys), _ROOM
    while cursor < own.queued:
        before = table.n
        log, whole = table.open(extra)
        own.fit(before + extra)
        state = np.array([cursor, own.queued, before, _PAUSE, top[0]])
        live_kernels.follow(
            log,
            whole.slots,
            own.fallen,
            own.rank,
            own.queue,
            step.table.rows,
            index.columns,
            index.slots,
            index.following,
            step.fallen,
            line.sources,
            line.sides,
            line.columns,
            state,
        )
        cursor, own.queued = int(state[0]), int(state[1])
        table.n = whole.upto = int(state[2])
        top[0] = state[4]
        meter.add(table.n - before)
        extra *= 2
    return cursor


def sink(line: Line, start: Start | None, rows: Mapping[str, LiveRows], suspects: Ints, meter: Meter) -> None:
    """Let those of some rows fall that nothing supports, and so on with what they supported.

    Args:
        line: the rule.
        start: the other rule for the same head, if any.
        rows: of every predicate; none of the head has come.
        suspects: numbers of rows.
        meter: counts what falls.
    """
    from duli.logic import live_kernels

    own, step = rows[line.predicate], rows[line.step]
    forth, back = step.table.index(line.keys), step.table.index(line.back_keys)
    whole = own.table.index(tuple(range(own.table.arity)))
    if start is None:
        nowhere = Table(1)
        first, given, columns = nowhere.index((0,)), LiveRows(nowhere), np.zeros(1, np.int64)
    else:
        given, columns = rows[start.predicate], start.columns
        first = given.table.index(tuple(range(given.table.arity)))
    queue, counted = np.empty(_ROOM, np.int64), 0
    state, limits = np.zeros(3, np.int64), np.array([_PAUSE, step.start, given.start])
    while state[0] < len(suspects) or state[1] < state[2]:
        live_kernels.sink(
            own.table.rows,
            whole.slots,
            own.fallen,
            own.rank,
            own.given,
            suspects,
            queue,
            step.table.rows,
            step.fallen,
            forth.columns,
            forth.slots,
            forth.following,
            line.sources,
            line.sides,
            line.columns,
            back.columns,
            back.slots,
            back.following,
            line.back_sources,
            line.back_sides,
            line.back_columns,
            given.table.rows,
            first.slots,
            given.fallen,
            columns,
            limits,
            state,
        )
        fell = int(state[2])
        own.fall(queue[counted:fell].copy())
        meter.add(fell - counted)
        counted = fell
        if 2 * fell > len(queue):
            queue = grown(queue, 4 * fell)
