"""Labels in words: the ``[[classify]]``, ``[[match]]`` and ``[[extract]]`` tables of a recipe."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duli.errors import DataError, Place, RecipeError
from duli.kb import Source, page
from duli.kb import table as kb_table
from duli.recipe import questions
from duli.recipe.tomlfile import TomlFile
from duli.types import Example

NONE = "none"
"""What none of the labels is called where labels are counted; no fact holds for it."""
YES, NO = "yes", "no"
"""The labels of ``[[match]]``."""
KEYS = {
    "classify": ("predicate", "labels", "labels_file", "exclusive", "none", "votes", "called", "inputs"),
    "match": ("predicate", "yes", "no", "called"),
    "extract": ("predicate", "relations", "none", "called"),
}
"""The kinds of tables, and the keys of each."""
MOST_WITH_VOTES = 1_000

TEXT, MEDIA = "text", ("image", "speech")
"""What a ``[[classify]]`` may read; speech is read as the text that a model hears."""

_NAME = re.compile(r"[a-z][A-Za-z0-9_]*\Z")
PREDICATE = re.compile(r"(?![A-Z_])[^\W\d]\w*\Z")
"""A name that rules can use as it stands, in any script."""
_PAIRS = 'yes = [["How do I pay?", "What ways to pay are there?"]]'
_EXAMPLE = 'labels = { sport = ["games and players"], trade = ["companies and markets"] }'
_FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".parquet": "parquet"}
_COLUMNS = ("label", "description")
_Where = Place | str
"""A place in another file, or a key of the recipe's."""


