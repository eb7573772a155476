"""What a table reads of an example: texts to vectors, a pair's two texts to two, two names in a text to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from duli import lm
from duli.errors import InputError
from duli.files import Progress, silent
from duli.neural.relations import both_ways, located, sentence
from duli.recipe.labels import NONE, Labels
from duli.types import Codes, Example

BACKWARD = "⁻¹"
"""Behind the name of a relation: the tail stands before the head."""


@dataclass(frozen=True, eq=False)
class Described:
    """The classes among which a table's classifier decides.

    Args:
        classes: their names. Of ``extract`` they are each relation with the head first, each with the tail first, none.
        descriptions: m examples in words; of ``extract`` as ``relations.described`` writes them.
        of: the class of each [m].
    """

    classes: tuple[str, ...]
    descriptions: tuple[Example, ...]
    of: Codes


def described(labels: Labels) -> Described:
    """The classes of a table, with the descriptions of each."""
    if labels.kind != "extract":
        return Described(labels.classes, labels.descriptions, np.array(labels.of))
    count = len(labels.names)
    texts: dict[tuple[int, str], None] = {}
    for number in range(count + 1):
        own = [str(t) for t, k in zip(labels.descriptions, labels.of, strict=True) if k == number]
        for step, said in enumerate(both_ways(own)):
            place = 2 * count if number == count else step * count + number
            texts.update(dict.fromkeys((place, text) for text in said))
    names = (*labels.names, *(name + BACKWARD for name in labels.names), NONE)
    return Described(names, tuple(text for _, text in texts), np.array([place for place, _ in texts]))


def text_of(example: Example) -> str:
    """The text of an example, of two the first."""
    return example if isinstance(example, str) else example[0]


def vectors(
    labels: Labels,
    encoder: lm.Encoder,
    examples: Sequence[Example],
    *,
    cache: bool = True,
    progress: Progress = silent,
) -> lm.Vectors:
    """What the frozen model says of n examples, as a table reads them: [n, d], of ``match`` [n, 2, d]."""
    if labels.kind == "match":
        texts = [str(example[side]) for side in (0, 1) for example in examples]
        both = lm.encode(encoder, texts, cache=cache, progress=progress).vectors if texts else None
        if both is None:
            return np.empty((0, 2, encoder.dimension), np.float32)
        return np.stack([both[: len(examples)], both[len(examples) :]], 1)
    read = [said(example) if labels.kind == "extract" else text_of(example) for example in examples]
    if not read:
        return np.empty((0, encoder.dimension), np.float32)
    return lm.encode(encoder, read, cache=cache, progress=progress).vectors


def said(example: Example) -> str:
    """What a text says of its head and its tail; a sentence that is written so already stays as it is."""
    if isinstance(example, str):
        return example
    first, second = sorted(located(*_triple(example)), key=lambda span: span.start)
    return sentence(example[0], first, second)


def head_first(example: Example) -> bool:
    """Whether the head stands before the tail."""
    head, tail = located(*_triple(example))
    return head.start < tail.start


def _triple(example: Example) -> tuple[str, str, str]:
    if isinstance(example, str) or len(example) != 3:
        raise InputError(
            "a relation is learned from a text, a head and a tail", hint='("A sells B", "A", "B")'
        )
    return example[0], example[1], example[2]
