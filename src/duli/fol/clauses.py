"""Clauses and their terms as the prover has them: nested tuples, variables by number.

A term is a number of a variable, or a tuple of a name and terms; an atom is a tuple of a predicate and terms, ``=`` and
``<`` among them. A literal is its sign and its atom, a clause a tuple of literals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

from duli.errors import LimitReachedError
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Formula,
    Function,
    Not,
    Number,
    Or,
    Predicate,
    Term,
    Variable,
)

# A recursive type of tuples: the number of a variable, or (name, term, …).
Tree: TypeAlias = Any
Literal: TypeAlias = tuple[bool, Tree]
Clause: TypeAlias = tuple[Literal, ...]
Substitution: TypeAlias = dict[int, Tree]

_MOST = 4000
_LETTERS = "XYZUVW"


def tree(term: Term, variables: dict[str, int]) -> Tree:
    """A term as the prover has it; `variables` gives each variable its number."""
    match term:
        case Variable(name):
            return variables.setdefault(name, len(variables))
        case Constant(name):
            return (name,)
        case Number(value):
            return (value,)
        case Function(name, inner):
            return (name, *(tree(t, variables) for t in inner))


def literal(formula: Formula, variables: dict[str, int]) -> Literal:
    """A literal as the prover has it."""
    match formula:
        case Not(body):
            sign, atom = literal(body, variables)
            return not sign, atom
        case Predicate(name, inner):
            return True, (f"?{name}", *(tree(t, variables) for t in inner))
        case Compare("<=", left, right):
            return False, ("<", tree(right, variables), tree(left, variables))
        case Compare(operator, left, right):
            return True, (operator, tree(left, variables), tree(right, variables))
    raise AssertionError(formula)


def clauses(matrix: Formula) -> Iterator[tuple[Clause, dict[str, int]]]:
    """The clauses of a matrix (see `duli.fol.rewrite.matrix`), and the numbers of its variables by name.

    Raises:
        LimitReachedError: there are more than 4,000.
    """
    variables: dict[str, int] = {}
    for found in _distributed(matrix, variables):
        yield found, variables


def _distributed(matrix: Formula, variables: dict[str, int]) -> list[Clause]:
    match matrix:
        case And(inner):
            return list(dict.fromkeys(clause for part in inner for clause in _distributed(part, variables)))
        case Or(inner):
            made: list[Clause] = [()]
            for part in inner:
                own = _distributed(part, variables)
                if len(own) * len(made) > _MOST:
                    raise LimitReachedError("a formula has too many clauses")
                made = [tuple(dict.fromkeys(a + b)) for a, b in product(made, own)]
            return [clause for clause in made if not any((not s, a) in clause for s, a in clause)]
    return [(literal(matrix, variables),)]


def names(count: int) -> list[str]:
    """Names for variables by number: X, Y, Z, U, V, W, X1, …"""
    return [_LETTERS[i % 6] + (str(i // 6) if i >= 6 else "") for i in range(count)]


def term_of(found: Tree, called: Mapping[int, str]) -> Term:
    """A term of the prover as one of a formula."""
    if isinstance(found, int):
        return Variable(called[found])
    name, *inner = found
    if inner:
        return Function(name, tuple(term_of(t, called) for t in inner))
    return Number(name) if isinstance(name, Fraction) else Constant(name)


def formula_of(clause: Clause) -> Formula:
    """A clause as a formula: a literal, or a disjunction of them."""
    called = dict(enumerate(names(1 + max(variables_of(clause), default=-1))))
    made = tuple(_literal_of(literal, called) for literal in clause)
    return made[0] if len(made) == 1 else Or(made)


def _literal_of(found: Literal, called: Mapping[int, str]) -> Formula:
    sign, (name, *inner) = found
    terms = tuple(term_of(t, called) for t in inner)
    if name == "<" and not sign:
        return Compare("<=", terms[1], terms[0])
    if name in ("<", "="):
        atom: Formula = Compare("<" if name == "<" else "=", *terms)
        return atom if sign else Not(atom)
    return Predicate(name[1:], terms) if sign else Not(Predicate(name[1:], terms))


def variables_of(clause: Clause) -> set[int]:
    """The variables of a clause."""
    found: set[int] = set()
    for _, atom in clause:
        collect(atom, found)
    return found


def collect(found: Tree, into: set[int]) -> None:
    """Add the variables of a term to a set."""
    if isinstance(found, int):
        into.add(found)
    else:
        for inner in found[1:]:
            collect(inner, into)


def put(found: Tree, by: Substitution) -> Tree:
    """A term with its variables replaced, and those of what they are replaced by."""
    if isinstance(found, int):
        value = by.get(found)
        return found if value is None else put(value, by)
    if len(found) == 1:
        return found
    return (found[0], *[put(inner, by) for inner in found[1:]])


def renumbered(clause: Iterable[Literal]) -> tuple[Clause, dict[int, int]]:
    """The clause with its variables numbered from 0 in the order they occur, and the new number of each."""
    new: dict[int, int] = {}

    def walk(found: Tree) -> Tree:
        if isinstance(found, int):
            return new.setdefault(found, len(new))
        if len(found) == 1:
            return found
        return (found[0], *[walk(inner) for inner in found[1:]])

    return tuple((sign, walk(atom)) for sign, atom in clause), new


def unify(a: Tree, b: Tree, by: Substitution) -> bool:
    """Make two terms equal by replacing variables (Robinson 1965); `by` grows, and is spoilt where they cannot be."""
    stack = [(a, b)]
    while stack:
        a, b = stack.pop()
        while isinstance(a, int) and a in by:
            a = by[a]
        while isinstance(b, int) and b in by:
            b = by[b]
        if isinstance(a, int):
            if a != b:
                if _occurs(a, b, by):
                    return False
                by[a] = b
        elif isinstance(b, int):
            if _occurs(b, a, by):
                return False
            by[b] = a
        elif a is not b:
            if a[0] != b[0] or len(a) != len(b):
                return False
            stack.extend(zip(a[1:], b[1:], strict=True))
    return True


def _occurs(variable: int, found: Tree, by: Substitution) -> bool:
    stack = [found]
    while stack:
        here = stack.pop()
        if isinstance(here, int):
            if here == variable:
                return True
            if here in by:
                stack.append(by[here])
        else:
            stack.extend(here[1:])
    return False


def match(pattern: Tree, found: Tree, by: Substitution) -> bool:
    """Make a pattern equal to a term by replacing the pattern's variables; `by` grows, and is spoilt where not."""
    if isinstance(pattern, int):
        value = by.setdefault(pattern, found)
        return value is found or bool(value == found)
    if isinstance(found, int) or pattern[0] != found[0] or len(pattern) != len(found):
        return False
    for i in range(1, len(pattern)):
        inner, other = pattern[i], found[i]
        if isinstance(inner, int):
            value = by.setdefault(inner, other)
            if value is not other and value != other:
                return False
        elif not match(inner, other, by):
            return False
    return True


def weight(found: Tree) -> int:
    """How many symbols and variables a term has."""
    return 1 if isinstance(found, int) else 1 + sum(weight(inner) for inner in found[1:])


def instance(found: Tree, by: Substitution) -> Tree:
    """A term with its variables replaced once."""
    if isinstance(found, int):
        return by.get(found, found)
    if len(found) == 1:
        return found
    return (found[0], *[instance(inner, by) for inner in found[1:]])


def variables_in(found: Tree) -> set[int]:
    """The variables of a term or an atom."""
    variables = set[int]()
    collect(found, variables)
    return variables
