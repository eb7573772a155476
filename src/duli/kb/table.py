"""Rows of a file as columns of cells; one reader for each format."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from duli.errors import DataError, MissingExtraError, Place
from duli.kb.source import Source

Cell = str | int | float
_VERSION = re.compile(r"(?:data-)?version:\s*(\S.*)")
_SHOWN = 200


@dataclass
class Table:
    """Cells of the columns that were asked for.

    Args:
        columns: cells [n] by the name of the column.
        lines: where each row stands in the file [n], from 1.
        version: what the file says of itself.
    """

    columns: dict[str, list[Cell]]
    lines: list[int] = field(default_factory=list)
    version: str = ""


def read(path: Path, source: Source, needed: Sequence[str]) -> Table:
    """Read the needed columns of a file.

    Raises:
        DataError: with file and line: no such column, a row of another length, no UTF-8, no JSON.
        MissingExtraError: it is Parquet, and what reads it is not installed.
    """
    return _READERS[source.format](path, source, needed)


def lines(path: Path) -> Iterator[str]:
    """The lines of a file in UTF-8, also of one compressed by gzip; DataError where it is something else."""
    try:
        with _open(path) as file:
            for number, raw in enumerate(file, 1):
                yield _decoded(raw, path, number)
    except (EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"the file is cut or damaged: {error}", where=str(path)) from error


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _decoded(raw: bytes, path: Path, number: int) -> str:
    if b"\0" in raw:
        raise DataError("this is binary, not text", where=Place(str(path), number))
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        place = Place(str(path), number, error.start + 1)
        raise DataError("this is not UTF-8", where=place, hint="save the file in UTF-8") from error


def _delimited(path: Path, source: Source, needed: Sequence[str]) -> Table:
    tab = source.format == "tsv"
    comments: list[str] = []
    said: list[str] = []
    reader = csv.reader(
        _without_comments(path, source.comment, comments, said),
        delimiter="\t" if tab else ",",
        quoting=csv.QUOTE_NONE if tab else csv.QUOTE_MINIMAL,
        strict=not tab,
    )
    try:
        head = _head(reader, source, path)
        out = Table({name: [] for name in needed})
        picked = [(_index(head, name, path), out.columns[name].append) for name in needed]
        width = len(head)
        for row in reader:
            line = reader.line_num + len(comments)
            if len(row) != width:
                if not row:
                    continue
                text = (said[-1] if said else "").rstrip("\r\n")[:_SHOWN]
                message = f"this row has {len(row)} cells, {width} are expected"
                raise DataError(message, where=Place(str(path), line, None, text))
            for index, append in picked:
                append(row[index])
            out.lines.append(line)
    except csv.Error as error:
        line = reader.line_num + len(comments)
        raise DataError(
            f"this is not {source.format.upper()}: {error}", where=Place(str(path), line)
        ) from error
    found = (_VERSION.search(comment) for comment in comments)
    out.version = next((match.group(1).strip() for match in found if match), "")
    return out


def _without_comments(path: Path, mark: str, comments: list[str], said: list[str]) -> Iterator[str]:
    """The lines after the comments at the beginning; ``said`` holds the last one for messages."""
    said.append("")
    before = bool(mark)
    for line in lines(path):
        if before and line.startswith(mark):
            comments.append(line)
            continue
        before = False
        said[0] = line
        yield line


def _head(reader: Iterator[list[str]], source: Source, path: Path) -> list[str]:
    if isinstance(source.header, tuple):
        return list(source.header)
    if not source.header:
        return [column.name for column in source.columns]
    head = next(reader, None)
    if head is None:
        raise DataError("the file is empty", where=str(path))
    return [name.strip() for name in head]


def _index(head: Sequence[str], name: str, path: Path) -> int:
    if name not in head:
        raise DataError(f"there is no column {name!r}", where=str(path), hint=f"there are: {', '.join(head)}")
    return list(head).index(name)


def objects(path: Path) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The JSON object of each line that is not empty, and where it stands; DataError where it is none."""
    for number, line in enumerate(lines(path), 1):
        if not line.strip():
            continue
        place = Place(str(path), number, None, line.rstrip("\r\n")[:_SHOWN])
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"this is not JSON: {error}", where=place) from error
        if not isinstance(row, dict):
            raise DataError("each line must be a JSON object", where=place)
        yield place, row


def _jsonl(path: Path, source: Source, needed: Sequence[str]) -> Table:
    out = Table({name: [] for name in needed})
    for place, row in objects(path):
        for name in needed:
            if name not in row:
                raise DataError(f"this row has no {name!r}", where=place, hint=f"it has: {', '.join(row)}")
            out.columns[name].append(_cell(row[name], name, place))
        out.lines.append(cast(int, place.line))
    return out


def _parquet(path: Path, source: Source, needed: Sequence[str]) -> Table:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet") from error
    try:
        file = pyarrow.parquet.ParquetFile(path)
        for name in needed:
            _index(file.schema_arrow.names, name, path)
        table = file.read(list(needed))
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"this is not Parquet, or it is damaged: {error}", where=str(path)) from error
    rows = table.num_rows
    place = Place(str(path))
    columns = {name: [_cell(v, name, place) for v in table.column(name).to_pylist()] for name in needed}
    return Table(columns, list(range(1, rows + 1)))


def _cell(value: object, name: str, place: Place) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return value
    kind = type(value).__name__
    raise DataError(f"{name!r} is a {kind}; a text, a number, true, false or null is expected", where=place)


_READERS: Mapping[str, Callable[[Path, Source, Sequence[str]], Table]] = {
    "csv": _delimited,
    "tsv": _delimited,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
