"""What a sentence is made of, before it means anything: the nodes that a grammar builds, the same for each language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

Quantifier: TypeAlias = Literal["every", "no", "some", "a", "the", "bare", "pronoun", "only"]
Joint: TypeAlias = Literal["and", "or", "xor", "nor"]

LETTER = re.compile(r"[U-Z]\d*")
"""A name that stands for any thing where a condition or "for every" brings it in: if X sees Y then Y sees X."""


class Word(NamedTuple):
    """A word as it stands in the text.

    Args:
        text: as written.
        low: in lower case, or as written where it is part of a name.
        start: of its first character in the sentence.
    """

    text: str
    low: str
    start: int

    @property
    def name(self) -> bool:
        """Whether it is written as a name is."""
        return self.low[:1].isupper()


Words: TypeAlias = tuple[Word, ...]


@dataclass(frozen=True)
class Noun:
    """Who or what a clause is about: a quantifier, the words, and what a relative clause says of it."""

    quantifier: Quantifier
    words: Words
    relative: Said | None = None


@dataclass(frozen=True)
class Nouns:
    """Several of which one thing is said: Ann and Bob."""

    parts: tuple[Noun, ...]
    joint: Joint = "and"


@dataclass(frozen=True)
class Does:
    """A verb with what stands before it (adverbs) and after it."""

    verb: Words
    rest: Words = ()


@dataclass(frozen=True)
class Is:
    """A noun, an adjective or a phrase that is said of the subject with a copula."""

    words: Words
    relative: Said | None = None


@dataclass(frozen=True)
class Denied:
    """Not that.

    Args:
        body: what is denied.
        listed: a list under one "not": not tall and thin; it may deny all of them together, or the first alone.
    """

    body: Said
    listed: bool = False


@dataclass(frozen=True)
class Joined:
    """Several things said of one subject."""

    joint: Joint
    parts: tuple[Said, ...]


@dataclass(frozen=True)
class Own:
    """Something said of the same subject by a clause that names it again: … or he neither swims nor dives."""

    body: Said


GAP = "Ω"
"""What stands for the thing that a relative clause is about, where that is its object: that Bob likes …"""


@dataclass(frozen=True)
class Done:
    """What somebody does to the thing, or does not: that Bob likes, that Ann does not talk to."""

    subject: Noun
    said: Said


Said: TypeAlias = Does | Is | Denied | Joined | Own | Done


@dataclass(frozen=True)
class Clause:
    """A subject and what is said of it."""

    subject: Noun | Nouns
    said: Said


@dataclass(frozen=True)
class There:
    """There is a …; there is no …."""

    noun: Noun
    denied: bool = False


@dataclass(frozen=True)
class Clauses:
    """Clauses joined."""

    joint: Joint
    parts: tuple[Sentence, ...]


@dataclass(frozen=True)
class If:
    """If … then ….

    Args:
        condition: of it.
        conclusion: of it.
        both: both ways: exactly if.
        after: the condition is written after the conclusion: … if ….
    """

    condition: Sentence
    conclusion: Sentence
    both: bool = False
    after: bool = False


@dataclass(frozen=True)
class Scene:
    """Things that are all that there are of a kind, in an order: there are three books: a red one, …."""

    things: tuple[Words, ...]
    kind: Words


@dataclass(frozen=True)
class Whole:
    """A sentence in brackets; or one of every thing, or of some, that letters stand for: for every X, X is kind."""

    body: Sentence
    quantifier: Literal["every", "some"] | None = None
    letters: tuple[str, ...] = ()


Sentence: TypeAlias = Clause | There | Clauses | If | Scene | Whole


def joined(joint: Joint, left: Any, right: Any) -> Any:
    """Two predicates or two clauses joined; a third by the same joint comes beside them."""
    make: Any = Joined if isinstance(left, Said) else Clauses
    if isinstance(left, make) and left.joint == joint and joint in ("and", "or"):
        return make(joint, (*left.parts, right))
    return make(joint, (left, right))
