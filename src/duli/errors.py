"""Every error that duli raises on purpose, and what each one tells its reader."""

from __future__ import annotations

from typing import NamedTuple

_LONGEST_LINE = 400


class Place(NamedTuple):
    """Where something stands: a file, and when known its line and column (both from 1) and the line itself."""

    file: str
    line: int | None = None
    column: int | None = None
    text: str | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def excerpt(self) -> str:
        """The line with a caret under the column; empty when the line is not known.

        >>> print(Place("rules.dl", 3, 4, "p :- q(").excerpt())
        p :- q(
           ^
        """
        if self.text is None:
            return ""
        if self.column is None:
            return self.text
        if len(self.text) > _LONGEST_LINE:
            start = max(0, self.column - _LONGEST_LINE // 2)
            near = Place(self.file, self.line, self.column - start, self.text[start : start + _LONGEST_LINE])
            return near.excerpt()
        # Tabs and wide characters before the caret keep their width, so that it stands under its place.
        lead = "".join(
            "\t" if c == "\t" else "　" if ord(c) > 0x2E7F else " " for c in self.text[: self.column - 1]
        )
        return f"{self.text}\n{lead}^"


class DuliError(Exception):
    """The base of all of them: what rule was broken, where, and how to mend it.

    Args:
        message: the narrow fact, one sentence.
        where: the place, or a short description of one.
        hint: what to do.
    """

    code = "error"
    exit_code = 2

    def __init__(self, message: str, *, where: Place | str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where is not None else self.message
        excerpt = self.where.excerpt() if isinstance(self.where, Place) else ""
        hint = f"hint: {self.hint}" if self.hint else ""
        return "\n".join(part for part in (head, excerpt, hint) if part)

    def to_dict(self) -> dict[str, dict[str, str | None]]:
        """The one error shape of the command line and the server."""
        where = None if self.where is None else str(self.where)
        return {"error": {"code": self.code, "message": self.message, "where": where, "hint": self.hint}}


class ProgramError(DuliError):
    """A program that does not parse, is not safe, not stratified, or computes what cannot be computed."""

    code = "program"


class InconsistentEvidenceError(ProgramError):
    """Evidence that no world agrees with."""

    code = "inconsistent_evidence"


class DataError(DuliError):
    """A data file whose content breaks its format."""

    code = "data"


class InputError(DuliError):
    """A question, option or path that cannot be used."""

    code = "input"


class RecipeError(DuliError):
    """A recipe that is not there or not complete."""

    code = "recipe"


class ModelError(DuliError):
    """A model that is not there, or whose files are not the ones expected."""

    code = "model"


class StoreError(DuliError):
    """A store that cannot be used, is not whole, or is of another version."""

    code = "store"


class MissingExtraError(DuliError):
    """An optional part that is not installed."""

    code = "missing_extra"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package!r}", hint=f"install it: pip install 'duli[{extra}]'"
        )


class LimitReachedError(DuliError):
    """A limit on time, memory or size was reached before the answer was complete."""

    code = "limit"
    exit_code = 3


class CancelledError(DuliError):
    """A run that was cancelled from another thread."""

    code = "cancelled"
    exit_code = 3
