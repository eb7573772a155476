"""The answers so far, in a file beside the result: what is in it after a crash is whole, and is not made again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from duli.errors import InputError

_BLOCK = 1 << 20


class Journal:
    """Lines of JSON under a first line that says what they are answers to; one process at a time.

    Args:
        path: of the journal.
        key: what the answers depend on; a journal of another key is not gone on with.

    Raises:
        InputError: another process writes it, or it is of something else.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._file = path.open("a+b")
        try:
            _lock(self._file.fileno(), path)
            self.done = self._whole(key)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, answers: Sequence[dict[str, Any]]) -> None:
        """Append answers; when this returns, they are on the disk."""
        lines = (json.dumps(answer, ensure_ascii=False, default=str) + "\n" for answer in answers)
        self._file.write("".join(lines).encode("utf-8", "replace"))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.done += len(answers)

    def answers(self) -> Iterator[bytes]:
        """The lines of the answers."""
        with self.path.open("rb") as file:
            file.readline()
            yield from file

    def _whole(self, key: str) -> int:
        """How many answers there are, without a last one that was cut."""
        self._file.seek(0)
        end = lines = 0
        while line := self._file.readline():
            if not line.endswith(b"\n"):
                break
            if not lines and json.loads(line) != {"key": key}:
                hint = f"delete {self.path} to begin anew"
                raise InputError(
                    "the file, the recipe or the settings have changed since it stopped", hint=hint
                )
            end, lines = end + len(line), lines + 1
        self._file.truncate(end)
        self._file.seek(0, os.SEEK_END)
        if not lines:
            self._file.write(json.dumps({"key": key}).encode() + b"\n")
            self._file.flush()
            lines = 1
        return lines - 1


def _lock(handle: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InputError("another process answers into this file", where=str(path)) from None
