"""Traces by OpenTelemetry, where a collector is named; else nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from duli.errors import MissingExtraError


class Tracing:
    """Spans of requests.

    Args:
        exporter: where finished spans go; None: there are none.
    """

    def __init__(self, exporter: Any = None) -> None:
        self._provider: Any = None
        if exporter is None:
            return
        sdk, export = _need("opentelemetry.sdk.trace"), _need("opentelemetry.sdk.trace.export")
        resource = _need("opentelemetry.sdk.resources").Resource.create({"service.name": "duli"})
        self._provider = sdk.TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(export.BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("duli")

    @classmethod
    def to(cls, address: str) -> Tracing:
        """Traces to the collector at an address (OTLP over HTTP); none where it is empty.

        Raises:
            MissingExtraError: the extra ``telemetry`` is not installed.
        """
        if not address:
            return cls()
        http = _need("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        return cls(http.OTLPSpanExporter(endpoint=address))

    def span(self, name: str, carrier: dict[str, str]) -> AbstractContextManager[Any]:
        """A span around a request, under the one that the caller's ``traceparent`` names; None where there are none."""
        return nullcontext() if self._provider is None else self._span(name, carrier)

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()

    @contextmanager
    def _span(self, name: str, carrier: dict[str, str]) -> Iterator[Any]:
        above = _need("opentelemetry.trace.propagation.tracecontext").TraceContextTextMapPropagator()
        kind = _need("opentelemetry.trace").SpanKind.SERVER
        with self._tracer.start_as_current_span(name, above.extract(carrier), kind=kind) as span:
            yield span


def _need(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError("opentelemetry-sdk", "telemetry") from error
