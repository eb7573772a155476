"""What the rules of the Chinese grammar build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from duli.language.chinese.words import closed, unmeasured
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
    Noun,
    Nouns,
    Quantifier,
    Said,
    Scene,
    There,
    Whole,
    Word,
    Words,
    joined,
)

_QUANTIFIERS: Mapping[str, Quantifier] = {
    "EVERY": "every", "NO": "no", "NOT": "no", "SOME": "some", "THE": "the",
    "EVERYONE": "every", "SOMEONE": "some", "NOONE": "no",
}  # fmt: skip


def _join(parts: list[Any]) -> Any:
    return joined("or" if closed(parts[1]) == "OR" else "and", parts[0], parts[2])


def _noun(parts: list[Any]) -> Noun:
    words, relative = parts[1]
    return Noun(_QUANTIFIERS[closed(parts[0])], words, relative)


def _bare(parts: list[Any]) -> Noun:
    words, relative = parts[0]
    counted = unmeasured(words[0].text) != words[0].text
    return Noun("a" if counted else "bare", words, relative)


def _one(parts: list[Any]) -> Noun:
    return Noun(_QUANTIFIERS[closed(parts[0])], (Word("人", "人", parts[0].start),))


def _qualities(words: Words) -> Said:
    """善良且安静的: each of them."""
    ends = [at for at, word in enumerate(words) if closed(word) in ("AND", "OR") and 0 < at < len(words) - 1]
    if not ends:
        return Is(words)
    parts = tuple(Is(words[a + 1 : b]) for a, b in zip((-1, *ends), (*ends, len(words)), strict=True))
    return Joined("or" if closed(words[ends[0]]) == "OR" else "and", parts)


def _done(subject: Words | Word, verb: Word) -> Done:
    """安娜喜欢的: what somebody does to the thing."""
    noun = Noun("pronoun", (subject,)) if isinstance(subject, Word) else Noun("bare", subject)
    return Done(noun, Does((verb,), (Word(GAP, GAP, verb.start),)))


def _scene(parts: list[Any]) -> Scene:
    match parts[0]:
        case Clause(_, Does(_, words)) | There(Noun(_, words)):
            return Scene(parts[2], words)
    return Scene(parts[2], ())


def _than(parts: list[Any]) -> Is:
    return Is((parts[-2], *parts[-1]))


ACTIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "if_then": lambda p: If(p[1], p[3]),
    "exactly_if": lambda p: If(p[0], p[2], both=True),
    "unless_then": lambda p: If(Clauses("nor", (p[1],)), p[3]),
    "scene": _scene,
    "bare_scene": lambda p: Scene(p[3], p[1]),
    "grouped": lambda p: Whole(p[1]),
    "not_so": lambda p: Clauses("nor", (p[2],)),
    "quantified": lambda p: Whole(
        p[1], "every" if p[0].text.startswith("对所有") else "some", tuple(LETTER.findall(p[0].text))
    ),
    "join": _join,
    "either": lambda p: joined("xor", p[1], p[3]),
    "neither": lambda p: Joined("nor", (p[1], p[3])),
    "both": lambda p: Joined("and", (p[1], p[3])),
    "says": lambda p: Clause(p[0], p[1]),
    "there": lambda p: There(p[1]),
    "some_says": lambda p: Clause(Noun("some", p[1].words, p[1].relative), p[2]),
    "join_nouns": lambda p: Nouns((*(p[0].parts if isinstance(p[0], Nouns) else (p[0],)), p[2])),
    "noun": _noun,
    "bare": _bare,
    "one": _one,
    "pronoun": lambda p: Noun("pronoun", (p[0],)),
    "np": lambda p: (p[0], None),
    "np_of": lambda p: (p[2], _qualities(p[0])),
    "np_said": lambda p: (p[2], p[0]),
    "np_done": lambda p: (p[3], _done(p[0], p[1])),
    "first": lambda p: p[0],
    "second": lambda p: p[1],
    "third": lambda p: p[2],
    "denied": lambda p: Denied(p[-1]),
    "is_": lambda p: Is(p[-1]),
    "quality": lambda p: Is((p[0],)),
    "quality_of": lambda p: Is(p[0]),
    "not_is": lambda p: Denied(Is(p[-1])),
    "modal": lambda p: Does((p[0], *p[1].verb), p[1].rest),
    "modal_not": lambda p: Denied(Does((p[1], *p[2].verb), p[2].rest)),
    "than": _than,
    "not_than": lambda p: Denied(_than(p)),
    "than_it": lambda p: Is((p[0], p[1], *p[2])),
    "not_than_it": lambda p: Denied(Is((p[1], p[2], *p[3]))),
    "verb_it": lambda p: Does((p[0],), (p[1], *(p[2] if len(p) > 2 else ()))),
    "verb": lambda p: Does((p[0],), p[1] if len(p) > 1 else ()),
    "be": lambda p: Is(p[0][0], p[0][1]),
    "first_item": lambda p: (p[0],),
    "items": lambda p: (*p[0], p[2]),
    "word": lambda p: (p[0],),
    "words": lambda p: (*p[0], p[1]),
}
