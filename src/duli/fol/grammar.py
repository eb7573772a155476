"""What the readers of notations share: the parser library, and mistakes told with their place."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from duli.errors import DataError, MissingExtraError, Place

if TYPE_CHECKING:
    from lark import Lark, Tree


@cache
def parser(grammar: str) -> Lark:
    """A parser of a grammar, built once.

    Raises:
        MissingExtraError: the extra ``language`` is not installed.
    """
    try:
        from lark import Lark
    except ImportError as error:
        raise MissingExtraError("lark", "language") from error
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse(grammar: str, text: str, file: str, hint: str) -> Tree[Any]:
    """The tree of a text.

    Raises:
        DataError: it does not follow the grammar; with the place.
    """
    made = parser(grammar)
    from lark import Tree, UnexpectedEOF, UnexpectedInput, UnexpectedToken

    try:
        found = made.parse(text)
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedEOF) or (
            isinstance(error, UnexpectedToken) and error.token.type == "$END"
        )
        if ended:
            line, column = end_of(text)
            message = "the text ends in the middle of a formula"
        else:
            line, column = error.line, error.column
            given = text.splitlines()[line - 1][column - 1 : column + 19].split()
            message = f"this does not go on as a formula does: {given[0] if given else 'the end of the line'}"
        raise DataError(message, where=place(text, file, line, column), hint=hint) from error
    assert isinstance(found, Tree)  # noqa: S101
    return found


def end_of(text: str) -> tuple[int, int]:
    """The line and column behind the last character that is no space."""
    kept = text.rstrip()
    return kept.count("\n") + 1, len(kept) - (kept.rfind("\n") + 1) + 1


def place(text: str, file: str, line: int, column: int) -> Place:
    """A place in a text."""
    rows = text.splitlines()
    return Place(file, line, column, rows[line - 1] if 0 < line <= len(rows) else "")
