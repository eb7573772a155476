"""Formulas as English sentences that the grammar reads as the same formulas."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

from duli.errors import InputError
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
    Number,
    Or,
    Predicate,
    Term,
    Variable,
    Xor,
    terms,
)
from duli.language.english import words as forms
from duli.language.english.amounts import MONTHS
from duli.language.english.closed import MODAL
from duli.language.english.naming import looks_verbal
from duli.language.english.order import ORDINALS, PLACE, comparative, opposite, superlative
from duli.language.formal import UNSAID as _UNSAID
from duli.language.formal import Formal, Joints, ways

_JOINTS = Joints(
    and_=" and ", or_=" or ", either="either {} or {}", not_="it is not the case that ({})", if_="if {} then {}",
    exactly_if="{} if and only if {}", every="for every {}, {}", some="for some {}, {}", letters=" and ",
    brackets="({})",
)  # fmt: skip
_THAN = {
    ("<", True): "more than",
    ("<=", True): "at least",
    ("<", False): "less than",
    ("<=", False): "at most",
}

_WHEN = {
    ("<", True): "after",
    ("<=", True): "at least",
    ("<", False): "before",
    ("<=", False): "at most",
    ("=", False): "on",
    ("=", True): "on",
}


class Writer:
    """Sentences.

    Args:
        kinds: predicates that are nouns: these get an article.
        things: how many things there are, where an order is described.
    """

    def __init__(self, kinds: Collection[str] = (), things: int | None = None) -> None:
        self.kinds, self.things = kinds, things

    def sentences(self, formula: Formula) -> Iterator[str]:
        """Sentences that should be read as a formula, the most natural first."""
        formal = Formal(_JOINTS, lambda literal: self._literal(literal, None, ""))
        for text in ways(formula, (self._top, formal.rule, formal.said)):
            yield f"{text[:1].upper()}{text[1:]}."

    def _top(self, formula: Formula) -> str:
        match formula:
            case ForAll((variable,), Implies(Predicate(name, (thing,)), conclusion)) if (
                thing == variable and name in self.kinds and _is_of(conclusion, variable)
            ):
                return f"every {name}{self._literal(conclusion, variable, '')}"
            case ForAll((variable,), Implies(condition, conclusion)):
                first = self._clauses(condition, variable, "something")
                return f"if {first} then {self._clauses(conclusion, variable, 'it')}"
            case ForAll((variable,), Iff(left, right)):
                first = self._clauses(left, variable, "something")
                return f"{first} if and only if {self._clauses(right, variable, 'it')}"
            case ForAll((other,), Or((Compare("=", one, thing), Compare("<", _, _) as less))) if one == other:
                return self._top_ranked(other, thing, less)
            case ForAll((variable,), body):
                return self._clauses(body, variable, "everything", alone=True)
            case Exists((variable,), body):
                return f"there is something that {self._relative(body, variable)}"
            case Not(Exists((variable,), body)):
                return f"there is nothing that {self._relative(body, variable)}"
            case And((Predicate(name, (_,)), *_) as parts) if len(parts) == self.things:
                return self._scene(name, parts)
            case Implies(condition, conclusion):
                return f"if {self._clauses(condition)} then {self._clauses(conclusion)}"
            case Iff(left, right):
                return f"{self._clauses(left)} if and only if {self._clauses(right)}"
        return self._clauses(formula)

    def _scene(self, name: str, parts: Sequence[Formula]) -> str:
        """There are two books: the red book and the blue book: all that an order is of."""
        things = [part.terms[0] for part in parts if isinstance(part, Predicate) and part.name == name]
        if len(things) < len(parts):
            raise InputError(_UNSAID)
        *others, last = (self._term(thing, None, "") for thing in things)
        return f"there are {len(parts)} {forms.plural(name)}: {', '.join(others)} and {last}"

    def _top_ranked(self, other: Variable, thing: Term, less: Compare) -> str:
        """Bob is the oldest: all others are less old."""
        match less.left, less.right:
            case Function(name, (low,)), Function(same, (high,)) if name == same and {low, high} == {
                other,
                thing,
            }:
                adjective = name if high == thing else opposite(name)
                if name == PLACE:
                    return f"{self._term(thing, None, '')} is the {'last' if high == thing else 'first'}"
                if adjective is not None:
                    return f"{self._term(thing, None, '')} is the {_most(adjective)}"
        raise InputError(_UNSAID)

    def _relative(self, body: Formula, variable: Variable) -> str:
        parts = body.parts if isinstance(body, And) else (body,)
        if not parts or not all(_subject(part) == variable for part in parts):
            raise InputError(_UNSAID)
        return " and ".join(self._literal(part, variable, "").strip() for part in parts)

    def _clauses(
        self, formula: Formula, variable: Variable | None = None, first: str = "", *, alone: bool = False
    ) -> str:
        """Clauses joined; the variable is named at its first place, and is "it" after."""
        match formula:
            case And(parts) | Or(parts) if parts and not alone:
                word = " and " if isinstance(formula, And) else " or "
                names = [first, *["it"] * (len(parts) - 1)]
                inner = (Or, Xor, And) if isinstance(formula, And) else (Or, Xor)
                if len(parts) < 2 or any(isinstance(part, inner) for part in parts):
                    raise InputError(_UNSAID)
                return word.join(self._clauses(p, variable, n) for p, n in zip(parts, names, strict=True))
            case Xor(left, right) if (
                not alone and not isinstance(left, Xor | Or) and not isinstance(right, Xor | Or)
            ):
                return (
                    f"either {self._clauses(left, variable, first)} or {self._clauses(right, variable, 'it')}"
                )
            case Not(And() | Or() | Xor() as body) if variable is None:
                return f"it is not the case that {self._clauses(body)}"
        return self._literal(formula, variable, first)

    def _literal(self, formula: Formula, variable: Variable | None, first: str) -> str:
        match formula:
            case Not(Predicate(name, terms)):
                return self._said(name, terms, variable, first, negated=True)
            case Predicate(name, terms):
                return self._said(name, terms, variable, first, negated=False)
            case Not(Compare() as compared):
                return self._compared(compared, variable, first, "is not")
            case Compare():
                return self._compared(formula, variable, first, "is")
        raise InputError(_UNSAID)

    def _said(
        self, name: str, terms: tuple[Term, ...], variable: Variable | None, first: str, *, negated: bool
    ) -> str:
        if not 1 <= len(terms) <= 2:
            raise InputError(_UNSAID)
        subject = self._term(terms[0], variable, first)
        said = self._verb(name, negated) if looks_verbal(name) else self._copula(name, terms, negated)
        if len(terms) == 2:
            said = f"{said} {self._term(terms[1], variable, self._next(terms[0], first))}"
        return f"{subject} {said}"

    def _copula(self, name: str, terms: tuple[Term, ...], negated: bool) -> str:
        name = name.removeprefix("is ") if looks_verbal(name.removeprefix("is ")) else name
        noun = name in self.kinds and len(terms) == 1
        words = f"{forms.article(name)} {name}" if noun else name
        return f"is not {words}" if negated else f"is {words}"

    def _verb(self, name: str, negated: bool) -> str:
        words = name.split(" ")
        at = next(k for k, word in enumerate(words) if looks_verbal(word))
        if words[at] in MODAL:
            return " ".join([*words[: at + 1], *(["not"] if negated else []), *words[at + 1 :]])
        if negated:
            return " ".join(["does not", *words[:at], forms.base(words[at]), *words[at + 1 :]])
        return name

    def _term(self, term: Term, variable: Variable | None, first: str) -> str:
        match term:
            case Variable():
                if term != variable:
                    raise InputError(_UNSAID)
                return first
            case Constant(name):
                return name if name[:1].isupper() or name[:1].isdigit() else f"the {name}"
        raise InputError(_UNSAID)

    def _next(self, subject: Term, first: str) -> str:
        """What the variable is called after the subject."""
        return first if isinstance(subject, Constant) and first else "it"

    def _compared(self, formula: Compare, variable: Variable | None, first: str, verb: str) -> str:
        match formula:
            case Compare("<", Function(name, (low,)), Function(other, (high,))) if name == other:
                if name == PLACE:
                    other = self._term(high, variable, self._next(low, first))
                    return f"{self._term(low, variable, first)} {verb} to the left of {other}"
                subject = self._term(high, variable, first)
                than = self._term(low, variable, self._next(high, first))
                return f"{subject} {verb} {_more(name)} than {than}"
            case Compare("=", Function(name, (thing,)), Number(value)) if value.denominator == 1:
                found = self._ranked(name, int(value))
                if found is not None:
                    return f"{self._term(thing, variable, first)} {verb} {found}"
        return self._amount(formula, variable, first, verb)

    def _ranked(self, name: str, place: int) -> str | None:
        if not 1 <= place <= len(ORDINALS):
            return None
        if name == PLACE:
            return f"the {ORDINALS[place - 1]} from the left"
        adjective = opposite(name)
        if self.things is None or adjective is None:
            return None
        rank = f"{ORDINALS[place - 1]}-" if place > 1 else ""
        return f"the {rank}{_most(adjective)}"

    def _amount(self, formula: Compare, variable: Variable | None, first: str, verb: str) -> str:
        """A measure and a number: high in meter, costs in dollar."""
        match formula.left, formula.right:
            case Function(name, (thing,)), Number(value):
                above = False
            case Number(value), Function(name, (thing,)):
                above = True
            case _:
                raise InputError(_UNSAID)
        said, _, unit = name.partition(" in ")
        subject = self._term(thing, variable, first)
        if not unit:
            raise InputError(_UNSAID)
        if unit == "days":
            return f"{subject} {verb} {said} {_WHEN[formula.operator, above]} {_day(value)}"
        amount = f"{_digits(value)} {unit if value == 1 else forms.plural(unit)}"
        if looks_verbal(said):
            if verb == "is not":
                said = f"does not {forms.base(said)}"
            than = "" if formula.operator == "=" else f"{_THAN[formula.operator, above]} "
            return f"{subject} {said} {than}{amount}"
        if formula.operator == "=":
            return f"{subject} {verb} {amount} {said}"
        if formula.operator == "<":
            return f"{subject} {verb} {_more(said) if above else f'less {said}'} than {amount}"
        raise InputError(_UNSAID)


def _day(value: Fraction) -> str:
    if value.denominator != 1 or not 1 <= value <= datetime.date.max.toordinal():
        raise InputError(_UNSAID)
    day = datetime.date.fromordinal(int(value))
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year:04}"


def _more(adjective: str) -> str:
    return next((w for w in _short(adjective, "er") if comparative(w) == adjective), f"more {adjective}")


def _most(adjective: str) -> str:
    return next((w for w in _short(adjective, "est") if superlative(w) == adjective), f"most {adjective}")


def _short(adjective: str, ending: str) -> list[str]:
    """Graded forms of an adjective of one syllable or two: older, larger, happier, bigger."""
    if len(adjective) > 6:
        return []
    return [
        adjective + ending,
        adjective[:-1] + ending,
        adjective[:-1] + "i" + ending,
        adjective + adjective[-1] + ending,
    ]


def _digits(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(float(value))


def _is_of(formula: Formula, thing: Term) -> bool:
    """Whether a formula is a literal that is said of a thing, and of it alone."""
    return _subject(formula) == thing and list(terms(formula)).count(thing) == 1


def _subject(formula: Formula) -> Term | None:
    match formula:
        case Predicate(_, terms) | Not(Predicate(_, terms)) if terms:
            return terms[0]
    return None
