"""Whether a text, as it was read, speaks of what a question asks; else "unknown" would be a guess.

An answer that is proved stands on sentences. "Unknown" stands on the absence of sentences: it is trusted only where the
question uses no word that the text uses in other phrases alone ("builds a fort in", "Fort Carillon"), since what links
them is not read; and where it does not hang on what a sentence leaves open (`duli.language.meaning.CHOICES`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from duli.fol.syntax import Constant, Formula, Predicate, parts, terms
from duli.language.english.closed import (
    ADVERBS,
    DETERMINERS,
    DO,
    IS,
    MODAL,
    NOT,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVE,
)
from duli.language.reader import Reading

_SMALL = (
    ADVERBS
    | DETERMINERS
    | DO
    | IS
    | MODAL
    | NOT
    | PREPOSITIONS
    | PRONOUNS
    | RELATIVE
    | {"and", "or", "has", "have"}
)
_ALIKE = 0.6


def doubts(reading: Reading, question: Formula) -> list[str]:
    """Why "unknown" would be no answer: names that share words but no sentence.

    Args:
        reading: of the text.
        question: a formula that was read with it.
    """
    groups = [set(_names(statement.formula)) for statement in reading.statements]
    known, asked = set().union(*groups), set(_names(question))
    found = []
    groups.append(asked)
    names = sorted(known | asked)
    for at, one in enumerate(names):
        for other in names[:at]:
            if _share(one, other) and not any(one in group and other in group for group in groups):
                found.append(f"no sentence links {other!r} and {one!r}")
    return found


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
    words = (word.lower() for word in re.findall(r"[\w'-]+", name))
    return frozenset(
        _stem(word) for word in words if word not in _SMALL and len(word) > 1 and not word.endswith("ly")
    )


def _stem(word: str) -> str:
    plain = re.sub(r"(ing|ed|er|ers|es|s|e|or|ors|al|ive|ion)$", "", word)
    return re.sub(r"(.)\1$", r"\1", plain) if len(plain) > 2 else word


@lru_cache(maxsize=65536)
def _share(one: str, other: str) -> bool:
    """Whether two names have the same words, or one all of the other's."""
    left, right = _content(one), _content(other)
    both = left & right
    return bool(both) and (left <= right or right <= left or len(both) >= _ALIKE * len(left | right))
