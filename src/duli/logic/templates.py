"""Rules that differ in their constants alone, made one rule over a table of these constants.

A network that was written out has thousands of them: ``0.3::symptom(7) :- disease(12).`` One join applies all.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TypeVar

from duli.logic.demand import Directed
from duli.logic.rules import HIDDEN, GroundFact, Rule
from duli.logic.syntax import Comparison, Constant, Goal, HeadTerm, Literal, Operation, Term, Variable

TEMPLATE = HIDDEN + "rules "
_MANY = 32
_SAME = ("=", "==", "\\=", "\\==")
_T = TypeVar("_T", bound=HeadTerm)


def merged(made: Directed) -> Directed:
    """The program with one rule for each 32 or more that are equal up to constants and probabilities.

    The rows and their probabilities are the same; proofs would not be those of the text.
    """
    if len(made.rules.rules) < _MANY:
        return made
    alike: dict[Hashable, list[Rule]] = {}
    for rule in made.rules.rules:
        alone = rule.group is not None or rule.learnable or rule.head.aggregates
        if not alone and not isinstance(rule.probability, str):
            alike.setdefault(_shape(rule), []).append(rule)
    many = {own[0].number: own for own in alike.values() if len(own) >= _MANY}
    if not many:
        return made
    left_out = {rule.number for own in many.values() for rule in own[1:]}
    rules: list[Rule] = []
    facts = list(made.rules.facts)
    arities = dict(made.rules.arities)
    for rule in made.rules.rules:
        if rule.number in many:
            rule, rows = _template(many[rule.number])
            facts += rows
            arities[rows[0].predicate] = len(rows[0].terms)
        if rule.number not in left_out:
            rules.append(rule)
    changed = replace(made.rules, facts=tuple(facts), rules=tuple(rules), arities=arities)
    return Directed(
        changed, made.partial, made.turned | {rule.head.predicate for rule in rules if rule.members}
    )


def _shape(rule: Rule) -> Hashable:
    """A rule without its constants and its probability."""
    parts = [
        (goal.predicate, goal.negated, _open(goal.terms))
        if isinstance(goal, Literal)
        else (goal.operator, _open(_sides(goal)))
        if _sides(goal)
        else str(goal)
        for goal in rule.body
    ]
    return rule.head.predicate, _open(rule.head.terms), tuple(parts), rule.probability is None


def _open(terms: Sequence[HeadTerm]) -> tuple[str | None, ...]:
    return tuple(None if isinstance(term, Constant) else str(term) for term in terms)


def _template(rules: Sequence[Rule]) -> tuple[Rule, list[GroundFact]]:
    """One rule for some of one shape, and the rows of the table that it is applied to."""
    first = rules[0]
    columns = dict(enumerate(zip(*map(_terms, rules), strict=True)))
    table = {
        f"_constant{i}": column
        for i, column in columns.items()
        if isinstance(column[0], Constant)
        and len({(type(t.value), t.value) for t in column if isinstance(t, Constant)}) > 1
    }
    if first.probability is not None:
        # Equal rules are choices of their own.
        table["_number"] = tuple(Constant(i) for i in range(len(rules)))
        table["_probability"] = tuple(Constant(float(rule.probability or 0)) for rule in rules)
    name = TEMPLATE + str(first.number)
    literal = Literal(name, tuple(Variable(column, first.place) for column in table), False, first.place)
    at = iter(range(len(columns)))

    def opened(terms: Sequence[_T]) -> tuple[_T | Variable, ...]:
        named = [(term, f"_constant{next(at)}") for term in terms]
        return tuple(Variable(name, first.place) if name in table else term for term, name in named)

    def without(goal: Goal) -> Goal:
        if isinstance(goal, Literal):
            return replace(goal, terms=opened(goal.terms))
        sides = opened(_sides(goal))
        return replace(goal, left=sides[0], right=sides[1]) if sides else goal

    head = replace(first.head, terms=opened(first.head.terms))
    body = map(without, first.body)
    made = replace(
        first,
        head=head,
        body=(literal, *body),
        probability=None if first.probability is None else "_probability",
        names=(*first.names, *table),
        members=tuple(rules),
    )
    rows = zip(*table.values(), strict=True) if table else iter([()])
    return made, [GroundFact(name, row, None, rule.place) for row, rule in zip(rows, rules, strict=False)]


def _terms(rule: Rule) -> tuple[HeadTerm, ...]:
    return (
        *rule.head.terms,
        *(t for g in rule.body for t in (g.terms if isinstance(g, Literal) else _sides(g))),
    )


def _sides(goal: Comparison) -> tuple[Term, ...]:
    """The two sides of a goal that only says whether values are the same; none of another."""
    left, right = goal.left, goal.right
    if goal.operator not in _SAME or isinstance(left, Operation) or isinstance(right, Operation):
        return ()
    return left, right
