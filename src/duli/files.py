"""The cache folder, and files that are there whole or not at all."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs

Progress = Callable[[str, int, int], None]
"""Called with what is done, how much of it is, and how much there is."""

_log = logging.getLogger("duli")
_said: set[str] = set()
_MANIFEST = "manifest.json"
_PENDING = ".new"
_SMALL = 1 << 20


def silent(what: str, done: int, total: int) -> None:
    """The progress that nobody watches."""


def cache_dir() -> Path:
    """Where what can be made again is kept: DULI_CACHE, else the user's cache folder."""
    named = os.environ.get("DULI_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("duli", appauthor=False))


def content_key(*parts: str | bytes) -> str:
    """A name [32 hexadecimal digits] for what was made from these parts.

    >>> content_key("a", "b") == content_key("ab", "")
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file; remembered in the cache as long as its size and time of change stay the same."""
    stat = path.stat()
    remembered = (
        cache_dir() / "hashes" / content_key(str(path.resolve()), f"{stat.st_size} {stat.st_mtime_ns}")
    )
    try:
        text = remembered.read_text("ascii")
        if len(text) == 64:
            return text
    except (OSError, UnicodeDecodeError):
        pass
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    try:
        write_atomic(remembered, digest.hexdigest().encode())
    except OSError as error:
        warn_once(f"the cache {cache_dir()} cannot be written ({error.strerror}): going on without it")
    return digest.hexdigest()


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part; OSError as usual."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write several files of a folder: killed at any moment, ``settle`` finds all of the old ones or all of the new.

    Args:
        folder: it is made; other files in it stay.
        contents: of each file, by its path inside the folder.
    """
    settle(folder)
    pending = folder / _PENDING
    shutil.rmtree(pending, ignore_errors=True)
    for name, data in contents.items():
        write_atomic(pending / name, data)
    write_atomic(pending / _MANIFEST, json.dumps(list(contents)).encode())
    settle(folder)


def settle(folder: Path) -> None:
    """Finish what ``write_together`` had written and not yet put in its place, if there is any; before reading."""
    pending = folder / _PENDING
    try:
        names = json.loads((pending / _MANIFEST).read_text("utf-8"))
        places = [(folder / name).resolve() for name in names]
    except (OSError, ValueError, TypeError):
        return
    if not all(place.is_relative_to(folder.resolve()) for place in places):
        return  # somebody else wrote this
    for name in names:
        with contextlib.suppress(FileNotFoundError):  # in its place already
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (pending / name).replace(folder / name)
    shutil.rmtree(pending, ignore_errors=True)


def warn_once(message: str) -> None:
    """Say something to the user, once in a process."""
    if message not in _said:
        _said.add(message)
        _log.warning(message)


def cached_folder(name: str, fill: Callable[[Path], None]) -> Path:
    """The cache's folder of this name, filled first when it is not there or damaged.

    Where the cache cannot be written, the folder is a temporary one that goes with the process, and the user is told
    once.

    Args:
        name: what it is and the key of its content: ``kb/3f2c…``.
        fill: writes files into the folder that it is given.
    """
    folder = cache_dir() / name
    if folder.is_dir():
        reason = damage(folder)
        if reason is None:
            return folder
        warn_once(f"{reason}: made again")
    try:
        return _publish(folder, fill)
    except OSError as error:
        warn_once(f"the cache {cache_dir()} cannot be written ({error.strerror}): going on without it")
    made = Path(tempfile.mkdtemp(prefix="duli-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    fill(made)
    return made


def damage(folder: Path) -> str | None:
    """What is wrong with a folder that was published, or None: sizes of all files, content of the small ones."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        entries = manifest["files"]
        if manifest["key"] != content_key(json.dumps(entries, sort_keys=True)):
            return f"the cache file {folder / _MANIFEST} is damaged"
        for name, (size, digest) in entries.items():
            path = folder / name
            if path.stat().st_size != size or (digest and content_key(path.read_bytes()) != digest):
                return f"the cache file {path} is damaged"
    except FileNotFoundError as error:
        return f"the cache file {error.filename} is missing"
    except (OSError, ValueError, KeyError, TypeError):
        return f"the cache file {folder / _MANIFEST} is damaged"
    return None


def _publish(folder: Path, fill: Callable[[Path], None]) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:40]}."))
    try:
        fill(made)
        entries = {str(p.relative_to(made)): _entry(p) for p in sorted(made.rglob("*")) if p.is_file()}
        manifest = {"files": entries, "key": content_key(json.dumps(entries, sort_keys=True))}
        write_atomic(made / _MANIFEST, json.dumps(manifest).encode())
        if folder.is_dir():
            if damage(folder) is None:
                return folder
            shutil.rmtree(folder)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _entry(path: Path) -> tuple[int, str]:
    size = path.stat().st_size
    return size, content_key(path.read_bytes()) if size <= _SMALL else ""
