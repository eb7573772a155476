"""Which sentences together say most: an objective, and its maximum by branch and bound.

    F(S) = Σ_{j ∈ S} worth_j + Σ_i weight_i max_{j ∈ S} covers_ij − Σ_{j < k ∈ S} repeats_jk
    over the sets S of sentences with Σ_{j ∈ S} lengths_j ≤ budget

With weights, covers and repeats of 0 or more, F is submodular: what a sentence adds only falls while others are added.
So what the fractional knapsack of the gains would add is an upper bound (Nemhauser and Wolsey 1981; Lin and Bilmes
2011, A Class of Submodular Functions for Document Summarization).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from duli.errors import InputError
from duli.types import Codes, Floats

NODES = 200_000
"""After so many the search stops: some seconds."""


@dataclass(frozen=True, eq=False)
class Objective:
    """What is maximised, over n sentences and m things to cover.

    Args:
        worth: of each sentence alone [n].
        covers: how well a sentence covers a thing [m, n], 0 or more.
        weights: what it is worth that a thing is covered [m], 0 or more.
        repeats: what two sentences say twice [n, n], symmetric, 0 or more.
        lengths: of each sentence [n], more than 0.
        budget: for all lengths.
        must: sentences that are taken whatever they are worth [n]; they may be longer than the budget.
        never: sentences that are not taken [n].
    """

    worth: Floats
    covers: Floats
    weights: Floats
    repeats: Floats
    lengths: Floats
    budget: float
    must: Codes
    never: Codes

    def __post_init__(self) -> None:
        n, m = len(self.worth), len(self.weights)
        shapes = {self.covers.shape == (m, n), self.repeats.shape == (n, n), self.lengths.shape == (n,)}
        if shapes != {True}:
            raise InputError("the parts of an objective are of different sizes")
        for part in (self.covers, self.weights, self.repeats, self.lengths - 1e-9):
            if not np.all(part >= 0):
                raise InputError("weights, coverage, repetition and lengths must be finite and not negative")
        if not np.isfinite(self.worth).all():
            raise InputError("what a sentence is worth must be finite")

    def parts(self, chosen: Codes) -> tuple[float, float, float]:
        """Worth, coverage and repetition of some sentences, by number."""
        if not len(chosen):
            return 0.0, 0.0, 0.0
        pairs = sum(float(self.repeats[j, k]) for j, k in combinations(chosen.tolist(), 2))
        covered = float(self.weights @ self.covers[:, chosen].max(1)) if len(self.weights) else 0.0
        return float(self.worth[chosen].sum()), covered, pairs

    def value(self, chosen: Codes) -> float:
        """F of some sentences, by number."""
        worth, covered, repeated = self.parts(chosen)
        return worth + covered - repeated


@dataclass(frozen=True, eq=False)
class Selection:
    """What was found.

    Args:
        chosen: the sentences by number, in order.
        value: F of them.
        bound: no choice has a larger F; the same as the value where the maximum is proved.
        nodes: of the search.
    """

    chosen: Codes
    value: float
    bound: float
    nodes: int

    @property
    def optimal(self) -> bool:
        """Whether it is proved that nothing is better, to one part in a million."""
        return self.bound - self.value <= 1e-6 * max(1.0, abs(self.value))


def maximise(objective: Objective, *, nodes: int = NODES) -> Selection:
    """The best sentences; where there are ties, the earliest that were found.

    Args:
        objective: what is maximised.
        nodes: at which the search stops; the bound then says how much better a choice could be.
    """
    from duli.summary.kernels import search

    state = np.zeros(len(objective.worth), np.int64)
    state[objective.never] = -1
    state[objective.must] = 1
    forced = np.flatnonzero(state == 1)
    covers = np.ascontiguousarray(objective.covers.T, np.float64)
    base = covers[forced].max(0) if len(forced) else np.zeros(len(objective.weights))
    found, value, bound, count = search(
        np.ascontiguousarray(objective.worth, np.float64),
        covers,
        np.ascontiguousarray(objective.weights, np.float64),
        np.ascontiguousarray(objective.repeats, np.float64),
        np.ascontiguousarray(objective.lengths, np.float64),
        float(objective.budget),
        state,
        base,
        objective.value(forced),
        nodes,
    )
    return Selection(np.flatnonzero(found == 1), value, max(value, bound), count)
