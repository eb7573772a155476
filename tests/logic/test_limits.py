"""Runs stop in time, and say why."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from duli import logic
from duli.errors import CancelledError, DuliError, LimitReachedError
from duli.logic.meter import resident
from duli.types import Limits, Relation

CLOSURE = "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), edge(Y, Z)."
NUMBERS = "p(0). p(Y) :- p(X), Y is X + 1."
NONLINEAR = "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), path(Y, Z)."
SECOND = "node(X) :- edge(X, _). pair(X, Y, Z) :- node(X), node(Y), node(Z), X \\== Y."


def edges(n: int, m: int) -> dict[str, Relation]:
    columns = np.random.default_rng(1).integers(0, n, (2, m))
    return {"edge": Relation((columns[0], columns[1]))}


def slow(text: str) -> Callable[..., logic.Result]:
    program = logic.compile(text, inputs={"edge": 2})
    return lambda **options: program.run(edges(6000, 15_000), **options)


def warm() -> None:
    logic.compile(CLOSURE, inputs={"edge": 2}).run(edges(20, 30))


@pytest.mark.parametrize("text", ["p(a).\n" * 9, "p(X) :- p(X).\n" * 9])
def test_reading_stops_in_time(text: str) -> None:
    with pytest.raises(LimitReachedError, match="time limit"):
        logic.compile(text, limits=Limits(seconds=0))


@pytest.mark.parametrize("text", [CLOSURE, NUMBERS, NONLINEAR, SECOND])
def test_a_run_is_cancelled_from_another_thread(text: str) -> None:
    warm()
    run, late = slow(text), []
    for after in (0.4, 0.8):
        stop, begun = logic.Cancel(), time.monotonic()
        timer = threading.Timer(after, stop.cancel)
        timer.start()
        with pytest.raises(CancelledError) as caught:
            run(cancel=stop, limits=Limits(tuples=None))
        late.append(time.monotonic() - begun - after)
        assert caught.value.exit_code == 3
    assert min(late) < 0.2, late


@pytest.mark.parametrize("text", [CLOSURE, NUMBERS, SECOND])
def test_the_time_is_kept(text: str) -> None:
    warm()
    run, late = slow(text), []
    for seconds in (0.2, 0.5):
        begun = time.monotonic()
        assert "time limit" in str(run(limits=Limits(seconds=seconds)).limit)
        late.append(time.monotonic() - begun - seconds)
    assert min(late) < 0.2, late


@pytest.mark.parametrize("text", [CLOSURE, NONLINEAR, SECOND])
def test_the_memory_is_kept(text: str) -> None:
    warm()
    # What earlier runs left must not be given back during this one.
    gc.collect()
    before, most = resident(), 200 << 20
    assert "memory limit of 200 MiB" in str(slow(text)(limits=Limits(memory=most, tuples=None)).limit)
    assert resident() - before < 1.3 * most


def test_a_prepared_program_is_cancelled_and_stays_usable() -> None:
    program = logic.compile(CLOSURE, inputs={"edge": 2})
    prepared = program.prepare({}, None, ["edge"])
    stop = logic.Cancel()
    stop.cancel()
    with pytest.raises(CancelledError):
        prepared.run(edges(20, 30), cancel=stop)
    assert len(prepared.run(edges(20, 30)).codes("path")) > 0


def test_what_is_asked_of_a_result_can_be_cancelled() -> None:
    stop = logic.Cancel()
    result = logic.compile("0.5::e(a, b). 0.5::e(b, a). p(X) :- e(X, _). query(p(X)).").run(cancel=stop)
    stop.cancel()
    with pytest.raises(CancelledError):
        result.probabilities  # noqa: B018


def test_one_error_is_told_from_the_other() -> None:
    assert not issubclass(CancelledError, LimitReachedError)
    assert issubclass(CancelledError, DuliError)
    assert CancelledError("x").to_dict()["error"]["code"] == "cancelled"
