"""Checked clauses in the form that the engine runs: every literal's kind apart, every variable by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from duli.errors import InputError, Place, ProgramError
from duli.logic.arithmetic import evaluate
from duli.logic.binding import assigns as assigns
from duli.logic.binding import bindable as bindable
from duli.logic.builtins import HIDDEN as HIDDEN
from duli.logic.builtins import KNOWN, TRUE
from duli.logic.names import told_apart
from duli.logic.pause import paused
from duli.logic.safety import settled, unsafe
from duli.logic.syntax import (
    Clause,
    Comparison,
    Constant,
    Expression,
    Goal,
    Head,
    Literal,
    Neural,
    Operation,
    Source,
    Term,
    Utility,
    Variable,
    plain,
    variables,
    with_arity,
)
from duli.types import Value

DEMAND = HIDDEN + "demand "
WANTED = HIDDEN + "wanted "
GUARDS = (DEMAND, WANTED)
_MANY = 10_000


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
        learnable: whether its probability is to be learned.
        members: the rules that it stands for (see ``duli.logic.templates``), where its variable ``_number`` says which.
    """

    number: int
    head: Head
    body: tuple[Goal, ...]
    probability: float | str | None
    names: tuple[str, ...]
    place: Place
    group: int | None = None
    before: tuple[float | str, ...] = ()
    learnable: bool = False
    members: tuple[Rule, ...] = ()

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
    learnable: bool = False

    @property
    def values(self) -> tuple[Value, ...]:
        """Its arguments."""
        return tuple(term.value for term in self.terms)


@dataclass(frozen=True)
class RuleSet:
    """What a text says, checked: facts, rules, the arity of every predicate, queries.

    A predicate is called by its plain name where one number of arguments goes with it, else ``name/arity``
    (``resolve`` finds it, ``syntax.plain`` gives the name to show).

    Args:
        hidden: maps the predicate made for ``\\+ p(X,_)`` to the literal as it was written.
        unsafe: rules that cannot be evaluated as they are, because a variable is not bound by the body: (number of the
            rule, the error to raise). One that is asked with its head's variables bound may be safe: see ``modes``.
        query_domains, evidence_domains: of ``Source``.
        utilities, neural: of ``Source``.
    """

    facts: tuple[GroundFact, ...]
    rules: tuple[Rule, ...]
    arities: Mapping[str, int]
    inputs: frozenset[str]
    queries: tuple[Literal, ...]
    hidden: Mapping[str, Literal]
    evidence: tuple[Literal, ...] = ()
    unsafe: tuple[tuple[int, ProgramError], ...] = ()
    query_domains: Mapping[int, Literal] = field(default_factory=dict)
    evidence_domains: Mapping[int, Literal] = field(default_factory=dict)
    utilities: tuple[Utility, ...] = ()
    neural: tuple[Neural, ...] = ()

    @cached_property
    def facts_by_predicate(self) -> Mapping[str, tuple[GroundFact, ...]]:
        """The facts of each predicate that has any."""
        found: dict[str, list[GroundFact]] = {}
        for fact in self.facts:
            found.setdefault(fact.predicate, []).append(fact)
        return {predicate: tuple(facts) for predicate, facts in found.items()}

    def shown(self, literal: Literal) -> str:
        """The predicate of a literal as its reader knows it."""
        if not literal.predicate.startswith(HIDDEN):
            return plain(literal.predicate)
        used = [
            g
            for r in self.rules
            if r.head.predicate == literal.predicate
            for g in r.body
            if isinstance(g, Literal)
        ]
        return (
            plain(used[0].predicate)
            if used and not used[0].predicate.startswith(HIDDEN)
            else "part of this body"
        )

    def resolve(self, name: str, arity: int | None = None) -> str:
        """The engine's name of a predicate: from its plain name, or ``name/arity``.

        Raises:
            InputError: there is none, there are several, or it has another number of arguments.
        """
        if arity is not None and with_arity(name, arity) in self.arities:
            return with_arity(name, arity)
        if name in self.arities:
            if arity is not None and self.arities[name] != arity:
                raise InputError(f"{name} has {self.arities[name]} arguments, not {arity}")
            return name
        if plain(name) in self.arities and with_arity(plain(name), self.arities[plain(name)]) == name:
            return plain(name)
        found = sorted(p for p in self.arities if plain(p) == name)
        if found:
            raise InputError(
                f"{name} has several numbers of arguments", hint=f"say which: {', '.join(found)}"
            )
        near = get_close_matches(name, [p for p in self.arities if not p.startswith(HIDDEN)], 1)
        raise InputError(
            f"the program has no predicate {name}", hint=f"did you mean {near[0]}?" if near else None
        )


@dataclass
class _Builder:
    arities: dict[str, int]
    unknown: float | None = None
    facts: list[GroundFact] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    hidden: dict[str, Literal] = field(default_factory=dict)
    unsafe: list[tuple[int, ProgramError]] = field(default_factory=list)


