"""Recursion that runs towards its answers, turned so that it starts from what is demanded.

``path(X,Y) :- edge(X,Z), path(Z,Y)`` asked for with X bound demands path(Z,_) of every Z that it meets, and derives
all their rows: quadratic. Where the free columns of the recursive literal go to the head as they are, the rows of each
demanded X can be found by walking on from X alone (Naughton, Ramakrishnan, Sagiv and Ullman 1989).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from duli.logic.rules import DEMAND, HIDDEN, Rule, RuleSet
from duli.logic.strata import components
from duli.logic.syntax import Constant, Goal, Head, HeadTerm, Literal, Term, Variable, variables

REACH = HIDDEN + "reach "


@dataclass(frozen=True)
class Turned:
    """Rules in place of a predicate's own; ``bound`` are its demanded columns."""

    bound: frozenset[int]
    rules: tuple[Rule, ...]
    arities: Mapping[str, int]


def turned(
    patterns: Mapping[str, frozenset[int]], rules: RuleSet, by_head: Mapping[str, Sequence[Rule]]
) -> dict[str, Turned]:
    """The predicates whose recursion is to be turned, by their bound columns."""
    given = {fact.predicate for fact in rules.facts} | rules.inputs
    uses = {
        name: [p for r in own for p in {g.predicate for g in r.body if isinstance(g, Literal)}]
        for name, own in by_head.items()
    }
    edges = {name: [p for p in used if p in uses] for name, used in uses.items()}
    alone = {name for group in components(edges) if len(group) == 1 for name in group}
    found = {}
    number = 1 + max((rule.number for rule in rules.rules), default=0)
    for name, bound in patterns.items():
        own = by_head[name]
        plain = all(r.probability is None and r.group is None and not r.head.aggregates for r in own)
        if bound and plain and name in alone and name not in given and name in edges[name]:
            made = _Turn(name, bound, own).made()
            if made is not None:
                again = [replace(rule, number=number + i) for i, rule in enumerate(made.rules)]
                number += len(again)
                found[name] = replace(made, rules=tuple(again))
    return found


