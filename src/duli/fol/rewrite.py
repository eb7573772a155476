"""Formulas rewritten: variables replaced, negation pushed inwards, quantifiers dropped (Skolem's normal form)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Exists,
    ForAll,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Predicate,
    Term,
    Variable,
    Xor,
    parts,
    terms,
)

Bindings = Mapping[str, Term]
FALSE = Or(())
MARK = "some_"


def put_term(term: Term, bindings: Bindings) -> Term:
    """A term with its variables replaced."""
    if isinstance(term, Variable):
        return bindings.get(term.name, term)
    if isinstance(term, Function):
        return Function(term.name, tuple(put_term(t, bindings) for t in term.terms))
    return term


def put(formula: Formula, bindings: Bindings) -> Formula:
    """A formula with its free variables replaced; no quantifier in it may bind a variable of what is put in."""
    if not bindings:
        return formula
    match formula:
        case Predicate(name, own):
            return Predicate(name, tuple(put_term(t, bindings) for t in own))
        case Compare(operator, left, right):
            return Compare(operator, put_term(left, bindings), put_term(right, bindings))
        case ForAll(variables, body) | Exists(variables, body):
            bound = {v.name for v in variables}
            return replace(formula, body=put(body, {k: v for k, v in bindings.items() if k not in bound}))
        case _:
            return with_parts(formula, [put(part, bindings) for part in parts(formula)])


def with_parts(formula: Formula, inner: Iterable[Formula]) -> Formula:
    """A formula with other parts in place of its own."""
    made = tuple(inner)
    match formula:
        case And():
            return And(made)
        case Or():
            return Or(made)
        case Not():
            return Not(made[0])
        case Xor() | Iff():
            return replace(formula, left=made[0], right=made[1])
        case Implies():
            return Implies(made[0], made[1])
        case ForAll() | Exists():
            return replace(formula, body=made[0])
        case _:
            return formula


def pushed(formula: Formula) -> Formula:
    """An equal formula that is a literal, a conjunction, a disjunction, or quantified.

    >>> pushed(Not(And((Predicate("p", ()), Predicate("q", ()))))) == Or(
    ...     (Not(Predicate("p", ())), Not(Predicate("q", ())))
    ... )
    True
    """
    match formula:
        case Implies(condition, conclusion):
            return Or((Not(condition), conclusion))
        case Iff(left, right):
            return And((Or((Not(left), right)), Or((left, Not(right)))))
        case Xor(left, right):
            return And((Or((left, right)), Or((Not(left), Not(right)))))
        case Not(body):
            return _denied(body)
        case _:
            return formula


def _denied(body: Formula) -> Formula:
    match body:
        case Not(inner):
            return pushed(inner)
        case And(inner_parts):
            return Or(tuple(map(Not, inner_parts)))
        case Or(inner_parts):
            return And(tuple(map(Not, inner_parts)))
        case Implies(condition, conclusion):
            return And((condition, Not(conclusion)))
        case Iff(left, right):
            return pushed(Xor(left, right))
        case Xor(left, right):
            return pushed(Iff(left, right))
        case ForAll(variables, inner):
            return Exists(variables, Not(inner))
        case Exists(variables, inner):
            return ForAll(variables, Not(inner))
        case Compare("<", left, right):
            return Compare("<=", right, left)
        case Compare("<=", left, right):
            return Compare("<", right, left)
        case _:
            return Not(body)


@dataclass
class Names:
    """Names for the variables of one formula, each bound once: X, X1, X2, …"""

    taken: set[str] = field(default_factory=set)

    def new(self, name: str) -> str:
        """A name like this one that was not given before."""
        found, count = name, 0
        while found in self.taken:
            count += 1
            found = f"{name}{count}"
        self.taken.add(found)
        return found


def apart(formula: Formula, names: Names | None = None) -> Formula:
    """An equal formula in which no two quantifiers bind a variable of the same name."""
    names = Names() if names is None else names
    if isinstance(formula, (ForAll, Exists)):
        new = {v.name: Variable(names.new(v.name)) for v in formula.variables}
        body = put(formula.body, new) if any(k != v.name for k, v in new.items()) else formula.body
        return type(formula)(tuple(new[v.name] for v in formula.variables), apart(body, names))
    return with_parts(formula, [apart(part, names) for part in parts(formula)])


def matrix(formula: Formula, mark: str) -> Formula:
    """A formula without quantifiers: its variables stand for all things, new functions for those that exist.

    It consists of literals, conjunctions and disjunctions. It holds in some world exactly if the formula, closed by
    "for all", does in one over the same things (Skolem 1920).

    Args:
        formula: perhaps with free variables.
        mark: begins the names of the new functions; no other name begins so.
    """
    return _matrix(formula, {}, Names(), mark)


def _matrix(formula: Formula, bound: Mapping[str, Term], names: Names, mark: str) -> Formula:
    match pushed(formula):
        case And(inner_parts):
            return And(tuple(_matrix(part, bound, names, mark) for part in inner_parts))
        case Or(inner_parts):
            return Or(tuple(_matrix(part, bound, names, mark) for part in inner_parts))
        case ForAll(variables, body):
            new = {v.name: Variable(names.new(v.name)) for v in variables}
            return _matrix(body, {**bound, **new}, names, mark)
        case Exists(variables, body):
            over = _variables(Exists(variables, body), bound)
            made = {v.name: _some(f"{mark}{names.new(v.name)}", over) for v in variables}
            return _matrix(body, {**bound, **made}, names, mark)
        case literal:
            return put(literal, bound)


def _variables(formula: Formula, bound: Mapping[str, Term]) -> tuple[Variable, ...]:
    """The variables for all things that a formula speaks of, by the names that it has for them."""
    stands = tuple(bound.get(name, Variable(name)) for name in free(formula))
    return tuple(dict.fromkeys(t for t in terms(Predicate("", stands)) if isinstance(t, Variable)))


def free(formula: Formula, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of the variables that nothing in a formula binds, as often as they occur."""
    if isinstance(formula, (Predicate, Compare)):
        yield from (t.name for t in terms(formula) if isinstance(t, Variable) and t.name not in bound)
    elif isinstance(formula, (ForAll, Exists)):
        yield from free(formula.body, bound | {v.name for v in formula.variables})
    else:
        for part in parts(formula):
            yield from free(part, bound)


def _some(name: str, over: tuple[Variable, ...]) -> Term:
    return Function(name, over) if over else Constant(name)


def literals(formula: Formula) -> Iterator[Formula]:
    """The literals of a matrix or a clause."""
    if isinstance(formula, (And, Or)):
        for part in formula.parts:
            yield from literals(part)
    else:
        yield formula


def symbols(formula: Formula) -> Iterator[str]:
    """The names of the predicates, constants and functions of a formula."""
    for term in terms(formula):
        if isinstance(term, (Constant, Function)):
            yield term.name
    waiting = [formula]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Predicate):
            yield here.name
        waiting += parts(here)


def mark_for(formulas: Iterable[Formula]) -> str:
    """A beginning of names that no symbol of the formulas has: what new things are called by."""
    mark, names = MARK, [name for f in formulas for name in symbols(f)]
    while any(name.startswith(mark) for name in names):
        mark += "_"
    return mark
