"""Formulas of first-order logic with equality, order and arithmetic; what readers of texts write and reasoners take.

A formula holds no positions: a `Statement` puts beside it the words that it was read from, which a proof can name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

Comparison: TypeAlias = Literal["=", "<", "<="]


@dataclass(frozen=True)
class Variable:
    """Stands for any thing; bound by the quantifier that names it."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A thing by its name, e.g. ``Constant("Bob")``. Two names may be of one thing unless a theory says otherwise."""

    name: str


@dataclass(frozen=True)
class Number:
    """An exact number; amounts are exact, dates are days since 0001-01-01 (as `datetime.date.toordinal`)."""

    value: Fraction


@dataclass(frozen=True)
class Function:
    """A function's value: ``Function("mother", (Constant("Bob"),))``; arithmetic is ``+ - * /`` of two terms."""

    name: str
    terms: tuple[Term, ...]


Term: TypeAlias = Variable | Constant | Number | Function


@dataclass(frozen=True)
class Predicate:
    """``Predicate("likes", (Constant("Bob"), Variable("X")))``."""

    name: str
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Compare:
    """Equality, or order of numbers: ``Compare("<", left, right)``. Greater is less the other way round."""

    operator: Comparison
    left: Term
    right: Term


@dataclass(frozen=True)
class Not:
    """It is not so that."""

    body: Formula


@dataclass(frozen=True)
class And:
    """All of them; of none: true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Or:
    """At least one of them; of none: false."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Xor:
    """One of the two, not both: either … or …."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class Implies:
    """If … then …."""

    condition: Formula
    conclusion: Formula


@dataclass(frozen=True)
class Iff:
    """Exactly if."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class ForAll:
    """For all values of the variables."""

    variables: tuple[Variable, ...]
    body: Formula


@dataclass(frozen=True)
class Exists:
    """For some values of the variables."""

    variables: tuple[Variable, ...]
    body: Formula


Formula: TypeAlias = Predicate | Compare | Not | And | Or | Xor | Implies | Iff | ForAll | Exists


@dataclass(frozen=True)
class Statement:
    """A formula and the words it was read from (a sentence, a line of a problem): what a proof's leaf names."""

    formula: Formula
    text: str = ""
    name: str = ""


def parts(formula: Formula) -> tuple[Formula, ...]:
    """The formulas directly inside one."""
    match formula:
        case Not(body) | ForAll(_, body) | Exists(_, body):
            return (body,)
        case And(inner) | Or(inner):
            return inner
        case Xor(left, right) | Iff(left, right) | Implies(left, right):
            return (left, right)
        case _:
            return ()


def terms(formula: Formula) -> Iterator[Term]:
    """All terms of a formula, those inside others too, in the order they are written."""
    own: tuple[Term, ...] = ()
    match formula:
        case Predicate(_, own):
            pass
        case Compare(_, left, right):
            own = (left, right)
    for term in own:
        yield from _within(term)
    for part in parts(formula):
        yield from terms(part)


def _within(term: Term) -> Iterator[Term]:
    yield term
    if isinstance(term, Function):
        for inner in term.terms:
            yield from _within(inner)
