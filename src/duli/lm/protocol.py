"""What every frozen model that turns texts into vectors has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from duli.files import Progress, silent

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """A frozen model: texts to unit vectors. Checks, duplicates and the cache are above it: ``lm.encode``."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def revision(self) -> str:
        """A hash of all that its vectors depend on; names its folder in the cache."""
        ...

    @property
    def dimension(self) -> int:
        """The length d of its vectors."""
        ...

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """One unit vector a text: [n, d], float32. ``progress`` is called after every batch."""
        ...


def readable(text: str) -> str:
    """The text without halves of surrogate pairs, which are no characters: a tokenizer would refuse all of it."""
    return text.encode("utf-8", "replace").decode()
