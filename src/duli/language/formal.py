"""Any formula as a sentence: things are called by letters, and brackets say what belongs together.

If X sees Y and Y sees Z then X sees Z. For every X, (for some Y, X sees Y) or X is red.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from duli.errors import InputError
from duli.fol.rewrite import put
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
    Or,
    Predicate,
    Variable,
    Xor,
    terms,
)
from duli.language.phrases import LETTER

UNSAID = "no sentence of the grammar says this"
_LETTERS = [*"XYZUVW", *(f"X{number}" for number in range(1, 100))]


@dataclass(frozen=True)
class Joints:
    """How a language joins sentences; {} stands for one, or for letters."""

    and_: str
    or_: str
    either: str
    not_: str
    if_: str
    exactly_if: str
    every: str
    some: str
    letters: str
    brackets: str


@dataclass(frozen=True)
class Formal:
    """Writes formulas.

    Args:
        joints: of the language.
        literal: writes a literal without variables; the letters are names in it.
    """

    joints: Joints
    literal: Callable[[Formula], str]

    def rule(self, formula: Formula) -> str:
        """A rule whose letters stand for all things, since its condition brings them in.

        Raises:
            InputError: it is no such rule.
        """
        match formula:
            case ForAll(variables, Implies(condition) | Iff(condition) as body) if variables == tuple(
                dict.fromkeys(term for term in terms(condition) if term in variables)
            ):
                return self.said(*_named(formula, variables, body, 0))
        raise InputError(UNSAID)

    def said(self, formula: Formula, used: int = 0) -> str:
        """Any formula.

        Args:
            formula: without free variables.
            used: how many letters are taken.

        Raises:
            InputError: a literal is not said by the grammar, or what it joins is less than two.
        """
        joints = self.joints
        match formula:
            case And(parts) | Or(parts) if len(parts) > 1:
                word = joints.and_ if isinstance(formula, And) else joints.or_
                return word.join(self._part(part, used) for part in parts)
            case Xor(left, right):
                return joints.either.format(self._part(left, used), self._part(right, used))
            case Not(body) if not isinstance(body, Predicate | Compare):
                return joints.not_.format(self.said(body, used))
            case Implies(left, right) | Iff(left, right):
                form = joints.if_ if isinstance(formula, Implies) else joints.exactly_if
                return form.format(self._clauses(left, used), self._clauses(right, used))
            case ForAll(variables, body) | Exists(variables, body):
                form = joints.every if isinstance(formula, ForAll) else joints.some
                inner, more = _named(formula, variables, body, used)
                return form.format(joints.letters.join(_LETTERS[used:more]), self.said(inner, more))
            case And() | Or():
                raise InputError(UNSAID)
        return self.literal(formula)

    def _clauses(self, formula: Formula, used: int) -> str:
        plain = isinstance(formula, And | Or | Xor | Not)
        return self.said(formula, used) if plain else self._part(formula, used)

    def _part(self, formula: Formula, used: int) -> str:
        said = self.said(formula, used)
        body = formula.body if isinstance(formula, Not) else formula
        return said if isinstance(body, Predicate | Compare) else self.joints.brackets.format(said)


def _named(formula: Formula, variables: Sequence[Variable], body: Formula, used: int) -> tuple[Formula, int]:
    """What a quantifier is about, with letters for its variables; and how many letters are taken then."""
    if any(isinstance(t, Constant) and LETTER.fullmatch(t.name) and used == 0 for t in terms(formula)):
        raise InputError(UNSAID)
    more = used + len(variables)
    return put(body, {v.name: Constant(n) for v, n in zip(variables, _LETTERS[used:], strict=False)}), more


def ways(formula: Formula, writers: Sequence[Callable[[Formula], str]]) -> Iterator[str]:
    """What each writer makes of a formula, where it has a sentence for it."""
    for writer in writers:
        try:
            yield writer(formula)
        except InputError:
            continue
