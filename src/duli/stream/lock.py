"""One process at a time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from duli.errors import InputError


def own(path: Path) -> IO[str]:
    """Hold a file for this process until it ends or closes it.

    Raises:
        InputError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a")
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise InputError(
            "another process watches with this state",
            where=str(path),
            hint="stop it, or give another --state",
        ) from error
    return file
