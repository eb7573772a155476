"""Texts, with or without labels, from a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duli.errors import DataError, Place
from duli.kb.table import lines

_SHOWN = 200


@dataclass(frozen=True)
class Examples:
    """What was read.

    Args:
        texts: n texts.
        labels: of each text [n]; None where no label was asked for.
    """

    texts: list[str]
    labels: list[str] | None


def read(path: Path, *, text: str = "text", label: str | None = "label") -> Examples:
    """Read ``.jsonl``, ``.csv``, ``.tsv`` (with a header), or ``.txt`` (a text a line); ``.gz`` beside them.

    Args:
        path: the file.
        text: the column, or the key, of the text.
        label: of the label; None where there is none to be read. Numbers become their text.

    Raises:
        DataError: with file and line: what is not there, empty, or of another kind.
    """
    if not path.is_file():
        raise DataError("the file is not there", where=str(path))
    ending = (path.with_suffix("") if path.suffix == ".gz" else path).suffix
    if ending not in _READERS:
        raise DataError(
            f"files {ending!r} are not read", where=str(path), hint=f"known: {', '.join(_READERS)}"
        )
    texts, labels = [], []
    for place, row in _READERS[ending](path):
        texts.append(_cell(row, text, place, "--text"))
        if label is not None:
            labels.append(_cell(row, label, place, "--label"))
    if not texts:
        raise DataError("the file has no text", where=str(path))
    return Examples(texts, labels if label is not None else None)


Row = tuple[Place, Mapping[str, Any]]


def _jsonl(path: Path) -> Iterator[Row]:
    for number, line in enumerate(lines(path), 1):
        if not line.strip():
            continue
        place = Place(str(path), number, None, line.rstrip("\r\n")[:_SHOWN])
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"this is not JSON: {error}", where=place) from error
        if not isinstance(row, dict):
            raise DataError(
                "each line must be a JSON object", where=place, hint='{"text": "…", "label": "…"}'
            )
        yield place, row


def _delimited(delimiter: str) -> Callable[[Path], Iterator[Row]]:
    def rows(path: Path) -> Iterator[Row]:
        reader = csv.reader(lines(path), delimiter=delimiter, strict=True)
        try:
            head = [name.strip() for name in next(reader, [])]
            for cells in reader:
                place = Place(str(path), reader.line_num, None, delimiter.join(cells)[:_SHOWN])
                if cells and len(cells) != len(head):
                    message = f"this row has {len(cells)} cells, the header {len(head)}"
                    raise DataError(
                        message, where=place, hint=f"the cells should be divided by {delimiter!r}"
                    )
                if cells:
                    yield place, dict(zip(head, cells, strict=True))
        except csv.Error as error:
            raise DataError(
                f"this row cannot be read: {error}", where=Place(str(path), reader.line_num)
            ) from error

    return rows


def _plain(path: Path) -> Iterator[Row]:
    for number, line in enumerate(lines(path), 1):
        if line.strip():
            yield Place(str(path), number), {"text": line.strip()}


def _cell(row: Mapping[str, Any], name: str, place: Place, option: str) -> str:
    if name not in row:
        hint = f"it has: {', '.join(row)}; name the right one with {option}"
        raise DataError(f"this row has no {name!r}", where=place, hint=hint)
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise DataError(f"{name!r} must be a text, and is {json.dumps(value)[:40]}", where=place)
    if not str(value).strip():
        raise DataError(f"{name!r} is empty", where=place)
    return str(value)


_READERS = {".jsonl": _jsonl, ".csv": _delimited(","), ".tsv": _delimited("\t"), ".txt": _plain}
