"""What every frozen model that turns texts into vectors has in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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


@dataclass(frozen=True)
class TokenStates:
    """What a model makes of one text, token by token; special tokens are left out.

    Args:
        states: [tokens, d], float32, of any length.
        offsets: [tokens, 2]: where each token starts and ends in the text, in characters.
    """

    states: Vectors
    offsets: NDArray[np.int64]


@runtime_checkable
class TokenEncoder(Encoder, Protocol):
    """An encoder that gives the states before they are pooled, too."""

    def token_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """One a text; long texts are cut off."""
        ...


def readable(text: str) -> str:
    """The text without halves of surrogate pairs, which are no characters: a tokenizer would refuse all of it."""
    return text.encode("utf-8", "replace").decode()
