"""All that a server holds, made from its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duli
from duli import recipe
from duli.service.http import call
from duli.service.http.encoders import Encoders
from duli.service.http.kept import Kept
from duli.service.http.limits import Rate
from duli.service.http.metrics import Metrics
from duli.service.http.settings import Settings
from duli.service.http.shelf import Shelf
from duli.service.http.tokens import Tokens
from duli.service.http.tracing import Tracing
from duli.service.http.work import Work

_GUESSES_A_SECOND = 5.0
_GUESSES = 20


@dataclass
class Server:
    """What the routes share."""

    settings: Settings
    tokens: Tokens
    metrics: Metrics
    tracing: Tracing
    work: Work
    rate: Rate
    encoders: Encoders
    shelf: Shelf
    kept: Kept
    strangers: Rate = field(default_factory=lambda: Rate(_GUESSES_A_SECOND, _GUESSES))
    stopping: Callable[[], bool] = lambda: False

    @classmethod
    def make(
        cls,
        settings: Settings,
        sources: Sequence[str | Path],
        tokens: Tokens,
        *,
        tracing: Tracing | None = None,
    ) -> Server:
        """A server of some recipes; errors are those of ``Shelf``."""
        metrics = Metrics()
        encoders = Encoders(settings.batch, settings.remembered, metrics.encoded_batch)
        work = Work(settings.threads, settings.queue)
        shelf = Shelf(
            sources,
            lambda folder: _open(folder, encoders),
            look=settings.look,
            observe=lambda name, outcome: metrics.loads.labels(name, outcome).inc(),
        )
        metrics.gauge("work_running", "Threads that work.", lambda: work.running)
        metrics.gauge("work_here", "Requests that work or wait.", lambda: work.here)
        return cls(
            settings,
            tokens,
            metrics,
            tracing or Tracing.to(settings.telemetry),
            work,
            Rate(settings.rate, settings.burst),
            encoders,
            shelf,
            Kept(settings.store),
        )

    def close(self) -> None:
        """Stop what runs in the background."""
        self.shelf.close()
        self.work.close()
        self.encoders.close()
        self.kept.close()
        self.tracing.close()


def _open(folder: Path, encoders: Encoders) -> Any:
    return duli.load(folder, encoder=encoders.of(recipe.read(folder).model), progress=call.tell)
