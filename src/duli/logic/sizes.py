"""How large a program's grounding will be, found before it is made.

What can be evaluated in half of the time is counted. Of every other predicate the rows with some of the values of one
column are derived, goal-directed, and their number is scaled up (cluster sampling); the values that a column can have
follow from the rules.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duli.errors import LimitReachedError, Place
from duli.logic.asked import Asked
from duli.logic.evaluate import UNIT, bindings, plan_rule
from duli.logic.plan import Wanted
from duli.logic.rules import HIDDEN, Rule
from duli.logic.steps import Run
from duli.logic.syntax import Aggregate, Constant, HeadTerm, Literal, Term, Variable, plain
from duli.logic.tables import Tables
from duli.logic.values import Symbols, decode, encode
from duli.types import Limits, Relation, Vocabulary

if TYPE_CHECKING:
    from duli.logic.program import Program

Ints = NDArray[np.int64]
_NOWHERE = Place("an estimate")
_MOST = 2000
_PARTS = 20
_OF_A_ROW = 24
_NORMAL = 1.96
_ENOUGH = 30
_NARROW = 0.03


@dataclass(frozen=True)
class Size:
    """How many there are.

    Args:
        name: of a predicate, with its number of arguments.
        arity: its number of arguments.
        n: how many rows; the least there can be where only bounds are known.
        low, high: bounds; of an estimate a 95 % interval. ``high`` may be infinite.
        kind: ``exact``, ``estimate`` or ``bounds``.
    """

    name: str
    arity: int
    n: float
    low: float
    high: float
    kind: str

    @property
    def bytes(self) -> float:
        """About what `n` rows take in memory, with one index."""
        return self.n * (8 * self.arity + _OF_A_ROW)


@dataclass(frozen=True)
class Estimate:
    """The size of a program's grounding.

    Args:
        rows: of each predicate that is needed.
        instances: of all uncertain rules: what the lineage is made of.
    """

    rows: tuple[Size, ...]
    instances: Size

    @property
    def bytes(self) -> float:
        """About what all rows and instances take in memory."""
        return sum(size.bytes for size in self.rows) + self.instances.bytes


def estimate(
    program: Program,
    relations: Mapping[str, Relation] | None = None,
    vocabulary: Vocabulary | None = None,
    *,
    seconds: float = 2.0,
    tuples: int = 2_000_000,
    seed: int = 0,
) -> Estimate:
    """How many rows and rule instances a run of a program will make.

    Args:
        program: with its queries; only what they need is counted.
        relations, vocabulary: as of ``Program.run``.
        seconds: how long to look, about; less where a few samples tell enough.
        tuples: how many rows to make at most on the way.
        seed: of the samples.

    Raises:
        As ``Program.run``, but for its limits.
    """
    from duli.logic import kernels  # noqa: F401 - compiled now where they never were, not on the clock

    limits = Limits(seconds=seconds / 2, tuples=tuples)
    asked = Asked(dict(relations or {}), Symbols(vocabulary), "exact", limits, None, None)
    return _Estimator(program, asked, time.monotonic() + seconds, seed).made()


class _Estimator:
    def __init__(self, program: Program, asked: Asked, deadline: float, seed: int) -> None:
        self.asked, self.deadline = asked, deadline
        self.random = np.random.default_rng(seed)
        self.program, _ = asked.chosen(program, written=False)
        result = asked.result(program)
        self.run: Run = result.chances.run
        self.tables: Tables = result.chances.tables
        self.run.meter.finish()
        own = {rule.head.predicate for rule in self.program.rules.rules}
        self.unfinished = self.run.unfinished & own
        self.needed = own | self.program.rules.facts_by_predicate.keys() | self.program.rules.inputs

    def made(self) -> Estimate:
        rules = self.program.rules
        shown = sorted(p for p in self.needed if not p.startswith(HIDDEN))
        domains = self.domains()
        left = [p for p in shown if p in self.unfinished]
        self.rest = replace(
            self.program,
            rules=replace(
                rules,
                rules=tuple(r for r in rules.rules if r.head.predicate in self.unfinished),
                evidence=(),
                evidence_domains={},
                query_domains={},
                utilities=(),
            ),
        )
        rows = []
        for predicate in shown:
            if predicate in self.unfinished:
                rows.append(self.sampled(predicate, domains[predicate], len(left)))
                left.remove(predicate)
            else:
                rows.append(_exact(predicate, rules.arities[predicate], self.tables[predicate].n))
        return Estimate(tuple(rows), self.instances())

    def domains(self) -> dict[str, list[Ints | None]]:
        """For each column of each unfinished predicate the codes that it can have; None where that is not known."""
        sources: dict[tuple[str, int], set[tuple[str, int]] | None] = {}
        for predicate in self.unfinished:
            for column in range(self.program.rules.arities[predicate]):
                sources[predicate, column] = set()
        rules = [rule for rule in self.program.rules.rules if rule.head.predicate in self.unfinished]
        codes: dict[tuple[str, int], set[int]] = {place: set() for place in sources}
        before = -1
        while before != (before := sum(len(s) if s is not None else 10**9 for s in sources.values())):
            for rule in rules:
                for column, term in enumerate(rule.head.terms):
                    place = rule.head.predicate, column
                    known = sources[place]
                    if isinstance(term, Constant):
                        codes[place].add(encode(term.value, self.run.symbols))
                    elif known is not None:
                        found = self.source(rule, term, sources)
                        sources[place] = None if found is None else known | found
        values: dict[str, list[Ints | None]] = {predicate: [] for predicate in self.unfinished}
        for predicate, columns in values.items():
            for column in range(self.program.rules.arities[predicate]):
                origins = sources[predicate, column]
                if origins is None:
                    columns.append(None)
                    continue
                own = np.array(sorted(codes[predicate, column]), np.int64)
                parts = [self.tables[p].rows[:, c] for p, c in ((predicate, column), *sorted(origins))]
                columns.append(np.unique(np.concatenate((own, *parts))))
        return values

    def source(
        self, rule: Rule, term: HeadTerm, sources: Mapping[tuple[str, int], set[tuple[str, int]] | None]
    ) -> set[tuple[str, int]] | None:
        """The columns of finished predicates whose values a head's variable can have."""
        places = [
            (literal.predicate, column)
            for literal in rule.positives
            for column, other in enumerate(literal.terms)
            if isinstance(term, Variable) and isinstance(other, Variable) and other.name == term.name
        ]
        done = [place for place in places if place[0] not in self.unfinished]
        if done:
            return {min(done, key=lambda place: self.tables[place[0]].n)}
        return next((found for place in places if (found := sources[place]) is not None), None)

    def most(self, predicate: str, domains: Sequence[Ints | None]) -> float:
        """A bound on the number of rows: an aggregate has one value for each group and rule."""
        rules = [r for r in self.program.rules.rules if r.head.predicate == predicate]
        product = 1.0
        for column, codes in enumerate(domains):
            if codes is not None:
                product *= len(codes)
            elif all(isinstance(rule.head.terms[column], Aggregate) for rule in rules):
                product *= len(rules)
            else:
                return math.inf
        return product

    def sampled(self, predicate: str, domains: Sequence[Ints | None], shares: int) -> Size:
        """The size of an unfinished predicate, in a share of the time that is left."""
        until = time.monotonic() + max(0.0, self.deadline - time.monotonic()) / shares
        found, most = self.tables[predicate].n, self.most(predicate, domains)
        name, arity = f"{plain(predicate)}/{len(domains)}", len(domains)
        for column, codes in enumerate(domains):
            if codes is None or not len(codes):
                continue
            counts: list[int] = []
            for count in self.counts(predicate, column, codes, until):
                counts.append(count)
                middle, deviation = _scaled(counts, len(codes))
                if len(counts) >= _ENOUGH and deviation <= _NARROW * middle:
                    break
            if len(counts) == len(codes):
                return _exact(predicate, arity, sum(counts))
            if len(counts) > 1:
                low, high = max(middle - deviation, found), min(middle + deviation, most)
                return Size(name, arity, min(max(middle, low), high), low, high, "estimate")
        return Size(name, arity, found, found, most, "bounds")

    def counts(self, predicate: str, column: int, codes: Ints, until: float) -> Iterator[int]:
        """How many rows there are with each of some values of a column, drawn without replacement."""
        for code in self.random.permutation(codes).tolist():
            seconds = until - time.monotonic()
            if seconds <= 0:
                return
            value = Constant(decode(code, self.run.symbols))
            terms: tuple[Term, ...] = tuple(
                value if c == column else Variable(f"_{c}", _NOWHERE)
                for c in range(self.program.rules.arities[predicate])
            )
            literal = Literal(predicate, terms, False, _NOWHERE)
            rules = replace(self.rest.rules, queries=(literal,))
            limits = replace(self.asked.limits, seconds=seconds)
            asked = replace(self.asked, limits=limits, goal_directed=True)
            result = asked.result(replace(self.rest, rules=rules), self.tables)
            if result.limit is not None:
                return
            yield len(result.chances.matching(literal))

    def instances(self) -> Size:
        """Of all uncertain rules."""
        low, middle, high, exact = 0.0, 0.0, 0.0, True
        for rule in self.program.rules.rules:
            if rule.head.predicate in self.run.uncertain:
                own = self.applied(rule)
                low, middle, high = low + own[0], middle + own[1], high + own[2]
                exact = exact and own[0] == own[2]
        kind = "exact" if exact else "bounds" if math.isinf(high) else "estimate"
        return Size("instances in the lineage", 3, low if kind == "bounds" else middle, low, high, kind)

    def applied(self, rule: Rule) -> tuple[float, float, float]:
        """How many instances a rule has: low, middle, high."""
        goals = {goal.predicate for goal in rule.body if isinstance(goal, Literal)}
        if goals & self.unfinished:
            return 0.0, 0.0, math.inf
        plan = plan_rule(rule, Wanted(rule.names), self.run)
        table = None if plan.first is None else self.tables[plan.first.predicate]
        if plan.first is None or table is None:
            parts, scale = [UNIT], 1.0
        else:
            picked = np.arange(table.n)
            if table.n > _MOST:
                picked = np.sort(self.random.choice(table.n, _MOST, replace=False))
                self.random.shuffle(picked)
            parts = [plan.first.select(table.rows[some], 0) for some in np.array_split(picked, _PARTS)]
            scale = table.n / max(1, len(picked))
        continued = replace(plan, first=None)
        self.run.meter.limits = replace(self.run.meter.limits, seconds=1.0)
        self.run.meter.restart()
        counts: list[int] = []
        try:
            for part in parts:
                counts.append(0)
                for piece in bindings(continued, self.run, part):
                    counts[-1] += len(piece)
                    self.run.meter.check()
        except LimitReachedError:
            return float(sum(counts)), float(sum(counts)), math.inf
        total = float(sum(counts))
        spread = _NORMAL * float(np.std(counts)) * math.sqrt(len(counts)) if scale > 1 else 0.0
        return max(total, scale * (total - spread)), scale * total, scale * (total + spread)


def _scaled(counts: Sequence[int], n: int) -> tuple[float, float]:
    """The sum over n values, and half of its 95 % interval, from the counts of some drawn without replacement."""
    k = len(counts)
    deviation = float(np.std(counts, ddof=1)) if k > 1 else math.inf
    return n * float(np.mean(counts)), _NORMAL * n * deviation * math.sqrt(
        (1 - k / n) / k
    ) if k > 1 else math.inf


def _exact(predicate: str, arity: int, n: int) -> Size:
    return Size(f"{plain(predicate)}/{arity}", arity, n, n, n, "exact")
