"""Whether formulas without quantifiers contradict one another: cases, equality, linear arithmetic.

Their variables are taken as names. Equality is decided by congruence closure (Nelson, Oppen 1980), inequalities by
eliminating one unknown after another (Fourier, Motzkin); what holds in no case is a contradiction. The other way
round it may fail: products of unknowns are not reckoned with, nor equalities that only inequalities imply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm

from duli.fol.rewrite import pushed
from duli.fol.syntax import And, Compare, Formula, Function, Not, Number, Or, Predicate, Term

ARITHMETIC = frozenset("+-*/")
_MOST = 400
_CASES = 3000


def contradictory(formulas: Iterable[Formula], cases: int = _CASES, *, integers: bool = False) -> bool:
    """Whether formulas of literals, conjunctions and disjunctions cannot hold together.

    Args:
        formulas: their variables are names.
        cases: how many cases to look at, at most; past that the answer is False.
        integers: all numbers are whole.

    >>> p = Predicate("p", ())
    >>> contradictory([Or((p, Predicate("q", ()))), Not(p), Not(Predicate("q", ()))])
    True
    """
    return _refuted(list(formulas), [cases], integers)


def _refuted(formulas: list[Formula], left: list[int], integers: bool) -> bool:
    left[0] -= 1
    if left[0] < 0:
        return False
    facts: list[Formula] = []
    choices: list[Or] = []
    waiting = formulas
    while waiting:
        formula = waiting.pop()
        if isinstance(formula, And):
            waiting += formula.parts
        elif isinstance(formula, Or):
            choices.append(formula)
        else:
            facts.append(formula)
    facts, choices, done = _settled(facts, choices)
    if done:
        return True
    if not choices:
        return _unequal(facts, integers)
    choices.sort(key=lambda choice: len(choice.parts))
    case, rest = choices[0], choices[1:]
    denied: list[Formula] = []
    for part in case.parts:
        if not _refuted([*facts, *denied, part, *rest], left, integers):
            return False
        if not isinstance(part, (And, Or)):
            denied.append(pushed(Not(part)))
    return True


def _settled(facts: list[Formula], choices: list[Or]) -> tuple[list[Formula], list[Or], bool]:
    """What is left of the choices once the facts are known; whether that is a contradiction already."""
    while True:
        world = _World()
        if not all(world.add(fact) for fact in facts) or world.broken():
            return facts, [], True
        left: list[Or] = []
        new: list[Formula] = []
        for choice in choices:
            values = [world.value(part) for part in choice.parts]
            if True in values:
                continue
            still = tuple(part for part, value in zip(choice.parts, values, strict=True) if value is None)
            if len(still) > 1:
                left.append(Or(still))
            else:
                new.append(still[0] if still else Or(()))
        if Or(()) in new:
            return facts, [], True
        if not new:
            return facts, left, False
        for formula in new:
            waiting = [formula]
            while waiting:
                part = waiting.pop()
                if isinstance(part, And):
                    waiting += part.parts
                elif isinstance(part, Or):
                    left.append(part)
                else:
                    facts = [*facts, part]
        choices = left


class _World:
    """Literals that hold together, as classes of equal terms; atoms are terms, equal to true or to false."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.numbers: dict[object, int] = {}
        self.apps: list[tuple[str, tuple[int, ...], int]] = []
        self.values: dict[int, Fraction] = {}
        self.apart: list[tuple[int, int]] = []
        self.true, self.false = self._node("true"), self._node("false")
        self.apart.append((self.true, self.false))
        self.closed = True

    def _node(self, key: object) -> int:
        if key not in self.numbers:
            self.numbers[key] = len(self.parent)
            self.parent.append(len(self.parent))
        return self.numbers[key]

    def term(self, term: Term | Predicate) -> int:
        if term in self.numbers:
            return self.numbers[term]
        node = self._node(term)
        if isinstance(term, (Function, Predicate)):
            sort = "f" if isinstance(term, Function) else "p"
            self.apps.append((f"{sort}{term.name}", tuple(map(self.term, term.terms)), node))
            self.closed = False
            line = _computed(term)
            if line is not None:
                self._unite(node, self.term(Number(line)))
        elif isinstance(term, Number):
            self.values[node] = term.value
        return node

    def find(self, node: int) -> int:
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def add(self, literal: Formula) -> bool:
        """Take a literal as true; False where it is seen at once to be false."""
        match literal:
            case Predicate():
                self._unite(self.term(literal), self.true)
            case Not(Predicate() as atom):
                self._unite(self.term(atom), self.false)
            case Compare("=", left, right):
                self._unite(self.term(left), self.term(right))
            case Not(Compare("=", left, right)):
                self.apart.append((self.term(left), self.term(right)))
        return True

    def _unite(self, a: int, b: int) -> None:
        a, b = self.find(a), self.find(b)
        if a != b:
            self.parent[a] = b
            self.closed = False

    def close(self) -> None:
        """Terms are equal whose functions and parts are."""
        while not self.closed:
            self.closed = True
            seen: dict[tuple[str, tuple[int, ...]], int] = {}
            for name, inner, node in self.apps:
                key = name, tuple(map(self.find, inner))
                other = seen.setdefault(key, node)
                if self.find(other) != self.find(node):
                    self._unite(other, node)

    def broken(self) -> bool:
        self.close()
        values: dict[int, Fraction] = {}
        for node, value in self.values.items():
            if values.setdefault(self.find(node), value) != value:
                return True
        return any(self.find(a) == self.find(b) for a, b in self.apart)

    def value(self, formula: Formula) -> bool | None:
        match formula:
            case And(inner):
                found = [self.value(part) for part in inner]
                return False if False in found else None if None in found else True
            case Or(inner):
                found = [self.value(part) for part in inner]
                return True if True in found else None if None in found else False
            case Not(body):
                value = self.value(body)
                return None if value is None else not value
            case Predicate():
                node = self._root(formula)
                return True if node == self._root("true") else False if node == self._root("false") else None
            case Compare("=", left, right):
                a, b = self._root(left), self._root(right)
                if a == b:
                    return True
                pairs = ({self.find(x), self.find(y)} for x, y in self.apart)
                return False if any(pair == {a, b} for pair in pairs) else None
        return None

    def _root(self, term: Term | Predicate | str) -> int:
        node = self.numbers[term] if isinstance(term, str) else self.term(term)
        self.close()
        return self.find(node)


