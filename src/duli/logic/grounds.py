"""The instances of rules: each rule joined over the rows that were found, noting which rows met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.logic.aggregate import binding_names
from duli.logic.evaluate import bindings, chosen, head_rows, instance_names, plan_rule
from duli.logic.plan import Wanted, mark
from duli.logic.rules import Rule
from duli.logic.steps import Run
from duli.logic.syntax import Constant, Literal, Variable
from duli.logic.table import Table
from duli.logic.tables import Tables
from duli.logic.values import encode, numeric
from duli.types import Floats

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """The instances of one rule.

    Args:
        heads: of each the head's row [m]; of an aggregate the number of its group.
        premises: (predicate, rows [m] with -1 for none, negated) of each uncertain literal.
        probabilities: of each [m]; None when the rule is certain.
        bindings: of each [m, k]: of alternatives and aggregates.
        groups: of an aggregate, for each row of its predicate the number of the group; -1 for none.
    """

    heads: Ints
    premises: tuple[tuple[str, Ints, bool], ...]
    probabilities: Floats | None
    bindings: Ints | None = None
    groups: Ints | None = None

    def needed(self, rows: Mask) -> Mask:
        """The instances [m] that some rows of the head's predicate depend on."""
        if self.groups is None:
            return rows[self.heads]
        groups = np.zeros(1 + max(self.groups.max(initial=-1), self.heads.max(initial=-1)), np.bool_)
        groups[self.groups[rows & (self.groups >= 0)]] = True
        return groups[self.heads]


def instances(rule: Rule, run: Run, tables: Tables) -> Ground:
    """Join a rule over the rows that were found, noting which of them met; or take what was noted of it."""
    literals = [
        (position, goal)
        for position, goal in enumerate(rule.body)
        if isinstance(goal, Literal) and goal.predicate in run.uncertain
    ]
    names = instance_names(rule, run)
    noted = run.noted.get(rule.number)
    if noted is not None:
        rows = _joined([piece for piece, _ in noted], (0, len(names)))
        heads = _joined([piece for _, piece in noted], (0,))
        run.meter.add(len(heads))
    else:
        rows = _bindings(rule, names, run)
    if rule.head.aggregates:
        heads, groups = _groups(rule, names, rows, run, tables)
    elif noted is None:
        heads = tables[rule.head.predicate].find(head_rows(rule, names, rows, run))
        if run.unfinished:
            rows, heads = rows[heads >= 0], heads[heads >= 0]
    premises = tuple((g.predicate, rows[:, names.index(mark(i))].copy(), g.negated) for i, g in literals)
    if rule.head.aggregates:
        return Ground(heads, premises, None, chosen(rows, names, binding_names(rule)), groups)
    kept = rows[:, : len(rule.names)].copy() if rule.group is not None or rule.members else None
    return Ground(heads, premises, probabilities(rule.probability, rule, rows), kept)


def _bindings(rule: Rule, names: tuple[str, ...], run: Run) -> Ints:
    plan = plan_rule(rule, Wanted(names, lineage=True), run)
    found = []
    for piece in bindings(plan, run):
        run.meter.add(len(piece))
        found.append(chosen(piece, plan.names, names))
    return _joined(found, (0, len(names)))


def _joined(pieces: list[Ints], empty: tuple[int, ...]) -> Ints:
    return pieces[0] if len(pieces) == 1 else np.concatenate([np.empty(empty, np.int64), *pieces])


def _groups(rule: Rule, names: tuple[str, ...], rows: Ints, run: Run, tables: Tables) -> tuple[Ints, Ints]:
    """The group of each of an aggregate's bindings [m], and of each row of its predicate [n], -1 for none."""
    there = tables[rule.head.predicate].rows
    plain = [(i, t) for i, t in enumerate(rule.head.terms) if isinstance(t, Variable)]
    keys = Table(len(plain))
    heads = keys.insert(rows[:, [names.index(t.name) for _, t in plain]], ids=True)
    groups = keys.find(there[:, [i for i, _ in plain]])
    for i, term in enumerate(rule.head.terms):
        if isinstance(term, Constant):
            groups[there[:, i] != encode(term.value, run.symbols)] = -1
    return heads, groups


def members(rule: Rule, ground: Ground, picked: Ints) -> Ints | None:
    """Which of the rules that a rule stands for was applied in each of some instances."""
    if not rule.members or ground.bindings is None:
        return None
    return numeric(ground.bindings[picked, rule.names.index("_number")]).astype(np.int64)


def probabilities(chance: float | str | None, rule: Rule, rows: Ints) -> Floats | None:
    """A probability for each of some bindings, whose first columns are the rule's variables."""
    if chance is None:
        return None
    if isinstance(chance, float):
        return np.full(len(rows), chance)
    return numeric(np.ascontiguousarray(rows[:, rule.names.index(chance)]))
