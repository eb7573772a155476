"""What a run has used of its limits, and whether it was cancelled.

The engine asks often: between steps, between pieces of long work, and before it takes much memory. The kernels work in
pieces of well under 200 ms, so that a limit or a cancellation stops a run within that time.
"""

from __future__ import annotations

import os
import sys
import time
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path

from duli.errors import CancelledError, LimitReachedError
from duli.types import Limits

_STATM = Path("/proc/self/statm")
_LOOK = 0.01
_MOMENT = 5e-5
_MUCH = 8 << 20


class Cancel:
    """Stops runs from another thread: give it to ``Program.run(cancel=…)`` and call ``cancel``.

    >>> stop = Cancel()
    >>> stop.cancel()
    >>> stop.cancelled
    True
    """

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        """Stop every run that watches this, within 200 ms, with a CancelledError."""
        self.cancelled = True


watched: ContextVar[Cancel | None] = ContextVar("watched", default=None)
"""What stops the runs of this context that are given no ``Cancel`` of their own: a server sets it for each request."""


@dataclass
class Meter:
    """Counts tuples; watches the clock, the memory and a ``Cancel``.

    Args:
        limits: what may be used.
        deadline: the clock's reading at which to stop; None never.
        cancel: stops the run; None never.
        tuples: how many there are so far: rows derived, bindings aggregated, rule instances of a lineage.
        batch: the number of the next insertion, by which a row can be told from what proves it.
        resident: the process's memory in bytes when the run began.
    """

    limits: Limits
    deadline: float | None = None
    cancel: Cancel | None = None
    tuples: int = 0
    batch: int = 0
    resident: int = 0
    _looked: float = field(default=0.0, repr=False)

    @classmethod
    def start(cls, limits: Limits, cancel: Cancel | None = None) -> Meter:
        """A meter whose time begins now."""
        deadline = None if limits.seconds is None else time.monotonic() + limits.seconds
        return cls(limits, deadline, cancel, resident=0 if limits.memory is None else resident())

    def restart(self) -> None:
        """Begin the time and the counting anew, for what is asked after the run."""
        self.tuples = 0
        self.deadline = Meter.start(self.limits).deadline

    def begin(self, other: Meter) -> None:
        """Watch what another meter, which has just begun, would watch."""
        self.limits, self.deadline, self.cancel = other.limits, other.deadline, other.cancel
        self.resident, self.tuples = other.resident, 0

    def finish(self) -> None:
        """Watch nothing any more: what was made is shared by runs that have meters of their own."""
        self.begin(Meter(Limits(None, None, None, None)))

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
        """Raise LimitReachedError when the time or the memory is used up, CancelledError when cancelled."""
        if self.cancel is not None and self.cancel.cancelled:
            raise CancelledError("the run was cancelled")
        if self.deadline is None and self.limits.memory is None and self.cancel is None:
            return
        now = time.monotonic()
        if self.deadline is not None and now > self.deadline:
            raise LimitReachedError(
                f"the time limit of {self.limits.seconds:g} seconds was reached",
                hint="raise Limits.seconds, or ask for less",
            )
        if now > self._looked + _LOOK:
            self._looked = now
            self._weigh(0)
            if self.cancel is not None:
                # Many short calls that let the interpreter's lock go and take it again starve the thread that waits
                # for it (measured: 0.6 s); asleep for a moment, this one lets it in.
                time.sleep(_MOMENT)

    def reserve(self, size: int) -> None:
        """``check``, and raise LimitReachedError when `size` more bytes would be too much memory."""
        self.check()
        if size > _MUCH and self.limits.memory is not None:
            self._weigh(size)

    def _weigh(self, more: int) -> None:
        most = self.limits.memory
        if most is not None and resident() - self.resident + more > most:
            raise LimitReachedError(
                f"the memory limit of {most / 2**20:,.0f} MiB was reached",
                hint="raise Limits.memory, or ask for less",
            )


def left(limits: Limits, begun: float) -> Limits:
    """The limits with what is left of their time, which began at this reading of ``time.monotonic``."""
    if limits.seconds is None:
        return limits
    return replace(limits, seconds=max(0.0, limits.seconds - (time.monotonic() - begun)))


def resident() -> int:
    """The memory of this process in bytes; where the system does not tell it now, the most that it was."""
    try:
        with _STATM.open("rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit
