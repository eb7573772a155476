"""Exact probability: tags are nodes of one reduced ordered binary decision diagram (Bryant 1986).

A choice that meets no other stays a bare variable, ``-2 - variable``, so that a column of independent facts costs no
nodes. Variables are ordered by when they were made.
"""

from __future__ import annotations

import numpy as np

from duli.errors import LimitReachedError
from duli.provenance import Tags
from duli.types import Floats

_FALSE, _TRUE = 0, 1
_LEAF = 1 << 60


class Exact:
    """Boolean functions of independent choices, hash-consed.

    Args:
        nodes: how many nodes there may be; beyond, LimitReachedError.
    """

    one = _TRUE

    def __init__(self, nodes: int | None) -> None:
        self.limit = nodes
        self._probabilities: list[Floats] = []
        self._count = 0
        self._variable = [_LEAF, _LEAF]
        self._low = [0, 1]
        self._high = [0, 1]
        self._value = [0.0, 1.0]
        self._unique: dict[tuple[int, int, int], int] = {}
        self._and: dict[tuple[int, int], int] = {}
        self._not: dict[int, int] = {0: 1, 1: 0}

    def choices(self, probabilities: Floats) -> Tags:
        """Tags [n] of n new independent choices; those of probability 0 and 1 are constants."""
        probabilities = np.asarray(probabilities, np.float64)
        tags = -2 - np.arange(self._count, self._count + len(probabilities), dtype=np.int64)
        self._probabilities.append(probabilities)
        self._count += len(probabilities)
        return np.where(probabilities >= 1, _TRUE, np.where(probabilities <= 0, _FALSE, tags))

    def times(self, left: Tags, right: Tags) -> Tags:
        """Both [n]."""
        out = np.where(left == _TRUE, right, left)
        hard = (left != _TRUE) & (right != _TRUE) & (left != right)
        for i in np.flatnonzero(hard).tolist():
            out[i] = self._both(self._node(int(left[i])), self._node(int(right[i])))
        return out

    def plus(self, left: Tags, right: Tags) -> Tags:
        """Either [n]."""
        out = np.where(left == _FALSE, right, left)
        hard = (left != _FALSE) & (right != _FALSE) & (left != right)
        for i in np.flatnonzero(hard).tolist():
            a, b = self._invert(self._node(int(left[i]))), self._invert(self._node(int(right[i])))
            out[i] = self._invert(self._both(a, b))
        return out

    def negate(self, tags: Tags) -> Tags:
        """Not [n]."""
        return np.fromiter((self._invert(self._node(tag)) for tag in tags.tolist()), np.int64, len(tags))

    def probability(self, tags: Tags) -> Floats:
        """The probability [n]."""
        if self._probabilities:
            self._probabilities = [np.concatenate(self._probabilities)]
        out = np.empty(len(tags), np.float64)
        bare = tags < 0
        if bare.any():
            out[bare] = self._probabilities[0][-2 - tags[bare]]
        if not bare.all():
            values = np.array(self._values(), np.float64)
            out[~bare] = values[tags[~bare]]
        return out

    def _values(self) -> list[float]:
        """Children are made before their parents, so one pass forward values all nodes."""
        value = self._value
        for node in range(len(value), len(self._variable)):
            p = float(self._probabilities[0][self._variable[node]])
            value.append(p * value[self._high[node]] + (1 - p) * value[self._low[node]])
        return value

    def _node(self, tag: int) -> int:
        return tag if tag >= 0 else self._make(-2 - tag, _FALSE, _TRUE)

    def _make(self, variable: int, low: int, high: int) -> int:
        if low == high:
            return low
        key = (variable, low, high)
        node = self._unique.get(key)
        if node is None:
            node = len(self._variable)
            if self.limit is not None and node >= self.limit:
                raise LimitReachedError(
                    f"the exact lineage has more than {self.limit} nodes", hint="use provenance max_product for a bound"
                )
            self._variable.append(variable)
            self._low.append(low)
            self._high.append(high)
            self._unique[key] = node
        return node

    def _both(self, left: int, right: int) -> int:
        """Conjunction, with a stack of its own: lineages may be deeper than Python's."""
        memo = self._and
        stack = [(left, right)]
        while stack:
            a, b = stack[-1]
            if (a, b) in memo or self._trivial(a, b) is not None:
                stack.pop()
                continue
            variable = min(self._variable[a], self._variable[b])
            a0, a1 = self._split(a, variable)
            b0, b1 = self._split(b, variable)
            low, high = self._known(a0, b0), self._known(a1, b1)
            if low is None or high is None:
                stack.extend(_ordered(*pair) for pair, made in (((a0, b0), low), ((a1, b1), high)) if made is None)
                continue
            memo[a, b] = self._make(variable, low, high)
            stack.pop()
        made = self._known(left, right)
        return memo[left, right] if made is None else made

    def _known(self, a: int, b: int) -> int | None:
        trivial = self._trivial(a, b)
        return self._and.get(_ordered(a, b)) if trivial is None else trivial

    @staticmethod
    def _trivial(a: int, b: int) -> int | None:
        if a == _FALSE or b == _FALSE:
            return _FALSE
        if a == _TRUE or a == b:
            return b
        return a if b == _TRUE else None

    def _split(self, node: int, variable: int) -> tuple[int, int]:
        if self._variable[node] != variable:
            return node, node
        return self._low[node], self._high[node]

    def _invert(self, root: int) -> int:
        memo = self._not
        stack = [root]
        while stack:
            node = stack[-1]
            if node in memo:
                stack.pop()
                continue
            low, high = self._low[node], self._high[node]
            waiting = [child for child in (low, high) if child not in memo]
            if waiting:
                stack.extend(waiting)
                continue
            made = self._make(self._variable[node], memo[low], memo[high])
            memo[node] = made
            memo[made] = node
        return memo[root]


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a <= b else (b, a)
