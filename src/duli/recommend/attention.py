"""How much each thing that somebody took counts for what is wanted next: what is recent counts most."""

from __future__ import annotations

import numpy as np

from duli.types import Codes, Floats

WINDOW = 50
"""How many of the last things are looked at."""

HALF = 2.0
"""After so many later things, one counts half."""


def attention(times: Floats, half: float = HALF) -> Floats:
    """Weights [n] of things by their times [n], ascending: 1 / (1 + d / half) for one after which d others came.

    Things of one time share the mean of their places, so that the order in a file does not count.
    """
    first, after = np.searchsorted(times, times, "left"), np.searchsorted(times, times, "right")
    distance = len(times) - after + (after - first - 1) / 2
    found: Floats = 1 / (1 + distance / half)
    return found


def window(items: Codes, times: Floats) -> tuple[Codes, Floats]:
    """The last things, ``WINDOW`` at most."""
    return items[-WINDOW:], times[-WINDOW:]
