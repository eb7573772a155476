"""Where sentences begin and end, and in which language each is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from duli.errors import Place

Language: TypeAlias = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

_HAN = re.compile(r"[\u3400-\u9fff]")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(\"'])(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Jr|Sr|No|vs|etc|Prof|Inc|Ltd|Co|e\.g|i\.e|(?:[A-Z]\.)+[A-Z])$"
)
_LETTERS = frozenset("UVWXYZ")
"""Names of any thing: such a letter ends a sentence that names it twice; other ones are initials."""
_STARTS = frozenset(
    [
        "all",
        "every",
        "each",
        "any",
        "no",
        "some",
        "the",
        "a",
        "an",
        "if",
        "when",
        "either",
        "neither",
        "there",
        "only",
        "it",
        "he",
        "she",
        "they",
        "this",
        "that",
    ]
)
_END = re.compile(r"[。！？；]+[”’」』\"]?|[.!?]+[\"'”’)]*(?=\s|$)|\n[^\S\n]*\n")


@dataclass(frozen=True)
class Piece:
    """A sentence as it stands in a text.

    Args:
        text: with its full stop.
        start: of its first character in the text.
    """

    text: str
    start: int

    @property
    def language(self) -> Language:
        """The language that its letters are of."""
        return "zh" if _HAN.search(self.text) else "en"


def pieces(text: str) -> Iterator[Piece]:
    """The sentences of a text: they end with a full stop, or where an empty line follows."""
    start = 0
    for end in _END.finditer(text):
        if end[0].startswith(".") and _ABBREVIATED.search(text[start : end.start()][-12:]):
            following = re.match(r"\s*(\w+)", text[end.end() : end.end() + 40])
            letter = text[end.start() - 1 : end.start()] in _LETTERS and re.search(
                rf"\b{text[end.start() - 1]}\b", text[start : end.start() - 1]
            )
            if following and following[1].lower() not in _STARTS and not letter:
                continue
        yield from _piece(text, start, end.end())
        start = end.end()
    yield from _piece(text, start, len(text))


def ended(sentence: str) -> str:
    """A sentence with a full stop."""
    plain = sentence.strip()
    return plain if re.search(r"[.!?。！？；][”’」』\"')]*$", plain) else f"{plain}."


def _piece(text: str, start: int, end: int) -> Iterator[Piece]:
    raw = text[start:end]
    stripped = raw.strip()
    if stripped.strip(".!?。！？；"):
        yield Piece(stripped, start + len(raw) - len(raw.lstrip()))


def place(text: str, at: int, file: str) -> Place:
    """Where a character stands: line, column, and the line."""
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return Place(
        file, text.count("\n", 0, at) + 1, at - begin + 1, text[begin : end if end >= 0 else len(text)]
    )
