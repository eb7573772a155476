"""A stratum after what it depends on has changed: which rows fall, which come.

Delete and rederive (Gupta, Mumick and Subrahmanian 1993), but a row falls only when it has no derivation left from rows
of lower rank: ranks cannot go in circles, so that what stands, stands on its own. In a graph of many paths little falls
that would come back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from duli.logic.aggregate import binding_names
from duli.logic.evaluate import UNIT, chosen, head_rows
from duli.logic.folds import group_rows
from duli.logic.index import NONE
from duli.logic.live_facts import Facts, note
from duli.logic.live_joins import HEAD, Found, LiveJoins, State
from duli.logic.live_lines import Line, Start, follow, line_of, sink, start_of
from duli.logic.live_rows import LiveRows
from duli.logic.plan import Wanted, mark
from duli.logic.rules import Rule
from duli.logic.steps import Run
from duli.logic.strata import Stratum
from duli.logic.syntax import Literal, Variable
from duli.logic.table import Table

Ints = NDArray[np.int64]
Turn = tuple[Rule, int, Literal]


def maintained(strata: tuple[Stratum, ...], uncertain: frozenset[str]) -> tuple[Stratum, ...]:
    """The strata as their rows are kept: a negation that depends on the world is left to the lineage."""

    def certain(rule: Rule) -> Rule:
        return replace(
            rule,
            body=tuple(
                g
                for g in rule.body
                if not (isinstance(g, Literal) and g.negated and g.predicate in uncertain)
            ),
        )

    return tuple(replace(s, rules=tuple(certain(rule) for rule in s.rules)) for s in strata)


class LiveStratum:
    """The upkeep of a stratum.

    Args:
        stratum: of ``maintained``.
        rows: of every predicate.
        joins: over them.
        run: over the same tables.
        top: the highest rank of all rows [1]; shared by all strata.
    """

    def __init__(
        self, stratum: Stratum, rows: Mapping[str, LiveRows], joins: LiveJoins, run: Run, top: Ints
    ) -> None:
        self.predicates, self.rows = stratum.predicates, rows
        self.joins, self.run, self.top = joins, run, top
        self.rules = [rule for rule in stratum.rules if not rule.head.aggregates]
        self.aggregates = [rule for rule in stratum.rules if rule.head.aggregates]
        literals = [
            (rule, i, goal)
            for rule in stratum.rules
            for i, goal in enumerate(rule.body)
            if isinstance(goal, Literal)
        ]
        self.inner = [(rule, i, g) for rule, i, g in literals if g.predicate in self.predicates]
        self.outer = [(rule, i, g) for rule, i, g in literals if g.predicate not in self.predicates]
        lines = [line_of(rule) for rule, _, _ in self.inner]
        self.lines = [None if line is None or line.step in self.predicates else line for line in lines]
        self.whole = self._line()
        self.outer_rules = [each for each in self.outer if not each[0].head.aggregates]

    def warm(self) -> None:
        """Build the indexes that updates will need."""
        for predicate in sorted(self.predicates):
            self.run.tables[predicate].index(tuple(range(self.run.tables[predicate].arity)))
        for rule, position, _ in (*self.inner, *self.outer):
            self.joins.plan(rule, Wanted(_variables(rule), first=position), frozenset())
        for rule in self.rules:
            for marked in (self.predicates, frozenset[str]()):
                self.joins.plan(rule, _from_head(rule), marked)

    def update(self, stated: Mapping[str, Facts], lost: Mapping[str, Ints]) -> None:
        """Bring the stratum up to date.

        Args:
            stated: new facts of its predicates.
            lost: the numbers of rows that no fact gives any more.
        """
        for predicate, facts in stated.items():
            ids = self.rows[predicate].table.find(facts.rows)
            note(self.rows[predicate], facts.only(ids >= 0), ids[ids >= 0])
        touched = [(rule, self._touched(rule)) for rule in self.aggregates]
        self._withdraw(lost, touched)
        for predicate, facts in stated.items():
            note(self.rows[predicate], facts, self._add(predicate, facts.rows))
        self._restore(touched)

    def _withdraw(self, lost: Mapping[str, Ints], touched: list[tuple[Rule, Ints]]) -> None:
        suspects = {predicate: [lost.get(predicate, NONE)] for predicate in self.predicates}
        for rule, found in self._deltas(self.outer_rules, State.BEFORE):
            suspects[rule.head.predicate].append(self._known(rule, found))
        for rule, keys in touched:
            suspects[rule.head.predicate].append(self._grouped(rule, keys))
        if not any(len(ids) for own in suspects.values() for ids in own):
            return
        if self.whole is not None:
            (only,) = suspects.values()
            sink(*self.whole, self.rows, np.unique(np.concatenate(only)), self.run.meter)
            return
        while suspects:
            falling = {p: self._falling(p, np.unique(np.concatenate(ids))) for p, ids in suspects.items()}
            suspects = {}
            for rule, position, goal in self.inner:
                ids = falling.get(goal.predicate, NONE)
                if len(ids):
                    rows = self.rows[goal.predicate].table.rows[ids]
                    wanted = Wanted(_variables(rule), first=position)
                    for found in self.joins.found(rule, wanted, rows, State.BEFORE):
                        suspects.setdefault(rule.head.predicate, []).append(self._known(rule, found))

    def _falling(self, predicate: str, ids: Ints) -> Ints:
        """Let those of some rows fall that nothing supports; returns them."""
        rows = self.rows[predicate]
        ids = ids[~rows.fallen[ids] & (rows.given[ids] == 0)]
        for rule in self.rules:
            if rule.head.predicate == predicate and len(ids):
                ids = np.setdiff1d(ids, self._supported(rule, ids), assume_unique=True)
        if len(ids):
            rows.fall(ids)
        return ids

    def _supported(self, rule: Rule, ids: Ints) -> Ints:
        """Those of some rows that an instance of a rule gives from rows of lower rank, before and after the update."""
        given = self.joins.heads(rule, ids)
        if not len(given):
            return NONE
        rank, kept = self.rows[rule.head.predicate].rank, [NONE]
        for found in self.joins.found(rule, _from_head(rule), given, State.BOTH, self.predicates):
            heads = found.column(HEAD)
            lower = np.ones(len(heads), np.bool_)
            for position, goal in enumerate(rule.body):
                if isinstance(goal, Literal) and goal.predicate in self.predicates:
                    lower &= self.rows[goal.predicate].rank[found.column(mark(position))] < rank[heads]
            kept.append(heads[lower])
        return np.unique(np.concatenate(kept))

    def _restore(self, touched: list[tuple[Rule, Ints]]) -> None:
        for rule, keys in touched:
            again = self.joins.heads(rule, self.rows[rule.head.predicate].gone)[:, :-1]
            self._aggregate(rule, np.concatenate((keys, again)))
        for rule in self.rules:
            predicate = rule.head.predicate
            if not self.rows[predicate].shrank:
                continue
            given = self.joins.heads(rule, self.rows[predicate].gone)
            if len(given):
                for found in self.joins.found(rule, _from_head(rule), given, State.AFTER):
                    self._add(predicate, self.rows[predicate].table.rows[found.column(HEAD)])
        for rule, found in self._deltas(self.outer_rules, State.AFTER):
            self._add(rule.head.predicate, head_rows(rule, found.names, found.rows, self.run))
        self._rounds()

    def _rounds(self) -> None:
        """Semi-naive: join what came with the rest, until nothing comes."""
        cursors = [0] * len(self.inner)
        moved = True
        while moved:
            moved = False
            for turn, (rule, position, goal) in enumerate(self.inner):
                source = self.rows[goal.predicate]
                if cursors[turn] == source.queued:
                    continue
                moved = True
                line = self.lines[turn]
                if line is not None:
                    cursors[turn] = follow(line, self.rows, cursors[turn], self.top, self.run.meter)
                    continue
                wanted = Wanted(_variables(rule), first=position)
                ids = source.queue[cursors[turn] : source.queued]
                cursors[turn] = source.queued
                for found in self.joins.found(rule, wanted, source.table.rows[ids], State.AFTER):
                    self._add(rule.head.predicate, head_rows(rule, found.names, found.rows, self.run))

    def _line(self) -> tuple[Line, Start | None] | None:
        """The stratum as a line and its start; None where it is more than that."""
        if len(self.lines) != 1 or self.lines[0] is None or len(self.rules) > 2 or self.aggregates:
            return None
        starts = [start_of(rule) for rule in self.rules if rule is not self.inner[0][0]]
        if len(self.predicates) != 1 or None in starts:
            return None
        return self.lines[0], starts[0] if starts else None

    def _aggregate(self, rule: Rule, keys: Ints) -> None:
        """Work out some groups of an aggregate."""
        if not len(keys):
            return
        plain, names = _variables(rule), binding_names(rule)
        starts = np.unique(keys, axis=0) if plain else UNIT
        distinct = Table(len(names))
        for found in self.joins.found(rule, Wanted(names, plain), starts, State.AFTER):
            distinct.insert(chosen(found.rows, found.names, names))
        self._add(rule.head.predicate, group_rows(rule, names, distinct.rows, self.run))

    def _touched(self, rule: Rule) -> Ints:
        """The groups of an aggregate that may have changed."""
        keys = [np.empty((0, len(_variables(rule))), np.int64)]
        for when in (State.BEFORE, State.AFTER):
            literals = [each for each in self.outer if each[0] is rule]
            keys += [
                chosen(found.rows, found.names, _variables(rule)) for _, found in self._deltas(literals, when)
            ]
        return np.concatenate(keys)

    def _grouped(self, rule: Rule, keys: Ints) -> Ints:
        """The numbers of the rows that an aggregate may have given some groups."""
        table = self.rows[rule.head.predicate].table
        if not len(keys):
            return NONE
        columns = [i for i, t in enumerate(rule.head.terms) if isinstance(t, Variable)]
        names = [t.name for t in rule.head.terms if isinstance(t, Variable)]
        at = [_variables(rule).index(name) for name in names]
        ids = table.matches(tuple(columns), np.unique(keys, axis=0)[:, at]) if columns else np.arange(table.n)
        return self.joins.heads(rule, ids)[:, -1]

    def _deltas(self, literals: Sequence[Turn], when: State) -> Iterator[tuple[Rule, Found]]:
        """The instances of rules, in a state, that a row of some literals that went or came is part of."""
        for rule, position, goal in literals:
            rows = self.rows[goal.predicate]
            ids = rows.came if goal.negated == (when is State.BEFORE) else rows.gone
            if len(ids):
                wanted = Wanted(_variables(rule), first=position)
                for found in self.joins.found(rule, wanted, rows.table.rows[ids], when):
                    yield rule, found

    def _known(self, rule: Rule, found: Found) -> Ints:
        """The numbers of the rows that instances gave before the update."""
        ids = self.rows[rule.head.predicate].table.find(head_rows(rule, found.names, found.rows, self.run))
        assert (ids >= 0).all()  # noqa: S101
        return ids

    def _add(self, predicate: str, rows: Ints) -> Ints:
        target = self.rows[predicate]
        before = target.table.n
        self.top[0] += 1
        ids = target.add(rows, int(self.top[0]))
        self.run.meter.add(target.table.n - before)
        return ids


def _variables(rule: Rule) -> tuple[str, ...]:
    """The variables of a head, each once."""
    return tuple(dict.fromkeys(t.name for t in rule.head.terms if isinstance(t, Variable)))


def _from_head(rule: Rule) -> Wanted:
    """Whether a rule gives rows: from the variables of its head on, see ``LiveJoins.heads``."""
    return Wanted((HEAD,), (*_variables(rule), HEAD))
