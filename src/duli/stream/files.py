"""Files that grow, and folders that are being filled."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from duli.errors import InputError
from duli.files import content_key, warn_once
from duli.stream.news import LARGEST, Record, Refused, Taken, of_bytes, of_row

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv", ".txt")
SETTLED = 5.0
"""Seconds after which a last line without an end counts as whole."""

_HEAD = 256


@dataclass(frozen=True)
class Mark:
    """How far a file was read.

    Args:
        offset: bytes.
        line: lines.
        head: what the file begins with, as a hash of its first bytes, and how many they are.
        columns: of a table.
        skipping: whether the rest of an endless line is being passed over.
    """

    offset: int = 0
    line: int = 0
    head: str = ""
    columns: tuple[str, ...] = ()
    skipping: bool = False


class File:
    """A file of one record a line, or a table with a head; it may grow, and be replaced by another one.

    Args:
        path: of the file.
        follow: whether to wait for more at its end.
    """

    def __init__(self, path: Path, *, follow: bool = True) -> None:
        if path.suffix not in SUFFIXES:
            raise InputError(f"a file of texts is one of {', '.join(SUFFIXES)}", where=str(path))
        self.path, self.follow = path, follow
        self.name = f"file:{path.resolve()}"
        self.finished = False
        self._mark = Mark()
        self._ended = False

    def open(self, position: Callable[[str], str | None]) -> None:
        """Go on at the stored mark."""
        stored = position(self.name)
        if stored is not None:
            known = json.loads(stored)
            self._mark = Mark(**{**known, "columns": tuple(known["columns"])})
        if not self.path.is_file():
            raise InputError("the file is not there", where=str(self.path))

    def close(self) -> None:
        """Nothing is held open."""

    def take(self, most: int) -> Taken:
        """The next records."""
        try:
            with self.path.open("rb") as file:
                self._again(file)
                before, mark = self._mark, self._mark
                records: list[Record] = []
                for record, reached in self._records(file):
                    mark = reached
                    records += [] if record is None else [record]
                    if len(records) >= most:
                        break
        except OSError as error:
            warn_once(f"{self.path} cannot be read ({error.strerror}): waiting for it")
            return Taken()
        self._mark = mark
        self.finished = not self.follow and len(records) < most
        moved = mark != before
        return Taken(tuple(records), {self.name: json.dumps(asdict(mark))} if moved else {})

    def _again(self, file: BinaryIO) -> None:
        """Begin anew where the file is another one than was read."""
        mark = self._mark
        length, _, known = mark.head.partition(" ")
        start = file.read(_HEAD)
        if mark.offset and (content_key(start[: int(length)]) != known or _size(file) < mark.offset):
            warn_once(f"{self.path} is another file than before: read from its beginning")
            mark = Mark()
        kept = start if not mark.offset else start[: int(length)]
        self._mark = replace(mark, head=f"{len(kept)} {content_key(kept)}")

    def _records(self, file: BinaryIO) -> Iterator[tuple[Record | None, Mark]]:
        """Records, each with the mark behind it."""
        mark = self._mark
        file.seek(mark.offset)
        table = self.path.suffix in (".csv", ".tsv")
        while raw := file.readline(LARGEST + 1):
            whole = raw.endswith(b"\n")
            if not whole and len(raw) > LARGEST:
                yield self._endless(mark, raw), replace(mark, offset=mark.offset + len(raw), skipping=True)
                mark = replace(mark, offset=mark.offset + len(raw), skipping=True)
                continue
            if not whole and not self._settled():
                return
            lines = 1
            while table and raw.count(b'"') % 2 and len(raw) <= LARGEST and (more := file.readline(LARGEST)):
                raw, lines = raw + more, lines + 1
            if table and raw.count(b'"') % 2 and not self._settled():
                return
            place = f"{self.path}:{mark.line + 1}"
            skipped = mark.skipping
            mark = replace(mark, offset=mark.offset + len(raw), line=mark.line + lines, skipping=False)
            if skipped or not raw.strip():
                yield None, mark
            elif table and not mark.columns:
                mark = replace(mark, columns=tuple(c.strip() for c in self._cells(raw)))
                yield None, mark
            else:
                yield self._record(raw, place, mark.columns), mark

    def _endless(self, mark: Mark, raw: bytes) -> Record | None:
        reason = f"a line has {LARGEST:,} bytes at most"
        return None if mark.skipping else Refused(f"{self.path}:{mark.line + 1}", reason, raw[:200])

    def _record(self, raw: bytes, place: str, columns: tuple[str, ...]) -> Record:
        if not columns:
            return of_bytes(raw, self.path.name, place, plain=self.path.suffix == ".txt")
        try:
            cells = self._cells(raw)
        except (UnicodeDecodeError, csv.Error) as error:
            return Refused(place, f"this is no row in UTF-8: {error}", raw[:2_000])
        if len(cells) != len(columns):
            return Refused(place, f"this row has {len(cells)} cells, not {len(columns)}", raw[:2_000])
        return of_row(dict(zip(columns, cells, strict=True)), self.path.name, place)

    def _cells(self, raw: bytes) -> list[str]:
        lines = raw.decode("utf-8-sig").splitlines(keepends=True)
        delimiter = "\t" if self.path.suffix == ".tsv" else ","
        return next(csv.reader(lines, delimiter=delimiter), [])

    def _settled(self) -> bool:
        return not self.follow or time.time() - self.path.stat().st_mtime > SETTLED


class Folder:
    """A folder whose files appear, grow, or arrive under their names when they are whole. Hidden ones are left alone.

    Args:
        path: of the folder.
        follow: whether to wait for more.
    """

    def __init__(self, path: Path, *, follow: bool = True) -> None:
        self.path, self.follow = path, follow
        self.finished = False
        self._files: dict[Path, File] = {}
        self._seen: dict[Path, tuple[int, int]] = {}
        self._position: Callable[[str], str | None] = lambda name: None

    def open(self, position: Callable[[str], str | None]) -> None:
        """Go on at the stored marks."""
        self._position = position

    def close(self) -> None:
        """Nothing is held open."""

    def take(self, most: int) -> Taken:
        """The next records, of the files in the order in which they were changed."""
        records: list[Record] = []
        positions: dict[str, str] = {}
        for path, state in self._changed():
            if path not in self._files:
                self._files[path] = File(path, follow=self.follow)
                self._files[path].open(self._position)
            taken = self._files[path].take(most - len(records))
            records += taken.records
            positions |= taken.positions
            if len(records) >= most:
                return Taken(tuple(records), positions)
            if not self.follow or time.time() - state[1] / 1e9 > SETTLED:
                self._seen[path] = state
        self.finished = not self.follow and not records
        return Taken(tuple(records), positions)

    def _changed(self) -> list[tuple[Path, tuple[int, int]]]:
        found = []
        for path in self.path.iterdir():
            if path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file():
                stat = path.stat()
                state = stat.st_size, stat.st_mtime_ns
                if self._seen.get(path) != state:
                    found.append((path, state))
        return sorted(found, key=lambda item: (item[1][1], item[0].name))


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)
