"""ROUGE: how much of a reference's words a summary has, and of its own words the reference (Lin 2004).

Words are as ``summary.words.tokens`` gives them, of Chinese characters; endings are kept. ROUGE-L is of the whole
summary: for each sentence of the reference the union of its longest common subsequences with all sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from duli.types import Codes

Words = Sequence[str]
NAMES = ("rouge_1", "rouge_2", "rouge_l")


def rouge(summary: Sequence[Words], reference: Sequence[Words]) -> tuple[float, float, float]:
    """F1 of ROUGE-1, ROUGE-2 and ROUGE-L, each in [0, 1].

    Args:
        summary, reference: sentences as words.

    >>> rouge([["a", "cat", "sat"]], [["the", "cat", "sat", "down"]])[:2]
    (0.5714285714285714, 0.4)
    """
    said = [w for sentence in summary for w in sentence]
    wanted = [w for sentence in reference for w in sentence]
    return _grams(said, wanted, 1), _grams(said, wanted, 2), _longest(summary, reference)


def f1(hits: float, said: int, wanted: int) -> float:
    """The harmonic mean of hits / said and hits / wanted; 0 where there is nothing."""
    return 2 * hits / (said + wanted) if said + wanted else 0.0


def _grams(said: Words, wanted: Words, n: int) -> float:
    one, other = (Counter(zip(*(words[i:] for i in range(n)), strict=False)) for words in (said, wanted))
    return f1((one & other).total(), one.total(), other.total())


def _longest(summary: Sequence[Words], reference: Sequence[Words]) -> float:
    numbers: dict[str, int] = {}
    coded = [
        [np.array([numbers.setdefault(w, len(numbers)) for w in words], np.int64) for words in part if words]
        for part in (summary, reference)
    ]
    left = [Counter(w for words in part for w in words.tolist()) for part in coded]
    hits = 0
    for wanted in coded[1]:
        union: set[int] = set()
        for said in coded[0]:
            union |= set(common(wanted, said))
        for place in sorted(union):
            word = int(wanted[place])
            if left[0][word] > 0 and left[1][word] > 0:
                hits += 1
                left[0][word] -= 1
                left[1][word] -= 1
    return f1(hits, sum(map(len, coded[0])), sum(map(len, coded[1])))


def common(one: Codes, other: Codes) -> list[int]:
    """The places in one of a longest common subsequence of two; O(n m)."""
    n, m = len(one), len(other)
    best = np.zeros((n + 1, m + 1), np.int64)
    for i in range(n):
        # A row at once: what is left of a place is at most what is at it.
        best[i + 1, 1:] = np.maximum(best[i, 1:], np.where(other == one[i], best[i, :-1] + 1, 0))
        best[i + 1] = np.maximum.accumulate(best[i + 1])
    places, i, j = [], n, m
    while i and j:
        if one[i - 1] == other[j - 1] and best[i, j] == best[i - 1, j - 1] + 1:
            places.append(i - 1)
            i, j = i - 1, j - 1
        elif best[i - 1, j] >= best[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return places[::-1]
