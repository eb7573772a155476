"""The rows of any file that has rows, each as a mapping of all its cells."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from duli.errors import DataError, MissingExtraError, Place
from duli.kb.table import lines, objects

Row = tuple[Place, Mapping[str, Any]]
_SHOWN = 200


def read(path: Path) -> Iterator[Row]:
    """Each row with its place: of ``.jsonl`` (``.json``: the same), ``.csv``, ``.tsv`` (with a header), ``.txt`` (a
    text a line), also with ``.gz`` behind; of ``.parquet`` and ``.arrow``.

    Raises:
        DataError: with file and line: it is not there, not UTF-8, cut, or breaks its format.
        MissingExtraError: what reads Parquet is not installed.
    """
    ending = (path.with_suffix("") if path.suffix == ".gz" else path).suffix
    if ending not in READERS:
        raise DataError(
            f"files {ending!r} are not read", where=str(path), hint=f"known: {', '.join(READERS)}"
        )
    if not path.is_file():
        raise DataError("the file is not there", where=str(path))
    return READERS[ending](path)


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


def _parquet(path: Path) -> Iterator[Row]:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet") from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            batches = [batch.to_pylist() for batch in file.iter_batches()]
    except (OSError, ValueError) as error:
        raise DataError(f"this is not Parquet: {error}", where=str(path)) from error
    yield from _numbered(path, batches)


def _arrow(path: Path) -> Iterator[Row]:
    """A table as Hugging Face datasets keep it on disk; numbers of classes become their names."""
    try:
        import pyarrow.ipc
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet") from error
    try:
        with pyarrow.memory_map(str(path)) as file, pyarrow.ipc.open_stream(file) as stream:
            about = json.loads((stream.schema.metadata or {}).get(b"huggingface", b"{}"))
            batches = [batch.to_pylist() for batch in stream]
    except (OSError, ValueError) as error:
        raise DataError(f"this is no table of Arrow: {error}", where=str(path)) from error
    features = about.get("info", {}).get("features", {})
    names = {key: f["names"] for key, f in features.items() if f.get("_type") == "ClassLabel"}
    for place, row in _numbered(path, batches):
        yield place, {key: _named(value, names.get(key)) for key, value in row.items()}


def _named(value: Any, names: Sequence[str] | None) -> Any:
    known = names is not None and isinstance(value, int) and 0 <= value < len(names)
    return names[value] if known and names is not None else value


def _numbered(path: Path, batches: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[Row]:
    rows = (row for batch in batches for row in batch)
    return ((Place(str(path), number), row) for number, row in enumerate(rows, 1))


def _plain(path: Path) -> Iterator[Row]:
    for number, line in enumerate(lines(path), 1):
        if line.strip():
            yield Place(str(path), number), {"text": line.strip()}


READERS = {
    ".jsonl": objects,
    ".json": objects,
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".txt": _plain,
    ".parquet": _parquet,
    ".arrow": _arrow,
}
"""What reads a file, by its ending."""
