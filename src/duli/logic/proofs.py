"""Proofs, found afterwards by searching backwards from a row.

Nothing is recorded while rows are derived. A rule's premises of the same stratum must have been inserted by an earlier
batch than the row itself, so that no proof leans on itself; the instance that derived the row satisfies this.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from duli.logic.aggregate import aggregate, binding_names
from duli.logic.builtins import TRUE
from duli.logic.evaluate import bindings, chosen
from duli.logic.folds import folds
from duli.logic.lineage import Lineage
from duli.logic.plan import Plan, Wanted, fanout, make_plan, mark
from duli.logic.rules import GUARDS, Rule, RuleSet
from duli.logic.steps import Run
from duli.logic.strata import Stratum
from duli.logic.syntax import (
    Aggregate,
    Comparison,
    Constant,
    Expression,
    Literal,
    Operation,
    Term,
    Variable,
    plain,
)
from duli.logic.tables import Tables
from duli.logic.values import decode, find_code, numeric
from duli.types import Atom, Floats, Proof, Value

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
_LEAST = 1e-300
Row = tuple[str, int]
Search = Generator[Row, Proof, Proof]


@dataclass(frozen=True)
class Instance:
    """A rule with its variables bound; ``rows`` are those of the premises that are known, by place in the body."""

    rule: Rule
    codes: dict[str, int]
    rows: dict[int, int]
    score: float


def driven(row: Row, search: Callable[[str, int], Search], proved: dict[Row, Proof]) -> Proof:
    """The proof of a row by a search that yields the rows whose proofs it needs; it has a stack of its own."""
    waiting: list[tuple[Row, Search]] = [(row, search(*row))]
    answer: Proof | None = None
    while True:
        key, current = waiting[-1]
        try:
            wanted = next(current) if answer is None else current.send(answer)
        except StopIteration as stop:
            answer = proved[key] = stop.value
            waiting.pop()
            if not waiting:
                return proved[key]
            continue
        answer = proved.get(wanted)
        if answer is None:
            waiting.append((wanted, search(*wanted)))


def same_values(heads: Ints, values: Ints) -> Mask:
    """Which of an aggregate's rows [n, k] are a row [k], but for the rounding of sums."""
    a, b = numeric(np.ascontiguousarray(heads)), numeric(np.ascontiguousarray(values))
    same: Mask = ((heads == values) | np.isclose(a, b, rtol=1e-9, atol=1e-12)).all(1)
    return same


