"""Streams of texts watched: what is said of whom, what is usual, and when bad news surges."""

from __future__ import annotations
