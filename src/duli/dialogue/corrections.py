"""What people corrected: messages and what they were about, kept in a file, and counted at the next load."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from duli import lm
from duli.errors import DataError, InputError
from duli.kb.table import objects
from duli.neural.index import Vectors
from duli.types import Floats

FROM = 0.5
"""The cosine from which a message counts as like one that was corrected; chosen, as the square, on clinc150, by
correcting messages of its train that descriptions alone mistook."""
LARGEST = 10_000
"""Characters of a message that is kept."""


@dataclass(frozen=True)
class Corrections:
    """Messages [m] whose intents people told, and their vectors.

    A message takes the intent of the nearest one with the weight ((cosine - 0.5) / 0.5)^2: the same message surely, one
    that is less alike than 0.5 not at all.
    """

    texts: Sequence[str]
    labels: Sequence[str]
    vectors: Vectors

    @classmethod
    def read(cls, path: Path, encoder: lm.Encoder, known: Sequence[str]) -> Corrections:
        """The corrections of a file, of each message the last; none where there is no file.

        Raises:
            DataError: with the line: a message or an intent is missing, or the intent is not known.
        """
        kept: dict[str, str] = {}
        for place, row in objects(path) if path.is_file() else ():
            text, intent = row.get("text"), row.get("intent")
            if not isinstance(text, str) or not text.strip() or intent not in known:
                raise DataError(
                    "a correction is a text and one of the recipe's intents",
                    where=place,
                    hint='{"text": "Where is it?", "intent": "delivery"}; delete the line if the intent is no more',
                )
            kept[text] = str(intent)
        texts = list(kept)
        empty = np.empty((0, encoder.dimension), np.float32)
        return cls(texts, list(kept.values()), lm.encode(encoder, texts).vectors if texts else empty)

    def apply(self, probabilities: Floats, vectors: Vectors, names: Sequence[str]) -> Floats:
        """Probabilities of intents [n, K] of messages with vectors [n, d], after what was corrected."""
        if not len(self.texts):
            return probabilities
        cosines = vectors @ self.vectors.T
        near = cosines.argmax(1)
        weight = np.clip((cosines.max(1) - FROM) / (1 - FROM), 0, 1)[:, None].astype(np.float64) ** 2
        told = np.array([[label == name for name in names] for label in self.labels], np.float64)
        mixed: Floats = (1 - weight) * probabilities + weight * told[near]
        return mixed


def add(path: Path, text: str, intent: str, known: Sequence[str]) -> None:
    """Keep a correction; it counts at the next load.

    Raises:
        InputError: the intent is not known, the message is empty or too long, or the file cannot be written.
    """
    if intent not in known:
        raise InputError(f"there is no intent {intent!r}", hint=f"there are: {', '.join(known)}")
    if not text.strip() or len(text) > LARGEST:
        raise InputError(
            "there is no message to correct" if not text.strip() else "this message is too long to keep"
        )
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"text": text, "intent": intent}, ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(
            f"the corrections cannot be written: {error.strerror}",
            where=str(path),
            hint="duli new mine --from support",
        ) from error
