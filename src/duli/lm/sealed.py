"""One large file in a folder of the cache, with its hash beside it.

``files.cached_folder`` looks at the content of small files only. Here the SHA-256 is written when the file is
made and compared with ``files.file_hash``, which remembers it as long as the file's size and time of change
stay the same: a changed byte is found, and an unchanged file is not read for it.
"""

from __future__ import annotations

import hashlib
import mmap
import shutil
from collections.abc import Callable
from pathlib import Path

from duli.files import cache_dir, cached_folder, damage, file_hash, warn_once

_SEAL = "sha256"


def find(name: str, file: str) -> Path | None:
    """The file in the cache's folder of this name; None when it is not there.

    A damaged one is removed, which is said once.
    """
    folder = cache_dir() / name
    try:
        if not folder.is_dir():
            return None
        reason = damage(folder) or _changed(folder / file)
    except OSError as error:
        reason = f"the cache folder {folder} cannot be read ({error.strerror})"
    if reason is None:
        return folder / file
    warn_once(f"{reason}: made again")
    shutil.rmtree(folder, ignore_errors=True)
    return None


def save(name: str, file: str, write: Callable[[Path], object]) -> None:
    """Keep a file in the cache's folder of this name, if the cache can be written.

    Args:
        name: the folder, as for ``files.cached_folder``.
        file: the file's name in it.
        write: writes the file at the path it is given; called twice where the cache cannot be written.
    """

    def fill(folder: Path) -> None:
        write(folder / file)
        (folder / _SEAL).write_text(_sha256(folder / file), "ascii")

    home = cache_dir() / name
    folder = cached_folder(name, fill)
    if folder == home:
        # Remembered now, so that the next process need not read the file for it.
        file_hash(folder / file)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _changed(path: Path) -> str | None:
    same = file_hash(path) == path.with_name(_SEAL).read_text("ascii")
    return None if same else f"the cache file {path} is damaged"


def _sha256(path: Path) -> str:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return hashlib.sha256(content).hexdigest()