class _Turn:
    def __init__(self, name: str, bound: frozenset[int], rules: Sequence[Rule]) -> None:
        self.name, self.rules = name, rules
        self.bound = sorted(bound)
        self.free = [c for c in range(len(rules[0].head.terms)) if c not in bound]

    def made(self) -> Turned | None:
        """The rules instead; None when these are of another shape, or need no turning."""
        exits: list[Rule] = []
        right: list[tuple[Rule, Literal]] = []
        left: list[Rule] = []
        closed = False
        for rule in self.rules:
            own = [g for g in rule.body if isinstance(g, Literal) and g.predicate == self.name]
            if not own:
                exits.append(rule)
            elif len(own) == 1 and not own[0].negated and self.passes(rule, own[0], self.bound):
                left.append(rule)
            elif len(own) == 1 and not own[0].negated and self.passes(rule, own[0], self.free):
                right.append((rule, own[0]))
            elif self.closes(rule, own):
                closed = True
            else:
                return None
        if not exits or not (right or closed):
            return None
        same = {self.shape(r, None) for r in exits}
        steps = {self.shape(r, literal) for r, literal in right}
        if not left and len(self.bound) == len(self.free) and (steps == same or (closed and steps <= same)):
            return self.onward(exits)
        return self.reaching(exits, right, left, closed=closed)

    def passes(self, rule: Rule, literal: Literal, columns: list[int]) -> bool:
        """Whether some columns of the literal are different variables that go to the head and nowhere else."""
        terms = _terms(literal.terms, columns)
        names = [t.name for t in terms if isinstance(t, Variable)]
        if len(set(names)) != len(columns) or names != _at(rule.head.terms, columns):
            return False
        used = [v.name for goal in (*rule.body, rule.head) for v in variables(goal)]
        return all(used.count(name) == 2 for name in names)

    def closes(self, rule: Rule, own: list[Literal]) -> bool:
        """Whether a rule is p(X,Y) :- p(X,Z), p(Z,Y)."""
        if len(rule.body) != 2 or len(own) != 2 or any(g.negated for g in own):
            return False
        terms = (*rule.head.terms, *own[0].terms, *own[1].terms)
        if not all(isinstance(t, Variable) for t in terms) or len({str(t) for t in terms}) != 3 * len(
            self.bound
        ):
            return False
        head_bound, head_free = _at(rule.head.terms, self.bound), _at(rule.head.terms, self.free)
        for first, second in (own, own[::-1]):
            if (
                _at(first.terms, self.bound) == head_bound
                and _at(first.terms, self.free) == _at(second.terms, self.bound)
                and _at(second.terms, self.free) == head_free
            ):
                return True
        return False

    def shape(self, rule: Rule, literal: Literal | None) -> str:
        """The step that a body makes, with its variables by number: from the bound columns to the free ones."""
        target = rule.head.terms if literal is None else literal.terms
        columns = self.free if literal is None else self.bound
        ends = (*_terms(rule.head.terms, self.bound), *_terms(target, columns))
        names: dict[str, str] = {}

        def shown(terms: Sequence[Term]) -> str:
            numbered = (
                names.setdefault(t.name, f"_{len(names)}") if isinstance(t, Variable) else repr(t.value)
                for t in terms
            )
            return ",".join(numbered)

        out = [shown(ends)]
        for goal in rule.body:
            if isinstance(goal, Literal) and goal is not literal:
                out.append(f"{goal.negated}{goal.predicate}({shown(goal.terms)})")
            elif goal is not literal:
                out.append(f"another {rule.number}")
        return ";".join(out)

    def onward(self, exits: list[Rule]) -> Turned:
        """p(S,Y) :- demand(S), step(S,Y).  p(S,Y) :- p(S,X), step(X,Y)."""
        rules = []
        for rule in exits:
            terms = rule.head.terms
            guard = Literal(DEMAND + self.name, _terms(terms, self.bound), False, rule.place)
            rules.append(_rule(rule.head, (guard, *rule.body), rule))
            starts = self.starts(rule)
            before = self.literal(starts, _terms(terms, self.bound), rule)
            rules.append(_rule(self.head(starts, _terms(terms, self.free), rule), (before, *rule.body), rule))
        return Turned(frozenset(self.bound), tuple(rules), {})

    def reaching(
        self, exits: list[Rule], right: list[tuple[Rule, Literal]], left: list[Rule], *, closed: bool
    ) -> Turned:
        """reach(S,S) :- demand(S).  reach(S,Z) :- reach(S,X), step(X,Z).  p(S,Y) :- reach(S,X), exit(X,Y)."""
        width, some = len(self.bound), exits[0]
        starts = self.starts(some)
        guard = Literal(DEMAND + self.name, starts, False, some.place)
        rules = [_rule(Head(REACH + self.name, (*starts, *starts), some.place), (guard,), some)]
        for rule, literal in right:
            body = tuple(goal for goal in rule.body if goal is not literal)
            reach = self.reach(rule)
            target = _terms(literal.terms, self.bound)
            rules.append(_rule(Head(REACH + self.name, (*starts, *target), rule.place), (reach, *body), rule))
        if closed:
            ends = tuple(Variable(f"\\end{i}", some.place) for i in range(width))
            met = self.literal(starts, ends, some)
            rules.append(_rule(Head(REACH + self.name, (*starts, *ends), some.place), (met,), some))
        for rule in exits:
            head = self.head(starts, _terms(rule.head.terms, self.free), rule)
            rules.append(_rule(head, (self.reach(rule), *rule.body), rule))
        return Turned(frozenset(self.bound), (*rules, *left), {REACH + self.name: 2 * width})

    def starts(self, rule: Rule) -> tuple[Term, ...]:
        """Variables for what is demanded."""
        return tuple(Variable(f"\\start{i}", rule.place) for i in range(len(self.bound)))

    def reach(self, rule: Rule) -> Literal:
        """That the bound columns of a rule's head are reached from what is demanded."""
        terms = (*self.starts(rule), *_terms(rule.head.terms, self.bound))
        return Literal(REACH + self.name, terms, False, rule.place)

    def literal(self, bound: Sequence[Term], free: Sequence[Term], rule: Rule) -> Literal:
        """The predicate with these terms."""
        at = {**dict(zip(self.bound, bound, strict=True)), **dict(zip(self.free, free, strict=True))}
        return Literal(self.name, tuple(at[c] for c in range(len(at))), False, rule.place)

    def head(self, bound: Sequence[Term], free: Sequence[Term], rule: Rule) -> Head:
        """The same as a head."""
        return Head(self.name, self.literal(bound, free, rule).terms, rule.place)


def _rule(head: Head, body: tuple[Goal, ...], rule: Rule) -> Rule:
    names = tuple(dict.fromkeys(v.name for goal in body for v in variables(goal)))
    return Rule(-1, head, body, None, names, rule.place)


def _terms(terms: Sequence[HeadTerm], columns: Sequence[int]) -> tuple[Term, ...]:
    return tuple(t for t in (terms[c] for c in columns) if isinstance(t, (Variable, Constant)))


def _at(terms: Sequence[HeadTerm], columns: Sequence[int]) -> list[str]:
    return [t.name if isinstance(t, Variable) else str(t) for t in (terms[c] for c in columns)]