@dataclass(frozen=True)
class Labels:
    """What a text, a pair of texts, or a pair of entities in a text may be called.

    Args:
        predicate: (text, label) that is filled with probabilities; of ``extract`` (head, label, tail).
        names: K labels, as facts have them.
        descriptions: m texts that say in plain words what labels mean; of ``match`` pairs of texts for which the label
            holds, of ``extract`` sentences about {head} and {tail}.
        of: the number of each description's label [m]; K for those of "none of these".
        exclusive: whether a text has one label at most; else each holds or not by itself.
        none: whether "none of these" is described.
        votes: the program's predicate (function, text, label) that votes; None where there is none.
        file: what ``labels_file`` names, seen from the recipe; empty where labels stand in the recipe.
        kind: ``classify``, ``match`` or ``extract``.
        called: what data call labels, to the labels.
        inputs: what is read: text, image, speech.
    """

    predicate: str
    names: tuple[str, ...]
    descriptions: tuple[Example, ...]
    of: tuple[int, ...]
    exclusive: bool = True
    none: bool = False
    votes: str | None = None
    file: str = ""
    kind: str = "classify"
    called: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = (TEXT,)

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels, and "none of these" where it is described."""
        return (*self.names, NONE) if self.none else self.names

    def described(self, label: str) -> str | None:
        """The first description of a label, where it is a text."""
        if label not in self.names or self.kind != "classify":
            return None
        return str(self.descriptions[self.of.index(self.names.index(label))])


def read(file: TomlFile) -> tuple[Labels, ...]:
    """The ``[[classify]]``, ``[[match]]`` and ``[[extract]]`` tables of a recipe's file.

    Raises:
        RecipeError: with the line: something is missing, unknown, of the wrong kind, or there twice.
        DataError: the file of the labels breaks its format.
    """
    found: list[Labels] = []
    for kind in KEYS:
        tables = file.tables.get(kind, [])
        if not isinstance(tables, list):
            raise file.error(f"[{kind}] must be [[{kind}]]: there may be several", kind)
        for number, table in enumerate(tables):
            made = _Reader(file, table, number, kind).labels()
            if made.predicate in (other.predicate for other in found):
                raise file.error(
                    f"the predicate {made.predicate!r} is filled twice", kind, "predicate", nth=number
                )
            found.append(made)
    return tuple(found)


@dataclass(frozen=True)
class _Reader:
    file: TomlFile
    table: Mapping[str, Any]
    number: int
    kind: str

    def labels(self) -> Labels:
        self.file.check_known(self.table, KEYS[self.kind], f"key of [[{self.kind}]]")
        predicate = self._name("predicate")
        if predicate is None:
            shown = "topic(Doc, Label)" if self.kind != "extract" else "relation(Head, Label, Tail)"
            raise self._error(
                f'[[{self.kind}]] needs predicate = "a predicate"', self.kind, hint=f"it is filled as {shown}"
            )
        if self.kind == "match":
            return self._pairs(predicate)
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
        if self.kind == "extract":
            self._check_sentences(names, pairs)
        if len(names) + (none is not None) < 2:
            raise self._error(
                "to tell labels apart, there must be two", self.kind, hint='or none = "something else"'
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
            self.kind,
            self._called((*names, NONE)),
            self._inputs(exclusive),
        )

    def _inputs(self, exclusive: bool) -> tuple[str, ...]:
        """What is read, each once."""
        given = self.table.get("inputs", [TEXT])
        if not isinstance(given, list) or not given or any(name not in (TEXT, *MEDIA) for name in given):
            message = f"inputs must be a list of {TEXT}, {', '.join(MEDIA)}"
            raise self._error(message, "inputs", hint='inputs = ["text", "image"]')
        if not exclusive and set(given) != {TEXT}:
            raise self._error("pictures and speech are for labels that exclude one another", "inputs")
        return tuple(dict.fromkeys(given))

    def _pairs(self, predicate: str) -> Labels:
        """The table of a ``[[match]]``: its two labels are described by pairs of texts."""
        found: list[tuple[int, Example]] = []
        for label, key in enumerate((YES, NO)):
            given = self.table.get(key)
            if not isinstance(given, list) or not given:
                raise self._error(f"[[match]] needs {key}: pairs of texts", self.kind, hint=_PAIRS)
            for pair in given:
                whole = isinstance(pair, list) and len(pair) == 2
                if not whole or not all(isinstance(text, str) and text.strip() for text in pair):
                    raise self._error(f"{key} must be a list of pairs of texts", key, hint=_PAIRS)
                found.append((label, (pair[0].strip(), pair[1].strip())))
        return Labels(
            predicate,
            (YES, NO),
            tuple(pair for _, pair in found),
            tuple(label for label, _ in found),
            kind="match",
            called=self._called((YES, NO)),
        )

    def _check_sentences(self, names: Sequence[str], pairs: Sequence[tuple[int, str, _Where]]) -> None:
        """Of ``[[extract]]``: each label is a predicate's name, and each sentence is about both entities."""
        if self.table.get("none") is None:
            raise self._error(
                "[[extract]] needs none: what is said of two that are not related",
                self.kind,
                hint='none = "{head} and {tail} are named together"',
            )
        for name in names:
            if not PREDICATE.match(name):
                raise self._error(f"{name!r} must be the name of a predicate: {name}(Head, Tail)", name)
        for _, text, where in pairs:
            if text.count("{head}") != 1 or text.count("{tail}") != 1:
                message = f"{text[:60]!r} must have {{head}} and {{tail}}, each once"
                raise self._at(message, where, 'supplies = "{head} supplies {tail}"')

    def _called(self, labels: Sequence[str]) -> Mapping[str, str]:
        """What data call each label."""
        given = self.table.get("called", {})
        if not isinstance(given, dict):
            raise self._error("called must be a table", "called", hint='called = { yes = ["1", "true"] }')
        found: dict[str, str] = {}
        for label, names in given.items():
            if label not in labels:
                raise self._error(f"called names {label!r}, which is no label", "called")
            for name in self._texts(names, label):
                if found.setdefault(name, label) != label:
                    raise self._error(f"two labels are called {name!r}", "called")
        return found

    def _described(self) -> list[tuple[str, str, _Where]]:
        """Labels with their descriptions, and where each is said: a place, or the key."""
        if self.kind == "extract":
            key, hint = "relations", 'relations = { supplies = ["{head} supplies {tail}"] }'
        else:
            key, hint = "labels", _EXAMPLE
        given, path = self.table.get(key), self.table.get("labels_file")
        if (given is None) == (path is None):
            needs = "relations" if self.kind == "extract" else "either labels or a labels_file"
            raise self._error(f"[[{self.kind}]] needs {needs}", self.kind, hint=hint)
        if path is not None:
            if not isinstance(path, str):
                raise self._error('labels_file must be "a file"', "labels_file")
            return self._of_file(self.file.path.parent / path)
        if not isinstance(given, dict):
            raise self._error(f"{key} must be a table of descriptions", key, hint=hint)
        return [(label, text, label) for label, said in given.items() for text in self._texts(said, label)]

    def _of_file(self, path: Path) -> list[tuple[str, str, _Where]]:
        if questions.holds(path):
            asked = [entry for entry in questions.read(path) if entry.question]
            return [(entry.intent, entry.question, entry.place) for entry in asked]
        plain = path.with_suffix("") if path.suffix == ".gz" else path
        if plain.suffix not in _FORMATS:
            known = ", ".join((*_FORMATS, *page.FORMATS))
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
        return self.file.error(message, self.kind, key, nth=self.number, hint=hint)
