"""Formulas as sentences of the grammar that reads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from duli.errors import InputError
from duli.fol.syntax import (
    And,
    Compare,
    Exists,
    ForAll,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Predicate,
    Statement,
    Term,
    Variable,
    Xor,
)
from duli.language.reader import Reading, read, tongue_of
from duli.language.texts import LANGUAGES, Language, Piece


def verbalise(
    formula: Formula, language: Language = "en", *, kinds: Collection[str] = (), things: int | None = None
) -> str:
    """A sentence that the grammar reads as this formula.

    Args:
        formula: of literals, joined, under at most one quantifier of one variable.
        language: of the sentence.
        kinds: predicates that are nouns: these get an article.
        things: how many things there are, where an order is described.

    Raises:
        InputError: no sentence of the grammar says this.

    >>> x = Variable("X")
    >>> verbalise(ForAll((x,), Implies(Predicate("red", (x,)), Not(Predicate("rough", (x,))))))
    'If something is red then it is not rough.'
    """
    text = tongue_of(language).writer(kinds, things).sentence(formula)
    found = read(text, language).statements
    if things is None and not (len(found) == 1 and same(found[0].formula, formula)):
        raise InputError("no sentence of the grammar says this", where=text)
    return text


def verbalised(reading: Reading, language: Language | None = None) -> tuple[Statement, ...]:
    """The statements, each with a sentence that is written from its formula; its own where the grammar has none.

    Args:
        reading: of a text.
        language: of the sentences; None for that of the sentence that each was read from.
    """
    things = next((most for _, most in reading.ranges.values()), None)
    writers = {name: tongue_of(name).writer(reading.kinds, things) for name in LANGUAGES}
    made = []
    for statement in reading.statements:
        writer = writers[language or Piece(statement.text, 0).language]
        try:
            made.append(replace(statement, text=writer.sentence(statement.formula)))
        except InputError:
            made.append(statement)
    return _checked(reading, made, language)


def _checked(reading: Reading, made: Sequence[Statement], language: Language | None) -> tuple[Statement, ...]:
    """Those that are read again as the same; of the others the sentences that they were read from."""
    kept = list(made)
    for _ in range(2):
        again = read("\n".join(statement.text for statement in kept), language)
        found = {statement.text: statement.formula for statement in again.statements}
        kept = [
            new if same(found.get(new.text), new.formula) else old
            for new, old in zip(kept, reading.statements, strict=True)
        ]
    return tuple(kept)


def same(one: Formula | None, other: Formula) -> bool:
    """Whether two formulas are equal but for the names of their variables."""
    return one is not None and _renamed(one, {}) == _renamed(other, {})


def _renamed(formula: Formula, names: dict[str, str]) -> Formula:
    match formula:
        case Predicate(name, terms):
            return Predicate(name, tuple(_term(term, names) for term in terms))
        case Compare(operator, left, right):
            return Compare(operator, _term(left, names), _term(right, names))
        case Not(body):
            return Not(_renamed(body, names))
        case And(parts):
            return And(tuple(_renamed(part, names) for part in parts))
        case Or(parts):
            return Or(tuple(_renamed(part, names) for part in parts))
        case Xor(left, right):
            return Xor(_renamed(left, names), _renamed(right, names))
        case Implies(left, right):
            return Implies(_renamed(left, names), _renamed(right, names))
        case Iff(left, right):
            return Iff(_renamed(left, names), _renamed(right, names))
        case ForAll(variables, body) | Exists(variables, body):
            inner = names | {v.name: f"V{len(names) + k}" for k, v in enumerate(variables)}
            renamed = tuple(Variable(inner[v.name]) for v in variables)
            return type(formula)(renamed, _renamed(body, inner))


def _term(term: Term, names: dict[str, str]) -> Term:
    match term:
        case Variable(name):
            return Variable(names.get(name, name))
        case Function(name, terms):
            return Function(name, tuple(_term(inner, names) for inner in terms))
    return term