def check(
    source: Source,
    inputs: Mapping[str, int],
    *,
    unknown: float | None = None,
    watch: Callable[[], None] = lambda: None,
) -> RuleSet:
    """Turn clauses into rules, or raise ProgramError: arity, unknown predicate, probability.

    Args:
        source: the clauses.
        inputs: predicates whose rows come from outside, with their number of arguments.
        unknown: the probability of ``t(_)`` and of a decision; without one they are errors.
        watch: called for each clause; what it raises stops the checking.
    """
    declared = {n.literal.predicate: len(n.literal.terms) for n in source.neural}
    source = told_apart(source, {**declared, **inputs})
    builder = _Builder({**declared, **inputs}, unknown)
    for clause in source.clauses:
        for head in clause.heads():
            builder.arities.setdefault(head.predicate, len(head.terms))
    domains = (*source.query_domains.values(), *source.evidence_domains.values())
    for literal in (
        *(g for c in source.clauses for g in c.literals()),
        *source.queries,
        *source.evidence,
        *domains,
        *(utility.literal for utility in source.utilities),
    ):
        if source.unknown_fails:
            builder.arities.setdefault(literal.predicate, len(literal.terms))
        _known(builder, literal)
    with paused(len(source.clauses) > _MANY):
        for clause in source.clauses:
            watch()
            _clause(builder, clause)
    return RuleSet(
        tuple(builder.facts),
        tuple(builder.rules),
        builder.arities,
        frozenset((*declared, *inputs)),
        source.queries,
        builder.hidden,
        source.evidence,
        tuple(builder.unsafe),
        source.query_domains,
        source.evidence_domains,
        source.utilities,
        source.neural,
    )


def _known(builder: _Builder, literal: Literal) -> None:
    n = len(literal.terms)
    if builder.arities.get(literal.predicate) == n:
        return
    name = plain(literal.predicate)
    there = sorted(a for p, a in builder.arities.items() if plain(p) == name)
    if there:
        shown = " and ".join(f"{name}/{a}" for a in there)
        raise ProgramError(
            f"{name} has {n} arguments here and {' or '.join(map(str, there))} elsewhere",
            where=literal.place,
            hint=f"defined: {shown}; {name}/{n} is not",
        )
    known = [p for p in builder.arities if not p.startswith(HIDDEN)]
    near = get_close_matches(name, [*known, *KNOWN], 1, cutoff=0.75)
    hint = f"did you mean {near[0]}?" if near else "define it, or declare it as an input"
    raise ProgramError(f"the predicate {name} is never defined", where=literal.place, hint=hint)


def _clause(builder: _Builder, clause: Clause) -> None:
    if not clause.body and not clause.others and _fact(builder, clause):
        return
    goals = settled(clause.body, clause.heads())
    body = tuple(_without_anonymous(builder, goal) for goal in goals) or (_true(builder, clause.place),)
    chances: list[float | str | None] = []
    for expression in (clause.probability, *(chance for chance, _ in clause.others)):
        chance, computed = _chance(builder, expression, clause, len(chances))
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
        expression = (clause.probability, *(chance for chance, _ in clause.others))[i]
        learnable = isinstance(expression, Operation) and expression.name == "t"
        rule = Rule(number, head, body, probability, names, clause.place, group, before[:i], learnable)
        error = unsafe(rule, expression)
        if error is not None:
            builder.unsafe.append((number, error))
        if probability != 0 or group is not None:
            builder.rules.append(rule)


def _given(builder: _Builder, expression: Expression | None, place: Place) -> Expression | None:
    """A probability, with its value where it is to be learned or decided."""
    if not isinstance(expression, Operation) or expression.name not in ("t", "?"):
        return expression
    if expression.operands:
        return expression.operands[0]
    if builder.unknown is not None:
        return Constant(builder.unknown)
    what = "a probability to be learned" if expression.name == "t" else "a decision"
    hint = (
        "learn it from examples, or write a number"
        if expression.name == "t"
        else "ask for the best decisions: duli run --decide"
    )
    raise ProgramError(f"{what} has no value yet", where=place, hint=hint)


def _chance(
    builder: _Builder, expression: Expression | None, clause: Clause, number: int
) -> tuple[float | str | None, tuple[Goal, ...]]:
    """A number or the variable that holds it, and the goal that computes it."""
    expression = _given(builder, expression, clause.place)
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


def _fact(builder: _Builder, clause: Clause) -> bool:
    """Add a fact; False when it has variables and is a rule."""
    terms = clause.head.terms
    ground = tuple(t for t in terms if isinstance(t, Constant))
    if len(ground) < len(terms):
        return False
    probability, learnable = clause.probability, False
    if probability is not None and not isinstance(probability, Constant):
        learnable = isinstance(probability, Operation) and probability.name == "t"
        probability = _given(builder, probability, clause.place)
        if probability is not None and not isinstance(probability, Constant):
            probability = _folded(probability, clause.place)
    number = None if probability is None else _number(probability, clause.place)
    builder.facts.append(GroundFact(clause.head.predicate, ground, number, clause.place, learnable))
    return True


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
    name = f"{HIDDEN}any {len(builder.hidden)}"
    inner = Literal(goal.predicate, goal.terms, False, goal.place)
    names = tuple(dict.fromkeys(v.name for v in variables(inner)))
    builder.arities[name] = len(kept)
    builder.hidden[name] = goal
    head = Head(name, kept, goal.place)
    builder.rules.append(Rule(len(builder.rules), head, (inner,), None, names, goal.place))
    return Literal(name, kept, True, goal.place)
