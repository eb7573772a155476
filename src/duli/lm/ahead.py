"""An encoder that is told what will be asked for, so that texts that are asked one by one are encoded together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from duli.files import Progress, silent
from duli.lm.features import encode
from duli.lm.protocol import Encoder, Vectors


class Ahead:
    """Another encoder's vectors; those of the texts it was told of last are at hand.

    Args:
        encoder: the frozen model.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.revision, self.dimension = encoder.name, encoder.revision, encoder.dimension
        self._known: dict[str, Vectors] = {}

    def expect(self, texts: Sequence[str]) -> None:
        """Encode these in one batch, and forget those before them."""
        vectors = encode(self._encoder, texts, cache=False).vectors
        self._known = dict(zip(texts, vectors, strict=True))

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """As of ``Encoder``."""
        if not texts or any(text not in self._known for text in texts):
            return self._encoder.encode(texts, progress)
        return np.stack([self._known[text] for text in texts])
