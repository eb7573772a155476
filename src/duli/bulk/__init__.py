"""Whole data sets answered: every row once, in order, and again from where it stopped after any crash."""

from duli.bulk.answering import Settings
from duli.bulk.mapping import Mapped, map_file

__all__ = ["Mapped", "Settings", "map_file"]
