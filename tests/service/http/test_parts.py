"""The small parts: the rate, the logs, the traces, JSON."""

from __future__ import annotations

import io
import json
import logging

import numpy as np
import pytest

pytest.importorskip("fastapi")

from duli.service.http import logs, replies
from duli.service.http.limits import Rate
from duli.service.http.problems import STATUS, RefusalError
from duli.service.http.tracing import Tracing


def test_a_bucket_fills_at_its_rate() -> None:
    now = [0.0]
    rate = Rate(2.0, 3, lambda: now[0])

    def asked() -> bool:
        try:
            rate.take("a")
        except RefusalError as error:
            return not (error.code == "too_many" and 0 < (error.after or 0) <= 0.5)
        return True

    assert [asked() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 0.5
    assert [asked() for _ in range(2)] == [True, False]
    rate.take("b")
    now[0] = 100.0
    assert sum(asked() for _ in range(10)) == 3


def test_a_log_is_a_line_of_json_without_what_a_user_wrote() -> None:
    stream = io.StringIO()
    log = logging.getLogger("duli")
    before = log.handlers[:], log.propagate, log.level
    try:
        logs.start("info", stream)
        logs.access("POST", "/v1/{recipe}/ask", 200, 0.0123, "phone")
        try:
            raise ValueError("sesame 芝麻")
        except ValueError:
            logging.getLogger("duli.http").exception("mistake")
    finally:
        log.handlers[:], log.propagate = before[:2]
        log.setLevel(before[2])
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["event"] == "request"
    assert (first["status"], first["milliseconds"], first["token"]) == (200, 12.3, "phone")
    assert second["error"] == "ValueError"
    assert second["trace"]
    assert "sesame" not in stream.getvalue()


def test_a_request_is_a_span_under_its_callers() -> None:
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter = memory.InMemorySpanExporter()
    tracing = Tracing(exporter)
    with tracing.span("POST /x", {"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"}):
        pass
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.name == "POST /x"
    assert format(span.context.trace_id, "032x") == "1" * 32
    with Tracing().span("nothing", {}):
        pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": float("nan"), "天": [float("inf"), 1.5]}, '{"a":null,"天":[null,1.5]}'),
        ({"a": np.float64(0.5), "b": np.arange(2)}, '{"a":0.5,"b":[0,1]}'),
        ({"a": np.float32("nan")}, '{"a":null}'),
        ("\ud800", '"?"'),
        ({1: {2}}, '{"1":"{2}"}'),
    ],
)
def test_json_is_always_valid(value: object, text: str) -> None:
    assert replies.to_bytes(value).decode() == text


def test_every_code_of_an_error_has_a_status() -> None:
    from duli import errors

    codes = {e.code for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.DuliError)}
    assert codes <= set(STATUS)
