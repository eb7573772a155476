"""What makes clauses simpler or needless: unit equations, units, clauses that say more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from duli.fol.clauses import Clause, Substitution, Tree, instance, match, variables_in, weight
from duli.fol.order import Order

Used = tuple[int, Substitution]
_MOST_REWRITES = 200
_ARITHMETIC: dict[object, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


class Simplifier:
    """The clauses that others are simplified by."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.clauses: dict[int, Clause] = {}
        self._rules: dict[object, dict[tuple[int, int], tuple[Tree, Tree, bool]]] = {}
        self._units: dict[tuple[bool, object], dict[int, Tree]] = {}
        self._first: dict[tuple[bool, object], set[int]] = {}
        self._has: dict[tuple[bool, object], set[int]] = {}
        self._sizes: dict[int, int] = {}
        # Terms that no equation rewrites, until there is a new one.
        self._settled: set[Tree] = set()

    def simplify(self, clause: Clause) -> tuple[Clause, list[Used]]:
        """A clause rewritten, without literals that units refute; and the clauses that were used, with bindings."""
        used: list[Used] = []
        made: dict[tuple[bool, Tree], None] = {}
        for sign, atom in clause:
            atom = self._normal(atom, used)
            if _false(sign, atom):
                continue
            refuting = self._refuting(sign, atom)
            if refuting is None:
                made[sign, atom] = None
            else:
                used.append(refuting)
        return tuple(made), used

    def _normal(self, found: Tree, used: list[Used]) -> Tree:
        """A term rewritten by unit equations from inside until nothing changes."""
        if isinstance(found, int) or found in self._settled:
            return found
        if len(found) > 1:
            inner = tuple(self._normal(t, used) for t in found[1:])
            if inner != found[1:]:
                found = (found[0], *inner)
        found = _computed(found)
        for (number, _), (left, right, oriented) in self._rules.get(found[0], {}).items():
            by: Substitution = {}
            if match(left, found, by):
                new = instance(right, by)
                if (oriented or self.order.greater(found, new)) and len(used) < _MOST_REWRITES:
                    used.append((number, by))
                    return self._normal(new, used)
        self._settled.add(found)
        return found

    def _refuting(self, sign: bool, atom: Tree) -> Used | None:
        for number, unit in self._units.get((not sign, atom[0]), {}).items():
            by: Substitution = {}
            if match(unit, atom, by):
                return number, by
            if atom[0] == "=":
                by = {}
                if match(unit, ("=", atom[2], atom[1]), by):
                    return number, by
        return None

    def subsumed(self, clause: Clause) -> bool:
        """Whether another clause says as much or more."""
        size = sum(weight(atom) for _, atom in clause)
        for key in {(sign, atom[0]) for sign, atom in clause}:
            for number in self._first.get(key, ()):
                other = self.clauses[number]
                fits = len(other) <= len(clause) and self._sizes[number] <= size
                if fits and _covers(other, clause, {}):
                    return True
        return False

    def add(self, number: int, clause: Clause) -> list[int]:
        """Take a clause in; returns those that it makes simpler or needless, which are taken out."""
        touched = list(self._touched(clause))
        for old in touched:
            self._remove(old)
        self.clauses[number] = clause
        self._sizes[number] = sum(weight(atom) for _, atom in clause)
        self._first.setdefault(_rarest(clause), set()).add(number)
        for sign, atom in clause:
            self._has.setdefault((sign, atom[0]), set()).add(number)
        if len(clause) == 1:
            sign, atom = clause[0]
            self._units.setdefault((sign, atom[0]), {})[number] = atom
            if sign and atom[0] == "=":
                self._settled.clear()
                for side, (left, right, oriented) in enumerate(self._directions(atom)):
                    self._rules.setdefault(left[0], {})[number, side] = (left, right, oriented)
        return touched

    def _directions(self, atom: Tree) -> Iterator[tuple[Tree, Tree, bool]]:
        for left, right in ((atom[1], atom[2]), (atom[2], atom[1])):
            if self.order.greater(left, right):
                yield left, right, True
            elif (
                not self.order.greater(right, left)
                and not isinstance(left, int)
                and variables_in(right) <= variables_in(left)
            ):
                yield left, right, False

    def _remove(self, number: int) -> None:
        clause = self.clauses.pop(number)
        self._first[_rarest(clause)].discard(number)
        for sign, atom in clause:
            self._has[sign, atom[0]].discard(number)
        if len(clause) == 1:
            sign, atom = clause[0]
            del self._units[sign, atom[0]][number]
            if sign and atom[0] == "=":
                for side, (left, _, _) in enumerate(self._directions(atom)):
                    del self._rules[left[0]][number, side]

    def _touched(self, clause: Clause) -> Iterator[int]:
        for number in list(self._has.get((clause[0][0], clause[0][1][0]), ())):
            other = self.clauses[number]
            if len(clause) <= len(other) and _covers(clause, other, {}):
                yield number
        sign, atom = clause[0]
        if len(clause) == 1 and sign and atom[0] == "=":
            rules = [rule for rule in self._directions(atom) if rule[2]]
            for number, other in self.clauses.items():
                if any(_rewrites(left, a) for left, _, _ in rules for _, a in other) and not _covers(
                    clause, other, {}
                ):
                    yield number


def _computed(found: Tree) -> Tree:
    """The number that a sum, a difference or a product of numbers is; another term as it is."""
    if len(found) == 3 and found[0] in _ARITHMETIC and all(_number(inner) for inner in found[1:]):
        return (_ARITHMETIC[found[0]](found[1][0], found[2][0]),)
    return found


def _number(found: Tree) -> bool:
    return isinstance(found, tuple) and isinstance(found[0], Fraction)


def _false(sign: bool, atom: Tree) -> bool:
    """Whether a literal says a ≠ a, or something false of two numbers."""
    if atom[0] not in ("=", "<"):
        return False
    if not sign and atom[0] == "=" and atom[1] == atom[2]:
        return True
    if not (_number(atom[1]) and _number(atom[2])):
        return False
    a, b = atom[1][0], atom[2][0]
    return (a == b if atom[0] == "=" else a < b) is not sign


def _rarest(clause: Clause) -> tuple[bool, object]:
    return clause[0][0], clause[0][1][0]


def _rewrites(left: Tree, found: Tree) -> bool:
    stack = [found]
    while stack:
        here = stack.pop()
        if not isinstance(here, int):
            if here[0] == left[0] and match(left, here, {}):
                return True
            stack.extend(here[1:])
    return False


def _covers(clause: Clause, other: Clause, by: Substitution, at: int = 0) -> bool:
    """Whether an instance of a clause is part of another one, literal by literal (subsumption).

    No two literals may become the same one: ``¬p(X) ∨ ¬p(Y)`` must not remove what it needs to become ``¬p(X)``.
    """
    if at == len(clause):
        return True
    sign, atom = clause[at]
    for number, (other_sign, other_atom) in enumerate(other):
        if sign == other_sign and atom[0] == other_atom[0]:
            forms = [other_atom]
            if atom[0] == "=":
                forms.append(("=", other_atom[2], other_atom[1]))
            for form in forms:
                trial = dict(by)
                rest = other[:number] + other[number + 1 :]
                if match(atom, form, trial) and _covers(clause, rest, trial, at + 1):
                    return True
    return False
