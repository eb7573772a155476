"""Rows to answers: a batch of rows, each to one line of data, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from duli import lm, recipe
from duli.applications import load
from duli.bulk.rows import Row
from duli.errors import DataError, DuliError
from duli.lm.ahead import Ahead
from duli.recipe import Recipe

TEXTS = ("text", "sentence", "content", "utterance")
SECONDS = ("second", "sentence2", "text2", "hypothesis", "question2")
_BOTH = {"case", "prove"}


@dataclass(frozen=True)
class Settings:
    """How rows are answered.

    Args:
        recipe: a built-in recipe's name, or a folder.
        column: of the text; empty: whichever of the usual names is there.
        second: of the second text, or of the question where the recipe is about cases or problems.
        keep: columns that an answer repeats.
        proof: whether the best answer's proof goes with it.
        data, fitted: as of ``duli.load``.
        batch: how many rows are encoded together, and written together.
    """

    recipe: str
    column: str = ""
    second: str = ""
    keep: tuple[str, ...] = ()
    proof: bool = False
    data: str | None = None
    fitted: str | None = None
    batch: int = 64


class Answerer:
    """A recipe that is loaded and answers batches of rows.

    Raises:
        DuliError: the recipe or its model cannot be loaded.
    """

    def __init__(self, settings: Settings) -> None:
        source = recipe.read(settings.recipe)
        self.settings, self.source = settings, source
        self.ahead = Ahead(lm.encoder(**source.model)) if source.tables else None
        self.application = load(
            settings.recipe, encoder=self.ahead, data=settings.data, fitted=settings.fitted
        )

    def answer(self, first: int, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """The answers of some rows, the first of which has this number; an error takes an answer's place."""
        given = [self._given(row) for row in rows]
        if self.ahead is not None:
            texts = [text for texts in given if not isinstance(texts, DuliError) for text in texts]
            with suppress(Exception):  # whose text is at fault, is found when each is asked
                self.ahead.expect(list(dict.fromkeys(texts)))
        return [
            self._one(first + i, row, texts) for i, (row, texts) in enumerate(zip(rows, given, strict=True))
        ]

    def _one(self, number: int, row: Row, texts: tuple[str, ...] | DuliError) -> dict[str, Any]:
        about: dict[str, Any] = {"row": number}
        if isinstance(row, Mapping):
            keep = self.settings.keep or ("id",)
            about |= {name: row[name] for name in keep if name in row}
        try:
            return {**about, **self._asked(texts)}
        except DuliError as error:
            return {**about, **error.to_dict()}
        except Exception as error:
            message = f"this is a mistake of duli: {type(error).__name__}: {error}"
            return {**about, **DuliError(message, hint="report it, with the row").to_dict()}

    def _asked(self, texts: tuple[str, ...] | DuliError) -> dict[str, Any]:
        if isinstance(texts, DuliError):
            raise texts
        ask = self.application.ask
        made = ask(*texts) if self.source.kind in _BOTH else ask(texts if self.source.pairs else texts[0])
        found: dict[str, Any] = made.to_dict(proof=self.settings.proof)
        return found

    def _given(self, row: Row) -> tuple[str, ...] | DuliError:
        """The texts of a row, or what is wrong with it."""
        if isinstance(row, DataError):
            return row
        settings = self.settings
        try:
            first = _cell(row, _column(row, settings.column, TEXTS))
            if self.source.pairs:
                return first, _cell(row, _column(row, settings.second, SECONDS))
            if self.source.kind in _BOTH and (settings.second or "question" in row):
                return first, _cell(row, settings.second or "question")
        except DataError as error:
            return error
        return (first,)


def _column(row: Mapping[str, Any], named: str, usual: Sequence[str]) -> str:
    return named or next((name for name in usual if name in row), usual[0])


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        raise DataError(f"this row has no {name!r}", hint=f"it has: {', '.join(row)}; name the column")
    value = row[name]
    if not isinstance(value, str):
        raise DataError(f"{name!r} must be a text, and is {type(value).__name__}")
    return value


def fingerprint(settings: Settings, source: Recipe) -> str:
    """What the answers depend on beside the rows, so that they are not mixed with those of other settings."""
    return repr((settings.column, settings.second, settings.keep, settings.proof, source.name, source.rules))
