"""The rules route: statements that are facts and rules, negation said outright, run by the engine `duli.logic`.

A negated predicate is a predicate of its own, so what is false is derived as what is true is. In the closed world a
negated condition holds when nothing gives its atom (negation as failure, by strata).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from duli import logic
from duli.fol.rewrite import apart, pushed, put
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Predicate,
    Term,
    Variable,
    parts,
    terms,
)
from duli.fol.theory import Proof, Step, Theory
from duli.types import Atom, Limits, Value
from duli.types import Proof as Derivation

_THING = "thing"
_NOTHING = ""


@dataclass(frozen=True)
class Rule:
    """A literal and the literals and comparisons that give it."""

    head: Formula
    body: tuple[Formula, ...]
    statement: int


def rules_of(formula: Formula, statement: int = 0) -> tuple[Rule, ...] | None:
    """The rules that a formula is; None where it is more than rules can say.

    >>> x = Variable("X")
    >>> rules_of(ForAll((x,), Implies(Predicate("red", (x,)), Predicate("rough", (x,)))))[0].body
    (Predicate(name='red', terms=(Variable(name='X'),)),)
    """
    try:
        return tuple(_rules(apart(formula), (), statement))
    except _NotRules:
        return None


class _NotRules(Exception):  # noqa: N818
    """The formula says more than rules do."""


def _rules(formula: Formula, body: tuple[Formula, ...], statement: int) -> Iterator[Rule]:
    match formula:
        case ForAll(_, inner):
            yield from _rules(inner, body, statement)
        case And(inner_parts):
            for part in inner_parts:
                yield from _rules(part, body, statement)
        case Implies(condition, conclusion):
            for case in _cases(condition):
                yield from _rules(conclusion, (*body, *case), statement)
        case Iff(left, right) if _affirmed(left) and _affirmed(right):
            yield from _rules(Implies(left, right), body, statement)
            yield from _rules(Implies(right, left), body, statement)
        case Not(Not(inner)):
            yield from _rules(inner, body, statement)
        case Predicate() | Not(Predicate()):
            if not all(_simple(term) for term in terms(formula)):
                raise _NotRules
            yield Rule(formula, body, statement)
        case _:
            raise _NotRules


def _affirmed(formula: Formula) -> bool:
    """Whether it has no negation, which could turn an equivalence into a paradox, and no quantifier."""
    if isinstance(formula, (Not, ForAll, Exists, Iff, Implies)):
        return False
    return all(_affirmed(part) for part in parts(formula))


def _cases(condition: Formula) -> list[tuple[Formula, ...]]:
    """A condition as alternatives, each of literals and comparisons."""
    match pushed(condition):
        case Exists(_, inner):
            return _cases(inner)
        case And(inner_parts):
            return [tuple(f for case in cases for f in case) for cases in product(*map(_cases, inner_parts))]
        case Or(inner_parts):
            return [case for part in inner_parts for case in _cases(part)]
        case Not(Predicate()) | Predicate() | Compare("<" | "<=") as literal if all(
            map(_simple, terms(literal))
        ):
            return [(literal,)]
        case _:
            raise _NotRules


def _simple(term: Term) -> bool:
    return isinstance(term, (Variable, Constant)) or (
        isinstance(term, Number) and term.value.denominator == 1
    )


class Rules:
    """The facts and rules of a theory, run once.

    Args:
        theory: all its statements are rules (see `rules_of`).
        things: terms of questions that the statements do not name.

    Raises:
        ProgramError: closed world: a predicate depends on its own negation.
    """

    def __init__(self, theory: Theory, rules: Sequence[Rule], things: Iterable[Term] = ()) -> None:
        self.theory, self.rules = theory, rules
        self.closed = theory.world == "closed"
        self._names: dict[str, str] = {}
        self._things: dict[Term, Value] = {}
        self._terms: dict[Value, Term] = {}
        self._predicates: dict[str, tuple[str, bool]] = {}
        for term in things:
            self._value(term)
        lines = [self._line(rule) for rule in rules]
        self.guarded = any(_THING in line for line in lines)
        if self.guarded:
            lines += [f"{_THING}({value})." for value in self._things.values()]
        heads = {self._predicate(rule.head) for rule in rules}
        # A predicate that is only asked for has no rows; the engine wants it declared.
        used = {self._predicate(f): len(_inner(f).terms) for f in self._literals()}
        inputs = {name: arity for name, arity in used.items() if name not in heads}
        self.program = logic.compile("\n".join(lines), name="statements", inputs=inputs)

    def _literals(self) -> Iterator[Formula]:
        for rule in self.rules:
            yield from (self._read(f) for f in rule.body if not isinstance(f, Compare))

    def _read(self, literal: Formula) -> Formula:
        return literal.body if self.closed and isinstance(literal, Not) else literal

    def run(self, limits: Limits) -> None:
        """Derive everything.

        Raises:
            LimitReachedError: there was no time for it.
        """
        self.result = self.program.run(provenance="boolean", limits=limits)
        if self.result.limit is not None:
            raise self.result.limit

    def covers(self, literal: Formula) -> bool:
        """Whether all that a literal names was known when the rules were read."""
        return not self.guarded or all(term in self._things for term in terms(literal))

    def holds(self, literal: Formula) -> bool:
        """Whether a ground literal is derived; in the closed world also: whether nothing gives its opposite."""
        if self.closed and isinstance(literal, Not) and not self._derived(literal):
            return not self._derived(literal.body)
        return self._derived(literal)

    def _derived(self, literal: Formula) -> bool:
        name = self._predicate(literal)
        if name not in self.program.predicates or not all(t in self._things for t in _inner(literal).terms):
            return False
        if self.program.predicates[name] != len(_inner(literal).terms):
            return False
        return bool(len(self.result.numbers(self._atom(literal))))

    def conflict(self) -> Predicate | None:
        """An atom that is derived and denied; None where there is none."""
        for name in self.program.predicates:
            if name.startswith("n") and "p" + name[1:] in self.program.predicates:
                both = set(self.result.rows(name)) & set(self.result.rows("p" + name[1:]))
                if both:
                    plain = self._predicates[name][0]
                    return Predicate(plain, tuple(self._terms[value] for value in min(both, key=str)))
        return None

    def proof(self, literal: Formula) -> Proof:
        """Why a ground literal holds."""
        steps: list[Step] = []
        if self._derived(literal):
            # Our own checker goes through the steps; the engine's would read the program's text again.
            self._steps(self.result.proof(self._atom(literal), opaque=(_NOTHING,)), steps, {})
        else:
            steps.append(Step(literal, "absent"))
        return Proof(tuple(steps))

    def _steps(self, derivation: Derivation, steps: list[Step], done: dict[Formula, int]) -> int:
        row, place = derivation.row, derivation.place
        assert row is not None  # noqa: S101
        formula = self._formula(row)
        if formula in done:
            return done[formula]
        assert place is not None  # noqa: S101
        rule = self.rules[(place.line or 1) - 1]
        bound = dict(_bound(rule.head, formula))
        goals = list(zip(rule.body, derivation.premises, strict=False))
        for goal, premise in goals:
            if premise.row is not None:
                bound |= _bound(goal, self._formula(premise.row))
        premises = []
        for goal, premise in goals:
            if premise.row is not None:
                premises.append(self._steps(premise, steps, done))
            else:
                steps.append(Step(put(goal, bound), "arithmetic" if isinstance(goal, Compare) else "absent"))
                premises.append(len(steps) - 1)
        steps.append(Step(formula, "statement", tuple(premises), rule.statement, (bound,)))
        done[formula] = len(steps) - 1
        return done[formula]

    def _formula(self, row: Atom) -> Formula:
        name, negated = self._predicates[row.predicate]
        atom = Predicate(name, tuple(self._terms[value] for value in row.arguments))
        return Not(atom) if negated else atom

    def _atom(self, literal: Formula) -> Atom:
        return Atom(self._predicate(literal), tuple(self._things[t] for t in _inner(literal).terms))

    def _predicate(self, literal: Formula) -> str:
        atom = _inner(literal)
        key = f"{atom.name}/{len(atom.terms)}"
        number = self._names.setdefault(key, str(len(self._names)))
        name = ("n" if isinstance(literal, Not) else "p") + number
        self._predicates[name] = (atom.name, isinstance(literal, Not))
        return name

    def _value(self, term: Term) -> Value:
        if term not in self._things:
            value = int(term.value) if isinstance(term, Number) else f"k{len(self._things)}"
            self._things[term], self._terms[value] = value, term
        return self._things[term]

    def _line(self, rule: Rule) -> str:
        """A rule as a line of the engine's language."""
        names: dict[Term, str] = {}

        def written(term: Term) -> str:
            if isinstance(term, Variable):
                return names.setdefault(term, f"V{len(names)}")
            return str(self._value(term))

        def literal(formula: Formula) -> str:
            if isinstance(formula, Compare):
                sign = {"<": "<", "<=": "=<"}[formula.operator]
                return f"{written(formula.left)} {sign} {written(formula.right)}"
            inner = ",".join(map(written, _inner(formula).terms))
            absent = "\\+ " if self._read(formula) is not formula else ""
            return absent + self._predicate(self._read(formula)) + (f"({inner})" if inner else "")

        head = _inner(rule.head)
        wrote = ",".join(map(written, head.terms))
        line = self._predicate(rule.head) + (f"({wrote})" if wrote else "")
        goals = [literal(goal) for goal in rule.body]
        bound = {
            term
            for goal in rule.body
            if isinstance(self._read(goal), (Predicate, Not)) and self._read(goal) is goal
            for term in terms(goal)
        }
        goals += [f"{_THING}({name})" for term, name in names.items() if term not in bound]
        return line + (" :- " + ", ".join(goals) if goals else "") + "."


def _inner(literal: Formula) -> Predicate:
    atom = literal.body if isinstance(literal, Not) else literal
    assert isinstance(atom, Predicate)  # noqa: S101
    return atom


def _bound(pattern: Formula, literal: Formula) -> Iterator[tuple[str, Term]]:
    for term, value in zip(_inner(pattern).terms, _inner(literal).terms, strict=True):
        if isinstance(term, Variable):
            yield term.name, value
