"""What in a program is allowed and yet probably a mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from duli.errors import Place
from duli.logic.parser import parse
from duli.logic.rules import HIDDEN, RuleSet
from duli.logic.syntax import Aggregate, Clause, Literal, Variable, plain, variables


@dataclass(frozen=True)
class Warning:
    """Something to look at; ``code`` is its kind."""

    code: str
    message: str
    place: Place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def lint(text: str, name: str, rules: RuleSet) -> tuple[Warning, ...]:
    """The warnings for a checked program, in the order of their places.

    A variable that occurs once and does not start with ``_``; a clause written twice; a rule that can never fire and a
    query that can have no row, because nothing gives a predicate any; a predicate that no query needs.
    """
    source = parse(text, name)
    found = [*_singles(source.clauses), *_twice(source.clauses), *_dead(rules), *_unused(rules)]
    order = sorted(set(found), key=lambda w: (w.place.line or 0, w.place.column or 0, w.code))
    return tuple(order)


def _singles(clauses: tuple[Clause, ...]) -> Iterator[Warning]:
    """One clause may stand for several: of a disjunction of bodies each is looked at with the others.

    An aggregate is over the bindings of all variables: there, one that occurs once tells bindings apart.
    """
    together: dict[tuple[int | None, int | None], list[Variable]] = {}
    for clause in clauses:
        if any(isinstance(term, Aggregate) for head in clause.heads() for term in head.terms):
            continue
        seen = together.setdefault((clause.place.line, clause.place.column), [])
        chances = [c for c in (clause.probability, *(p for p, _ in clause.others)) if c is not None]
        for part in (*clause.heads(), *clause.body, *chances):
            seen += variables(part)
    for seen in together.values():
        counts = Counter(variable.name for variable in seen)
        for variable in seen:
            if counts[variable.name] == 1 and not variable.name.startswith("_"):
                message = f"the variable {variable} occurs once; write _ if that is meant"
                yield Warning("singleton_variable", message, variable.place)


def _twice(clauses: tuple[Clause, ...]) -> Iterator[Warning]:
    """Certain clauses only: an uncertain one written twice is two choices."""
    seen: dict[str, Place] = {}
    for clause in clauses:
        if clause.probability is None:
            head = f"{clause.head.predicate}({','.join(map(str, clause.head.terms))})"
            key = " ".join((head, *map(str, clause.body)))
            before = seen.setdefault(key, clause.place)
            if before != clause.place:
                message = f"this clause stands in line {before.line} already"
                yield Warning("duplicate_rule", message, clause.place)


def _dead(rules: RuleSet) -> Iterator[Warning]:
    """Rules and queries over predicates that have no rows, whatever the inputs are."""
    alive = {fact.predicate for fact in rules.facts if fact.probability != 0} | set(rules.inputs)
    waiting = list(rules.rules)
    while True:
        firing = [r for r in waiting if all(g.predicate in alive for g in r.positives)]
        if not firing:
            break
        alive |= {rule.head.predicate for rule in firing}
        waiting = [rule for rule in waiting if rule not in firing]
    for rule in waiting:
        if not rule.head.predicate.startswith(HIDDEN):
            empty = next(g for g in rule.positives if g.predicate not in alive)
            message = f"this rule can never fire: {rules.shown(empty)} has no rows"
            yield Warning("dead_rule", message, rule.place)
    for query in rules.queries:
        if query.predicate not in alive:
            yield Warning("empty_query", f"{rules.shown(query)} has no rows", query.place)


def _unused(rules: RuleSet) -> Iterator[Warning]:
    """Predicates that no query, evidence or other predicate's rule needs; none where nothing is asked."""
    if not rules.queries:
        return
    asked = (*rules.queries, *rules.evidence, *(u.literal for u in rules.utilities))
    domains = (*rules.query_domains.values(), *rules.evidence_domains.values())
    used = {literal.predicate for literal in (*asked, *domains)}
    for rule in rules.rules:
        own = rule.head.predicate
        used |= {g.predicate for g in rule.body if isinstance(g, Literal) and g.predicate != own}
    defined: dict[str, Place] = {}
    for head in (
        *((f.predicate, f.place) for f in rules.facts),
        *((r.head.predicate, r.place) for r in rules.rules),
    ):
        defined.setdefault(*head)
    for predicate, place in defined.items():
        if predicate not in used and not predicate.startswith(HIDDEN):
            yield Warning("unused_predicate", f"nothing uses {plain(predicate)}", place)
