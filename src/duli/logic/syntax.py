"""A program's parts, as the parser finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from duli.errors import Place
from duli.types import Value, format_value

_WITH_ARITY = re.compile(r"/[0-9]+\Z")
_INFIX = re.compile(r"[^a-z]+|mod|rem|div|xor")
TESTS = ("@<", "@>", "@=<", "@>=", "atom", "atomic", "number", "integer", "float", "nonvar", "numeral")


def with_arity(predicate: str, arity: int) -> str:
    """The engine's name of a predicate when several share its plain name: ``p/2``."""
    return f"{predicate}/{arity}"


def plain(predicate: str) -> str:
    """The name that a program gives a predicate, without the arity that keeps it apart from others.

    >>> plain("p/2"), plain("p")
    ('p', 'p')
    """
    return _WITH_ARITY.sub("", predicate)


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
        if not self.operands:
            return self.name
        if len(self.operands) == 2 and _INFIX.fullmatch(self.name):
            return f"({f' {self.name} '.join(map(str, self.operands))})"
        return f"{self.name}({','.join(map(str, self.operands))})"


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
        return ("\\+ " if self.negated else "") + plain(self.predicate) + (f"({inner})" if inner else "")


@dataclass(frozen=True)
class Comparison:
    """``X < Y + 1``, ``X is Y * 2``, ``X = a``, and every other built-in.

    A test like ``atom(X)`` or ``X @< Y`` is an operation (see ``TESTS``) that gives 1 or 0, with ``=:= 1``;
    ``between(L, H, X)`` is ``X between (L .. H)``: when its bounds are bound it binds X to each of several values.
    """

    operator: str
    left: Expression
    right: Expression
    place: Place

    def __str__(self) -> str:
        if isinstance(self.left, Operation) and self.left.name in TESTS:
            shown = str(self.left)
            return shown[1:-1] if shown.startswith("(") else shown
        if self.operator == "between" and isinstance(self.right, Operation):
            return f"between({','.join(map(str, (*self.right.operands, self.left)))})"
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
        return Aggregate in map(type, self.terms)


@dataclass(frozen=True)
class Clause:
    """A fact (no body) or a rule; ``probability`` None is certain; ``others`` are the alternatives of the head.

    A learnable probability ``t(0.3)`` or ``t(_)`` is the operation ``t`` of one operand or none; a decision is the
    operation ``?``.
    """

    head: Head
    body: tuple[Goal, ...]
    probability: Expression | None
    place: Place
    others: tuple[tuple[Expression, Head], ...] = ()

    def heads(self) -> tuple[Head, ...]:
        """The head and its alternatives."""
        return (self.head, *(head for _, head in self.others)) if self.others else (self.head,)

    def literals(self) -> Iterator[Literal]:
        """The body's literals, without its comparisons."""
        return (goal for goal in self.body if isinstance(goal, Literal))


@dataclass(frozen=True)
class Utility:
    """``utility(atom, value).``: what it is worth that an atom holds (or, negated, that it does not)."""

    literal: Literal
    value: Expression
    domain: Literal | None
    place: Place


@dataclass(frozen=True)
class Neural:
    """``nn(network, [X], Y, [a, b]) :: p(X, Y).``: a predicate whose probabilities a network gives.

    Args:
        network: its name.
        inputs: the variables that it is applied to.
        output: the variable whose value it chooses among `labels`, one for each binding of the inputs; None when it
            says only how likely the literal is.
        labels: the values of the output.
        literal: what is declared; its predicate is an input of the program.
        place: of the declaration.
    """

    network: str
    inputs: tuple[Variable, ...]
    output: Variable | None
    labels: tuple[Value, ...]
    literal: Literal
    place: Place


@dataclass(frozen=True)
class Source:
    """A parsed text: its clauses, its queries, and what is observed.

    Args:
        clauses: facts and rules in normal form: bodies are conjunctions; hidden predicates stand for what is more.
        queries, evidence: what is asked and what is known.
        query_domains, evidence_domains: for the number of a query (of a piece of evidence) that has a body or that has
            variables: the literal whose rows, in any world, give its variables their values.
        utilities: of decisions.
        neural: declared neural predicates.
        hidden: how each hidden predicate was written.
        unknown_fails: a predicate that is not defined has no rows, and is no mistake.
    """

    clauses: tuple[Clause, ...]
    queries: tuple[Literal, ...]
    evidence: tuple[Literal, ...] = ()
    query_domains: Mapping[int, Literal] = field(default_factory=dict)
    evidence_domains: Mapping[int, Literal] = field(default_factory=dict)
    utilities: tuple[Utility, ...] = ()
    neural: tuple[Neural, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    unknown_fails: bool = False


def variables(item: Expression | Aggregate | Goal | Head) -> Iterator[Variable]:
    """The variables in a part of a clause, in order, with repetitions."""
    if isinstance(item, (Literal, Head)):
        for term in item.terms:
            if isinstance(term, Variable):
                yield term
            elif isinstance(term, Aggregate):
                yield term.variable
    elif isinstance(item, Variable):
        yield item
    elif isinstance(item, Aggregate):
        yield item.variable
    elif isinstance(item, Operation):
        for operand in item.operands:
            yield from variables(operand)
    elif isinstance(item, Comparison):
        yield from variables(item.left)
        yield from variables(item.right)
