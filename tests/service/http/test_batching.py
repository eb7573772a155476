"""One thread encodes for all who ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextvars import copy_context

import numpy as np
import pytest

pytest.importorskip("fastapi")

from duli.errors import CancelledError
from duli.files import Progress, silent
from duli.lm import FakeEncoder, Vectors
from duli.logic import Cancel
from duli.logic.meter import watched
from duli.service.http.batching import Batched


class Held:
    """An encoder that waits until it may go on, and notes its batches."""

    name, revision, dimension = "held", "1", 256

    def __init__(self) -> None:
        self.go, self.batches = threading.Event(), list[list[str]]()
        self.threads = set[int]()

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        self.batches.append(list(texts))
        self.threads.add(threading.get_ident())
        assert self.go.wait(20)
        if "bad" in texts:
            raise ValueError("bad")
        return FakeEncoder().encode(texts)


def started(held: Held, batched: Batched, texts: list[str], into: dict[str, object]) -> threading.Thread:
    def ask() -> None:
        try:
            into[texts[0]] = batched.encode(texts)
        except Exception as error:
            into[texts[0]] = error

    thread = threading.Thread(target=copy_context().run, args=(ask,))
    thread.start()
    return thread


def test_what_waits_is_encoded_together_and_remembered() -> None:
    held, found = Held(), dict[str, object]()
    batched = Batched(lambda: held, most=8)
    threads = [started(held, batched, ["first"], found)]
    while not held.batches:
        time.sleep(0.001)
    threads += [started(held, batched, [f"{n}", "同"], found) for n in range(3)]
    while len(batched._jobs) < 3:
        time.sleep(0.001)
    held.go.set()
    for thread in threads:
        thread.join(20)
    assert held.batches[0] == ["first"]
    assert sorted(held.batches[1]) == ["0", "1", "2", "同", "同", "同"]
    assert len(held.threads) == 1
    expected = FakeEncoder().encode(["2", "同"])
    assert np.array_equal(np.asarray(found["2"]), expected)
    assert np.array_equal(batched.encode(["同", "2", "同"]), expected[[1, 0, 1]])
    assert len(held.batches) == 2
    batched.close()


def test_a_long_request_lets_others_in() -> None:
    held, found = Held(), dict[str, object]()
    batched = Batched(lambda: held, most=4)
    long = started(held, batched, [f"long {n}" for n in range(12)], found)
    while not held.batches:
        time.sleep(0.001)
    short = started(held, batched, ["short"], found)
    while len(batched._jobs) < 2:
        time.sleep(0.001)
    held.go.set()
    long.join(20)
    short.join(20)
    assert next(batch for batch in held.batches if "short" in batch) in held.batches[1:3]
    assert np.asarray(found["long 0"]).shape == (12, 256)
    batched.close()


def test_a_cancelled_request_leaves_and_its_texts_are_not_encoded() -> None:
    held, found, stop = Held(), dict[str, object](), Cancel()
    batched = Batched(lambda: held, most=1)
    watched.set(stop)
    thread = started(held, batched, ["one", "two"], found)
    watched.set(None)
    while not held.batches:
        time.sleep(0.001)
    stop.cancel()
    thread.join(5)
    assert isinstance(found["one"], CancelledError)
    held.go.set()
    assert batched.encode(["three"]).shape == (1, 256)
    assert held.batches == [["one"], ["three"]]
    batched.close()


def test_an_error_reaches_who_asked_and_the_thread_goes_on() -> None:
    held = Held()
    held.go.set()
    batched = Batched(lambda: held)
    with pytest.raises(ValueError, match="bad"):
        batched.encode(["bad"])
    assert batched.encode(["good"]).shape == (1, 256)
    batched.close()


def test_no_more_vectors_are_kept_than_said() -> None:
    batched = Batched(FakeEncoder, remembered=3)
    batched.encode([f"{n}" for n in range(10)])
    assert len(batched._vectors) == 3
    batched.close()
