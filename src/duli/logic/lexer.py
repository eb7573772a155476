"""Text to tokens, each with its place, one clause at a time."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple, NoReturn

from duli.errors import Place, ProgramError
from duli.logic.values import INTEGER_LIMIT
from duli.types import Value

_SPACE = re.compile(r"(?:\s+|%[^\n]*|/\*.*?\*/)*", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>0x[0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]+)?|(?<![\w)\]'"])\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<quoted>'(?:[^'\\\n]|\\.|'')*'|"(?:[^"\\\n]|\\.|"")*")
      | (?P<end>\.(?=\s|%|/\*|\Z))
      | (?P<sign>:-|<-|::|\\\+|=<|>=|=:=|=\\=|\\==|=@=|=\.\.|=>|\\=|==|->|\*->|@=<|@>=|@<|@>|//|\*\*|<<|>>|><|/\\|\\/
               |/(?!\*)|[=<>+\-*(),;\[\]{}|\\^!?:\#&]))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t"}
_LONGEST_INTEGER = 18


class Token(NamedTuple):
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
        # Many facts may stand on one long line: they share its text.
        self._last: tuple[int, str] = (0, "")

    def place(self, offset: int) -> Place:
        """The place of an offset into the text."""
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        if self._last[0] != line:
            end = self.text.find("\n", start)
            self._last = line, self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")
        return Place(self.name, line, offset - start + 1, self._last[1])

    def fail(self, offset: int, message: str, hint: str | None = None) -> NoReturn:
        """Raise a ProgramError at an offset."""
        raise ProgramError(message, where=self.place(offset), hint=hint)


def skip(lines: Lines, offset: int) -> int:
    """The offset of what follows white space and comments."""
    match = _SPACE.match(lines.text, offset)
    return offset if match is None else match.end()


def tokenize(lines: Lines, offset: int = 0) -> list[Token]:
    """The tokens from an offset to the end of its clause, the last one of kind ``end`` or ``finish``.

    Raises:
        ProgramError: an unknown character, or a quote or comment that is not closed.
    """
    text = lines.text
    tokens: list[Token] = []
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            after = skip(lines, offset)
            if after == offset:
                unknown(lines, offset)
            offset = after
            continue
        kind = match.lastgroup or ""
        start, offset = match.span(kind)
        piece = text[start:offset]
        value: Value = piece
        if kind == "word":
            kind = "variable" if piece[0] == "_" or piece[0].isupper() else "name"
        elif kind == "number":
            value = _number(piece, start, lines)
        elif kind == "quoted":
            value = _unquote(piece)
        tokens.append(Token(kind, piece, value, start, offset))
        if kind == "end":
            return tokens
    tokens.append(Token("finish", "the end of the program", "", len(text.rstrip()), len(text)))
    return tokens


def _number(text: str, offset: int, lines: Lines) -> int | float:
    value: int | float
    if text[:2] == "0x":
        value = int(text, 16)
    elif text.isdigit():
        digits = text.lstrip("0") or "0"
        value = int(digits) if len(digits) <= _LONGEST_INTEGER else INTEGER_LIMIT
    else:
        value = float(text)
    if value == float("inf") or (isinstance(value, int) and value >= INTEGER_LIMIT):
        shown = text if len(text) <= 2 * _LONGEST_INTEGER else f"{text[:_LONGEST_INTEGER]}…"
        hint = "a number is below 1.8e308" if isinstance(value, float) else "a float reaches further: 1e20"
        lines.fail(offset, f"the number {shown} is too large", hint)
    return value


def _unquote(text: str) -> str:
    mark = text[0]
    inner = text[1:-1].replace(mark * 2, "\\" + mark)
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), inner, flags=re.DOTALL)


def unknown(lines: Lines, offset: int) -> NoReturn:
    """Raise the ProgramError of a character that starts no token."""
    character = lines.text[offset]
    if character in "'\"":
        lines.fail(offset, "this quote is not closed on its line", f"add the closing {character}")
    if lines.text.startswith("/*", offset):
        lines.fail(offset, "this comment is not closed", "add */")
    if character == ".":
        lines.fail(offset, "a clause ends with a dot and a space", "put a space or a new line after the dot")
    lines.fail(offset, f"the character {character!r} has no meaning here", "quote it: 'like this'")
