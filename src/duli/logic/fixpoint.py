"""Recursion by joins as one loop: no step of it returns to Python, and a new row costs a few nanoseconds.

It must meet:
- a round may find a single row: what a round costs must be microseconds (``duli.logic.evaluate`` takes half a
  millisecond);
- a row is known by one number, its key: one bit in a grid or one word in a hash set says whether it is there;
- what does not change is found once: a literal of an earlier stratum with the tests on it becomes rows side by side;
- a limit or a cancellation is heard within 200 ms: the loop pauses after some millions of candidates;
- what proves a row was found in an earlier round, as in every evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from duli.errors import ProgramError
from duli.logic import plan as plans
from duli.logic.groups import make_groups
from duli.logic.plan import Wanted, make_plan
from duli.logic.rules import Rule
from duli.logic.steps import Run, flow
from duli.logic.strata import Stratum
from duli.logic.syntax import Comparison, Constant, Goal, Literal, Variable, variables
from duli.logic.table import Table
from duli.logic.turns import Bounds, Keys, Level, Turn
from duli.logic.values import encode

Ints = NDArray[np.int64]
_SPAN = 1 << 16
_PER_ROW = 8
_WORSE = 16
_FEW = 256
_HIGHEST = 2**62
_EQUAL = {"=": 1, "==": 1, "\\=": 0, "\\==": 0}


def fixpoint(stratum: Stratum, run: Run) -> bool:
    """Find all rows of a recursive stratum whose other rules were applied; False, with nothing done, where a rule is
    of another shape, or codes lie too far apart."""
    tables = {predicate: run.tables[predicate] for predicate in stratum.predicates}
    if run.frugal or not all(table.arity for table in tables.values()):
        return False
    turns: list[Turn] = []
    for rule in stratum.rules:
        for position, goal in enumerate(rule.body):
            if isinstance(goal, Literal) and not goal.negated and goal.predicate in tables:
                made = _Maker(rule, position, tables, run).made()
                if made is None:
                    return False
                turns.append(made)
    known = _spread(turns, tables)
    chains = [level for turn in turns for level in turn.levels if level.table is not None]
    if not all(_keyed(*bounds) for bounds in known.values()):
        return False
    if not all(_linked(level, level.between(known)) for level in chains):
        return False
    keys = {predicate: Keys(table, known[predicate], run) for predicate, table in tables.items()}
    (turn, *more) = turns
    if not more and not chains and turn.predicate == turn.head:
        if tables[turn.head].n:
            turn.apply(0, tables[turn.head].n, keys[turn.head], run, alone=True)
        return True
    starts = dict.fromkeys(tables, 0)
    while True:
        stops = {predicate: table.n for predicate, table in tables.items()}
        if starts == stops:
            return True
        for level in chains:
            level.link(starts[level.predicate], stops[level.predicate], run)
        for turn in turns:
            start, stop = starts[turn.predicate], stops[turn.predicate]
            if start < stop and (known[turn.head][0] <= known[turn.head][1]).all():
                turn.apply(start, stop, keys[turn.head], run, alone=False)
        starts = stops


def _spread(turns: Sequence[Turn], tables: Mapping[str, Table]) -> dict[str, Bounds]:
    """Between which codes the columns of each predicate will be."""
    known = {predicate: table.bounds() for predicate, table in tables.items()}
    changed = True
    while changed:
        changed = False
        for turn in turns:
            lows, highs = turn.spread(known)
            if (lows > highs).any():
                continue
            old = known[turn.head]
            new = np.minimum(old[0], lows), np.maximum(old[1], highs)
            if (new[0] < old[0]).any() or (new[1] > old[1]).any():
                known[turn.head], changed = new, True
    return known


def _keyed(lows: Ints, highs: Ints) -> bool:
    spans = [high - low + 1 for low, high in zip(lows.tolist(), highs.tolist(), strict=True)]
    return bool(min(spans) < 1 or prod(spans) < _HIGHEST)


def _linked(level: Level, bounds: Bounds) -> bool:
    """Make ready for chains; False where the codes of the key lie too far apart."""
    assert level.table is not None  # noqa: S101
    low, high = int(bounds[0][level.column]), int(bounds[1][level.column])
    if high - low > _SPAN + _PER_ROW * level.table.n:
        return False
    level.low, level.following = low, np.full(1, -1)
    level.offsets = np.full(max(2, high - low + 2), -1)
    return True


class _Maker:
    """Makes a turn of a rule."""

    def __init__(self, rule: Rule, position: int, tables: Mapping[str, Table], run: Run) -> None:
        self.rule, self.run, self.tables = rule, run, tables
        start = rule.body[position]
        assert isinstance(start, Literal)  # noqa: S101
        self.start = start
        rest = [goal for i, goal in enumerate(rule.body) if i != position]
        self.literals = [goal for goal in rest if isinstance(goal, Literal) and not goal.negated]
        self.tests = [
            goal
            for goal in rest
            if isinstance(goal, Comparison) or (goal.negated and goal.predicate not in run.uncertain)
        ]
        self.places: dict[str, int] = {}
        self.checks: list[tuple[int, int, int, int]] = []
        self.constants: list[int] = []

    def made(self) -> Turn | None:
        rule = self.rule
        if rule.head.aggregates or isinstance(rule.probability, str) or len(self.literals) > 2:
            return None
        others = (self.run.tables[g.predicate].n for g in self.literals if g.predicate not in self.tables)
        if not self.tests and min(others, default=_FEW) < _FEW:
            return None
        own = self.bind(self.start, 0)
        width = len(self.start.terms)
        levels: list[Level] = []
        while self.literals:
            literal = min(self.literals, key=self.cost)
            self.literals.remove(literal)
            begin, number = width + sum(x.width for x in levels), 3 - len(self.literals) - 1
            level = self.level(literal, begin, number if self.literals or levels else 2)
            if level is None:
                return None
            levels.append(level)
        begin = width + sum(x.width for x in levels)
        if not all(self.compared(goal, len(levels)) for goal in self.tests):
            return None
        out = [self.place(term, begin) for term in rule.head.terms]
        unit = self.constant(0, begin)
        while len(levels) < 2:
            levels.insert(0, Level(place=unit))
        return Turn(
            self.start.predicate,
            rule.head.predicate,
            own,
            width,
            (levels[0], levels[1]),
            np.array(self.checks, np.int64).reshape(-1, 4),
            np.array(out, np.int64),
            np.array(self.constants, np.int64),
        )

    def cost(self, literal: Literal) -> float:
        known = self.known(literal)
        return plans.fanout(self.run.tables[literal.predicate], known) if known else float(_HIGHEST)

    def known(self, literal: Literal) -> tuple[int, ...]:
        return tuple(
            column
            for column, term in enumerate(literal.terms)
            if isinstance(term, Constant) or term.name in self.places
        )

    def bind(self, literal: Literal, begin: int) -> Ints:
        """Say where a literal's variables are; returns what its rows must have in themselves."""
        own, met = [], dict[str, int]()
        for column, term in enumerate(literal.terms):
            if isinstance(term, Constant):
                own.append((0, column, encode(term.value, self.run.symbols)))
            elif term.name in met:
                own.append((1, column, met[term.name]))
            else:
                met[term.name] = column
                self.places.setdefault(term.name, begin + column)
        return np.array(own, np.int64).reshape(-1, 3)

    def level(self, literal: Literal, begin: int, number: int) -> Level | None:
        """A literal as a level, joined by a variable that is bound already."""
        before = dict(self.places)
        if literal.predicate in self.tables:
            own = self.bind(literal, begin)
            columns: dict[str, int] = {}
            for column, term in enumerate(literal.terms):
                if isinstance(term, Variable):
                    columns.setdefault(term.name, column)
            made = Level(literal.predicate, self.tables[literal.predicate], own)
        else:
            columns = {name: i for i, name in enumerate(self.needed(literal))}
            made = Level()
            for name, column in columns.items():
                self.places.setdefault(name, begin + column)
        keys = [name for name in columns if name in before]
        if not keys:
            return None
        key = min(keys, key=lambda name: self.single(literal, name))
        if len(keys) > 1 and self.single(literal, key) > _WORSE * max(1.0, self.cost(literal)):
            return None
        if made.table is None and not self.settle(made, literal, columns, key):
            return None
        made.place, made.column = before[key], columns[key]
        made.once = set(columns) == set(keys)
        self.checks += [(number, before[k], begin + columns[k], 1) for k in keys if k != key]
        return made

    def single(self, literal: Literal, name: str) -> float:
        """How many rows of a literal agree in one variable, about."""
        column = next(c for c, t in enumerate(literal.terms) if isinstance(t, Variable) and t.name == name)
        return plans.fanout(self.run.tables[literal.predicate], (column,))

    def needed(self, literal: Literal) -> list[str]:
        """The variables of a literal of an earlier stratum that something else needs; its tests are its own."""
        names = list(dict.fromkeys(v.name for v in variables(literal)))
        self.folded = [g for g in self.tests if {v.name for v in variables(g)} <= set(names)]
        self.tests = [g for g in self.tests if g not in self.folded]
        others = (self.rule.head, self.start, *self.literals, *self.tests)
        used = {v.name for goal in others for v in variables(goal)} | set(self.places)
        return [name for name in names if name in used]

    def settle(self, level: Level, literal: Literal, columns: Mapping[str, int], key: str) -> bool:
        """Find the rows of a literal of an earlier stratum, with the tests on it, side by side by a variable."""
        table, column = self.run.tables[literal.predicate], columns[key]
        plain = tuple(t.name if isinstance(t, Variable) else None for t in literal.terms)
        if not self.folded and tuple(columns) == plain:
            groups = table.groups(column, make=table.ready((column,)) is None) if table.n else None
            if groups is None:
                return False
            level.rows, level.offsets, level.low = groups.rows, groups.offsets, groups.low
            level.bounds = groups.lows, groups.highs
            return True
        rows = self.rows(literal, tuple(columns))
        if rows is None or not len(rows):
            return False
        bounds = rows.min(0), rows.max(0)
        groups = make_groups(rows, column, *bounds)
        if groups is None:
            return False
        level.rows, level.offsets, level.low, level.bounds = groups.rows, groups.offsets, groups.low, bounds
        return True

    def rows(self, literal: Literal, names: tuple[str, ...]) -> Ints | None:
        """The bindings of a literal and the tests on it; None where a test cannot be applied to all of them."""
        rule = replace(self.rule, body=(literal, *self.folded), probability=None)

        def fanout(predicate: str, known: tuple[int, ...]) -> float:
            return plans.fanout(self.run.tables[predicate], known)

        plan = make_plan(rule, Wanted(names), fanout, self.run.symbols, self.run.uncertain)
        steps = plan.steps if plan.first is None else (plan.first, *plan.steps)
        order = [plan.names.index(name) for name in names]
        try:
            found = [piece[:, order] for piece in flow(steps, np.empty((1, 0), np.int64), self.run)]
        except ProgramError:
            return None
        return np.ascontiguousarray(np.concatenate(found)) if found else None

    def compared(self, goal: Goal, levels: int) -> bool:
        """Whether a test that is left can be done on codes; then it is, as soon as its values are bound."""
        if not isinstance(goal, Comparison) or goal.operator not in _EQUAL:
            return False
        left, right = goal.left, goal.right
        if not (isinstance(left, Variable) and isinstance(right, Variable)):
            return False
        if left.name not in self.places or right.name not in self.places:
            return False
        self.checks.append((2, self.places[left.name], self.places[right.name], _EQUAL[goal.operator]))
        return True

    def constant(self, code: int, begin: int) -> int:
        self.constants.append(code)
        return begin + len(self.constants) - 1

    def place(self, term: object, begin: int) -> int:
        if isinstance(term, Variable):
            return self.places[term.name]
        assert isinstance(term, Constant)  # noqa: S101
        return self.constant(encode(term.value, self.run.symbols), begin)
