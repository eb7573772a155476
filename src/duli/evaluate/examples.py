"""Texts, with or without labels, from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import DataError, Place
from duli.kb import rows
from duli.types import Example

TEXTS = ("text", "sentence", "content", "utterance")
COLUMNS = {
    1: (TEXTS,),
    2: (
        ("first", "sentence1", "text1", "premise", "question1", "question", "text"),
        ("second", "sentence2", "text2", "hypothesis", "question2", "answer"),
    ),
    3: (TEXTS, ("head",), ("tail",)),
}
"""What columns are called: of texts, of pairs of texts, of texts with a head and a tail."""
LABELS = ("label_desc", "label_des", "label")


@dataclass(frozen=True)
class Examples:
    """What was read.

    Args:
        texts: n texts.
        labels: of each text [n]; None where no label was asked for.
        places: where each stands [n].
        columns: the names of the columns that the texts stood in.
    """

    texts: Sequence[Example]
    labels: list[str] | None
    places: list[Place] = field(default_factory=list, compare=False, repr=False)
    columns: tuple[str, ...] = field(default=(), compare=False)

    @property
    def plain(self) -> list[str]:
        """The texts of examples that have one each."""
        return [text if isinstance(text, str) else text[0] for text in self.texts]

    def described(
        self, classes: Sequence[str], *, leave: bool = False, called: Mapping[str, str] | None = None
    ) -> Examples:
        """Those whose label is among the classes.

        Args:
            classes: names of labels.
            called: what they are called here, to the labels.
            leave: leave the others aside.

        Raises:
            DataError: with file and line, a label is not among them, and ``leave`` is not set; or none is.
        """
        if called:
            renamed = [called.get(label, label) for label in self.labels or ()]
            return replace(self, labels=renamed).described(classes, leave=leave)
        known, labels = set(classes), self.labels or []
        for label, place in zip(labels, self.places, strict=True):
            if label not in known and not leave:
                near = get_close_matches(label, classes, 1)
                hint = f"did you mean {near[0]!r}?" if near else "--leave-undescribed leaves such texts aside"
                raise DataError(f"the label {label!r} is not described in the recipe", where=place, hint=hint)
        kept = [row for row, label in enumerate(labels) if label in known]
        if labels and not kept:
            raise DataError("none of the labels is described in the recipe", where=self.places[0].file)
        return self.rows(kept) if len(kept) < len(labels) else self

    def rows(self, rows: Sequence[int]) -> Examples:
        """Some of them."""
        labels = None if self.labels is None else [self.labels[row] for row in rows]
        return Examples(
            [self.texts[row] for row in rows], labels, [self.places[row] for row in rows], self.columns
        )


def draw(labels: Sequence[str], classes: Sequence[str], shots: int, seed: int) -> list[int]:
    """Rows of ``shots`` texts of each class, at random; of a smaller class all."""
    random, given = np.random.default_rng(seed), np.array(labels)
    drawn = [random.permutation(np.flatnonzero(given == name))[:shots] for name in classes]
    return sorted(np.concatenate(drawn).tolist())


def read(
    path: Path, *, text: str = "", label: str | None = "", longest: int | None = None, fields: int = 1
) -> Examples:
    """Read one file: ``.jsonl`` (``.json``: the same), ``.csv``, ``.tsv`` (with a header), ``.parquet``, ``.arrow``, or
    ``.txt`` (a text a line); ``.gz`` beside those of text. See ``read_parts`` for folders.

    Args:
        path: the file.
        text: the column, or the key, of the text, of several with commas; empty: whichever of ``COLUMNS`` is there.
        label: of the label; empty: of ``LABELS``; None where there is none to be read. Numbers become their text.
        longest: characters that a text may have; None: any number.
        fields: how many columns an example has: a text, two texts, or a text, a head and a tail.

    Raises:
        DataError: with file and line: what is not there, empty, too long, or of another kind.
        MissingExtraError: what reads Parquet is not installed.
    """
    if not path.is_file():
        hint = "name one of its files" if path.is_dir() else None
        raise DataError("the file is not there", where=str(path), hint=hint)
    texts: list[Example] = []
    labels: list[str] = []
    places: list[Place] = []
    columns = text.split(",") if text and fields > 1 else [text] if text else []
    if columns and len(columns) != fields:
        raise DataError(f"{text!r} names {len(columns)} columns, not {fields}", hint="--text first,second")
    for place, row in rows.read(path):
        if not texts:
            columns = columns or [_first(names, row) for names in COLUMNS[fields]]
            label = next((name for name in LABELS if name in row), LABELS[-1]) if label == "" else label
        cells = tuple(_cell(row, column, place, "--text") for column in columns)
        size = max(map(len, cells))
        if longest is not None and size > longest:
            raise DataError(f"this text has {size:,} characters; {longest:,} is the limit", where=place)
        texts.append(cells if fields > 1 else cells[0])
        if label is not None:
            labels.append(_cell(row, label, place, "--label"))
        places.append(place)
    if not texts:
        raise DataError("the file has no text", where=str(path))
    return Examples(texts, labels if label is not None else None, places, tuple(columns))


def _first(names: Sequence[str], row: Mapping[str, Any]) -> str:
    """The first of the names that the row has."""
    return next((name for name in names if name in row), names[0])


def _cell(row: Mapping[str, Any], name: str, place: Place, option: str) -> str:
    if name not in row:
        hint = f"it has: {', '.join(row)}; name the right one with {option}"
        if len(row) == 1 and (mark := next((m for m in ";|\t" if m in next(iter(row))), "")):
            hint = f"columns seem to be parted by {mark!r}; in .csv they are by ',', in .tsv by tabs"
        raise DataError(f"this row has no {name!r}", where=place, hint=hint)
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise DataError(f"{name!r} must be a text, and is {json.dumps(value, default=str)[:40]}", where=place)
    if not str(value).strip():
        raise DataError(f"{name!r} is empty", where=place)
    return str(value)
