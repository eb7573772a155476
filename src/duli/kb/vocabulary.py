"""A vocabulary on disk: found by hash, read by position, mapped and never loaded whole."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

_FILES = {"bytes": "vocabulary-bytes.npy", "ends": "vocabulary-ends.npy", "hashes": "vocabulary-hashes.npy"}
_FILES["order"] = "vocabulary-order.npy"


def write(texts: Sequence[str], folder: Path) -> None:
    """Write texts [n], each once, whose numbers are their places."""
    encoded = [text.encode() for text in texts]
    hashes = np.array([_hash(data) for data in encoded], np.uint64)
    order = np.argsort(hashes, kind="stable")
    np.save(folder / _FILES["bytes"], np.frombuffer(b"".join(encoded), np.uint8))
    np.save(folder / _FILES["ends"], np.cumsum([0, *map(len, encoded)], dtype=np.int64))
    np.save(folder / _FILES["hashes"], hashes[order])
    np.save(folder / _FILES["order"], order.astype(np.int64))


class MappedVocabulary:
    """Texts by number and numbers by text, from the files that ``write`` made. To find is O(log n).

    Args:
        folder: where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self._bytes, self._ends, self._hashes, self._order = (
            np.load(folder / _FILES[name], mmap_mode="r", allow_pickle=False)
            for name in ("bytes", "ends", "hashes", "order")
        )

    def __len__(self) -> int:
        return len(self._ends) - 1

    def find(self, text: str) -> int | None:
        """The number of a text, or None."""
        data = text.encode("utf-8", "surrogatepass")
        wanted = np.uint64(_hash(data))
        at = int(np.searchsorted(self._hashes, wanted))
        while at < len(self) and self._hashes[at] == wanted:
            number = int(self._order[at])
            if self._raw(number) == data:
                return number
            at += 1
        return None

    def text(self, number: int) -> str:
        """The text with this number."""
        return self._raw(number).decode()

    def _raw(self, number: int) -> bytes:
        return bytes(self._bytes[int(self._ends[number]) : int(self._ends[number + 1])])


def _hash(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")
