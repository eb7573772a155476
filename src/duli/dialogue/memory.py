"""What a user told of himself: shown and deleted when he wants, in a file that is there whole or not at all."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import platformdirs

from duli.errors import DataError, InputError
from duli.files import write_atomic

MOST = 1_000
"""Sentences that are kept of a user."""
_NAME = re.compile(r"[^\W\d_][\w-]{0,39}\Z")


def folder() -> Path:
    """Where memories lie: DULI_MEMORY, else the user's data folder."""
    named = os.environ.get("DULI_MEMORY")
    return Path(named) if named else Path(platformdirs.user_data_dir("duli", appauthor=False)) / "memory"


class Memory:
    """The memory of one user.

    Args:
        user: the name; one word.
        file: where it is kept; None keeps it in memory alone.

    Raises:
        InputError: the name is none.
        DataError: the file is damaged.
    """

    def __init__(self, user: str, file: Path | None = None) -> None:
        if not _NAME.match(user):
            raise InputError(f"{user[:40]!r} is no name", hint="one word of letters: --user Ann")
        self.user = user[0].upper() + user[1:]
        self.file = file
        self.sentences: list[str] = self._read()

    @classmethod
    def of(cls, user: str, recipe: str) -> Memory:
        """A user's memory with a recipe, in the folder of memories."""
        if not _NAME.match(user):
            return cls(user)
        return cls(user, folder() / recipe / f"{user.lower()}.json")

    def add(self, sentence: str) -> None:
        """Remember a sentence; InputError where there is no more room."""
        if sentence in self.sentences:
            return
        if len(self.sentences) >= MOST:
            raise InputError(
                f"I remember {MOST:,} sentences and no more", hint="/forget NUMBER, or /forget all"
            )
        self.sentences.append(sentence)
        self._write()

    def forget(self, which: str) -> list[str]:
        """Delete a sentence by its number from 1, or ``all``; returns what is gone.

        Raises:
            InputError: there is no such number.
        """
        if which.strip().lower() in ("all", "全部"):
            gone, self.sentences = self.sentences, []
        elif which.strip().isdigit() and 1 <= int(which) <= len(self.sentences):
            gone = [self.sentences.pop(int(which) - 1)]
        else:
            raise InputError(
                f"there is no sentence {which.strip()[:20]!r}", hint="/memory lists them; /forget all"
            )
        self._write()
        return gone

    def _read(self) -> list[str]:
        if self.file is None or not self.file.is_file():
            return []
        try:
            found = json.loads(self.file.read_text("utf-8"))
            if not isinstance(found, list) or not all(isinstance(s, str) for s in found):
                raise ValueError("not a list of sentences")
        except ValueError as error:
            raise DataError(
                f"this memory is damaged: {error}", where=str(self.file), hint="delete the file"
            ) from error
        return list(found)

    def _write(self) -> None:
        if self.file is None:
            return
        if not self.sentences:
            self.file.unlink(missing_ok=True)
            return
        write_atomic(self.file, (json.dumps(self.sentences, ensure_ascii=False, indent=1) + "\n").encode())
