"""No model: hashed pairs and triples of characters, for tests."""

from __future__ import annotations

from duli.lm.fake import FakeEncoder
from duli.lm.protocol import Encoder

EXTRA = None
PACKAGES = ()


def encoder() -> Encoder:
    """The same everywhere."""
    return FakeEncoder()
