"""An order of terms and literals that rewriting follows (Knuth, Bendix 1970; all weights one)."""

from __future__ import annotations

from collections.abc import Iterable

from duli.fol.clauses import Clause, Literal, Tree

_TRUE: Tree = ("",)


class Order:
    """Knuth and Bendix's order.

    Args:
        symbols: names and numbers of arguments, the least first; others are below all of them.
    """

    def __init__(self, symbols: Iterable[tuple[object, int]]) -> None:
        self.rank = {symbol: rank for rank, symbol in enumerate(symbols, 1)}
        self._known: dict[Tree, tuple[int, dict[int, int]]] = {}

    def greater(self, a: Tree, b: Tree) -> bool:
        """Whether one term is above another, whatever its variables stand for."""
        if a == b or isinstance(a, int):
            return False
        weight_a, own_a = self._size(a)
        weight_b, own_b = self._size(b)
        if weight_a < weight_b or any(own_a.get(v, 0) < n for v, n in own_b.items()):
            return False
        if weight_a > weight_b:
            return True
        if isinstance(b, int):
            return b in own_a
        if a[0] != b[0] or len(a) != len(b):
            return self._rank(a) > self._rank(b)
        for x, y in zip(a[1:], b[1:], strict=True):
            if x != y:
                return self.greater(x, y)
        return False

    def _rank(self, found: Tree) -> tuple[int, str]:
        return self.rank.get((found[0], len(found) - 1), 0), str(found[0])

    def _size(self, found: Tree) -> tuple[int, dict[int, int]]:
        if isinstance(found, int):
            return 1, {found: 1}
        known = self._known.get(found)
        if known is None:
            total, own = 1, dict[int, int]()
            for inner in found[1:]:
                size, variables = self._size(inner)
                total += size
                for variable, count in variables.items():
                    own[variable] = own.get(variable, 0) + count
            if len(self._known) > 200_000:
                self._known.clear()
            known = self._known[found] = total, own
        return known

    def above(self, a: Literal, b: Literal) -> bool:
        """Whether one literal is above another."""
        left, right = _sides(a), _sides(b)
        for side in list(left):
            if side in right:
                left.remove(side)
                right.remove(side)
        return bool(left) and all(any(self.greater(x, y) for x in left) for y in right)

    def maximal(self, clause: Clause) -> list[int]:
        """The numbers of the literals that no other one is above."""
        if len(clause) == 1:
            return [0]
        return [i for i, own in enumerate(clause) if not any(self.above(x, own) for x in clause)]


def _sides(literal: Literal) -> list[Tree]:
    sign, atom = literal
    sides = [atom[1], atom[2]] if atom[0] == "=" else [atom, _TRUE]
    return sides if sign else sides + sides
