"""Rules that are safe only where they are asked with values: ``add(X,Y,Z) :- Z is X+Y.`` and ``0.3::p(X).``

A predicate that depends on such a rule is evaluated for the values that queries, evidence and other rules ask it for.
They are rows of a hidden predicate for each pattern of columns that are bound where it is called; a literal of it
guards the rules, and binds what the body does not. A body's goals are taken in their order, each as soon as it can be,
as they would be from left to right; so a counter stops where the test before the call stops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from duli.errors import ProgramError
from duli.logic.binding import assigns
from duli.logic.rules import WANTED, GroundFact, Rule, RuleSet
from duli.logic.syntax import Aggregate, Comparison, Constant, Goal, Head, Literal, Term, Variable, variables

Pattern = tuple[int, ...]


@dataclass(frozen=True)
class _Call:
    """A literal, the columns that the goals before it bind, and these goals."""

    literal: Literal
    columns: Pattern
    before: tuple[Goal, ...]


def guarded(rules: RuleSet, asked: Sequence[Literal] = ()) -> RuleSet:
    """The rules, those that are unsafe as they stand with what asks for them.

    Args:
        rules: with queries, evidence and utilities.
        asked: what will be asked for besides.

    Raises:
        ProgramError: nothing is asked, or a rule stays unsafe as it is asked.
    """
    if not rules.unsafe:
        return rules
    modes = _Modes(rules, asked)
    if not modes.asking:
        raise rules.unsafe[0][1]
    return modes.guarded()


class _Modes:
    def __init__(self, rules: RuleSet, asked: Sequence[Literal]) -> None:
        self.rules, self.errors = rules, dict(reversed(rules.unsafe))
        self.by_head: dict[str, list[Rule]] = {}
        self.groups: dict[int, list[Rule]] = {}
        for rule in rules.rules:
            self.by_head.setdefault(rule.head.predicate, []).append(rule)
            if rule.group is not None:
                self.groups.setdefault(rule.group, []).append(rule)
        for number, error in rules.unsafe:
            for rule in next((g for g in self.groups.values() if any(r.number == number for r in g)), ()):
                self.errors.setdefault(rule.number, error)
        self.needy = self.depending()
        self.asking = tuple(self.asked(asked))
        self.failed: dict[tuple[str, Pattern], ProgramError] = {}
        self.patterns: dict[str, list[Pattern]] = {}

    def depending(self) -> frozenset[str]:
        """The predicates that depend on an unsafe rule."""
        found = {rule.head.predicate for rule in self.rules.rules if rule.number in self.errors}
        before = 0
        while before < len(found):
            before = len(found)
            found |= {
                rule.head.predicate
                for rule in self.rules.rules
                if any(isinstance(g, Literal) and g.predicate in found for g in rule.body)
            }
        return frozenset(found)

    def asked(self, others: Sequence[Literal]) -> Iterator[Rule]:
        """What is asked from outside, as bodies: a query after what gives its variables values."""
        rules = self.rules
        queries = [(q, rules.query_domains.get(i)) for i, q in enumerate(rules.queries)]
        evidence = [(e, rules.evidence_domains.get(i)) for i, e in enumerate(rules.evidence)]
        utilities = [(u.literal, u.domain) for u in rules.utilities]
        for literal, domain in (*queries, *evidence, *utilities, *((o, None) for o in others)):
            body = (replace(literal, negated=False),)
            yield _rule(Head("", (), literal.place), body if domain is None else (domain, *body))

    def guarded(self) -> RuleSet:
        """The rules with guards, and those that say what is asked."""
        while not self.patterned():
            pass
        kept: list[Rule] = []
        made: dict[str, Rule] = {}
        for rule in self.rules.rules:
            name = rule.head.predicate
            if name not in self.needy:
                kept.append(rule)
                continue
            for columns in self.patterns.get(name, ()):
                for call in self.calls(rule, columns):
                    self.ask(call, made)
            if name in self.patterns:
                kept.append(self.with_guard(rule, made))
        for body in self.asking:
            for call in self.calls(body, ()):
                self.ask(call, made)
        facts = [
            GroundFact(
                r.head.predicate, tuple(t for t in r.head.terms if isinstance(t, Constant)), None, r.place
            )
            for r in made.values()
            if not r.body
        ]
        first = 1 + max(rule.number for rule in self.rules.rules)
        more = [replace(r, number=first + i) for i, r in enumerate(made.values()) if r.body]
        arities = {r.head.predicate: len(r.head.terms) for r in made.values()}
        arities |= {_wanted(p, c): len(c) for p, own in self.patterns.items() for c in own}
        return replace(
            self.rules,
            facts=(*self.rules.facts, *facts),
            rules=(*kept, *more),
            arities={**self.rules.arities, **arities},
        )

    def patterned(self) -> bool:
        """Find the patterns with which predicates are called; False where one fails that was taken to do."""
        self.patterns = {}
        waiting: list[tuple[str, Pattern]] = []
        for body in self.asking:
            waiting += [self.pattern(call) for call in self.calls(body, ())]
        met = set(waiting)
        while waiting:
            predicate, columns = waiting.pop()
            for rule in self.by_head[predicate]:
                try:
                    found = [self.pattern(call) for call in self.calls(rule, columns)]
                except ProgramError as error:
                    self.failed[predicate, columns] = error
                    return False
                waiting += [key for key in found if key not in met]
                met.update(found)
        return True

    def pattern(self, call: _Call) -> tuple[str, Pattern]:
        """The pattern by which a call is answered: what all calls of the predicate bind, where that is enough."""
        name = call.literal.predicate
        known = self.patterns.setdefault(name, [])
        fitting = next((own for own in known if set(own) <= set(call.columns)), None)
        if fitting is None:
            shared = [c for c in call.columns if all(c in own for own in known)]
            fitting = tuple(shared)
            if (name, fitting) in self.failed:
                fitting = call.columns
                known.append(fitting)
            else:
                self.patterns[name] = [fitting]
        return name, fitting

    def calls(self, rule: Rule, columns: Pattern) -> list[_Call]:
        """A body's calls of predicates that must be asked.

        Raises:
            ProgramError: a goal cannot be evaluated, or a variable is not bound.
        """
        before: list[Goal] = [self.guard(rule, columns)] if columns else []
        bound = {v.name for goal in before for v in variables(goal)}
        todo, found = list(rule.body), []
        while todo:
            goal = next((goal for goal in todo if self.ready(goal, bound)), None)
            if goal is None:
                raise self.stuck(rule, todo, bound)
            todo.remove(goal)
            if isinstance(goal, Literal) and goal.predicate in self.needy:
                found.append(_Call(goal, self.bound(goal, bound), tuple(before)))
            if isinstance(goal, Comparison) or not goal.negated:
                before.append(goal)
                bound |= {v.name for v in variables(goal)}
        if rule.number in self.errors and not bound.issuperset(self.names(rule)):
            raise self.errors[rule.number]
        return found

    def ready(self, goal: Goal, bound: set[str]) -> bool:
        """Whether a goal can be evaluated where some variables are bound."""
        free = any(v.name not in bound for v in variables(goal))
        if isinstance(goal, Comparison):
            return not free or bool(assigns(goal, bound))
        if goal.negated and free:
            return False
        return (
            goal.predicate not in self.needy or (goal.predicate, self.bound(goal, bound)) not in self.failed
        )

    def stuck(self, rule: Rule, todo: list[Goal], bound: set[str]) -> ProgramError:
        """Why none of some goals can be evaluated."""
        if rule.number in self.errors:
            return self.errors[rule.number]
        keys = [(g.predicate, self.bound(g, bound)) for g in todo if isinstance(g, Literal)]
        return next(self.failed[key] for key in keys if key in self.failed)

    def bound(self, literal: Literal, bound: set[str]) -> Pattern:
        """The columns of a literal that are bound, without those of aggregates."""
        return tuple(
            column
            for column, term in enumerate(literal.terms)
            if (isinstance(term, Constant) or term.name in bound)
            and not any(
                isinstance(rule.head.terms[column], Aggregate)
                for rule in self.by_head.get(literal.predicate, ())
            )
        )

    def guard(self, rule: Rule, columns: Pattern) -> Literal:
        """The literal that keeps a rule to what is asked."""
        terms = (rule.head.terms[column] for column in columns)
        plain = tuple(term for term in terms if isinstance(term, (Variable, Constant)))
        return Literal(_wanted(rule.head.predicate, columns), plain, False, rule.place)

    def names(self, rule: Rule) -> tuple[str, ...]:
        """The variables of a rule, and of the heads of its alternatives."""
        heads = self.groups[rule.group] if rule.group is not None else (rule,)
        return tuple(dict.fromkeys((*rule.names, *(v.name for r in heads for v in variables(r.head)))))

    def with_guard(self, rule: Rule, made: dict[str, Rule]) -> Rule:
        """A rule for what is asked; called in several patterns, for the bindings that any of them leads to."""
        patterns, names = self.patterns[rule.head.predicate], self.names(rule)
        guards = [self.guard(rule, columns) for columns in patterns]
        if not all(patterns):
            return replace(rule, names=names)
        if len(guards) > 1:
            terms = tuple(Variable(name, rule.place) for name in names)
            any_of = Head(f"{WANTED}{rule.number}", terms, rule.place)
            for guard in guards:
                body = (guard, *(g for g in rule.body if isinstance(g, Comparison) or not g.negated))
                made[f"{any_of.predicate} {guard.predicate}"] = _rule(any_of, body)
            guards = [Literal(any_of.predicate, terms, False, rule.place)]
        return replace(rule, body=(guards[0], *rule.body), names=names)

    def ask(self, call: _Call, made: dict[str, Rule]) -> None:
        """Add what says that a call asks for its values."""
        name, columns = self.pattern(call)
        terms: tuple[Term, ...] = tuple(call.literal.terms[c] for c in columns)
        head = Head(_wanted(name, columns), terms, call.literal.place)
        own = any(
            isinstance(g, Literal) and g.predicate == head.predicate and g.terms == terms for g in call.before
        )
        if columns and not own:
            shown = ", ".join(map(str, (*terms, *call.before)))
            made.setdefault(f"{head.predicate} {shown}", _rule(head, call.before))


def _rule(head: Head, body: tuple[Goal, ...]) -> Rule:
    names = tuple(dict.fromkeys(v.name for goal in body for v in variables(goal)))
    return Rule(-1, head, body, None, names, head.place)


def _wanted(predicate: str, columns: Pattern) -> str:
    return f"{WANTED}{predicate} {','.join(map(str, columns))}"
