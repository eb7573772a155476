"""The tags of uncertain rows, worked out when they are asked for and only for what they depend on.

The evaluation has found every row that can hold. Here each rule is joined once more over those rows, this time
noting which rows met: an instance. Tags then flow from facts through instances to heads; where rows depend on one
another in a circle, until no tag changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from duli.errors import LimitReachedError, ProgramError
from duli.logic.aggregate import binding_names
from duli.logic.dependencies import Dependencies, Ways
from duli.logic.folds import folds
from duli.logic.grounds import Ground, instances, members, probabilities
from duli.logic.rules import Rule
from duli.logic.solve import Instances, KnotError, solve
from duli.logic.steps import Run
from duli.logic.strata import Stratum
from duli.logic.syntax import plain
from duli.logic.table import Table
from duli.logic.tables import Tables
from duli.logic.values import decode
from duli.provenance.algebra import Algebra, Tags
from duli.types import Atom, Floats

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
_GROUPS = 1 << 34
_FACTS = 1 << 61


@dataclass(frozen=True)
class Origin:
    """Where some choices come from.

    Args:
        tags: of the choices [n].
        predicate: of the rows that they speak for.
        rows: for each choice the row of the predicate [n].
        clauses: for each choice the fact's place in the table's facts, counted on from the rows that were given [n];
            None where a rule was applied.
        rule: that was applied.
        members: which of the rules that it stands for [n].
    """

    tags: Tags
    predicate: str
    rows: Ints
    clauses: Ints | None = None
    rule: Rule | None = None
    members: Ints | None = None


class Lineage:
    """The tags of a run's rows.

    Args:
        strata: all of the program, in order.
        run: after evaluation.
        tables: the run's, with where their facts come from.
        algebra: what the tags are.
    """

    def __init__(self, strata: tuple[Stratum, ...], run: Run, tables: Tables, algebra: Algebra) -> None:
        self.strata, self.run, self.tables, self.algebra = strata, run, tables, algebra
        self._tags: dict[str, Tags] = {}
        self._known: dict[str, Mask] = {}
        self._grounds: dict[int, Ground] = {}
        self._bindings: dict[int, Table] = {}
        self.origins: list[Origin] = []
        self.dependencies = Dependencies(strata, run.uncertain, tables, self._ways)

    def probability(self, predicate: str, rows: Ints) -> Floats:
        """The probability [m] of some rows of a predicate."""
        if predicate not in self.run.uncertain:
            return np.full(len(rows), self._of_certain)
        return self.algebra.probability(self.tags(predicate, rows))

    @cached_property
    def _of_certain(self) -> float:
        certain: Tags = np.full(1, self.algebra.certain, self.algebra.dtype)
        return float(self.algebra.probability(certain)[0])

    def bounds(self, predicate: str, rows: Ints, given: Tags | None = None) -> tuple[Floats, Floats]:
        """Lower and upper bounds [m], [m] of the probability of some rows, together with a tag [1] that is given."""
        if predicate not in self.run.uncertain and given is None:
            return (np.full(len(rows), self._of_certain),) * 2
        try:
            tags: Tags = np.full(len(rows), self.algebra.certain, self.algebra.dtype)
            if predicate in self.run.uncertain:
                tags = self.tags(predicate, rows)
        except LimitReachedError:
            return np.zeros(len(rows)), np.ones(len(rows))
        if given is not None:
            tags = self.algebra.conjoin(tags, np.repeat(given, len(rows)))
        self.run.meter.restart()
        return self.algebra.bounds(tags)

    def tags(self, predicate: str, rows: Ints) -> Tags:
        """The tags [m] of some rows of an uncertain predicate."""
        self._prepare(predicate)
        if not self._known[predicate][rows].all():
            wanted = {predicate: np.zeros(len(self._known[predicate]), np.bool_)}
            wanted[predicate][rows] = True
            self.run.meter.restart()
            self._work(wanted)
        return self._tags[predicate][rows]

    def _prepare(self, predicate: str) -> None:
        if predicate not in self._tags:
            n = self.tables[predicate].n
            tags = self._tags[predicate] = np.empty(n, self.algebra.dtype)
            tags.fill(self.algebra.absent)
            self._known[predicate] = np.zeros(n, np.bool_)

    def _work(self, wanted: dict[str, Mask]) -> None:
        concerned = []
        for stratum in reversed(self.strata):
            if any(p in wanted and (wanted[p] & ~self._known[p]).any() for p in stratum.predicates):
                self._spread(stratum, wanted)
                concerned.append(stratum)
        for stratum in reversed(concerned):
            self._solve(stratum, wanted)

    def _spread(self, stratum: Stratum, wanted: dict[str, Mask]) -> None:
        """Want what the wanted rows of a stratum depend on."""
        for predicate in stratum.predicates:
            self._want(wanted, predicate)
        rules = [rule for rule in stratum.rules if rule.head.predicate in self.run.uncertain]
        grounds = [(rule, self.ground(rule)) for rule in rules]
        changed = True
        while changed:
            changed = False
            for rule, ground in grounds:
                head = rule.head.predicate
                needed = ground.needed(wanted[head] & ~self._known[head])
                for predicate, rows, _ in ground.premises:
                    mask, met = self._want(wanted, predicate), rows[needed]
                    met = met[met >= 0]
                    if not mask[met].all():
                        mask[met] = True
                        changed |= predicate in stratum.predicates

    def _want(self, wanted: dict[str, Mask], predicate: str) -> Mask:
        self._prepare(predicate)
        return wanted.setdefault(predicate, np.zeros(len(self._known[predicate]), np.bool_))

    def ground(self, rule: Rule) -> Ground:
        """The instances of a rule."""
        made = self._grounds.get(rule.number)
        if made is None:
            made = self._grounds[rule.number] = instances(rule, self.run, self.tables)
        return made

    def _solve(self, stratum: Stratum, wanted: dict[str, Mask]) -> None:
        """Set the tags of a stratum's wanted rows."""
        if not stratum.rules and all(self._given(p, wanted[p]) for p in stratum.predicates):
            return
        predicates = sorted(p for p in stratum.predicates if p in self.run.uncertain)
        sizes = [len(self._known[p]) for p in predicates]
        offset = dict(zip(predicates, np.cumsum([0, *sizes]).tolist(), strict=False))
        todo = np.concatenate([wanted[p] & ~self._known[p] for p in predicates])
        given = [p for p in predicates if self.tables.given(p).size or not stratum.rules]
        parts = [*self._facts(given, offset, todo), *self._rules(stratum, offset, todo)]
        tags = np.concatenate([self._tags[p] for p in predicates])
        sums = np.concatenate([self.dependencies.sums(p) for p in predicates])
        instances = Instances.join(parts)
        if stratum.knot is not None:
            instances = instances.those(instances.tags != self.algebra.absent)
        try:
            solve(instances, todo, tags, sums, self.algebra, self.run.meter)
        except KnotError as found:
            raise self._knot(stratum, found.row, offset) from None
        for predicate, size in zip(predicates, sizes, strict=True):
            part = slice(offset[predicate], offset[predicate] + size)
            self._tags[predicate] = tags[part]
            self._known[predicate] = self._known[predicate] | todo[part]

    def _knot(self, stratum: Stratum, row: int, offset: Mapping[str, int]) -> ProgramError:
        """The error of a row that depends on its own negation."""
        knot = stratum.knot
        assert knot is not None  # noqa: S101
        predicate = max((p for p in offset if offset[p] <= row), key=lambda p: offset[p])
        values = self.tables[predicate].rows[row - offset[predicate]]
        atom = Atom(plain(predicate), tuple(decode(code, self.run.symbols) for code in values.tolist()))
        cycle = knot.message.partition(": ")[2]
        return ProgramError(f"{atom} depends on its own negation: {cycle}", where=knot.where, hint=knot.hint)

    def _given(self, predicate: str, wanted: Mask) -> bool:
        """Set the tags of the wanted rows of a predicate that has no rules, where each is one fact."""
        todo = wanted & ~self._known[predicate]
        if self.tables.given(predicate).size != len(todo):
            return False
        rows, tags = self._fact_tags(predicate, todo)
        self._tags[predicate][rows] = tags
        self._known[predicate] |= todo
        return True

    def _facts(self, predicates: list[str], offset: dict[str, int], todo: Mask) -> Iterator[Instances]:
        for predicate in predicates:
            own = todo[offset[predicate] : offset[predicate] + len(self._known[predicate])]
            rows, tags = self._fact_tags(predicate, own)
            none = np.empty((len(rows), 0), np.int64)
            yield Instances(rows + offset[predicate], tags, none, none)

    def _fact_tags(self, predicate: str, todo: Mask) -> tuple[Ints, Tags]:
        """The row [m] of each fact whose row is to be done, and its choice [m]."""
        rows, p = self.tables.given(predicate).choices()
        (picked,) = todo[rows].nonzero()
        rows, tags = rows[picked], self.algebra.choices(p[picked], self._own_groups(predicate, picked))
        self.origins.append(Origin(tags, predicate, rows, clauses=picked))
        return rows, tags

    def _own_groups(self, predicate: str, facts: Ints) -> Ints | None:
        """Numbers for the groups of facts, apart from those of rules and of other predicates; None without groups."""
        groups = self.tables.given(predicate).groups()
        if groups is None or (groups[facts] < 0).all():
            return None
        groups = groups[facts]
        number = sorted(self.tables.rules.arities).index(predicate)
        alone = _FACTS + facts + (number + 1) * _GROUPS + _GROUPS // 2
        return np.where(groups < 0, alone, _FACTS + (number + 1) * _GROUPS + groups)

    def _rules(self, stratum: Stratum, offset: dict[str, int], todo: Mask) -> Iterator[Instances]:
        for rule in stratum.rules:
            if rule.head.predicate in offset:
                ground = self.ground(rule)
                if ground.groups is not None:
                    yield self._aggregated(rule, ground, offset[rule.head.predicate], todo)
                    continue
                heads = ground.heads + offset[rule.head.predicate]
                (picked,) = todo[heads].nonzero()
                yield self._instances(rule, ground, heads[picked], picked, offset)

    def _ways(self, stratum: Stratum) -> Iterator[Ways]:
        """All facts of a stratum and all instances of its rules."""
        for predicate in stratum.predicates & self.run.uncertain:
            rows, _ = self.tables.given(predicate).choices()
            facts = np.arange(len(rows))
            yield Ways(predicate, rows, (), self._own_groups(predicate, facts), facts)
        for rule in stratum.rules:
            if rule.head.predicate in self.run.uncertain:
                ground = self.ground(rule)
                if ground.groups is not None:
                    # A group has one value in a world.
                    rows = np.flatnonzero(ground.groups >= 0)
                    classes = rule.number * _GROUPS + ground.groups[rows]
                    yield Ways(rule.head.predicate, rows, (), classes, rows)
                    continue
                groups = members = None
                if ground.bindings is not None and rule.group is not None:
                    groups = self._group(rule.group, ground.bindings)
                    members = np.full(len(groups), rule.number)
                premises = tuple((p, rows) for p, rows, negated in ground.premises if not negated)
                yield Ways(rule.head.predicate, ground.heads, premises, groups, members)

    def _chosen(self, rule: Rule, ground: Ground, picked: Ints) -> Tags | None:
        """The tag of the rule's own choice, for some of its instances; None where there is none."""
        if ground.probabilities is None:
            return None
        own = ground.probabilities[picked]
        if ground.bindings is None or rule.group is None:
            return self.algebra.choices(own)
        rows = ground.bindings[picked]
        before = [probabilities(chance, rule, rows) for chance in rule.before]
        total = own + sum(p for p in before if p is not None)
        if (total > 1 + 1e-9).any():
            raise ProgramError("the probabilities of the alternatives sum to more than 1", where=rule.place)
        return self.algebra.choices(own, self._group(rule.group, rows))

    def _group(self, group: int, bindings: Ints) -> Ints:
        """A number [m] for the alternatives of each of some bindings [m, k], no number twice in the run."""
        table = self._bindings.setdefault(group, Table(bindings.shape[1]))
        ids = table.insert(bindings, ids=True)
        return group * _GROUPS + ids

    def _instances(
        self, rule: Rule, ground: Ground, heads: Ints, picked: Ints, offset: dict[str, int]
    ) -> Instances:
        tags = self._chosen(rule, ground, picked)
        if tags is not None:
            rows = ground.heads[picked]
            self.origins.append(
                Origin(tags, rule.head.predicate, rows, None, rule, members(rule, ground, picked))
            )
        inner: tuple[list[Ints], list[Ints]] = [], []
        for predicate, rows, negated in ground.premises:
            met = rows[picked]
            if predicate in offset:
                inner[negated].append(np.where(met < 0, -1, met + offset[predicate]))
            else:
                premise = self._premise(predicate, met, negated)
                tags = premise if tags is None else self.algebra.conjoin(tags, premise)
        if tags is None:
            tags = np.full(len(picked), self.algebra.certain, self.algebra.dtype)
        none = np.empty((len(picked), 0), np.int64)
        needed, denied = (np.stack(columns, 1) if columns else none for columns in inner)
        return Instances(heads, tags, needed, denied)

    def _aggregated(self, rule: Rule, ground: Ground, offset: int, todo: Mask) -> Instances:
        """The worlds in which the groups of some rows have their values."""
        assert ground.bindings is not None  # noqa: S101
        assert ground.groups is not None  # noqa: S101
        open_ = todo[offset : offset + len(ground.groups)]
        picked = np.flatnonzero(ground.needed(open_))
        tags: Tags = np.full(len(picked), self.algebra.certain, self.algebra.dtype)
        for predicate, rows, negated in ground.premises:
            tags = self.algebra.conjoin(tags, self._premise(predicate, rows[picked], negated))
        bindings, same = np.unique(ground.bindings[picked], axis=0, return_inverse=True)
        order = np.argsort(same, kind="stable")
        tags = self.algebra.disjoin(tags[order], np.searchsorted(same[order], np.arange(len(bindings))))
        heads, found = [np.empty(0, np.int64)], [tags[:0]]
        names, table = binding_names(rule), self.tables[rule.head.predicate]
        for at, fold in folds(rule, names, bindings, self.run.symbols, self.run.meter.check):
            heads.append(table.find(fold.heads))
            found.append(fold.tags(tags[at], self.algebra))
        rows, tags = np.concatenate(heads), np.concatenate(found)
        kept = (rows >= 0) & open_[rows]
        none = np.empty((int(kept.sum()), 0), np.int64)
        return Instances(rows[kept] + offset, tags[kept], none, none)

    def _premise(self, predicate: str, rows: Ints, negated: bool) -> Tags:
        if not negated:
            return self._tags[predicate][rows]
        out: Tags = np.full(len(rows), self.algebra.certain, self.algebra.dtype)
        there = rows >= 0
        out[there] = self.algebra.negate(self._tags[predicate][rows[there]])
        return out
