"""Labels in words: one ``[[classify]]`` table of a recipe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duli.errors import DataError, Place, RecipeError
from duli.kb import Source
from duli.kb import table as kb_table
from duli.recipe.tomlfile import TomlFile

NONE = "none"
"""What none of the labels is called where labels are counted; no fact holds for it."""
KEYS = ("predicate", "labels", "labels_file", "exclusive", "none", "votes")
MOST_WITH_VOTES = 1_000

_NAME = re.compile(r"[a-z][A-Za-z0-9_]*\Z")
_EXAMPLE = 'labels = { sport = ["games and players"], trade = ["companies and markets"] }'
_FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".parquet": "parquet"}
_COLUMNS = ("label", "description")
_Where = Place | str
"""A place in another file, or a key of the recipe's."""


@dataclass(frozen=True)
class Labels:
    """What a text may be called.

    Args:
        predicate: (text, label) that is filled with probabilities.
        names: K labels, as facts have them.
        descriptions: m texts that say in plain words what labels mean.
        of: the number of each description's label [m]; K for those of "none of these".
        exclusive: whether a text has one label at most; else each holds or not by itself.
        none: whether "none of these" is described.
        votes: the program's predicate (function, text, label) that votes; None where there is none.
        file: what ``labels_file`` names, seen from the recipe; empty where labels stand in the recipe.
    """

    predicate: str
    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    of: tuple[int, ...]
    exclusive: bool = True
    none: bool = False
    votes: str | None = None
    file: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels, and "none of these" where it is described."""
        return (*self.names, NONE) if self.none else self.names

    def described(self, label: str) -> str | None:
        """The first description of a label."""
        if label not in self.names:
            return None
        return self.descriptions[self.of.index(self.names.index(label))]


def read(file: TomlFile) -> tuple[Labels, ...]:
    """The ``[[classify]]`` tables of a recipe's file.

    Raises:
        RecipeError: with the line: something is missing, unknown, of the wrong kind, or there twice.
        DataError: the file of the labels breaks its format.
    """
    tables = file.tables.get("classify", [])
    if not isinstance(tables, list):
        raise file.error("[classify] must be [[classify]]: there may be several", "classify")
    found = tuple(_Reader(file, table, number).labels() for number, table in enumerate(tables))
    for number, labels in enumerate(found):
        if labels.predicate in (other.predicate for other in found[:number]):
            raise file.error(
                f"the predicate {labels.predicate!r} is filled twice", "classify", "predicate", nth=number
            )
    return found


@dataclass(frozen=True)
class _Reader:
    file: TomlFile
    table: Mapping[str, Any]
    number: int

    def labels(self) -> Labels:
        self.file.check_known(self.table, KEYS, "key of [[classify]]")
        predicate = self._name("predicate")
        if predicate is None:
            raise self._error(
                '[[classify]] needs predicate = "a predicate"',
                "classify",
                hint="it is filled as topic(Doc, Label)",
            )
        none = self.table.get("none")
        exclusive = self.table.get("exclusive", True)
        if not isinstance(exclusive, bool):
            raise self._error("exclusive must be true or false", "exclusive")
        names, pairs = self._distinct(self._described())
        if none is not None:
            pairs += [(len(names), text, "none") for text in self._texts(none, "none")]
        elif not exclusive:
            raise self._error(
                "labels that do not exclude one another need a description of none of these",
                "exclusive",
                hint='none = "something else"',
            )
        if len(names) + (none is not None) < 2:
            raise self._error(
                "to tell labels apart, there must be two", "classify", hint='or none = "something else"'
            )
        votes = self._name("votes")
        if votes is not None and (len(names) > MOST_WITH_VOTES or not exclusive):
            raise self._error(
                f"votes are for labels that exclude one another, {MOST_WITH_VOTES:,} at most", "votes"
            )
        self._check_described_once(pairs)
        return Labels(
            predicate,
            names,
            tuple(text for _, text, _ in pairs),
            tuple(row for row, _, _ in pairs),
            exclusive,
            none is not None,
            votes,
            self.table.get("labels_file", ""),
        )

    def _described(self) -> list[tuple[str, str, _Where]]:
        """Labels with their descriptions, and where each is said: a place, or the key."""
        given, path = self.table.get("labels"), self.table.get("labels_file")
        if (given is None) == (path is None):
            raise self._error("[[classify]] needs either labels or a labels_file", "classify", hint=_EXAMPLE)
        if path is not None:
            if not isinstance(path, str):
                raise self._error('labels_file must be "a file"', "labels_file")
            return self._of_file(self.file.path.parent / path)
        if not isinstance(given, dict):
            raise self._error("labels must be a table of descriptions", "labels", hint=_EXAMPLE)
        return [(label, text, label) for label, said in given.items() for text in self._texts(said, label)]

    def _of_file(self, path: Path) -> list[tuple[str, str, _Where]]:
        plain = path.with_suffix("") if path.suffix == ".gz" else path
        if plain.suffix not in _FORMATS:
            known = ", ".join(_FORMATS)
            raise self._error(f"a labels_file is one of {known}", "labels_file")
        if not path.is_file():
            raise self._error(f"the file {path.name} is not there", "labels_file")
        source = Source(_FORMATS[plain.suffix], path)
        cells = kb_table.read(path, source, _COLUMNS)
        rows: list[tuple[str, str, _Where]] = []
        for line, label, text in zip(cells.lines, *(cells.columns[name] for name in _COLUMNS), strict=True):
            place = Place(str(path), line)
            if not str(label).strip() or not str(text).strip():
                raise DataError("a label or its description is empty", where=place)
            rows.append((str(label).strip(), str(text).strip(), place))
        return rows

    def _texts(self, given: object, key: str) -> list[str]:
        texts = [given] if isinstance(given, str) else given
        if (
            not isinstance(texts, list)
            or not texts
            or not all(isinstance(t, str) and t.strip() for t in texts)
        ):
            raise self._error(
                f"{key!r} must be described in words",
                key,
                hint=f'{key} = ["what it means", "or in other words"]',
            )
        return [text.strip() for text in texts]

    def _distinct(
        self, given: list[tuple[str, str, _Where]]
    ) -> tuple[tuple[str, ...], list[tuple[int, str, _Where]]]:
        """The labels' names, and each description with its label's number."""
        numbers: dict[str, int] = {}
        plain: dict[str, str] = {}
        pairs = []
        for label, text, where in given:
            other = plain.setdefault(label.strip().casefold(), label)
            if other != label or not label.strip():
                raise self._at(f"the labels {other!r} and {label!r} are too alike", where)
            if label == NONE:
                raise self._at(f"the label {NONE!r} stands for none of the labels", where, 'none = "…"')
            pairs.append((numbers.setdefault(label, len(numbers)), text, where))
        return tuple(numbers), pairs

    def _check_described_once(self, pairs: list[tuple[int, str, _Where]]) -> None:
        seen: dict[str, int] = {}
        for row, text, where in pairs:
            if seen.setdefault(text, row) != row:
                raise self._at(f"two labels have the description {text[:60]!r}", where)

    def _name(self, key: str) -> str | None:
        name = self.table.get(key)
        if name is not None and not (isinstance(name, str) and _NAME.match(name)):
            raise self._error(f"{key} must be the name of a predicate", key, hint=f'{key} = "topic"')
        return name

    def _at(self, message: str, where: _Where, hint: str | None = None) -> RecipeError:
        if isinstance(where, Place):
            return RecipeError(message, where=where, hint=hint)
        return self._error(message, where, hint)

    def _error(self, message: str, key: str, hint: str | None = None) -> RecipeError:
        return self.file.error(message, "classify", key, nth=self.number, hint=hint)
