"""Learning: adapters for a frozen model (``tune``), and how runs are tracked (``tracking``)."""

from __future__ import annotations

from duli.learn.tuning import Tuned, Tuning, tune

__all__ = ["Tuned", "Tuning", "tune"]
