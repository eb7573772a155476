"""What the rules of the English grammar build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from duli.language.english.closed import PREPOSITIONS, QUANTIFIERS
from duli.language.path import NoReadingError
from duli.language.phrases import (
    GAP,
    LETTER,
    Clause,
    Clauses,
    Denied,
    Does,
    Done,
    If,
    Is,
    Joined,
    Joint,
    Noun,
    Nouns,
    Own,
    Said,
    Scene,
    Sentence,
    There,
    Whole,
    Word,
    Words,
    joined,
)

_JOINTS: Mapping[str, Joint] = {"and": "and", "but": "and", ",": "and", "or": "or", "nor": "and"}
_BETWEEN: Mapping[str, Joint] = {"either": "xor", "neither": "nor", "both": "and"}


def _join(parts: list[Any]) -> Any:
    left, word, right = parts
    made = joined(_JOINTS[word.low.lower()], left, right)
    if word.low == "but" and isinstance(made, Joined):
        return replace(made, parts=(Own(made.parts[0]), *made.parts[1:]))
    return made


def _either(parts: list[Any]) -> Any:
    first, left, _, right = parts
    return joined(_BETWEEN[first.low.lower()], left, right)


def _is(parts: list[Any]) -> Said:
    """A first "not" denies the whole list (not tall and thin), unless another has its own (not tall and not thin)."""
    said: Said = parts[1]
    match said:
        case Joined(joint, (Denied(first), *others)) if not any(isinstance(o, Denied | Own) for o in others):
            return Denied(Joined(joint, (first, *others)), listed=True)
    return said


def _noun(parts: list[Any]) -> Noun:
    return Noun(QUANTIFIERS[parts[0].low.lower()], parts[1], parts[2] if len(parts) > 2 else None)


def _one(parts: list[Any]) -> Noun:
    """Someone, everything, nobody: the quantifier, and the kind that all things are of."""
    words: Words = ()
    relative: Said | None = None
    for part in parts[1:]:
        if isinstance(part, tuple):
            words = part
        else:
            relative = part
    return Noun(QUANTIFIERS[parts[0].low.lower()], (*words, Word("thing", "thing", parts[0].start)), relative)


def _said(parts: list[Any]) -> Is:
    return Is(parts[0], parts[1] if len(parts) > 1 else None)


def _adverb(parts: list[Any]) -> Said:
    word, said = parts
    return replace(said, verb=(word, *said.verb)) if isinstance(said, Does) else said


def _modal(parts: list[Any]) -> Said:
    return _with_modal(parts[0], parts[-1])


def _with_modal(modal: Word, said: Said) -> Said:
    match said:
        case Does():
            return replace(said, verb=(modal, *said.verb))
        case Joined(joint, parts):
            return Joined(joint, tuple(_with_modal(modal, part) for part in parts))
        case Is(words):
            return Does((modal, Word("be", "be", words[0].start)), words)
    return said


def _done(subject: Noun, said: Said) -> Done:
    """That Bob likes, that Bob talks to: the object is what the clause is about.

    Raises:
        NoReadingError: the clause has an object of its own.
    """
    if not isinstance(said, Does) or (said.rest and said.rest[-1].low not in PREPOSITIONS):
        raise NoReadingError
    return Done(subject, replace(said, rest=(*said.rest, Word(GAP, GAP, said.verb[-1].start))))


def _opened(parts: list[Any]) -> Sentence:
    """In 1988, the games were held in Calgary: the opening goes to the end."""
    opening = (parts[0], *parts[1])
    clause = parts[3]
    if isinstance(clause, There):
        return replace(clause, noun=replace(clause.noun, words=(*clause.noun.words, *opening)))
    match clause:
        case Clause(subject, Does(verb, rest)):
            return Clause(subject, Does(verb, (*rest, *opening)))
        case Clause(subject, Is(words, None)):
            return Clause(subject, Is((*words, *opening)))
    return clause  # type: ignore[no-any-return]


def _scene(parts: list[Any]) -> Scene:
    clause, _, items = parts
    words: Words = ()
    match clause:
        case There(Noun(_, words)):
            pass
        case Clause(_, Does(_, words) | Is(words)):
            pass
    return Scene(items, words)


def _first(parts: list[Any]) -> Any:
    return parts[0]


def _second(parts: list[Any]) -> Any:
    return parts[1]


ACTIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "if_then": lambda p: If(p[1], p[3]),
    "then_if": lambda p: If(p[2], p[0], after=True),
    "exactly_if": lambda p: If(p[0], p[2], both=True),
    "unless_then": lambda p: If(Clauses("nor", (p[1],)), p[3]),
    "then_unless": lambda p: If(Clauses("nor", (p[2],)), p[0], after=True),
    "scene": _scene,
    "grouped": lambda p: Whole(p[1]),
    "quantified": lambda p: Whole(
        p[1], "every" if p[0].low == "forevery" else "some", tuple(LETTER.findall(p[0].text))
    ),
    "join": _join,
    "either": _either,
    "denied": lambda p: Denied(p[-1]) if isinstance(p[-1], Said) else Clauses("nor", (p[-1],)),
    "says": lambda p: Clause(p[0], p[1]),
    "opened": _opened,
    "there": lambda p: There(p[-1]),
    "there_not": lambda p: There(p[-1], denied=True),
    "is_either": lambda p: _either(p[1:]),
    "join_nouns": lambda p: Nouns(
        (*(p[0].parts if isinstance(p[0], Nouns) else (p[0],)), p[2]), _JOINTS[p[1].low.lower()]
    ),
    "between_nouns": lambda p: Nouns((p[1], p[3]), _BETWEEN[p[0].low.lower()]),
    "noun": _noun,
    "bare": lambda p: Noun("bare", p[0], p[1] if len(p) > 1 else None),
    "one": _one,
    "pronoun": lambda p: Noun("pronoun", (p[0],)),
    "is_": _is,
    "second": _second,
    "modal": _modal,
    "modal_not": lambda p: Denied(_modal(p)),
    "done": lambda p: _done(p[1], p[-1]),
    "done_not": lambda p: Done(p[1], Denied(_done(p[1], p[-1]).said)),
    "done_modal": lambda p: Done(p[1], _with_modal(p[2], _done(p[1], p[-1]).said)),
    "own": lambda p: Own(p[1]),
    "verb": lambda p: Does((p[0],), p[1] if len(p) > 1 else ()),
    "adverb": _adverb,
    "be": _said,
    "items": lambda p: (*p[0], p[2]),
    "first_item": lambda p: (p[0],),
    "word": lambda p: (p[0],),
    "words": lambda p: (*p[0], p[1]),
}
