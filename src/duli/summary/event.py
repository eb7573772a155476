"""Several articles on one event: which sentences say the same, and where they contradict one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from duli.summary.article import Sentence
from duli.summary.features import Features
from duli.types import Floats

LEAST = 0.3
"""Pairs that are less alike are not looked at."""


def likeness(features: Features) -> Floats:
    """How far two sentences say the same [n, n], from 0 to 1: the mean of the vectors' cosine and the shared words.

    The cosine alone takes sentences on one subject for one claim; words alone miss that it is told in others.
    """
    found: Floats = (features.alike + features.shared) / 2
    return found


def pairs(sentences: Sequence[Sentence], like: Floats) -> Iterator[tuple[int, int, float]]:
    """Sentences of different articles that are alike: two numbers, and how far."""
    of = np.array([s.article for s in sentences])
    rows, columns = np.nonzero(np.triu(like >= LEAST, 1) & (of[:, None] != of[None, :]))
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        yield row, column, float(like[row, column])


def groups(count: int, same: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Sentences by number that are linked by pairs, two or more a group, in order.

    >>> groups(5, [(0, 3), (3, 4)])
    [(0, 3, 4)]
    """
    of = list(range(count))

    def root(number: int) -> int:
        while of[number] != number:
            of[number] = of[of[number]]
            number = of[number]
        return number

    for one, other in same:
        of[max(root(one), root(other))] = min(root(one), root(other))
    found: dict[int, list[int]] = {}
    for number in range(count):
        found.setdefault(root(number), []).append(number)
    return [tuple(group) for group in found.values() if len(group) > 1]
