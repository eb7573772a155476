"""Bodies to normal form: every clause a conjunction of goals, and a hidden predicate for what is more than that.

A disjunction becomes a clause for each side; under a probability it becomes a predicate of all its variables, since
each of their bindings is one choice. A negated formula becomes a predicate of the variables that it shares with the
clause; findall with length and its like an aggregate over a predicate of the variables of its goal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

from duli.errors import Place, ProgramError
from duli.logic.binding import bindable, directed
from duli.logic.builtins import HIDDEN
from duli.logic.formula import All, Any, Formula, Found, Not, Reduced, Translator, inside
from duli.logic.syntax import (
    Aggregate,
    Clause,
    Comparison,
    Constant,
    Expression,
    Goal,
    Head,
    HeadTerm,
    Literal,
    Variable,
    variables,
)

MOST = 256
Body = tuple[Goal, ...]


class Normaliser:
    """Collects the clauses of a program."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator
        self.clauses: list[Clause] = []
        self.hidden: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.founds: dict[str, Found] = {}
        self.context: tuple[Goal, ...] = ()

    def clause(
        self,
        head: Head,
        probability: Expression | None,
        others: tuple[tuple[Expression, Head], ...],
        formula: Formula,
        place: Place,
    ) -> None:
        """Add a clause whose body is any formula."""
        flat = _flat(formula)
        goals = tuple(g for g in flat if isinstance(g, (Literal, Comparison)))
        heads = (head, *(other for _, other in others))
        if len(goals) == len(flat):
            bodies = [directed(goals)]
        else:
            before = self.counts, self.founds, self.context
            chances = [p for p in (probability, *(p for p, _ in others)) if p is not None]
            names = [v.name for part in (*heads, *chances) for v in variables(part)]
            self.counts = Counter((*names, *(v.name for v in inside(formula))))
            self.founds = {part.list: part for part in flat if isinstance(part, Found)}
            self.context = tuple(g for g in goals if isinstance(g, Comparison) or not g.negated)
            bodies = [directed(body) for body in self.alternatives(formula, place)]
            self.counts, self.founds, self.context = before
        if probability is not None and len(bodies) != 1:
            bound = {
                v.name: v for body in bodies for goal in body for v in variables(goal) if not v.anonymous
            }
            name = self.named(place)
            terms = tuple(bound.values())
            self.clauses += [Clause(Head(name, terms, place), body, None, place) for body in bodies]
            bodies = [(Literal(name, terms, False, place),)] if bodies else []
        if not bodies:
            # What can never hold is defined all the same, without variables that nothing would bind.
            never = (Comparison("=:=", Constant(0), Constant(1), place),)
            for one in heads:
                ground = tuple(t if isinstance(t, Constant) else Constant(0) for t in one.terms)
                self.clauses.append(Clause(Head(one.predicate, ground, one.place), never, None, place))
        self.clauses += [Clause(head, body, probability, place, others) for body in bodies]

    def named(self, place: Place, what: str = "") -> str:
        """A new hidden predicate."""
        name = f"{HIDDEN}{len(self.hidden) + 1}"
        self.hidden[name] = what or f"a part of line {place.line}"
        return name

    def alternatives(self, formula: Formula, place: Place) -> list[Body]:
        """The conjunctions of which one must hold."""
        if isinstance(formula, (Literal, Comparison)):
            return [(formula,)]
        if isinstance(formula, Any):
            return self.bounded(
                [body for part in formula.parts for body in self.alternatives(part, place)], place
            )
        if isinstance(formula, All):
            sides = [self.alternatives(part, place) for part in formula.parts if not isinstance(part, Found)]
            found: list[Body] = [()]
            for side in sides:
                found = self.bounded([(*a, *b) for a, b in product(found, side)], place)
            return found
        if isinstance(formula, Not):
            own = Counter(v.name for v in inside(formula.inner))
            shared = [n for n in own if own[n] < self.counts[n] and not n.startswith("_#")]
            return [(self.negated(formula.inner, shared, place),)]
        if isinstance(formula, Found):
            return [()]
        return self.alternatives(self.reduced(formula, place), place)

    def bounded(self, bodies: list[Body], place: Place) -> list[Body]:
        """The bodies, when they are not too many."""
        if len(bodies) > MOST:
            hint = "name the parts: give each disjunction a rule of its own"
            raise ProgramError(f"this body has more than {MOST} alternatives", where=place, hint=hint)
        return bodies

    def negated(self, inner: Formula, shared: Sequence[str], place: Place) -> Literal:
        """The literal that says that nothing fulfils a formula."""
        if isinstance(inner, All) and len(inner.parts) == 1:
            inner = inner.parts[0]
        if isinstance(inner, Literal) and not inner.negated:
            terms = tuple(
                Variable(f"_#{t.name}", t.place)
                if isinstance(t, Variable) and t.name not in shared and not t.anonymous
                else t
                for t in inner.terms
            )
            return Literal(inner.predicate, terms, True, inner.place)
        literal = self.apart(inner, shared, place)
        return Literal(literal.predicate, literal.terms, True, place)

    def apart(self, inner: Formula, names: Iterable[str], place: Place) -> Literal:
        """A hidden predicate of some variables that holds when a formula does."""
        terms = tuple(Variable(name, place) for name in names)
        name = self.named(place)
        self.clause(Head(name, terms, place), None, (), self.grounded(inner, names, place), place)
        return Literal(name, terms, False, place)

    def grounded(self, inner: Formula, names: Iterable[str], place: Place) -> Formula:
        """The formula with those goals of the clause around it that bind what it does not bind itself."""
        if isinstance(inner, (Literal, All)) and not self.context:
            return inner
        kept = self.founds
        self.founds = {**kept, **{part.list: part for part in _flat(inner) if isinstance(part, Found)}}
        simple = [g for g in _flat(inner) if isinstance(g, (Literal, Comparison))]
        self.founds = kept
        missing = set(names) - bindable(simple)
        around: list[Goal] = []
        while missing:
            more = next(
                (g for g in self.context if g not in around and missing & {v.name for v in variables(g)}),
                None,
            )
            if more is None:
                break
            around.append(more)
            if isinstance(more, Comparison):
                missing |= {v.name for v in variables(more)}
            missing -= bindable([*around, *simple])
            if isinstance(more, Literal):
                missing -= {v.name for v in variables(more)}
        return All((*around, inner)) if around else inner

    def reduced(self, goal: Reduced, place: Place) -> Formula:
        """What ``length(L, N)`` and its like say, without the list."""
        found = self.founds.get(goal.list)
        if found is None:
            hint = "findall and what uses its list must stand beside each other in one body"
            raise ProgramError(f"the list {goal.list} is not known here", where=place, hint=hint)
        own = Counter(v.name for v in inside(found))
        shared = [n for n in own if own[n] < self.counts[n] and not n.startswith("_#")]
        if goal.function == "member":
            return All((found.inner, Comparison("=", goal.output, found.template, place)))
        if goal.function == "empty":
            return self.negated(found.inner, shared, place)
        if goal.function == "some":
            return self.apart(found.inner, shared, place)
        value, inner = self.valued(found, place)
        # The bindings are counted, so each variable of the goal is an argument of the predicate that is counted over.
        names = list(
            dict.fromkeys((*shared, *(v.name for v in inside(inner) if not v.anonymous), value.name))
        )
        source = self.apart(inner, names, place)
        name = self.named(place, f"{goal.function} of line {place.line}")
        terms: tuple[HeadTerm, ...] = (*(Variable(n, place) for n in shared), Aggregate(goal.function, value))
        self.clauses.append(Clause(Head(name, terms, place), (source,), None, place))
        output = goal.output
        assert isinstance(output, (Variable, Constant))  # noqa: S101
        some = Literal(name, (*(Variable(n, place) for n in shared), output), False, place)
        if goal.function not in ("count", "sum") or not found.empty:
            return some
        nothing = self.negated(found.inner, shared, place)
        return Any((some, All((nothing, Comparison("=", output, Constant(0), place)))))

    def valued(self, found: Found, place: Place) -> tuple[Variable, Formula]:
        """The variable of a template's value, and the goal that binds it, with every ``_`` counted."""
        inner = _counted(found.inner)
        if isinstance(found.template, Variable):
            return found.template, inner
        fresh = self.translator.fresh("value", found.offset)
        operator = "=" if isinstance(found.template, Constant) else "is"
        return fresh, All((inner, Comparison(operator, fresh, found.template, place)))


def _flat(formula: Formula) -> list[Formula]:
    if isinstance(formula, All):
        return [goal for part in formula.parts for goal in _flat(part)]
    return [formula]


def _counted(formula: Formula) -> Formula:
    if isinstance(formula, All):
        return All(tuple(_counted(part) for part in formula.parts))
    if isinstance(formula, Any):
        return Any(tuple(_counted(part) for part in formula.parts))
    if isinstance(formula, Literal) and not formula.negated:
        return with_names(formula)
    return formula


def with_names(literal: Literal) -> Literal:
    """A literal with a variable of its own for every ``_``."""
    terms = tuple(
        Variable("_any" + t.name[1:], t.place) if isinstance(t, Variable) and t.anonymous else t
        for t in literal.terms
    )
    return replace(literal, terms=terms)
