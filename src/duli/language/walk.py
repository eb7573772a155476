"""What a sentence speaks of: its subjects, what is said of them, what it names again."""

from __future__ import annotations

from collections.abc import Callable

from duli.language.phrases import (
    Clause,
    Clauses,
    Denied,
    Does,
    If,
    Is,
    Joined,
    Noun,
    Nouns,
    Own,
    Said,
    Sentence,
    There,
    Whole,
    Words,
)


def nouns(sentence: Sentence) -> list[tuple[Noun, bool]]:
    """The subjects of a sentence, each with whether it stands in a condition."""
    match sentence:
        case Clause(Nouns(parts), _):
            return [(part, False) for part in parts]
        case Clause(Noun() as noun, _) | There(noun):
            return [(noun, False)]
        case Clauses(_, inner):
            return [pair for part in inner for pair in nouns(part)]
        case Whole(body):
            return nouns(body)
        case If(condition, conclusion):
            return [(noun, True) for part in (condition, conclusion) for noun, _ in nouns(part)]
    return []


def said_of(sentence: Sentence) -> list[Said]:
    """All that is said of subjects in a sentence, relative clauses too."""
    match sentence:
        case Clause(subject, said):
            parts = subject.parts if isinstance(subject, Nouns) else (subject,)
            return [*_within(said), *(s for part in parts if part.relative for s in _within(part.relative))]
        case There(noun):
            return _within(noun.relative) if noun.relative else []
        case Clauses(_, parts):
            return [s for part in parts for s in said_of(part)]
        case Whole(body):
            return said_of(body)
        case If(condition, conclusion):
            return said_of(condition) + said_of(conclusion)
    return []


def _within(said: Said) -> list[Said]:
    match said:
        case Joined(_, parts):
            return [s for part in parts for s in _within(part)]
        case Denied(body) | Own(body):
            return _within(body)
        case Is(_, relative) if relative is not None:
            return [said, *_within(relative)]
    return [said]


def definite(sentence: Sentence, head: Callable[[Words], str]) -> set[str]:
    """The nouns that a conclusion names with the or that."""
    found = {head(noun.words) for noun, _ in nouns(sentence) if noun.quantifier in ("the", "a")}
    for said in said_of(sentence):
        words = said.rest if isinstance(said, Does) else said.words if isinstance(said, Is) else ()
        for at, word in enumerate(words[:-1]):
            if word.low in ("the", "this", "that"):
                found.add(head(words[at:]))
    return found