class Prover:
    """Finds proofs in the rows of a run.

    Args:
        rules, strata: the program.
        run: after evaluation.
        tables: its rows.
        lineage: for the probabilities by which premises are chosen; None without.
        most: how many bindings of an aggregate are shown.
        opaque: predicates whose rows are stated without their proofs.
    """

    def __init__(
        self,
        rules: RuleSet,
        strata: tuple[Stratum, ...],
        run: Run,
        tables: Tables,
        lineage: Lineage | None,
        most: int,
        opaque: frozenset[str] = frozenset(),
    ) -> None:
        self.rules, self.run, self.tables = rules, replace(run, frugal=True), tables
        self.lineage, self.most, self.opaque = lineage, most, opaque
        self.plans: dict[tuple[int, Wanted, frozenset[str]], Plan] = {}
        self.stratum = {predicate: stratum for stratum in strata for predicate in stratum.predicates}
        self.proved: dict[Row, Proof] = {}

    def prove(self, predicate: str, row: int) -> Proof:
        """The proof of a row that holds. Proofs may be deep: the search has a stack of its own."""
        self.run.meter.restart()
        return driven((predicate, row), self.search, self.proved)

    def search(self, predicate: str, row: int) -> Search:
        """The proof of a row; yields the premises whose proofs it needs."""
        values = self.tables[predicate].rows[row]
        if predicate in self.opaque:
            row_atom = self.atom(predicate, values)
            return Proof(str(row_atom), "stated", row=row_atom)
        fact = self.fact(predicate, row, values)
        if fact is not None and fact.probability == 1:
            return fact
        best: Instance | None = None
        for rule in self.stratum[predicate].rules:
            if rule.head.predicate != predicate:
                continue
            if rule.head.aggregates:
                found = self.group(rule, values)
                if found is not None:
                    return (yield from self.aggregated(rule, values, found))
            else:
                made = self.instance(rule, row, values)
                if made is not None and (best is None or made.score > best.score):
                    best = made
        if best is not None and (fact is None or best.score > fact.probability):
            return (yield from self.ruled(best, self.atom(predicate, values)))
        assert fact is not None, f"{self.atom(predicate, values)} has no proof"  # noqa: S101
        return fact

    def fact(self, predicate: str, row: int, values: Ints) -> Proof | None:
        """The most probable fact that gives a row."""
        given, found = self.tables.given(predicate), []
        atom = self.atom(predicate, values)
        cited, relation = given.cited(row), given.relation
        if relation is not None and len(cited):
            p = np.ones(len(cited)) if relation.probabilities is None else relation.probabilities[cited]
            at = int(cited[np.argmax(p)])
            source: str | None = relation.origin or None
            if relation.source is not None:
                source = str(decode(int(relation.source[at]), self.run.symbols))
            found.append(Proof(str(atom), "fact", float(p.max()), None, source, row=atom))
        for number in np.flatnonzero(given.fact_rows == row).tolist():
            fact = given.facts[number]
            chance = 1.0 if fact.probability is None else fact.probability
            found.append(Proof(str(atom), "fact", chance, fact.place, row=atom))
        return max(found, key=lambda proof: proof.probability, default=None)

    def instance(self, rule: Rule, row: int, values: Ints) -> Instance | None:
        """The instance of a rule that gives a row and whose premises are most probable, among those found first."""
        codes = self.unified(rule, values)
        if codes is None:
            return None
        inner = self.stratum[rule.head.predicate].predicates
        marked = frozenset(self.run.uncertain | inner)
        literals = {i: g for i, g in enumerate(rule.body) if isinstance(g, Literal) and g.predicate in marked}
        names = (*rule.names, *map(mark, literals))
        plan = self.plan(rule, Wanted(names, tuple(codes), lineage=True), marked)
        batch = self.tables[rule.head.predicate].batch(row)
        for piece in bindings(
            plan, self.run, np.array([list(codes.values())], np.int64).reshape(1, len(codes))
        ):
            rows = chosen(piece, plan.names, names)
            scores = self.scores(rule, literals, names, rows)
            for i, literal in literals.items():
                if literal.predicate in inner and not literal.negated:
                    earlier = self.tables[literal.predicate].batches(rows[:, names.index(mark(i))]) < batch
                    scores[~earlier] = 0
            best = int(np.argmax(scores)) if len(scores) else 0
            if len(scores) and scores[best] > 0:
                bound = dict(zip(names, rows[best].tolist(), strict=True))
                met = {i: bound.pop(mark(i)) for i in literals}
                return Instance(rule, bound, met, float(scores[best]))
        return None

    def scores(self, rule: Rule, literals: dict[int, Literal], names: tuple[str, ...], rows: Ints) -> Floats:
        """The rule's probability times those of its uncertain premises, as if these were independent [n]."""
        scores = np.ones(len(rows))
        if isinstance(rule.probability, float):
            scores *= rule.probability
        elif rule.probability is not None:
            scores *= numeric(np.ascontiguousarray(rows[:, names.index(rule.probability)]))
        for i, literal in literals.items():
            met = rows[:, names.index(mark(i))]
            p = np.zeros(len(met))
            p[met >= 0] = self.probability(literal.predicate, met[met >= 0])
            scores *= 1 - p if literal.negated else p
        return scores

    def probability(self, predicate: str, rows: Ints) -> Floats:
        """The probability [n] of some rows; where there are none, what orders them, in (0, 1]."""
        if self.lineage is None:
            return np.ones(len(rows))
        found = self.lineage.probability(predicate, rows)
        return found if self.lineage.algebra.kind != "no probability" else np.clip(found, _LEAST, 1.0)

    def unified(self, rule: Rule, values: Ints) -> dict[str, int] | None:
        """The codes that a row gives to the head's variables; None when they cannot be equal."""
        codes: dict[str, int] = {}
        for term, code in zip(rule.head.terms, values.tolist(), strict=True):
            if isinstance(term, Variable):
                if codes.setdefault(term.name, code) != code:
                    return None
            elif isinstance(term, Constant) and find_code(term.value, self.run.symbols) != code:
                return None
        return codes

    def plan(self, rule: Rule, wanted: Wanted, marked: frozenset[str]) -> Plan:
        """The plan that continues from the head's variables."""

        def size(predicate: str, known: tuple[int, ...]) -> float:
            return fanout(self.tables[predicate], known)

        key = id(rule), wanted, marked
        if key not in self.plans:
            self.plans[key] = make_plan(rule, wanted, size, self.run.symbols, marked)
        return self.plans[key]

    def group(self, rule: Rule, values: Ints) -> list[Instance] | None:
        """The bindings that an aggregate's row is over; None when this rule did not give the row.

        Where they are uncertain, those of the most probable way to it, as if they were independent.
        """
        codes = self.unified(rule, values)
        if codes is None:
            return None
        literals = {
            i: g
            for i, g in enumerate(rule.body)
            if isinstance(g, Literal) and g.predicate in self.run.uncertain
        }
        own = binding_names(rule)
        names = (*own, *map(mark, literals))
        plan = self.plan(rule, Wanted(names, tuple(codes), lineage=True), self.run.uncertain)
        start = np.array([list(codes.values())], np.int64).reshape(1, len(codes))
        found = [chosen(piece, plan.names, names) for piece in bindings(plan, self.run, start)]
        if not found:
            return None
        rows: Ints = np.concatenate(found)
        scores = self.scores(rule, literals, names, rows)
        best = np.argsort(-scores, kind="stable")
        _, first = np.unique(rows[best, : len(own)], axis=0, return_index=True)
        rows, scores = rows[best[first]], scores[best[first]]
        picked = self.reached(rule, rows[:, : len(own)], values, scores if literals else None)
        if picked is None:
            return None
        made = (dict(zip(names, row, strict=True)) for row in rows[picked].tolist())
        return [Instance(rule, bound, {i: bound.pop(mark(i)) for i in literals}, 1.0) for bound in made]

    def reached(self, rule: Rule, rows: Ints, values: Ints, chances: Floats | None) -> Mask | None:
        """Which of a group's bindings [n, k] give a row's values: all when they are certain; None when none do."""
        names, symbols = binding_names(rule), self.run.symbols
        if chances is None:
            heads = aggregate(rule, names, rows, symbols)
            return np.ones(len(rows), np.bool_) if same_values(heads, values).any() else None
        for _, fold in folds(rule, names, rows, symbols, self.run.meter.check):
            states = np.flatnonzero(same_values(fold.heads, values))
            if len(states):
                return fold.likeliest(chances, int(states[0]) + 1)
        return None

    def aggregated(self, rule: Rule, values: Ints, found: list[Instance]) -> Search:
        """The proof of an aggregate's row."""
        over = [
            t.variable.name for t in rule.head.terms if isinstance(t, Aggregate) and t.function != "count"
        ]
        if over:
            size = np.abs(numeric(np.array([made.codes[over[0]] for made in found], np.int64)))
            found = [found[i] for i in np.argsort(-size, kind="stable").tolist()]
        premises = []
        for made in found[: self.most]:
            proofs = yield from self.premises(made)
            if len(proofs) == 1:
                premises.append(proofs[0])
            else:
                shown = ", ".join(proof.atom for proof in proofs)
                premises.append(Proof(shown, "rule", 1.0, rule.place, None, proofs))
        atom = self.atom(rule.head.predicate, values)
        omitted = max(0, len(found) - self.most)
        return Proof(str(atom), "aggregate", 1.0, rule.place, None, tuple(premises), omitted, atom)

    def ruled(self, made: Instance, atom: Atom) -> Search:
        """The proof by an instance of a rule."""
        premises = yield from self.premises(made)
        p = made.rule.probability
        if isinstance(p, str):
            p = float(numeric(np.array([made.codes[p]]))[0])
        chance = 1.0 if p is None else p
        return Proof(str(atom), "rule", chance, made.rule.place, None, premises, row=atom)

    def premises(self, made: Instance) -> Generator[Row, Proof, tuple[Proof, ...]]:
        """The proofs of a body's goals, in their order."""
        proofs = []
        for i, goal in enumerate(made.rule.body):
            if isinstance(goal, Comparison):
                proofs.append(Proof(self.shown(goal, made), "built-in"))
            elif goal.predicate == TRUE or goal.predicate.startswith(GUARDS):
                continue
            elif goal.negated:
                proofs.append(self.absent(goal, made.rows.get(i, -1), made))
            else:
                row = made.rows.get(i)
                proofs.append((yield goal.predicate, self.find(goal, made) if row is None else row))
        return tuple(proofs)

    def find(self, literal: Literal, made: Instance) -> int:
        """The row of a positive premise; a variable that is only ``_`` may be anything."""
        known = {}
        for column, term in enumerate(literal.terms):
            code = self.bound(term, made)
            if code is not None:
                known[column] = code
        return int(self.tables[literal.predicate].where(known)[0])

    def bound(self, term: Term, made: Instance) -> int | None:
        """The code of a variable or a value; None when it has none."""
        if isinstance(term, Variable):
            return made.codes.get(term.name)
        return find_code(term.value, self.run.symbols)

    def absent(self, literal: Literal, row: int, made: Instance) -> Proof:
        """The proof that something does not hold: it was derived in no world, or holds with probability 1 - p only."""
        written = self.rules.hidden.get(literal.predicate, literal)
        p = 0.0 if row < 0 else float(self.probability(literal.predicate, np.array([row]))[0])
        return Proof(self.shown(written, made), "absent", 1.0 - p)

    def atom(self, predicate: str, codes: Ints) -> Atom:
        """A row with its values."""
        return Atom(plain(predicate), tuple(self.value(code) for code in codes.tolist()))

    def value(self, code: int) -> Value:
        """The value of a code."""
        return decode(code, self.run.symbols)

    def shown(self, goal: Literal | Comparison, made: Instance) -> str:
        """A goal with its variables bound."""
        if isinstance(goal, Comparison):
            return str(replace(goal, left=self.filled(goal.left, made), right=self.filled(goal.right, made)))
        inner = ",".join(str(self.filled(term, made)) for term in goal.terms)
        sign = "\\+ " if goal.negated else ""
        name = plain(goal.predicate)
        return f"{sign}{name}({inner})" if inner else f"{sign}{name}"

    def filled(self, expression: Expression, made: Instance) -> Expression:
        """An expression with its variables bound, where they are."""
        if isinstance(expression, Variable):
            code = made.codes.get(expression.name)
            return expression if code is None else Constant(self.value(code))
        if isinstance(expression, Operation):
            return replace(expression, operands=tuple(self.filled(o, made) for o in expression.operands))
        return expression
