"""φ: from what somebody took to how likely each item is next, and what each thing taken counts for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from duli.errors import InputError
from duli.neural.classify import softmax
from duli.neural.index import Vectors
from duli.neural.neighbours import unit
from duli.neural.search import MANY, Search, search
from duli.recommend.attention import attention, window
from duli.recommend.log import History
from duli.types import Codes, Floats

TOGETHER, TEXT, POPULAR, CURRENT = "together", "text", "popular", "current"
SIGNALS = (TOGETHER, TEXT, POPULAR, CURRENT)
"""What every item is judged by; numbers of the recipe come after these."""

FLOOR = 1e-3
"""Chosen on movielens100k by the held-out log-loss of the next thing: worse without the logarithm, and at 0.01."""

DESCRIBED = 3.0
"""What a standard deviation of likeness to a description counts, in log-odds: a wish in words outweighs the rest."""

NEAR, _SHARP, _SMALL = 10, 0.1, 1e-9
"""An item that nobody took is judged as its nearest in text are, by the softmax of their cosines / 0.1."""

FOUND = 200
"""Candidates by text, where there are more items than are all judged."""


@dataclass(frozen=True, eq=False)
class Model:
    """What was learned, with the items' vectors.

    Args:
        vectors: of the items' texts [n, d], as the frozen model gave them.
        known: the numbers of the items that B is of, ascending [k].
        matrix: B [k, k]; see ``together.learn``.
        counts: how many people took each item [n].
        current: the same of the k known items, recent ones counting more, at times of equal distance [t, k].
        span: the first and last of these times, in seconds.
        numbers: by name, numbers of the items [n], of mean 0 and deviation 1; 0 where one is not known.
        weights: of ``SIGNALS`` and the numbers, in log-odds for a standard deviation.
    """

    vectors: Vectors
    known: Codes
    matrix: Floats
    counts: Floats
    current: Floats
    span: tuple[float, float]
    numbers: Mapping[str, Floats]
    weights: Floats

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def signals(self) -> tuple[str, ...]:
        """What the weights are of."""
        return (*SIGNALS, *self.numbers)

    @cached_property
    def place(self) -> Codes:
        """The row of each item in B [n]; -1 where it has none."""
        found = np.full(len(self), -1)
        found[self.known] = np.arange(len(self.known))
        return found

    @cached_property
    def centred(self) -> Vectors:
        """The items' vectors without their mean, of length 1: what sets each apart."""
        return unit(self.vectors - self.mean)

    @cached_property
    def mean(self) -> Vectors:
        """Of the items' vectors [d]."""
        found: Vectors = self.vectors.mean(0)
        return found

    @cached_property
    def index(self) -> Search:
        """Finds items by text: approximately, where there are very many."""
        return search(self.centred)

    @cached_property
    def _index_of_known(self) -> Search:
        return search(self.centred[self.known])

    @cached_property
    def _all_like(self) -> tuple[Codes, Floats]:
        return self._like_known(np.arange(len(self)))

    def _like_known(self, rows: Codes) -> tuple[Codes, Floats]:
        """The known items nearest to items [m] by text, as rows of B, and their shares, both [m, NEAR]."""
        near, cosines = self._index_of_known.nearest(self.centred[rows], min(NEAR, len(self.known)))
        return near, softmax(cosines / _SHARP)

    def candidates(self, history: History, *, toward: Vectors | None = None) -> Codes:
        """The numbers of the items that are judged, ascending: all; of very many those that people took, and those
        whose text is nearest to what is wanted. What was taken is left out.

        Args:
            history: what was taken.
            toward: a description's vector [d], of length 1, in the space of ``centred``.
        """
        if len(self) <= MANY:
            found = np.arange(len(self))
        else:
            wish = self.interest(history) if toward is None else toward
            near = self.index.nearest(wish[None], FOUND)[0][0]
            found = np.union1d(self.known, near[near >= 0])
        return found[~np.isin(found, history.items)]

    def interest(self, history: History) -> Vectors:
        """The mean of the texts of what was taken, by attention, of length 1 [d]; zero where nothing was."""
        items, times = window(history.items, history.times)
        mixed = attention(times) @ self.centred[items]
        return unit(mixed)

    def signal(self, history: History, rows: Codes, *, toward: Vectors | None = None) -> Floats:
        """What speaks for items [m, s], each of the s signals of mean 0 and deviation 1 over these items.

        Args:
            history: what was taken.
            rows: the numbers of m items.
            toward: a description's vector; its nearest items stand for what was taken where nothing was.
        """
        items, times = window(history.items, history.times)
        weights = attention(times)
        if toward is not None and not len(items):
            items, weights = self._stand_for(toward)
        found = np.zeros((len(rows), len(self.signals)))
        moment = np.log1p(self.current[self._moment(history)])
        found[:, [0, 3]] = self._spread(np.stack((likely(weights @ self._told(items)), moment)), rows).T
        wish = self.interest(history) if toward is None else toward
        found[:, 1] = self.centred[rows] @ wish
        found[:, 2] = np.log1p(self.counts[rows])
        share = weights / max(weights.sum(), 1e-9)
        for column, values in enumerate(self.numbers.values() if len(items) else (), len(SIGNALS)):
            found[:, column] = -np.abs(values[rows] - share @ values[items])
        return standard(found)

    def probabilities(self, history: History, rows: Codes, *, toward: Vectors | None = None) -> Floats:
        """How likely each of the items [m] is the next that is taken, if one of them is."""
        found: Floats = softmax(self.scores(history, rows, toward=toward)[None])[0]
        return found

    def scores(self, history: History, rows: Codes, *, toward: Vectors | None = None) -> Floats:
        """The log-odds of items [m], up to a constant."""
        found: Floats = self.signal(history, rows, toward=toward) @ self._weights(toward)
        return found

    def counted(self, history: History, rows: Codes, item: int) -> Floats:
        """What each thing that was taken counts for one of the items that are judged [n], in log-odds over the mean.

        What B says counts as much as the whole of it, shared out by what each thing said; text counts by likeness.
        What is beyond the attention's window counts 0.
        """
        found = np.zeros(len(history))
        items, times = window(history.items, history.times)
        weights, at = attention(times), int(np.flatnonzero(rows == item)[0])
        if not len(items):
            return found
        told = self._told(items)
        odds = self.weights * self.signal(history, rows)[at]
        said = np.maximum(weights * self._spread(told, rows[at : at + 1])[:, 0], 0)
        like = self.centred[items] @ self.centred[rows].T
        spread = max(float((weights @ like).std()), _SMALL)
        found[-len(items) :] = odds[0] * said / max(said.sum(), _SMALL)
        found[-len(items) :] += self.weights[1] * weights * (like[:, at] - like.mean(1)) / spread
        return found

    def beside(
        self, history: History, rows: Codes, item: int, *, toward: Vectors | None = None
    ) -> dict[str, float]:
        """What counts for one of the items beside what was taken, in log-odds over the mean item, by signal."""
        at = int(np.flatnonzero(rows == item)[0])
        weights = self._weights(toward)
        odds = self.signal(history, rows, toward=toward)[at] * weights
        apart = 0 if toward is not None else 2
        return dict(zip(self.signals[apart:], odds[apart:].tolist(), strict=True))

    def describe(self, vector: Vectors) -> Vectors:
        """The vector of a description [d], as the frozen model gave it, in the space of ``centred``."""
        if vector.shape != self.mean.shape:
            raise InputError(f"a vector must be {self.mean.shape}, not {vector.shape}")
        return unit(vector - self.mean)

    def _weights(self, toward: Vectors | None) -> Floats:
        return (
            self.weights
            if toward is None
            else np.where(np.array(self.signals) == TEXT, DESCRIBED, self.weights)
        )

    def _told(self, items: Codes) -> Floats:
        """The rows of B of some items [m, k], 0 of those that it does not have."""
        place = self.place[items]
        found: Floats = np.where((place >= 0)[:, None], self.matrix[np.maximum(place, 0)], 0.0)
        return found

    def _stand_for(self, toward: Vectors) -> tuple[Codes, Floats]:
        near, cosines = self.index.nearest(toward[None], min(NEAR, len(self)))
        return near[0], softmax(cosines / _SHARP)[0]

    def _moment(self, history: History) -> int:
        """The row of ``current`` for a user: of the last thing taken; of the end, where nothing was."""
        first, last = self.span
        now = history.times[-1] if len(history) else last
        share = 1.0 if last <= first else (now - first) / (last - first)
        return int(np.clip(round(share * (len(self.current) - 1)), 0, len(self.current) - 1))

    def _spread(self, values: Floats, rows: Codes) -> Floats:
        """Values of the known items [..., k] for any items [..., m]: of one that is not known, as of its nearest."""
        place = self.place[rows]
        found = (
            values[..., np.maximum(place, 0)]
            if len(self.known)
            else np.zeros((*values.shape[:-1], len(rows)))
        )
        new = np.flatnonzero(place < 0)
        if len(new) and len(self.known):
            few = len(self) <= MANY
            near, shares = (
                (part[rows[new]] for part in self._all_like) if few else self._like_known(rows[new])
            )
            found[..., new] = (values[..., near] * shares).sum(-1)
        return found


def likely(said: Floats) -> Floats:
    """log(max(x, 0) + ``FLOOR``): what B says is near the probability of being next, and odds add as logarithms."""
    found: Floats = np.log(np.maximum(said, 0) + FLOOR)
    return found


def standard(values: Floats) -> Floats:
    """Columns of mean 0 and deviation 1; one that does not vary becomes 0."""
    spread = values.std(0)
    moved: Floats = (values - values.mean(0)) / np.where(spread > _SMALL, spread, np.inf)
    return moved
