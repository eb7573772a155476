"""Checked clauses in the form that the engine runs: every literal's kind apart, every variable by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import numpy as np

from duli.errors import Place, ProgramError
from duli.logic.arithmetic import evaluate
from duli.logic.syntax import (
    Clause,
    Comparison,
    Constant,
    Expression,
    Goal,
    Head,
    Literal,
    Operation,
    Source,
    Term,
    Variable,
    variables,
)

HIDDEN = "\\some "
TRUE = HIDDEN + "true"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Args:
        number: its place among the rules, which names its independent choices.
        head: what it concludes; aggregates only here.
        body: the goals in the order in which they were written.
        probability: of each ground instance: a number, a variable of the body, or None for certain.
        names: all its variables, each once.
        place: of the clause.
        group: the number of the first of the alternatives that exclude one another; None for a rule alone.
        before: the probabilities of the alternatives before this one.
    """

    number: int
    head: Head
    body: tuple[Goal, ...]
    probability: float | str | None
    names: tuple[str, ...]
    place: Place
    group: int | None = None
    before: tuple[float | str, ...] = ()

    @property
    def positives(self) -> tuple[Literal, ...]:
        """The literals that bind variables."""
        return tuple(g for g in self.body if isinstance(g, Literal) and not g.negated)


@dataclass(frozen=True)
class GroundFact:
    """A fact of the program."""

    predicate: str
    terms: tuple[Constant, ...]
    probability: float | None
    place: Place


@dataclass(frozen=True)
class RuleSet:
    """What a text says, checked: facts, rules, the arity of every predicate, queries.

    ``hidden`` maps the predicate made for ``\\+ p(X,_)`` to the literal as it was written.
    """

    facts: tuple[GroundFact, ...]
    rules: tuple[Rule, ...]
    arities: Mapping[str, int]
    inputs: frozenset[str]
    queries: tuple[Literal, ...]
    hidden: Mapping[str, Literal]
    evidence: tuple[Literal, ...] = ()


@dataclass
class _Builder:
    arities: dict[str, int]
    facts: list[GroundFact] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    hidden: dict[str, Literal] = field(default_factory=dict)


def check(source: Source, inputs: Mapping[str, int]) -> RuleSet:
    """Turn clauses into rules, or raise ProgramError: arity, unknown predicate, unsafe variable, probability."""
    builder = _Builder(dict(inputs))
    for clause in source.clauses:
        for head in clause.heads():
            _arity(builder, head.predicate, len(head.terms), head.place)
    for clause in source.clauses:
        for literal in clause.literals():
            _known(builder, literal)
    for asked in (*source.queries, *source.evidence):
        _known(builder, asked)
    for clause in source.clauses:
        _clause(builder, clause)
    return RuleSet(
        tuple(builder.facts),
        tuple(builder.rules),
        builder.arities,
        frozenset(inputs),
        source.queries,
        builder.hidden,
        source.evidence,
    )


def _arity(builder: _Builder, predicate: str, arity: int, place: Place) -> None:
    before = builder.arities.setdefault(predicate, arity)
    if before != arity:
        raise ProgramError(
            f"{predicate} has {arity} arguments here and {before} elsewhere",
            where=place,
            hint="a predicate has one number of arguments; name the other one differently",
        )


def _known(builder: _Builder, literal: Literal) -> None:
    if literal.predicate not in builder.arities:
        near = get_close_matches(literal.predicate, builder.arities, 1)
        hint = f"did you mean {near[0]}?" if near else "define it, or declare it as an input"
        raise ProgramError(
            f"the predicate {literal.predicate} is never defined", where=literal.place, hint=hint
        )
    _arity(builder, literal.predicate, len(literal.terms), literal.place)


def _clause(builder: _Builder, clause: Clause) -> None:
    if not clause.body and not clause.others:
        _fact(builder, clause)
        return
    body = tuple(_without_anonymous(builder, goal) for goal in clause.body) or (_true(builder, clause.place),)
    chances: list[float | str | None] = []
    for expression in (clause.probability, *(chance for chance, _ in clause.others)):
        chance, computed = _chance(expression, clause, len(chances))
        chances.append(chance)
        body += computed
    names = tuple(dict.fromkeys(v.name for goal in body for v in variables(goal)))
    first = len(builder.rules)
    before = tuple(chance for chance in chances if chance is not None)
    if sum(chance for chance in before if isinstance(chance, float)) > 1 + 1e-9:
        raise ProgramError("the probabilities of the alternatives sum to more than 1", where=clause.place)
    group = first if clause.others else None
    for i, (head, probability) in enumerate(zip(clause.heads(), chances, strict=True)):
        number = first + i if group is not None else first
        rule = Rule(number, head, body, probability, names, clause.place, group, before[:i])
        _safe(rule, replace(clause, head=head))
        if probability != 0 or group is not None:
            builder.rules.append(rule)


