"""A whole store as one file, from and to either database: gzipped JSON lines, the last with a hash of all before."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from duli.errors import DataError, InputError
from duli.store import chain
from duli.store.connection import reading, writing
from duli.store.schema import CONTENT, SCHEMA, audit
from duli.store.store import Store
from duli.store.writer import Writer

_TABLES = {table.name: table for table in (*CONTENT, audit)}
_BATCH = 1000


def backup(store: Store, path: Path) -> int:
    """Write one moment of a store to a file, which is there whole or not at all; returns how many rows it has.

    Other processes may go on writing meanwhile.

    Raises:
        InputError: the file is there already, or cannot be written.
    """
    if path.exists():
        raise InputError("the file is there already", where=str(path), hint="give another name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
                    rows = _write(store, packed)
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(path)
        finally:
            Path(made).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"the file cannot be written: {error.strerror}", where=str(path)) from error
    return rows


def restore(store: Store, path: Path, *, by: str, replace: bool = False) -> int:
    """Fill a store from a backup, as one transaction; returns how many rows it has.

    The backup's hash is looked at first, and its log gone over before the transaction ends.

    Args:
        store: an empty one.
        path: what ``backup`` wrote.
        by: who restores; it is added to the log.
        replace: what is in the store goes.

    Raises:
        InputError: the store is not empty.
        DataError: the file is not whole, or its log is not.
    """
    lines = _checked(path)
    head = next(lines)
    if head.get("schema") != SCHEMA:
        raise DataError(
            f"the backup is of schema {head.get('schema')}, the store of {SCHEMA}",
            where=str(path),
            hint="restore it with the duli that wrote it",
        )
    with writing(store.engine) as connection:
        for table in reversed(_TABLES.values()):
            if connection.execute(sa.select(table.c.id).limit(1)).first() is not None and not replace:
                hint = "give another store, or --replace, which deletes what is in this one"
                raise InputError("the store is not empty", where=store.url, hint=hint)
            connection.execute(sa.delete(table))
        rows = _fill(connection, lines)
        verdict = chain.verify(connection)
        if verdict.problem is not None:
            raise DataError(f"the backup is not whole: {verdict.problem}", where=str(path))
        writer = Writer(connection, by)
        writer.log("store.restore", {"rows": rows, "head": str(verdict.anchor or "")})
        chain.append(connection, writer.entries)
    return rows


def _write(store: Store, file: gzip.GzipFile) -> int:
    seen, rows = hashlib.sha256(), 0

    def line(value: object) -> None:
        text = chain.canonical(value).encode() + b"\n"
        seen.update(text)
        file.write(text)

    with reading(store.engine) as connection:
        line({"duli": "store", "schema": SCHEMA})
        for name, table in _TABLES.items():
            query = sa.select(table).order_by(table.c.id).execution_options(yield_per=_BATCH)
            for row in connection.execute(query).mappings():
                line({"table": name, "row": dict(row)})
                rows += 1
    file.write(chain.canonical({"rows": rows, "sha256": seen.hexdigest()}).encode() + b"\n")
    return rows


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            yield from file
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"the backup cannot be read: {error}", where=str(path)) from error
    except Exception as error:  # zlib's own
        raise DataError(f"the backup is damaged: {error}", where=str(path)) from error


def _checked(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a backup, after a first reading that holds them against its hash."""
    seen, last, rows = hashlib.sha256(), b"", -2
    for line in _lines(path):
        seen.update(last)
        last = line
        rows += 1
    try:
        end = json.loads(last)
        whole = end == {"rows": rows, "sha256": seen.hexdigest()}
    except ValueError:
        whole = False
    if not whole:
        raise DataError("this is no whole backup", where=str(path), hint="take it from where it was written")
    for number, line in enumerate(_lines(path)):
        if number <= rows:
            yield json.loads(line)


def _fill(connection: sa.Connection, lines: Iterator[dict[str, Any]]) -> int:
    rows, waiting, of = 0, list[dict[str, Any]](), ""
    for line in lines:
        if waiting and (line["table"] != of or len(waiting) == _BATCH):
            connection.execute(sa.insert(_TABLES[of]), waiting)
            waiting = []
        of = line["table"]
        waiting.append(line["row"])
        rows += 1
    if waiting:
        connection.execute(sa.insert(_TABLES[of]), waiting)
    return rows
