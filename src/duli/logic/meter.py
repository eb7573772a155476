"""What a run has used of its limits."""

from __future__ import annotations

import time
from dataclasses import dataclass

from duli.errors import LimitReachedError
from duli.types import Limits


@dataclass
class Meter:
    """Counts tuples and watches the clock.

    Args:
        limits: what may be used.
        deadline: the clock's reading at which to stop; None never.
        tuples: how many there are so far: rows derived, bindings aggregated, rule instances of a lineage.
        batch: the number of the next insertion, by which a row can be told from what proves it.
    """

    limits: Limits
    deadline: float | None = None
    tuples: int = 0
    batch: int = 0

    @classmethod
    def start(cls, limits: Limits) -> Meter:
        """A meter whose time begins now."""
        return cls(limits, None if limits.seconds is None else time.monotonic() + limits.seconds)

    def restart(self) -> None:
        """Begin the time anew, for what is asked after the run."""
        self.deadline = Meter.start(self.limits).deadline

    def add(self, tuples: int) -> None:
        """Count tuples; past a limit, raise LimitReachedError."""
        self.tuples += tuples
        most = self.limits.tuples
        if most is not None and self.tuples > most:
            raise LimitReachedError(
                f"more than {most:,} tuples were derived",
                hint="raise Limits.tuples, or bind more variables in the rules that multiply",
            )
        self.check()

    def check(self) -> None:
        """Raise LimitReachedError when the time is over."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise LimitReachedError(
                f"the time limit of {self.limits.seconds:g} seconds was reached",
                hint="raise Limits.seconds, or ask for less",
            )
