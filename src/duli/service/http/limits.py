"""How often one may ask: a bucket of permissions for each token, filled at a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from duli.service.http.problems import RefusalError

_MOST = 10_000


class Rate:
    """Token buckets by name; the least recently used are forgotten first.

    Args:
        rate: permissions a second.
        burst: as many as a bucket holds.
        clock: seconds that never go back.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Use one permission; RefusalError with code ``too_many`` where there is none left."""
        now = self._clock()
        held, then = self._buckets.pop(name, (float(self.burst), now))
        held = min(float(self.burst), held + (now - then) * self.rate)
        self._buckets[name] = (held - 1 if held >= 1 else held, now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        if held < 1:
            raise RefusalError(
                "too_many",
                f"more than {self.rate:g} requests a second",
                hint="send fewer, or texts together in one request",
                after=(1 - held) / self.rate,
            )
