"""A small program as data, so that it can be written, shrunk and rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# A term is a variable (it starts with a capital), "_", or a constant: a symbol, an integer, or a number with a point.
Term = str
# A probability, a variable that holds one, or a tenth of a variable.
Chance = float | str | tuple[str, int]


def is_variable(term: Term) -> bool:
    """Whether a term is a variable with a name."""
    return term[0].isupper()


@dataclass(frozen=True)
class Atom:
    """A predicate applied to terms."""

    predicate: str
    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return f"{self.predicate}({','.join(self.terms)})" if self.terms else self.predicate


@dataclass(frozen=True)
class Literal:
    """An atom in a body, perhaps negated."""

    atom: Atom
    negated: bool = False

    def __str__(self) -> str:
        return f"\\+ {self.atom}" if self.negated else str(self.atom)


@dataclass(frozen=True)
class Test:
    """A comparison or ``is``; the right side is a term, or a term plus or minus a number."""

    left: Term
    operator: str
    right: Term
    plus: int = 0

    def __str__(self) -> str:
        more = f" {'+' if self.plus > 0 else '-'} {abs(self.plus)}" if self.plus else ""
        return f"{self.left} {self.operator} {self.right}{more}"


Goal = Literal | Test


@dataclass(frozen=True)
class Clause:
    """Heads with their chances (None: certain, then there is one head) and a body."""

    heads: tuple[tuple[Chance | None, Atom], ...]
    body: tuple[Goal, ...] = ()

    def __str__(self) -> str:
        heads, goals = [], [str(goal) for goal in self.body]
        for i, (chance, atom) in enumerate(self.heads):
            if isinstance(chance, tuple):
                goals.append(f"K{i} is {chance[0]} / {chance[1]}")
                chance = f"K{i}"
            heads.append(str(atom) if chance is None else f"{chance}::{atom}")
        return "; ".join(heads) + (" :- " + ", ".join(goals) if goals else "") + "."

    def ordered(self) -> Clause:
        """The same with a body whose variables are bound before they are compared or negated, as Prolog needs it."""

        def rank(goal: Goal) -> int:
            if isinstance(goal, Literal):
                return 3 if goal.negated else 0
            return 1 if goal.operator == "is" else 2

        return Clause(self.heads, tuple(sorted(self.body, key=rank)))

    def atoms(self) -> Iterator[Atom]:
        """All atoms, of heads and body."""
        yield from (atom for _, atom in self.heads)
        yield from (goal.atom for goal in self.body if isinstance(goal, Literal))


@dataclass(frozen=True)
class Program:
    """Clauses, what is asked, what is observed."""

    clauses: tuple[Clause, ...]
    queries: tuple[Atom, ...]
    evidence: tuple[tuple[Atom, bool], ...] = ()

    def __str__(self) -> str:
        lines = [str(clause) for clause in self.clauses]
        for i, (atom, truth) in enumerate(self.evidence):
            # Three ways of writing the same.
            short = f"evidence({atom})." if truth else f"evidence(\\+ {atom})."
            lines.append(short if i == 0 else f"evidence({atom},{'true' if truth else 'false'}).")
        return "\n".join([*lines, *(f"query({query})." for query in self.queries)])

    def ordered(self) -> Program:
        """The same with bodies in Prolog's order."""
        return Program(tuple(clause.ordered() for clause in self.clauses), self.queries, self.evidence)

    @property
    def size(self) -> int:
        """By how much there is to read, programs are compared."""
        return len(self.clauses) + len(self.queries) + len(self.evidence) + len(str(self)) // 8


def matches(query: Atom, values: tuple[str, ...]) -> bool:
    """Whether a query asks for a ground atom of its predicate."""
    bound: dict[str, str] = {}
    return all(
        term in ("_", value) or (is_variable(term) and bound.setdefault(term, value) == value)
        for term, value in zip(query.terms, values, strict=True)
    )
