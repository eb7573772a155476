"""What the server counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counters of one server; each has its own registry, so that several fit into a process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        made = {"registry": self._registry, "namespace": "duli"}
        self.requests = Counter("requests", "Requests answered.", ("method", "route", "status"), **made)
        self.seconds = Histogram(
            "request_seconds", "Seconds a request took.", ("route",), buckets=_SECONDS, **made
        )
        self.refused = Counter("refused", "Requests refused, by the error's code.", ("code",), **made)
        self.cancelled = Counter("cancelled", "Requests whose client left or whose time was up.", **made)
        self.encoded = Counter("encoded_texts", "Texts that went through the encoder.", **made)
        self.encoding = Counter("encoding_seconds", "Seconds that the encoder worked.", **made)
        self.batches = Histogram(
            "batch_texts", "Texts a batch.", buckets=(1, 2, 4, 8, 16, 32, 64, 128), **made
        )
        self.loads = Counter("recipe_loads", "Recipes loaded, by how it went.", ("recipe", "outcome"), **made)
        self._gauges: list[Gauge] = []

    def encoded_batch(self, texts: int, seconds: float) -> None:
        """Count a batch of the encoder."""
        self.encoded.inc(texts)
        self.encoding.inc(seconds)
        self.batches.observe(texts)

    def gauge(self, name: str, about: str, read: object) -> None:
        """Show what a function without arguments says."""
        gauge = Gauge(name, about, registry=self._registry, namespace="duli")
        gauge.set_function(read)
        self._gauges.append(gauge)

    def text(self) -> bytes:
        """All of it as Prometheus reads it."""
        return bytes(generate_latest(self._registry))
