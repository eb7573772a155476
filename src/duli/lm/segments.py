"""Vectors on disk by the hash of their text: files that are added, never changed.

What it has to do:
- an interruption loses at most the segment that was being computed, and the store stays valid;
- processes that write at once do each other no harm: a segment's name is the hash of its keys;
- looking texts up reads the keys of all segments but the vectors only of those that hold one of them;
- a cut or changed segment is found by its checksums and dropped.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from duli.files import content_key, warn_once, write_atomic
from duli.lm.protocol import Vectors

Keys = NDArray[np.bytes_]
"""Hashes of texts [n], 16 bytes each (``S16``)."""

_MAGIC = b"duli-lm1"
# Magic, rows, dimension, checksum of the head and the keys, checksum of the vectors.
_HEAD = struct.Struct("<8sII32s32s")
_KEY = 16


class Segments:
    """A folder of segments.

    Args:
        folder: made when the first segment is written.
        dimension: of every vector in it.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self.folder = folder
        self.dimension = dimension

    def read(self, keys: Keys, vectors: Vectors) -> NDArray[np.bool_]:
        """Fill in the vectors [n, d] of the keys [n] that are there; says which [n] were."""
        order = np.argsort(keys)
        ordered = keys[order]
        found = np.zeros(len(keys), np.bool_)
        for path in sorted(self.folder.glob("*.seg")):
            if found.all():
                break
            try:
                held, rows = self._matches(path, ordered)
            except FileNotFoundError:
                continue
            except (OSError, ValueError):
                warn_once(f"the cache file {path} is damaged: made again")
                _remove(path)
                continue
            places = order[held]
            vectors[places] = rows
            found[places] = True
        return found

    def write(self, keys: Keys, vectors: Vectors) -> None:
        """Add a segment: keys [m] and their vectors [m, d]; OSError as usual."""
        key_bytes, vector_bytes = keys.tobytes(), vectors.astype("<f4", copy=False).tobytes()
        head = _HEAD.pack(
            _MAGIC,
            len(keys),
            self.dimension,
            _checksum(len(keys), self.dimension, key_bytes),
            content_key(vector_bytes).encode(),
        )
        write_atomic(self.folder / f"{content_key(key_bytes)}.seg", head + key_bytes + vector_bytes)

    def _matches(self, path: Path, ordered: Keys) -> tuple[NDArray[np.int64], Vectors]:
        """Places [m] in the ordered keys that the segment holds, and their vectors [m, d]."""
        with path.open("rb") as file:
            keys, checksum = self._keys(file)
            places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
            held = np.flatnonzero(ordered[places] == keys)
            if not len(held):
                return held, np.empty((0, self.dimension), np.float32)
            content = file.read()
        if content_key(content).encode() != checksum:
            raise ValueError("vectors")
        vectors = np.frombuffer(content, "<f4").reshape(len(keys), self.dimension)
        return places[held], vectors[held].astype(np.float32, copy=False)

    def _keys(self, file: BinaryIO) -> tuple[Keys, bytes]:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise ValueError("head")
        magic, rows, dimension, key_checksum, vector_checksum = _HEAD.unpack(head)
        # The size is compared first: it bounds what a damaged head can make us read.
        size = _HEAD.size + rows * (_KEY + 4 * dimension)
        if magic != _MAGIC or dimension != self.dimension or os.fstat(file.fileno()).st_size != size:
            raise ValueError("head")
        content = file.read(_KEY * rows)
        if _checksum(rows, dimension, content) != key_checksum:
            raise ValueError("keys")
        return np.frombuffer(content, f"S{_KEY}"), vector_checksum


def _checksum(rows: int, dimension: int, keys: bytes) -> bytes:
    return content_key(f"{rows} {dimension}", keys).encode()


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        warn_once(f"the damaged cache file {path} cannot be removed ({error.strerror})")
