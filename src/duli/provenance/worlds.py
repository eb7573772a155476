"""The worlds of a formula that agree with an observation: the most probable one, and samples.

The observation is compiled to states (``residual``): each decides a choice, or has parts that share no choice. Under
probabilities divided by the largest of their group a choice that does not matter counts 1, so the best world of a state
is the best of its branches (Huang and Darwiche 2005 call the property determinism). A sample goes down from the root
by the branches' probabilities, and is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.provenance.cone import Cone
from duli.provenance.formula import Formula
from duli.provenance.residual import Residuals
from duli.types import Floats

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Worlds:
    """The worlds in which an edge of a formula is true.

    Args:
        formula: in which.
        given: the edge that is observed.
        asked: edges whose truth is of interest [n].
        most, check: as of ``Exact``.

    Attributes:
        choices: the choices that these depend on [choices].
        likelihood: the probability of what is observed; 0 where it cannot be.
    """

    def __init__(
        self, formula: Formula, given: int, asked: Ints, most: int | None, check: Callable[[], None]
    ) -> None:
        cone = Cone(formula, np.concatenate((np.array([given]), asked)))
        self._graph, self._edges = cone.whole(), cone.edges
        graph = self._graph
        self._leaves = np.flatnonzero(graph.kind == 0)
        members = np.flatnonzero((cone.kind != 4) & (np.arange(len(cone.kind)) > 0))
        self.choices = cone.choice[members[self._leaves]]
        self._p = np.zeros(graph.nodes)
        self._p[self._leaves] = formula.chances[self.choices]
        self._root = graph.roots[:1] if cone.edges[0] > 1 else None
        self._constant = int(cone.edges[0])
        self._states: Residuals | None = None
        if self._root is not None:
            self._states = Residuals(graph.with_roots(self._root), self._p)
            limit = self._states.work(most, check)
            if limit is not None:
                raise limit
            self._order = self._states.sequence()
        self._groups: dict[int, list[int]] = {}
        for leaf in self._leaves.tolist():
            self._groups.setdefault(int(graph.group[leaf]), []).append(leaf)
        self._true = self._bottom_up(self._p, max_=False)
        self.likelihood = self._value(self._true, True)

    def best(self) -> tuple[float, Mask, Mask]:
        """The most probable world: its probability among those that agree, its choices, the truth of what is asked."""
        top = {g: max(*self._p[own], 1 - self._p[own].sum()) for g, own in self._groups.items()}
        scaled = np.array(
            [p / top[g] if g >= 0 else 0.0 for p, g in zip(self._p, self._graph.group, strict=True)]
        )
        none = {g: (1 - self._p[own].sum()) / top[g] for g, own in self._groups.items()}
        values = self._bottom_up(scaled, max_=True, none=none)
        chosen: dict[int, int] = {}
        self._descend(values, scaled, none, chosen, lambda weights: int(np.argmax(weights)))
        for g, own in self._groups.items():
            if g not in chosen:
                at = int(np.argmax(self._p[own]))
                chosen[g] = own[at] if self._p[own[at]] >= 1 - self._p[own].sum() else -1
        world = self._world(chosen)
        p = np.prod([self._p[c] if c >= 0 else 1 - self._p[self._groups[g]].sum() for g, c in chosen.items()])
        return float(p) / self.likelihood, world[self._leaves], self._truth(world)

    def sample(self, n: int, random: np.random.Generator) -> tuple[Mask, Mask]:
        """n worlds: their choices [n, choices], and the truth of what is asked [n, asked]."""
        none = {g: 1 - self._p[own].sum() for g, own in self._groups.items()}
        choices, truths = (
            np.zeros((n, len(self._leaves)), np.bool_),
            np.zeros((n, len(self._edges) - 1), np.bool_),
        )

        def pick(weights: Floats) -> int:
            return min(
                int(np.searchsorted(np.cumsum(weights), random.random() * weights.sum())), len(weights) - 1
            )

        for i in range(n):
            chosen: dict[int, int] = {}
            self._descend(self._true, self._p, none, chosen, pick)
            for g, own in self._groups.items():
                if g not in chosen:
                    at = pick(np.append(self._p[own], max(none[g], 0.0)))
                    chosen[g] = own[at] if at < len(own) else -1
            world = self._world(chosen)
            choices[i], truths[i] = world[self._leaves], self._truth(world)
        return choices, truths

    def _bottom_up(self, p: Floats, *, max_: bool, none: dict[int, float] | None = None) -> Floats:
        """Of each state [states, 2] how much there is for it to be false, and to be true."""
        if self._states is None:
            return np.empty((0, 2))
        values = np.zeros((self._states.states, 2))
        for state in self._order.tolist():
            kind, branches = self._states.state(state)
            if kind == 0:
                weights = self._weights(branches, p, none)
                both = [[w * self._edge(ref, values, p, sign) for w, (_, ref) in zip(weights, branches, strict=True)]
                        for sign in (0, 1)]  # fmt: skip
                values[state] = [max(b) if max_ else sum(b) for b in both]
                continue
            # kind 1 is true where any part is, kind 2 where all are.
            easy = 1 if kind == 1 else 0
            parts = np.array([[self._edge(ref, values, p, sign) for sign in (0, 1)] for _, ref in branches])
            values[state, 1 - easy] = parts[:, 1 - easy].prod()
            if max_:
                values[state, easy] = (
                    parts[:, easy] * parts.max(1).prod() / np.maximum(parts.max(1), 1e-300)
                ).max()
            else:
                values[state, easy] = max(parts.sum(1).prod() - values[state, 1 - easy], 0.0)
        return values

    def _weights(
        self, branches: list[tuple[int, int]], p: Floats, none: dict[int, float] | None
    ) -> list[float]:
        """What each branch of a decision weighs; the last one is for all that the others are not."""
        weights = [float(p[leaf]) for leaf, _ in branches[:-1]]
        if none is None:
            return [*weights, max(0.0, 1 - sum(weights))]
        group = int(self._graph.group[branches[0][0]])
        decided = {leaf for leaf, _ in branches[:-1]}
        # Alternatives that do not matter any more stand with "none of them": the best of these.
        rest = [float(p[leaf]) for leaf in self._groups[group] if leaf not in decided]
        return [*weights, max([none[group], *rest])]

    def _edge(self, ref: int, values: Floats, p: Floats, sign: int) -> float:
        """How much there is for a ref to be true (sign 1) or false."""
        assert self._states is not None  # noqa: S101
        sign ^= ref & 1
        x = (ref >> 1) - 1
        if x < 0:
            return float(sign)
        if x >= self._graph.nodes:
            return float(values[x - self._graph.nodes, sign])
        if sign:
            return float(p[x])
        group = self._groups[int(self._graph.group[x])]
        return 1.0 - float(p[x]) if p is self._p else self._best_without(x, group, p)

    def _best_without(self, leaf: int, group: list[int], p: Floats) -> float:
        """What is best for a group in which one leaf is not chosen."""
        none = 1 - float(self._p[group].sum())
        others: list[float] = p[[other for other in group if other != leaf]].tolist()
        return float(max([none / max([none, *self._p[group].tolist()]), *others]))

    def _value(self, values: Floats, truth: bool) -> float:
        if self._states is None:
            return float(self._constant == 0)
        return self._edge(self._states.root, values, self._p, int(truth))

    def _descend(
        self,
        values: Floats,
        p: Floats,
        none: dict[int, float],
        chosen: dict[int, int],
        pick: Callable[[Any], int],
    ) -> None:
        """Choose branches from the root down so that the observation is true."""
        if self._states is None:
            return
        waiting = [(self._states.root, 1)]
        scaled = p is not self._p
        while waiting:
            ref, want = waiting.pop()
            want ^= ref & 1
            x = (ref >> 1) - 1
            if x < 0:
                continue
            if x < self._graph.nodes:
                self._settle(x, want, none, p, chosen, pick)
                continue
            kind, branches = self._states.state(x - self._graph.nodes)
            if kind == 0:
                weights = self._weights(branches, p, none if scaled else None)
                found = [
                    w * self._edge(r, values, p, want) for w, (_, r) in zip(weights, branches, strict=True)
                ]
                at = pick(np.array(found))
                leaf, child = branches[at]
                group = int(self._graph.group[branches[0][0]])
                if leaf >= 0:
                    chosen[group] = leaf
                else:
                    left = [o for o in self._groups[group] if o not in {b for b, _ in branches}]
                    other = pick(np.array([*(p[o] for o in left), max(none[group], 0.0)]))
                    chosen[group] = left[other] if other < len(left) else -1
                waiting.append((child, want))
                continue
            easy = int(kind == 1)
            open_ = want == easy
            for i, (_, r) in enumerate(branches):
                if not open_:
                    waiting.append((r, want if want != easy else self._free(r, values, p, pick)))
                    continue
                own = self._edge(r, values, p, easy)
                against = self._edge(r, values, p, 1 - easy)
                rest = self._later(branches[i + 1 :], values, p, easy, max_=scaled)
                take = [own * rest[0], against * rest[1]]
                at = pick(np.array(take))
                waiting.append((r, easy if at == 0 else 1 - easy))
                if at == 0:
                    open_ = False
                    want = easy

    def _free(self, ref: int, values: Floats, p: Floats, pick: Callable[[Any], int]) -> int:
        return pick(np.array([self._edge(ref, values, p, sign) for sign in (0, 1)]))

    def _later(
        self, branches: list[tuple[int, int]], values: Floats, p: Floats, easy: int, *, max_: bool
    ) -> tuple[float, float]:
        """How much there is for the other parts: whatever they are, and with at least one that decides."""
        parts = np.array([[self._edge(r, values, p, sign) for sign in (0, 1)] for _, r in branches]).reshape(
            -1, 2
        )
        if max_:
            free = float(parts.max(1).prod())
            some = (parts[:, easy] * free / np.maximum(parts.max(1), 1e-300)).max(initial=0.0)
        else:
            free = float(parts.sum(1).prod())
            some = free - float(parts[:, 1 - easy].prod())
        return free, float(max(some, 0.0))

    def _settle(
        self,
        leaf: int,
        want: int,
        none: dict[int, float],
        p: Floats,
        chosen: dict[int, int],
        pick: Callable[[Any], int],
    ) -> None:
        group = int(self._graph.group[leaf])
        if want:
            chosen[group] = leaf
            return
        others = [o for o in self._groups[group] if o != leaf]
        at = pick(np.array([*(p[o] for o in others), max(none[group], 0.0)]))
        chosen[group] = others[at] if at < len(others) else -1

    def _world(self, chosen: dict[int, int]) -> Mask:
        world = np.zeros(self._graph.nodes, np.bool_)
        world[[leaf for leaf in chosen.values() if leaf >= 0]] = True
        return world

    def _truth(self, world: Mask) -> Mask:
        from duli.provenance.value_kernels import propagate

        graph, n = self._graph, self._graph.nodes
        val = np.where(graph.kind == 0, np.where(world, 1, 2), 0).astype(np.int8)
        count, last, possible = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int8)
        propagate(
            graph.kind, graph.first, graph.edges, graph.blocks, graph.cyclic, *graph.users, val, count, last,
            possible,
        )  # fmt: skip
        edges, roots = self._edges[1:], graph.roots[1:]
        out = edges == 0
        some = edges > 1
        out[some] = (val[roots[some] >> 1] == 1) ^ ((edges[some] & 1) == 1)
        return np.asarray(out, np.bool_)
