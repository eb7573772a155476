"""Text to tokens, each with its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import NoReturn

from duli.errors import Place, ProgramError
from duli.logic.values import INTEGER_LIMIT
from duli.types import Value

_TOKEN = re.compile(
    r"""(?P<space>\s+|%[^\n]*|/\*.*?\*/)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<quoted>'(?:[^'\\\n]|\\.|'')*'|"(?:[^"\\\n]|\\.|"")*")
      | (?P<end>\.(?=\s|%|/\*|\Z))
      | (?P<sign>:-|::|\\\+|=<|>=|=:=|=\\=|\\==|\\=|==|//|\*\*|/(?!\*)|[=<>+\-*(),;\[\]|\\])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t"}


@dataclass(frozen=True)
class Token:
    """A piece of the text: its kind (number, name, variable, quoted, sign, end, finish), its value, and where it is."""

    kind: str
    text: str
    value: Value
    offset: int
    stop: int


class Lines:
    """Finds the line and column of an offset."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def place(self, offset: int) -> Place:
        """The place of an offset into the text."""
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        end = self.text.find("\n", start)
        shown = self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")
        return Place(self.name, line, offset - start + 1, shown)

    def fail(self, offset: int, message: str, hint: str | None = None) -> NoReturn:
        """Raise a ProgramError at an offset."""
        raise ProgramError(message, where=self.place(offset), hint=hint)


def tokenize(lines: Lines) -> list[Token]:
    """The tokens of a text, the last one of kind ``finish``; an unknown character raises ProgramError."""
    text = lines.text
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            _unknown(lines, offset)
        if match.lastgroup != "space":
            tokens.append(_token(match, lines))
        offset = match.end()
    tokens.append(Token("finish", "the end of the program", "", len(text.rstrip()), len(text)))
    return tokens


def _token(match: re.Match[str], lines: Lines) -> Token:
    kind, text = match.lastgroup or "", match.group()
    value: Value = text
    if kind == "number":
        value = int(text) if text.isdigit() else float(text)
        if value == float("inf") or (isinstance(value, int) and value >= INTEGER_LIMIT):
            lines.fail(match.start(), f"the number {text} is too large", "a float reaches further: 1e20")
    elif kind == "word":
        kind = "variable" if text[0] == "_" or text[0].isupper() else "name"
    elif kind == "quoted":
        value = _unquote(text)
    return Token(kind, text, value, match.start(), match.end())


def _unquote(text: str) -> str:
    mark = text[0]
    inner = text[1:-1].replace(mark * 2, "\\" + mark)
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), inner, flags=re.DOTALL)


def _unknown(lines: Lines, offset: int) -> NoReturn:
    character = lines.text[offset]
    if character in "'\"":
        lines.fail(offset, "this quote is not closed on its line", f"add the closing {character}")
    if lines.text.startswith("/*", offset):
        lines.fail(offset, "this comment is not closed", "add */")
    if character == ".":
        lines.fail(offset, "a clause ends with a dot and a space", "put a space or a new line after the dot")
    lines.fail(offset, f"the character {character!r} has no meaning here", "quote it: 'like this'")