def _computed(term: Term | Predicate) -> Fraction | None:
    """The number that a term of numbers alone comes to."""
    match term:
        case Number(value):
            return value
        case Function("+" | "-" | "*" as sign, (left, right)):
            a, b = _computed(left), _computed(right)
            if a is not None and b is not None:
                return {"+": a + b, "-": a - b, "*": a * b}[sign]
    return None


@dataclass
class _Line:
    """A sum of unknowns and a number that is below zero, or at most zero."""

    parts: dict[int, Fraction] = field(default_factory=dict)
    rest: Fraction = Fraction(0)
    strict: bool = False

    def plus(self, other: _Line, times: Fraction) -> _Line:
        """The sum with a multiple of another; strict where one of the two is."""
        made = dict(self.parts)
        for unknown, factor in other.parts.items():
            made[unknown] = made.get(unknown, Fraction(0)) + factor * times
        left = {unknown: factor for unknown, factor in made.items() if factor}
        return _Line(left, self.rest + other.rest * times, self.strict or other.strict)


def _unequal(facts: Sequence[Formula], integers: bool) -> bool:
    """Whether the comparisons among literals have no solution in numbers."""
    world = _World()
    for fact in facts:
        world.add(fact)
    lines: list[_Line] = []
    apart: list[_Line] = []
    for fact in facts:
        match fact:
            case Compare("=", left, right) if _numeric(left) or _numeric(right):
                difference = _difference(left, right, world)
                lines += [difference, _Line().plus(difference, Fraction(-1))]
            case Compare("<" | "<=" as operator, left, right):
                line = _difference(left, right, world)
                line.strict = operator == "<"
                lines.append(line)
            case Not(Compare("=", left, right)) if _numeric(left) or _numeric(right) or lines:
                apart.append(_difference(left, right, world))
    if not lines and not apart:
        return False
    solvable = _solvable_whole if integers else _solvable
    if not solvable(lines):
        return True
    for line in apart:
        below, above = _Line().plus(line, Fraction(1)), _Line().plus(line, Fraction(-1))
        below.strict = above.strict = True
        if not solvable([*lines, below]) and not solvable([*lines, above]):
            return True
    return False


def _solvable_whole(lines: Sequence[_Line]) -> bool:
    """As `_solvable`, of whole numbers: a sum below zero is at most minus one, and common factors are divided out."""
    return _solvable([_tightened(line) for line in lines])


def _tightened(line: _Line) -> _Line:
    if not line.parts:
        return line
    times = lcm(line.rest.denominator, *(factor.denominator for factor in line.parts.values()))
    whole = {unknown: int(factor * times) for unknown, factor in line.parts.items()}
    rest, common = int(line.rest * times) + line.strict, gcd(*whole.values())
    return _Line({u: Fraction(f // common) for u, f in whole.items()}, Fraction(-(-rest // common)))


def _numeric(term: Term) -> bool:
    return isinstance(term, Number) or (isinstance(term, Function) and term.name in ARITHMETIC)


def _difference(left: Term, right: Term, world: _World) -> _Line:
    return _linear(left, world).plus(_linear(right, world), Fraction(-1))


def _linear(term: Term, world: _World) -> _Line:
    match term:
        case Number(value):
            return _Line(rest=value)
        case Function("+" | "-" as sign, (left, right)):
            return _linear(left, world).plus(_linear(right, world), Fraction(1 if sign == "+" else -1))
        case Function("-", (only,)):
            return _Line().plus(_linear(only, world), Fraction(-1))
        case Function("*", (left, right)):
            a, b = _linear(left, world), _linear(right, world)
            if not a.parts or not b.parts:
                line, number = (b, a.rest) if not a.parts else (a, b.rest)
                return _Line().plus(line, number)
        case Function("/", (left, right)):
            below = _linear(right, world)
            if not below.parts and below.rest:
                return _Line().plus(_linear(left, world), 1 / below.rest)
    root = world._root(term)
    known = [value for node, value in world.values.items() if world.find(node) == root]
    return _Line(rest=known[0]) if known else _Line({root: Fraction(1)})


def _solvable(lines: Sequence[_Line]) -> bool:
    """Whether numbers meet all lines; True where that is too much work to say."""
    while True:
        for line in lines:
            if not line.parts and (line.rest > 0 or (line.strict and line.rest == 0)):
                return False
        lines = [line for line in lines if line.parts]
        if not lines or len(lines) > _MOST:
            return True
        unknowns = {u for line in lines for u in line.parts}

        def cost(unknown: int, lines: Sequence[_Line] = lines) -> int:
            above = sum(line.parts.get(unknown, 0) > 0 for line in lines)
            return above * sum(line.parts.get(unknown, 0) < 0 for line in lines)

        chosen = min(unknowns, key=cost)
        up = [line for line in lines if line.parts.get(chosen, 0) > 0]
        down = [line for line in lines if line.parts.get(chosen, 0) < 0]
        lines = [line for line in lines if chosen not in line.parts] + [
            _Line().plus(a, 1 / a.parts[chosen]).plus(b, -1 / b.parts[chosen]) for a in up for b in down
        ]
