"""Aggregates over what is uncertain: each value that a group can have, and in which worlds it has it.

The bindings of a group are taken one by one. A state is what those so far come to; with the next binding it stays or
moves on, as that does not hold or does. Many worlds share a state: n bindings have n + 1 counts and n maxima, but there
may be as many sums as subsets, so there is a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import LimitReachedError
from duli.logic.aggregate import aggregate
from duli.logic.arithmetic import Numbers, from_codes, to_codes
from duli.logic.rules import Rule
from duli.logic.steps import Run
from duli.logic.syntax import Aggregate, Constant, Variable
from duli.logic.table import Table
from duli.logic.values import Symbols, encode
from duli.provenance.algebra import Algebra, Tags
from duli.types import Floats

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Part = tuple[float, float]
MOST = 4096


@dataclass(frozen=True)
class Fold:
    """A group's states.

    Args:
        heads: the head's row of each state [k, arity]; state 0, in which no binding holds, has none and is not told.
        moves: for each binding the state that each state so far moves to when it holds.
    """

    heads: Ints
    moves: Sequence[Ints]

    def tags(self, tags: Tags, algebra: Algebra) -> Tags:
        """In which worlds each state is reached [k], from those in which each binding holds [n]."""
        reached: Tags = np.full(1, algebra.certain, algebra.dtype)
        for tag, moves in zip(tags, self.moves, strict=True):
            holds: Tags = np.full(len(reached), tag, algebra.dtype)
            both = (algebra.conjoin(reached, algebra.negate(holds)), algebra.conjoin(reached, holds))
            places = np.concatenate((np.arange(len(reached)), moves))
            order = np.argsort(places, kind="stable")
            starts = np.flatnonzero(np.diff(places[order], prepend=-1))
            reached = algebra.disjoin(np.concatenate(both)[order], starts, exclusive=True)
        return reached[1:]

    def likeliest(self, chances: Floats, state: int) -> Mask:
        """The bindings [n] that hold in the most probable way to a state, as if they were independent."""
        best, ways = [1.0], list[list[int]]()
        for chance, moves in zip(chances.tolist(), self.moves, strict=True):
            size = max(len(best), int(moves.max()) + 1)
            now, came = [p * (1 - chance) for p in best] + [-1.0] * (size - len(best)), [-1] * size
            for old, new in enumerate(moves.tolist()):
                if best[old] * chance > now[new]:
                    now[new], came[new] = best[old] * chance, old
            best = now
            ways.append(came)
        picked = np.zeros(len(chances), np.bool_)
        for i in reversed(range(len(ways))):
            if ways[i][state] >= 0:
                state, picked[i] = ways[i][state], True
        return picked


def folds(
    rule: Rule, names: tuple[str, ...], rows: Ints, symbols: Symbols, check: Callable[[], None]
) -> Iterator[tuple[Ints, Fold]]:
    """Each group: the numbers of its bindings, and its states.

    Args:
        rule: has aggregates in its head.
        names: the variable of each column.
        rows: distinct bindings [n, len(names)], in an order that is the same each time, so that sums are.
        symbols: get the head's constants.
        check: called between groups; raises LimitReachedError when the time is over.

    Raises:
        ProgramError: a value that is summed or compared is no number.
        LimitReachedError: a group has more than 4,096 states.
    """
    plain = [names.index(t.name) for t in rule.head.terms if isinstance(t, Variable)]
    over = [t for t in rule.head.terms if isinstance(t, Aggregate)]
    numbers = [_numbers(rule, t, names, rows) for t in over]
    groups = Table(len(plain))
    ids = groups.insert(rows[:, plain], ids=True)
    order = np.argsort(ids, kind="stable")
    for key, picked in zip(groups.rows, np.split(order, np.cumsum(np.bincount(ids))[:-1]), strict=True):
        check()
        moves, states = _states(rule, over, numbers, picked)
        yield picked, Fold(_heads(rule, key, states, symbols), moves)


def group_rows(rule: Rule, names: tuple[str, ...], rows: Ints, run: Run) -> Ints:
    """The head's rows [m, arity]: one for each group, or, over what is uncertain, each that it can have.

    Args:
        rule, names: as of ``folds``.
        rows: distinct bindings [n, len(names)].
        run: knows what is uncertain.
    """
    if rule.head.predicate not in run.uncertain:
        return aggregate(rule, names, rows, run.symbols)
    found = folds(rule, names, np.unique(rows, axis=0), run.symbols, run.meter.check)
    return np.concatenate([np.empty((0, len(rule.head.terms)), np.int64), *(fold.heads for _, fold in found)])


def _numbers(rule: Rule, term: Aggregate, names: tuple[str, ...], rows: Ints) -> Numbers:
    if term.function == "count":
        return Numbers(np.ones(len(rows)), np.ones(len(rows), np.bool_))
    codes = np.ascontiguousarray(rows[:, names.index(term.variable.name)])
    return from_codes(codes, str(term.variable), rule.place)


def _states(
    rule: Rule, over: Sequence[Aggregate], numbers: Sequence[Numbers], picked: Ints
) -> tuple[list[Ints], list[tuple[Part, ...]]]:
    steps = [_STEPS[term.function] for term in over]
    states: dict[tuple[Part, ...], int] = {(): 0}
    moves = []
    for at in picked.tolist():
        new = tuple((float(n.values[at]), float(n.whole[at])) for n in numbers)
        first = tuple(step(None, part) for step, part in zip(steps, new, strict=True))
        moved = [
            tuple(step(old, part) for step, old, part in zip(steps, state, new, strict=True))
            if state
            else first
            for state in states
        ]
        moves.append(np.array([states.setdefault(state, len(states)) for state in moved]))
        if len(states) > MOST:
            raise LimitReachedError(
                f"an aggregate over what is uncertain has more than {MOST} values in a group",
                where=rule.place,
                hint="sum fewer bindings, or round what is summed",
            )
    return moves, list(states)[1:]


def _heads(rule: Rule, key: Ints, states: list[tuple[Part, ...]], symbols: Symbols) -> Ints:
    out = np.empty((len(states), len(rule.head.terms)), np.int64)
    keys, parts = iter(key.tolist()), iter(zip(*states, strict=True))
    for column, term in enumerate(rule.head.terms):
        if isinstance(term, Variable):
            out[:, column] = next(keys)
        elif isinstance(term, Constant):
            out[:, column] = encode(term.value, symbols)
        else:
            first, second = np.array(next(parts)).T
            if term.function == "avg":
                out[:, column] = to_codes(Numbers(first / second, np.zeros(len(states), np.bool_)))
            else:
                out[:, column] = to_codes(Numbers(first, second == 1))
    return out


def _sum(old: Part | None, new: Part) -> Part:
    return new if old is None else (old[0] + new[0], min(old[1], new[1]))


def _min(old: Part | None, new: Part) -> Part:
    return new if old is None else (min(old[0], new[0]), min(old[1], new[1]))


def _max(old: Part | None, new: Part) -> Part:
    return new if old is None else (max(old[0], new[0]), min(old[1], new[1]))


def _avg(old: Part | None, new: Part) -> Part:
    return (new[0], 1.0) if old is None else (old[0] + new[0], old[1] + 1)


def _logsumexp(old: Part | None, new: Part) -> Part:
    if old is None or math.isinf(old[0]):
        return new[0], 0.0
    return float(np.logaddexp(old[0], new[0])), 0.0


# What a value is, and whether it is an integer; of an average, how many there are.
_STEPS: dict[str, Callable[[Part | None, Part], Part]] = {
    "count": _sum,
    "sum": _sum,
    "min": _min,
    "max": _max,
    "avg": _avg,
    "logsumexp": _logsumexp,
}
