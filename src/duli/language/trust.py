"""The answer to a question about a text; and whether "unknown" is one, or a guess.

An answer that is proved stands on sentences. "Unknown" stands on the absence of sentences: it is trusted only where no
two phrases share words that no sentence links ("builds a fort in", "Fort Carillon"), since what links them is not read;
of a plain question; and where the text leaves no cases open about what is asked, since these may hang on such links.
And no answer is trusted that hangs on what a sentence leaves open (`duli.language.meaning.CHOICES`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from duli.fol import Verdict, prepare
from duli.fol.syntax import (
    And,
    Compare,
    Constant,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Predicate,
    Statement,
    Xor,
    parts,
    terms,
)
from duli.fol.theory import Logic
from duli.language.english.closed import SMALL
from duli.language.reader import Problem, Reading, readings
from duli.language.texts import Language

_SMALL = SMALL | {"and", "or", "has", "have"}
_ALIKE = 0.6


@dataclass(frozen=True)
class Answered:
    """An answer to a question.

    Args:
        verdict: None where the text or the question is not read.
        doubts: why the verdict is not to be trusted.
        problems: what is not read.
    """

    verdict: Verdict | None
    doubts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def answer(self) -> str | None:
        """true, false, unknown, contradiction; None where nothing can be said."""
        return self.verdict.answer if self.verdict is not None and not self.doubts else None


def answer(
    text: str,
    ask: Sequence[str],
    language: Language | None = None,
    *,
    logic: Logic = "auto",
    seconds: float = 10.0,
) -> list[Answered]:
    """Read a text, and answer questions about it where the reading bears it.

    Args:
        text: sentences.
        ask: a statement each.
        language: the one that is read; None for any.
        logic: as of `duli.fol.decide`.
        seconds: for each question.
    """
    found, *others = readings(text, language, ask=ask)
    prepared, alternatives = prepare(found.theory()), [prepare(other.theory()) for other in others]
    answered = []
    for number, asked in enumerate(found.asked):
        if found.problems or isinstance(asked, Problem):
            own = (asked,) if isinstance(asked, Problem) else ()
            answered.append(Answered(None, problems=(*found.problems, *own)))
            continue
        verdict = prepared.decide(asked.formula, logic=logic, seconds=seconds)
        open_ = [
            "it depends on what a sentence leaves open"
            for other, theory in zip(others, alternatives, strict=True)
            if (then := other.asked[number]) is not None
            and isinstance(then, Statement)
            and theory.decide(then.formula, logic=logic, seconds=seconds).answer != verdict.answer
        ]
        unlinked = doubts(found, asked.formula) if verdict.answer == "unknown" else []
        unlinked += ["a limit was reached"] if verdict.limit else []
        answered.append(Answered(verdict, (*open_[:1], *unlinked)))
    return answered


def doubts(reading: Reading, question: Formula) -> list[str]:
    """Why "unknown" would be no answer: names that share words but no sentence, cases left open, several parts.

    Args:
        reading: of the text.
        question: a formula that was read with it.
    """
    groups = [frozenset(_names(statement.formula)) for statement in reading.statements]
    groups.append(frozenset(_names(question)))
    names = sorted(frozenset().union(*groups))
    things = set(_things(question))
    found = []
    if isinstance(question, And | Or | Xor | Implies | Iff):
        found.append("the question is of several parts")
    if any(_has_cases(s.formula) and things & set(_things(s.formula)) for s in reading.statements):
        found.append("the text leaves cases open")
    return found + [
        f"no sentence links {other!r} and {one!r}"
        for at, one in enumerate(names)
        for other in names[:at]
        if _share(one, other) and not any(one in group and other in group for group in groups)
    ]


def _things(formula: Formula) -> Iterator[str]:
    return (term.name for term in terms(formula) if isinstance(term, Constant))


def _has_cases(formula: Formula) -> bool:
    """Whether a formula says that one of several is so, without saying which."""
    if isinstance(formula, Or | Xor | Iff):
        return True
    if isinstance(formula, Not) and not isinstance(formula.body, Predicate | Compare):
        return True
    return any(map(_has_cases, parts(formula)))


def _names(formula: Formula) -> Iterator[str]:
    """Predicates and constants."""
    if isinstance(formula, Predicate):
        yield formula.name
    for term in terms(formula) if not parts(formula) else ():
        if isinstance(term, Constant):
            yield term.name
    for part in parts(formula):
        yield from _names(part)


@lru_cache(maxsize=65536)
def _content(name: str) -> frozenset[str]:
    words = (word if len(word) == 1 else word.lower() for word in re.findall(r"[\w'-]+", name))
    return frozenset(_stem(word) for word in words if word not in _SMALL and not word.endswith("ly"))


def _stem(word: str) -> str:
    plain = re.sub(r"(ing|ed|er|ers|es|s|e|or|ors|al|ive|ion)$", "", word)
    return re.sub(r"(.)\1$", r"\1", plain) if len(plain) > 2 else word


@lru_cache(maxsize=65536)
def _share(one: str, other: str) -> bool:
    """Whether two names have the same words, or one all of the other's."""
    left, right = _content(one), _content(other)
    both = left & right
    return bool(both) and (left <= right or right <= left or len(both) >= _ALIKE * len(left | right))
