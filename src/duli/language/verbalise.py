"""Formulas as sentences of the grammar that reads them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from duli.errors import InputError
from duli.fol.rewrite import with_parts
from duli.fol.syntax import (
    Compare,
    Exists,
    ForAll,
    Formula,
    Function,
    Predicate,
    Statement,
    Term,
    Variable,
    parts,
)
from duli.language.formal import UNSAID
from duli.language.reader import Reading, read, tongue_of
from duli.language.texts import LANGUAGES, Language, Piece, ended

_TRIES = 6
"""How often a program's sentences are read again, those that are read otherwise being said another way."""


def verbalise(
    formula: Formula, language: Language = "en", *, kinds: Collection[str] = (), things: int | None = None
) -> str:
    """A sentence that the grammar reads as this formula.

    Args:
        formula: of literals of one thing or two, joined and quantified in any way.
        language: of the sentence.
        kinds: predicates that are nouns: these get an article.
        things: how many things there are, where an order is described.

    Raises:
        InputError: no sentence of the grammar says this.

    >>> x = Variable("X")
    >>> verbalise(ForAll((x,), Implies(Predicate("red", (x,)), Not(Predicate("rough", (x,))))))
    'If something is red then it is not rough.'
    """
    text = ""
    for text in tongue_of(language).writer(kinds, things).sentences(formula):
        found = read(text, language).statements
        if things is not None or (len(found) == 1 and same(found[0].formula, formula)):
            return text
    raise InputError(UNSAID, where=text or None)


def verbalised(reading: Reading, language: Language | None = None) -> tuple[Statement, ...]:
    """The statements, each with a sentence that is written from its formula; its own where the grammar has none.

    Args:
        reading: of a text.
        language: of the sentences; None for that of the sentence that each was read from.
    """
    things = next((most for _, most in reading.ranges.values()), None)
    writers = {name: tongue_of(name).writer(reading.kinds, things) for name in LANGUAGES}
    own = [language or Piece(statement.text, 0).language for statement in reading.statements]
    ways = [
        [*writers[tongue].sentences(statement.formula), ended(statement.text)]
        for tongue, statement in zip(own, reading.statements, strict=True)
    ]
    taken = [0] * len(ways)
    for _ in range(_TRIES):
        texts = [texts[at] for texts, at in zip(ways, taken, strict=True)]
        again = read("\n".join(texts))
        found = {statement.text: statement.formula for statement in again.statements}
        wrong = [
            n
            for n, statement in enumerate(reading.statements)
            if not same(found.get(texts[n]), statement.formula)
        ]
        if not wrong and len(again.statements) == len(ways) and again.ranges == reading.ranges:
            return tuple(replace(s, text=text) for s, text in zip(reading.statements, texts, strict=True))
        for n in wrong or range(len(ways)):
            taken[n] = min(taken[n] + 1, len(ways[n]) - 1)
    return reading.statements


def same(one: Formula | None, other: Formula) -> bool:
    """Whether two formulas are equal but for the names of their variables."""
    return one is not None and _renamed(one, {}) == _renamed(other, {})


def _renamed(formula: Formula, names: dict[str, str], bound: int = 0) -> Formula:
    """A formula whose variables are called by how many were bound before them."""
    match formula:
        case Predicate(name, terms):
            return Predicate(name, tuple(_term(term, names) for term in terms))
        case Compare(operator, left, right):
            return Compare(operator, _term(left, names), _term(right, names))
        case ForAll(variables, body) | Exists(variables, body):
            inner = names | {v.name: f"V{bound + k}" for k, v in enumerate(variables)}
            renamed = tuple(Variable(inner[v.name]) for v in variables)
            return type(formula)(renamed, _renamed(body, inner, bound + len(variables)))
    return with_parts(formula, [_renamed(part, names, bound) for part in parts(formula)])


def _term(term: Term, names: dict[str, str]) -> Term:
    match term:
        case Variable(name):
            return Variable(names.get(name, name))
        case Function(name, terms):
            return Function(name, tuple(_term(inner, names) for inner in terms))
    return term
