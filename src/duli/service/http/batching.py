"""Texts that arrive together go through the frozen model together.

What it must do: one thread runs the encoder, however many ask; a text waits no longer than the batch before it; a
request of many texts does not keep others waiting; a request that is cancelled is left out of the next batch.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np

from duli.errors import CancelledError
from duli.files import Progress, silent
from duli.lm import Encoder, Vectors
from duli.logic import Cancel
from duli.logic.meter import watched

Observer = Callable[[int, float], None]
"""Told of each batch: how many texts, how many seconds."""

_LOOK = 0.02
_BULK = 16


class Batched:
    """An encoder in front of another one, which is made when it is first needed, and which threads may ask at once.

    In 8 bits a text's vector depends a little on its neighbours in a batch (see ``lm.embedded``), so here on who asks
    at the same time.

    Args:
        make: makes the frozen model.
        most: texts a batch. Sixteen times as many at once are the preparation of a recipe, not a question: they go to
            the model directly, which sorts them by length.
        remembered: texts whose vectors are kept.
        observe: told of each batch.
    """

    def __init__(
        self,
        make: Callable[[], Encoder],
        *,
        most: int = 64,
        remembered: int = 4096,
        observe: Observer = lambda texts, seconds: None,
    ) -> None:
        self._make, self._making = make, threading.Lock()
        self._encoder: Encoder | None = None
        self._most, self._remembered, self._observe = most, remembered, observe
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="encoder", daemon=True)
        self._thread.start()

    @property
    def encoder(self) -> Encoder:
        """The frozen model."""
        with self._making:
            if self._encoder is None:
                self._encoder = self._make()
            return self._encoder

    @property
    def name(self) -> str:
        """The model's name."""
        return self.encoder.name

    @property
    def revision(self) -> str:
        """The model's revision."""
        return self.encoder.revision

    @property
    def dimension(self) -> int:
        """The length d of its vectors."""
        return self.encoder.dimension

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, d]; CancelledError where the request that asks is cancelled."""
        if len(texts) > _BULK * self._most:
            return self.encoder.encode(texts, progress)
        keys = [blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        with self._changed:
            found = {key: self._recalled(key) for key in keys}
            lacks = {key: text for key, text in zip(keys, texts, strict=True) if found[key] is None}
            if lacks:
                job = _Job(list(lacks), list(lacks.values()), watched.get())
                self._jobs.append(job)
                self._changed.notify()
        if lacks:
            job.wait(progress)
            found |= job.found
        out = np.empty((len(texts), self.dimension), np.float32)
        for row, key in enumerate(keys):
            out[row] = found[key]
        return out

    def close(self) -> None:
        """Stop the thread when the batch that it is at is done."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _recalled(self, key: bytes) -> Vectors | None:
        vector = self._vectors.get(key)
        if vector is not None:
            self._vectors.move_to_end(key)
        return vector

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                taken = self._take()
            texts = [text for _, _, text in taken]
            if not texts:
                continue
            begun = time.perf_counter()
            try:
                vectors = self.encoder.encode(texts)
            except Exception as error:
                # Whoever asked is told; the thread goes on for the others.
                for job in {id(job): job for job, _, _ in taken}.values():
                    job.fail(error)
                continue
            self._observe(len(texts), time.perf_counter() - begun)
            with self._changed:
                for (job, key, _), vector in zip(taken, vectors, strict=True):
                    self._vectors[key] = vector
                    job.give(key, vector)
                while len(self._vectors) > self._remembered:
                    self._vectors.popitem(last=False)

    def _take(self) -> list[tuple[_Job, bytes, str]]:
        """The texts of the next batch; a job that has more than fit goes to the end of the line."""
        taken: list[tuple[_Job, bytes, str]] = []
        while self._jobs and len(taken) < self._most:
            job = self._jobs.popleft()
            if job.over:
                continue
            room = self._most - len(taken)
            taken += [(job, key, text) for key, text in zip(job.keys[:room], job.texts[:room], strict=True)]
            del job.keys[:room], job.texts[:room]
            if job.keys:
                self._jobs.append(job)
                break
        return taken


class _Job:
    """The texts of one call that are still to be encoded."""

    def __init__(self, keys: list[bytes], texts: list[str], cancel: Cancel | None) -> None:
        self.keys, self.texts, self.cancel = keys, texts, cancel
        self.found: dict[bytes, Vectors | None] = {}
        self._total = len(keys)
        self._error: Exception | None = None
        self._done = threading.Event()

    @property
    def over(self) -> bool:
        """Whether nobody waits for the rest."""
        return self._error is not None or (self.cancel is not None and self.cancel.cancelled)

    def wait(self, progress: Progress) -> None:
        said = 0
        while not self._done.wait(_LOOK):
            if self.over:
                break
            if len(self.found) > said:
                said = len(self.found)
                progress("encoding", said, self._total)
        if self._error is not None:
            raise self._error
        if not self._done.is_set():
            raise CancelledError("the request was cancelled")

    def give(self, key: bytes, vector: Vectors) -> None:
        self.found[key] = vector
        if len(self.found) == self._total:
            self._done.set()

    def fail(self, error: Exception) -> None:
        self._error = error
        self._done.set()
