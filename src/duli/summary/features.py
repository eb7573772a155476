"""What is known of each sentence before any is chosen: how central it is, how near the title, what it covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.summary.article import Sentence
from duli.summary.words import content
from duli.types import Floats

_DAMPING, _ROUNDS, _CLOSE = 0.85, 100, 1e-10


@dataclass(frozen=True, eq=False)
class Features:
    """What the rules and the objective read, over n sentences and m words.

    Args:
        graph: log of the rank in the graph of shared words, standardised [n].
        tied: the same over the cosines of weighted words [n].
        centre: cosine with the mean of all vectors, standardised [n].
        title: cosine with the title of its article, standardised [n]; 0 where there is none.
        covers: which word stands in which sentence [m, n].
        spread: in how many sentences a word stands [m].
        titled: whether a word stands in a title [m].
        alike: cosines of the vectors, at least 0 [n, n].
        shared: 2 |A ∩ B| / (|A| + |B|) of the words (Dice 1945) [n, n].
    """

    graph: Floats
    tied: Floats
    centre: Floats
    title: Floats
    covers: NDArray[np.bool_]
    spread: Floats
    titled: NDArray[np.bool_]
    alike: Floats
    shared: Floats


def features(
    sentences: Sequence[Sentence],
    vectors: NDArray[np.float32],
    titles: Sequence[str],
    title_vectors: NDArray[np.float32],
) -> Features:
    """The features of n sentences; O(n² (d + m)).

    Args:
        sentences: of all articles.
        vectors: of the sentences [n, d], of length 1.
        titles: of each article; empty where there is none.
        title_vectors: of the titles [articles, d].
    """
    covers, words = incidence([content(s.text) for s in sentences])
    spread = covers.sum(1).astype(np.float64)
    middle = vectors.mean(0)
    of = np.array([s.article - 1 for s in sentences])
    near = np.einsum("nd,nd->n", vectors, title_vectors[of]).astype(np.float64)
    near[[not titles[a] for a in of]] = 0.0
    in_title = {word for title in titles for word in content(title)}
    count = np.maximum(covers.sum(0), 1)
    both = covers.T.astype(np.float64) @ covers
    dice = 2 * both / np.maximum(count[:, None] + count[None, :], 1)
    np.fill_diagonal(dice, 1.0)
    return Features(
        graph=standard(np.log(rank(overlaps(covers)))),
        tied=standard(np.log(rank(weighted_cosines(covers)))),
        centre=standard((vectors @ middle).astype(np.float64)),
        title=standard(near),
        covers=covers,
        spread=spread,
        titled=np.array([word in in_title for word in words], np.bool_),
        alike=np.clip((vectors @ vectors.T).astype(np.float64), 0.0, 1.0),
        shared=dice,
    )


def incidence(words: Sequence[Sequence[str]]) -> tuple[NDArray[np.bool_], list[str]]:
    """Which word stands in which of n texts [m, n], and the m words."""
    rows = {word: row for row, word in enumerate(Counter(w for text in words for w in text))}
    found = np.zeros((len(rows), len(words)), np.bool_)
    for column, text in enumerate(words):
        found[[rows[word] for word in text], column] = True
    return found, list(rows)


def overlaps(covers: NDArray[np.bool_]) -> Floats:
    """Words that two texts share over the logs of their lengths [n, n] (Mihalcea and Tarau 2004, TextRank)."""
    as_float = covers.astype(np.float64)
    logs = np.log(np.maximum(as_float.sum(0), 2))
    found: Floats = (as_float.T @ as_float) / (logs[:, None] + logs[None, :])
    return found


def weighted_cosines(covers: NDArray[np.bool_]) -> Floats:
    """Cosines of texts as words weighted by how few texts have them [n, n] (Erkan and Radev 2004, LexRank)."""
    n = covers.shape[1]
    weighted = covers * np.log(n / np.maximum(covers.sum(1), 1) + 0.1)[:, None]
    weighted /= np.maximum(np.linalg.norm(weighted, axis=0), 1e-9)
    found: Floats = np.maximum(weighted.T @ weighted, 0.0)
    return found


def rank(weights: Floats) -> Floats:
    """The share of time that a walk over a weighted graph [n, n] spends at each node [n] (Brin and Page 1998)."""
    n = len(weights)
    links = weights + 1e-6
    np.fill_diagonal(links, 1e-9)
    links /= links.sum(1, keepdims=True)
    found = np.full(n, 1 / n)
    for _ in range(_ROUNDS):
        then = (1 - _DAMPING) / n + _DAMPING * found @ links
        if np.abs(then - found).max() < _CLOSE:
            return then
        found = then
    return found


def standard(values: Floats) -> Floats:
    """Values [n] with mean 0 and deviation 1; all 0 where they are the same."""
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros(len(values))
