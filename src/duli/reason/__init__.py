"""The one composition: a recipe that is ready to be asked, fitted, saved."""

from __future__ import annotations

from duli.reason.reasoner import Reasoner, load

__all__ = ["Reasoner", "load"]
