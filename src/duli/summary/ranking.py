"""The usual ways to summarise, for comparison: the first sentences, and the highest in a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from duli.summary.article import Sentence
from duli.summary.features import Features, overlaps, rank, weighted_cosines
from duli.types import Codes, Floats


def first(sentences: Sequence[Sentence], budget: int) -> Codes:
    """The first sentences, as many as fit whole (lead)."""
    lengths = np.cumsum([s.length for s in sentences])
    return np.arange(max(1, int((lengths <= budget).sum())))


def filled(values: Floats, lengths: Codes, budget: int) -> Codes:
    """Sentences by falling value [n], each that still fits, by number and in order."""
    chosen, left = [], budget
    for number in np.argsort(-values, kind="stable").tolist():
        if lengths[number] <= left:
            chosen.append(number)
            left -= int(lengths[number])
    return np.sort(np.array(chosen, np.int64))


GRAPHS: dict[str, Callable[[Features], Floats]] = {
    "textrank": lambda f: rank(overlaps(f.covers)),
    "lexrank": lambda f: rank(weighted_cosines(f.covers)),
    "vectors": lambda f: rank(f.alike.copy()),
}
"""TextRank (Mihalcea and Tarau 2004), LexRank (Erkan and Radev 2004, all links), and the same walk over the vectors."""


def ranked(name: str, sentences: Sequence[Sentence], features: Features, budget: int) -> Codes:
    """The sentences that a graph of ``GRAPHS`` puts first, as many as fit."""
    lengths = np.array([s.length for s in sentences])
    return filled(GRAPHS[name](features), lengths, budget)
