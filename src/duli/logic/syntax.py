"""A program's parts, as the parser finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from duli.errors import Place
from duli.types import Value, format_value


@dataclass(frozen=True)
class Variable:
    """A variable; every ``_`` has a name of its own that starts with ``_#``."""

    name: str
    place: Place

    @property
    def anonymous(self) -> bool:
        """Whether the program wrote ``_``."""
        return self.name.startswith("_#")

    def __str__(self) -> str:
        return "_" if self.anonymous else self.name


@dataclass(frozen=True)
class Constant:
    """A value."""

    value: Value

    def __str__(self) -> str:
        return format_value(self.value)


@dataclass(frozen=True)
class Aggregate:
    """``sum<W>`` in a head."""

    function: str
    variable: Variable

    def __str__(self) -> str:
        return f"{self.function}<{self.variable}>"


@dataclass(frozen=True)
class Operation:
    """Arithmetic: an operator or function and its operands."""

    name: str
    operands: tuple[Expression, ...]

    def __str__(self) -> str:
        if self.name == "neg":
            return f"-{self.operands[0]}"
        if self.name[0].isalpha() and self.name != "mod":
            return f"{self.name}({','.join(map(str, self.operands))})"
        return f"({f' {self.name} '.join(map(str, self.operands))})"


Expression = Variable | Constant | Operation
Term = Variable | Constant
HeadTerm = Variable | Constant | Aggregate


@dataclass(frozen=True)
class Literal:
    """A predicate applied to terms in a body, perhaps negated."""

    predicate: str
    terms: tuple[Term, ...]
    negated: bool
    place: Place

    def __str__(self) -> str:
        inner = ",".join(map(str, self.terms))
        return ("\\+ " if self.negated else "") + self.predicate + (f"({inner})" if inner else "")


@dataclass(frozen=True)
class Comparison:
    """``X < Y + 1``, ``X is Y * 2``, ``X = a``."""

    operator: str
    left: Expression
    right: Expression
    place: Place

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


Goal = Literal | Comparison


@dataclass(frozen=True)
class Head:
    """What a clause concludes."""

    predicate: str
    terms: tuple[HeadTerm, ...]
    place: Place

    @property
    def aggregates(self) -> bool:
        """Whether a term is an aggregate."""
        return any(isinstance(term, Aggregate) for term in self.terms)


@dataclass(frozen=True)
class Clause:
    """A fact (no body) or a rule; ``probability`` None is certain; ``others`` are the alternatives of the head."""

    head: Head
    body: tuple[Goal, ...]
    probability: Expression | None
    place: Place
    others: tuple[tuple[Expression, Head], ...] = ()

    def heads(self) -> tuple[Head, ...]:
        """The head and its alternatives."""
        return (self.head, *(head for _, head in self.others))

    def literals(self) -> Iterator[Literal]:
        """The body's literals, without its comparisons."""
        return (goal for goal in self.body if isinstance(goal, Literal))


@dataclass(frozen=True)
class Source:
    """A parsed text: its clauses, its queries, and what is observed."""

    clauses: tuple[Clause, ...]
    queries: tuple[Literal, ...]
    evidence: tuple[Literal, ...] = ()


def variables(item: Expression | Aggregate | Goal | Head) -> Iterator[Variable]:
    """The variables in a part of a clause, in order, with repetitions."""
    if isinstance(item, Variable):
        yield item
    elif isinstance(item, Aggregate):
        yield item.variable
    elif isinstance(item, Operation):
        for operand in item.operands:
            yield from variables(operand)
    elif isinstance(item, Comparison):
        yield from variables(item.left)
        yield from variables(item.right)
    elif isinstance(item, (Literal, Head)):
        for term in item.terms:
            yield from variables(term)
