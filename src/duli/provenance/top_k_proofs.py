"""top_k_proofs: of each row the k most probable proofs, and the probability that one of these holds.

- What is forgotten is not counted: a lower bound of the row's probability, exact where no row has more than k proofs.
- The k are chosen at every step from the k of the premises: a proof that only the whole shows to be good may be lost.
- Under a negation, what was forgotten counts too much: an estimate.

After the top-k-proofs provenance of Scallop (Huang et al. 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import merge
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.provenance.algebra import Algebra
from duli.provenance.exact import Exact
from duli.types import Floats

Ints = NDArray[np.int64]
Proof = tuple[float, tuple[int, ...]]
Proofs = tuple[Proof, ...]
_CERTAIN: Proofs = ((-1.0, ()),)
_NOTHING = 1e-12


class TopKProofs(Algebra):
    """Tags are numbers of sets of proofs; a proof is (-its probability, its literals).

    A literal is an edge of a formula: twice the number of a choice, plus 1 where it must not be taken.

    Args:
        k: how many proofs are kept.
        most, check: as of ``Exact``, which gives the probability of the proofs together.

    >>> algebra = TopKProofs(2)
    >>> tags = algebra.choices(np.array([0.5, 0.4, 0.9]))
    >>> algebra.probability(algebra.disjoin(tags, np.array([0]))).round(3).tolist()
    [0.95]
    """

    name = "top_k_proofs"
    negates = True
    dtype: type = np.int64
    certain: Any = 1
    absent: Any = 0

    def __init__(self, k: int = 3, most: int | None = None, check: Callable[[], None] = lambda: None) -> None:
        self.k, self._exact = k, Exact(most, check)
        self._sets: list[Proofs] = [(), _CERTAIN]
        self._numbers: dict[Proofs, int] = {(): 0, _CERTAIN: 1}
        self._chance: dict[int, float] = {}
        self._group: dict[int, int] = {}
        self._both: dict[tuple[int, int], int] = {}
        self._not: dict[int, int] = {0: 1, 1: 0}
        self._forgot, self._guessed = False, False

    @property
    def kind(self) -> str:  # type: ignore[override]
        """``exact`` while nothing was forgotten, then ``bounds``; ``estimate`` once it was negated."""
        return "estimate" if self._guessed else "bounds" if self._forgot else "exact"

    def proofs(self, tag: int) -> Proofs:
        """The proofs of a tag, the most probable first."""
        return self._sets[tag]

    def choices(self, probabilities: Floats, groups: Ints | None = None) -> Ints:
        """A set of one proof of one choice for each [n]."""
        edges = self._exact.choices(probabilities, groups)
        out = np.empty(len(edges), np.int64)
        for i, (edge, p) in enumerate(zip(edges.tolist(), np.asarray(probabilities).tolist(), strict=True)):
            if edge > 1:
                self._chance[edge >> 1] = p
                if groups is not None:
                    self._group[edge >> 1] = int(groups[i])
            out[i] = self._number(((-p, (edge,)),)) if edge > 1 else 1 - edge
        return out

    def conjoin(self, a: Ints, b: Ints) -> Ints:
        """Each proof of one with each of the other [n], without those that cannot be."""
        return self._pairs(np.minimum(a, b), np.maximum(a, b))

    def _pairs(self, a: Ints, b: Ints) -> Ints:
        out = np.where(a == 1, b, 0)
        hard = np.flatnonzero(a > 1)
        pairs, back = np.unique(np.stack((a[hard], b[hard]), 1), axis=0, return_inverse=True)
        made = [self._conjoined(x, y) for x, y in pairs.tolist()]
        out[hard] = np.array(made, np.int64)[back.reshape(-1)]
        return out

    def disjoin(self, tags: Ints, starts: Ints, exclusive: bool = False) -> Ints:
        """The most probable proofs of each run [k]."""
        stops = np.append(starts[1:], len(tags)).tolist()
        out = tags[starts]
        for i, (start, stop) in enumerate(zip(starts.tolist(), stops, strict=True)):
            if stop - start > 1:
                several = set(tags[start:stop].tolist())
                out[i] = self._number(self._best(merge(*(self._sets[t] for t in several))))
        return out

    def negate(self, a: Ints) -> Ints:
        """For each proof [n] one of its choices that is otherwise: De Morgan."""
        self._guessed |= self._forgot
        return np.array([self._negated(tag) for tag in a.tolist()], np.int64)

    def probability(self, tags: Ints) -> Floats:
        """The probability [n] that one of the proofs kept holds."""
        return self._exact.probability(self._edges(tags))

    def bounds(self, tags: Ints) -> tuple[Floats, Floats]:
        """Bounds [n], [n] of that."""
        return self._exact.bounds(self._edges(tags))

    def _edges(self, tags: Ints) -> Ints:
        """The edges [n] of the proofs as formulas."""
        each, back = np.unique(tags, return_inverse=True)
        edges = []
        for tag in each.tolist():
            proofs = [literals for _, literals in self._sets[tag]]
            longest = max(map(len, proofs), default=0)
            table = np.zeros((len(proofs), longest), np.int64)
            for row, literals in zip(table, proofs, strict=True):
                row[: len(literals)] = literals
            both = np.zeros(len(proofs), np.int64)
            for column in table.T:
                both = self._exact.conjoin(both, column)
            none = np.ones(1, np.int64)
            edges.append(self._exact.disjoin(both, np.zeros(1, np.int64)) if len(both) else none)
        return np.concatenate([np.empty(0, np.int64), *edges])[back.reshape(-1)]

    def _number(self, proofs: Proofs) -> int:
        number = self._numbers.setdefault(proofs, len(self._sets))
        if number == len(self._sets):
            self._sets.append(proofs)
        return number

    def _conjoined(self, a: int, b: int) -> int:
        if a == b:
            return a
        made = self._both.get((a, b))
        if made is None:
            crossed = (self._joined(x, y) for _, x in self._sets[a] for _, y in self._sets[b])
            made = self._number(self._best(sorted(p for p in crossed if p is not None)))
            self._both[a, b] = made
        return made

    def _negated(self, tag: int) -> int:
        if tag not in self._not:
            made = 1
            for _, literals in self._sets[tag]:
                other = sorted(p for p in (self._joined((x ^ 1,), ()) for x in literals) if p is not None)
                made = self._conjoined(*sorted((made, self._number(self._best(other)))))
            self._not[tag] = made
        return self._not[tag]

    def _best(self, ordered: Iterable[Proof]) -> Proofs:
        """The first k proofs that contain no earlier one: such a one would add nothing."""
        kept: list[Proof] = []

        def new() -> Iterable[Proof]:
            for proof in ordered:
                literals = set(proof[1])
                if not any(literals.issuperset(other) for _, other in kept):
                    yield proof

        for proof in islice(new(), self.k):
            kept.append(proof)
        self._forgot |= next(iter(new()), None) is not None
        return tuple(kept)

    def _joined(self, a: tuple[int, ...], b: tuple[int, ...]) -> Proof | None:
        """The proof with the literals of both; None when no world has them all."""
        literals = set(a) | set(b)
        taken = {self._group[x >> 1]: x for x in literals if not x & 1 and x >> 1 in self._group}
        left: dict[int, float] = {}
        p, kept = 1.0, []
        for literal in sorted(literals):
            choice = literal >> 1
            group = self._group.get(choice)
            if literal ^ 1 in literals or (group is not None and not literal & 1 and taken[group] != literal):
                return None
            if group in taken and literal & 1:
                continue  # What was taken says it already.
            if group is not None and literal & 1:
                left[group] = left.get(group, 1.0) - self._chance[choice]
            else:
                p *= 1.0 - self._chance[choice] if literal & 1 else self._chance[choice]
            kept.append(literal)
        for rest in left.values():
            p *= rest
        if any(rest < _NOTHING for rest in left.values()):
            return None
        self._forgot |= p == 0
        return (-p, tuple(kept)) if p else None