def _chance(
    expression: Expression | None, clause: Clause, number: int
) -> tuple[float | str | None, tuple[Goal, ...]]:
    """A number or the variable that holds it, and the goal that computes it."""
    if isinstance(expression, Constant):
        return _number(expression, clause.place), ()
    if isinstance(expression, Operation):
        if not any(True for _ in variables(expression)):
            return _number(_folded(expression, clause.place), clause.place), ()
        fresh = Variable(f"_probability{number}", clause.place)
        return fresh.name, (Comparison("is", fresh, expression, clause.place),)
    return None if expression is None else expression.name, ()


def _true(builder: _Builder, place: Place) -> Literal:
    """The body of alternatives that have none."""
    if TRUE not in builder.arities:
        builder.arities[TRUE] = 0
        builder.facts.append(GroundFact(TRUE, (), None, place))
    return Literal(TRUE, (), False, place)


def _fact(builder: _Builder, clause: Clause) -> None:
    terms: list[Constant] = []
    for term in clause.head.terms:
        if not isinstance(term, Constant):
            hint = "a fact has values only; write a rule"
            raise ProgramError(
                f"the variable {term} is not bound by a body", where=clause.head.place, hint=hint
            )
        terms.append(term)
    probability = clause.probability
    if probability is not None and not isinstance(probability, Constant):
        probability = _folded(probability, clause.place)
    number = None if probability is None else _number(probability, clause.place)
    builder.facts.append(GroundFact(clause.head.predicate, tuple(terms), number, clause.place))


def _folded(expression: Variable | Operation, place: Place) -> Constant:
    for variable in variables(expression):
        raise ProgramError(f"the variable {variable} is not bound by a body", where=variable.place)
    return Constant(float(evaluate(expression, lambda _: np.empty(0, np.int64), 1, place).values[0]))


def _number(constant: Constant, place: Place) -> float:
    value = constant.value
    if isinstance(value, str) or not 0 <= value <= 1:
        raise ProgramError(f"{constant} is not a probability", where=place, hint="a probability is in [0, 1]")
    return float(value)


def _without_anonymous(builder: _Builder, goal: Goal) -> Goal:
    """``\\+ p(X,_)`` asks whether there is any: give "any" a predicate of its own."""
    if not isinstance(goal, Literal) or not goal.negated or not any(v.anonymous for v in variables(goal)):
        return goal
    kept: tuple[Term, ...] = tuple(t for t in goal.terms if not (isinstance(t, Variable) and t.anonymous))
    kept = tuple(dict.fromkeys(t for t in kept if isinstance(t, Variable)))
    name = f"{HIDDEN}{len(builder.hidden)}"
    inner = Literal(goal.predicate, goal.terms, False, goal.place)
    names = tuple(dict.fromkeys(v.name for v in variables(inner)))
    builder.arities[name] = len(kept)
    builder.hidden[name] = goal
    head = Head(name, kept, goal.place)
    builder.rules.append(Rule(len(builder.rules), head, (inner,), None, names, goal.place))
    return Literal(name, kept, True, goal.place)


def bindable(goals: Iterable[Goal]) -> set[str]:
    """The variables that a body binds: by its positive literals, then by ``is`` and ``=`` over what is bound."""
    goals = list(goals)
    bound = {v.name for g in goals if isinstance(g, Literal) and not g.negated for v in variables(g)}
    while True:
        new = {name for g in goals if isinstance(g, Comparison) for name in assigns(g, bound)}
        if not new:
            return bound
        bound |= new


def assigns(goal: Comparison, bound: set[str]) -> tuple[str, ...]:
    """The variable that a comparison would bind, given what is bound; empty when it is a test or not ready."""
    for target, value in ((goal.left, goal.right), (goal.right, goal.left)):
        if not isinstance(target, Variable) or target.name in bound:
            continue
        if goal.operator not in ("is", "=") or (goal.operator == "is" and target is not goal.left):
            continue
        if all(v.name in bound for v in variables(value)):
            return (target.name,)
    return ()


def _safe(rule: Rule, clause: Clause) -> None:
    bound = bindable(rule.body)
    wanted = [
        *variables(clause.head),
        *(v for goal in clause.body for v in variables(goal) if not _loose(goal, v)),
    ]
    if clause.probability is not None:
        wanted.extend(variables(clause.probability))
    for variable in wanted:
        if variable.name not in bound:
            raise ProgramError(
                f"the variable {variable} is not bound by a positive literal of the body",
                where=variable.place,
                hint="use it in a literal without \\+, or write _ in the negated one for 'any'",
            )
    for goal in rule.body:
        if isinstance(goal, Comparison) and goal.operator in ("=", "==", "\\=", "\\=="):
            for side in (goal.left, goal.right):
                if isinstance(side, Operation):
                    hint = "compute it with is, or compare numbers with =:= and =\\="
                    raise ProgramError(
                        f"{goal.operator} does not compute {side}", where=goal.place, hint=hint
                    )
    if rule.head.aggregates and rule.probability is not None:
        hint = "aggregate in one rule, and give another rule the probability"
        raise ProgramError(
            "a rule with an aggregate has no probability of its own", where=rule.place, hint=hint
        )


def _loose(goal: Goal, variable: Variable) -> bool:
    return isinstance(goal, Literal) and goal.negated and variable.anonymous
