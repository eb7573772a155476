"""Which places hold numbers, and which hold things."""

from __future__ import annotations

from collections.abc import Iterable

from duli.fol.ground import ARITHMETIC
from duli.fol.syntax import (
    Compare,
    Constant,
    Formula,
    Function,
    Number,
    Predicate,
    Term,
    Variable,
    parts,
    terms,
)

Place = tuple[str, str, int]


class Sorts:
    """Which places of predicates and functions hold numbers: those that arithmetic and order touch, and their equals.

    Args:
        formulas: each with variables of its own names.
    """

    def __init__(self, formulas: Iterable[Formula]) -> None:
        self._parent: dict[Place, Place] = {}
        self._number: Place = ("number", "", 0)
        for formula in formulas:
            self._formula(formula)

    def numeric(self, place: Place) -> bool:
        """Whether a place holds numbers."""
        return self._find(place) == self._find(self._number)

    def of(self, term: Term) -> bool:
        """Whether a term is a number."""
        return self.numeric(self._place(term))

    def _find(self, place: Place) -> Place:
        while self._parent.get(place, place) != place:
            place = self._parent[place]
        return place

    def _unite(self, a: Place, b: Place) -> None:
        a, b = self._find(a), self._find(b)
        if a != b:
            self._parent[a] = b

    def _place(self, term: Term) -> Place:
        match term:
            case Variable(name):
                return ("variable", name, 0)
            case Constant(name):
                return ("function", name, 0)
            case Number():
                return self._number
            case Function(name, inner):
                return self._number if name in ARITHMETIC else ("function", name, len(inner) * 100)

    def _formula(self, formula: Formula) -> None:
        if isinstance(formula, Compare):
            self._unite(self._place(formula.left), self._place(formula.right))
            if formula.operator != "=":
                self._unite(self._place(formula.left), self._number)
        if isinstance(formula, Predicate):
            for i, term in enumerate(formula.terms):
                self._unite(self._place(term), ("predicate", formula.name, len(formula.terms) * 100 + i))
        if isinstance(formula, (Predicate, Compare)):
            for term in terms(formula):
                if isinstance(term, Function):
                    for i, inner in enumerate(term.terms):
                        place = ("function", term.name, len(term.terms) * 100 + i + 1)
                        self._unite(self._place(inner), self._number if term.name in ARITHMETIC else place)
        for part in parts(formula):
            self._formula(part)
