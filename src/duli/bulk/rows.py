"""The rows of a data set, where one that cannot be read is an error in its place and no stop."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from duli.errors import DataError, MissingExtraError, Place

Row = Mapping[str, Any] | DataError
_BATCH = 1000
_LONGEST = 1 << 24


def read(path: Path) -> Iterator[Row]:
    """Each row of ``.jsonl``, ``.csv``, ``.tsv`` (with a header), ``.txt`` (a text a line), also with ``.gz``
    behind, or of ``.parquet``; empty lines are no rows.

    Raises:
        DataError: the file is not there, of another kind, or cut; a row's own mistakes are rows.
        MissingExtraError: what reads Parquet is not installed.
    """
    if not path.is_file():
        raise DataError("the file is not there", where=str(path))
    kind = ending(path)
    if kind not in READERS:
        raise DataError(f"files {kind!r} are not read", where=str(path), hint=f"known: {', '.join(READERS)}")
    return READERS[kind](path)


def count(path: Path) -> int:
    """About how many rows there are, found fast: lines, where there are any."""
    if ending(path) == ".parquet":
        return int(_parquet_file(path).metadata.num_rows)
    return sum(1 for line in _lines(path) if line.strip()) - (ending(path) in (".csv", ".tsv"))


def ending(path: Path) -> str:
    """The ending that says what a file is."""
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb") as file:
            while line := file.readline(_LONGEST):
                yield line
    except (EOFError, OSError) as error:
        raise DataError(f"the file is cut or damaged: {error}", where=str(path)) from error


def _decoded(path: Path) -> Iterator[tuple[int, str | DataError]]:
    for number, raw in enumerate(_lines(path), 1):
        try:
            yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            yield number, DataError("this row is not UTF-8", where=Place(str(path), number))


def _jsonl(path: Path) -> Iterator[Row]:
    for number, line in _decoded(path):
        if isinstance(line, DataError):
            yield line
        elif line.strip():
            place = Place(str(path), number)
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield DataError(f"this row is not JSON: {error}", where=place)
                continue
            if isinstance(row, str):
                row = {"text": row}
            yield row if isinstance(row, dict) else DataError("this row is no JSON object", where=place)


def _txt(path: Path) -> Iterator[Row]:
    for _, line in _decoded(path):
        if isinstance(line, DataError):
            yield line
        elif line.strip():
            yield {"text": line.strip()}


def _delimited(delimiter: str) -> Callable[[Path], Iterator[Row]]:
    def rows(path: Path) -> Iterator[Row]:
        # What is not UTF-8 is told of its row, so it goes through the reader of cells.
        text = (line.decode("utf-8", "surrogateescape") for line in _lines(path))
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        head = [name.strip() for name in next(_cells(reader), [])]
        if head:
            head[0] = head[0].removeprefix("\ufeff")
        for cells in _cells(reader):
            yield _fitting(cells, head, Place(str(path), reader.line_num))

    return rows


def _cells(reader: Any) -> Iterator[Any]:
    """The cells of each row, or the csv.Error of one."""
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield error
            continue
        if cells:
            yield cells


def _fitting(cells: list[str] | csv.Error, head: list[str], place: Place) -> Row:
    if isinstance(cells, csv.Error):
        return DataError(f"this row cannot be read: {cells}", where=place)
    if len(cells) != len(head):
        return DataError(f"this row has {len(cells)} cells, the header {len(head)}", where=place)
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return DataError("this row is not UTF-8", where=place)
    return dict(zip(head, cells, strict=True))


def _parquet_file(path: Path) -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet") from error
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise DataError(f"this is not Parquet: {error}", where=str(path)) from error


def _parquet(path: Path) -> Iterator[Row]:
    try:
        with _parquet_file(path) as file:
            for batch in cast("Iterable[Any]", file.iter_batches(_BATCH)):
                yield from batch.to_pylist()
    except (OSError, ValueError) as error:
        raise DataError(f"the file is damaged: {error}", where=str(path)) from error


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".jsonl": _jsonl,
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".txt": _txt,
    ".parquet": _parquet,
}
"""What reads a file, by its ending."""
