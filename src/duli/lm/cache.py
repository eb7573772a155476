"""Vectors that outlive the process: a text is encoded once, ever.

In the cache folder, under ``lm/<revision of the encoder>``:
- ``segments`` holds what was encoded by the hash of each text, some 2,000 texts a file (``lm.segments``);
- ``corpora/<hash of all texts>`` holds the finished matrix of one list of texts, mapped from disk ever after.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from duli.errors import ModelError
from duli.files import Progress, cache_dir, content_key, warn_once
from duli.lm import sealed
from duli.lm.features import checked, each_once
from duli.lm.protocol import Encoder, Vectors
from duli.lm.segments import Keys, Segments

SEGMENT = 2_000
"""Texts a segment: two to three seconds of the embedded encoder on two cores are lost by an interruption."""

_MATRIX = "vectors.npy"
_REVISION = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\Z")


def cached(encoder: Encoder, texts: Sequence[str], progress: Progress) -> Vectors:
    """The vectors [n, d] of some texts, mapped from disk when this list was encoded before.

    Where the cache cannot be written, which is said once, everything else stays the same.

    Raises:
        ModelError: the encoder's revision cannot name a folder, or its vectors break its promise.
    """
    if not _REVISION.match(encoder.revision):
        message = f"the revision {encoder.revision!r} of the encoder {encoder.name!r} cannot name a folder"
        raise ModelError(message, hint="use a hash of its content: files.content_key")
    name = f"lm/{encoder.revision}/corpora/{_corpus_key(texts)}"
    path = sealed.find(name, _MATRIX)
    if path is not None:
        mapped: Vectors = np.load(path, mmap_mode="r", allow_pickle=False)
        return mapped
    work = _Work(encoder, progress)
    vectors = each_once(texts, work.run)
    if work.writable:
        sealed.save(name, _MATRIX, lambda file: np.save(file, vectors, allow_pickle=False))
    return vectors


class _Work:
    """One list of texts on its way through the segments."""

    def __init__(self, encoder: Encoder, progress: Progress) -> None:
        self.encoder = encoder
        self.progress = progress
        self.segments = Segments(cache_dir() / "lm" / encoder.revision / "segments", encoder.dimension)
        self.writable = True

    def run(self, texts: list[str]) -> Vectors:
        keys = _text_keys(texts)
        vectors = np.empty((len(texts), self.encoder.dimension), np.float32)
        pending = np.flatnonzero(~self.segments.read(keys, vectors))
        done = len(texts) - len(pending)
        for start in range(0, len(pending), SEGMENT):
            rows = pending[start : start + SEGMENT]
            told = _Shifted(self.progress, done + start, len(texts))
            vectors[rows] = checked(self.encoder, [texts[row] for row in rows], told)
            self._keep(keys[rows], vectors[rows])
        return vectors

    def _keep(self, keys: Keys, vectors: Vectors) -> None:
        if not self.writable:
            return
        try:
            self.segments.write(keys, vectors)
        except OSError as error:
            self.writable = False
            warn_once(f"the cache {cache_dir()} cannot be written ({error.strerror}): going on without it")


class _Shifted:
    """Progress within a part, told as progress of the whole."""

    def __init__(self, progress: Progress, before: int, total: int) -> None:
        self.progress, self.before, self.total = progress, before, total

    def __call__(self, what: str, done: int, total: int) -> None:
        self.progress(what, self.before + done, self.total)


def _corpus_key(texts: Sequence[str]) -> str:
    # Lengths and one long text: as telling as hashing text by text, and ten times as fast.
    lengths = np.fromiter(map(len, texts), "<i8", len(texts))
    return content_key(lengths.tobytes(), "".join(texts).encode("utf-8", "surrogatepass"))


def _text_keys(texts: Sequence[str]) -> Keys:
    digests = (
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts
    )
    return np.frombuffer(b"".join(digests), "S16")
