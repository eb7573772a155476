"""The nouns that pass between stages. Frozen, and without behaviour beyond printing themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from duli.errors import Place

Value = str | int | float
Example = str | tuple[str, ...]
"""A text; two texts that may match; or a text and two names in it, a head and a tail."""
Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

_WORD = re.compile(r"[^\W\d_]\w*\Z")


def format_value(value: Value) -> str:
    """A value as a program writes it: symbols that are not plain words are quoted.

    >>> format_value("ann"), format_value("Ann"), format_value(0.5)
    ('ann', "'Ann'", '0.5')
    """
    if isinstance(value, str):
        plain = _WORD.match(value) and not value[0].isupper()
        return value if plain else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return repr(value)


@dataclass(frozen=True, eq=False)
class Atom:
    """A predicate applied to values: ``path(a,b)``. The predicate ``\\+p`` is the absence of p."""

    predicate: str
    arguments: tuple[Value, ...] = ()

    def __eq__(self, other: object) -> bool:
        # 1 and 1.0 are different values.
        return isinstance(other, Atom) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.predicate) ^ hash(self.arguments)

    def __str__(self) -> str:
        inner = ",".join(format_value(a) for a in self.arguments)
        sign = "\\+" if self.predicate.startswith("\\+") else ""
        name = sign + format_value(self.predicate.removeprefix(sign))
        return f"{name}({inner})" if inner else name

    __repr__ = __str__


class Vocabulary(Protocol):
    """Text of symbols, by number from 0 without gaps. Append-only; numbers never change."""

    def __len__(self) -> int: ...

    def find(self, text: str) -> int | None:
        """The number of a symbol, or None when it is not known."""
        ...

    def text(self, number: int) -> str:
        """The symbol with this number."""
        ...


@dataclass(frozen=True)
class Relation:
    """Facts of one predicate as columns.

    Args:
        columns: one array of codes [n] for each argument (see ``duli.logic.values``); where there are none, the
            probabilities say how many facts there are.
        probabilities: of each fact [n], in [0, 1]; None when all are certain.
        source: what a fact is cited by: the code of a symbol [n]; None when the source is the same for all.
        origin: what all the facts come from (a file's name and version).
        trust: how far the origin is trusted, in (0, 1].
        groups: facts of one group, by number from 0 [n], exclude one another; None when all are independent.
    """

    columns: tuple[Codes, ...]
    probabilities: Floats | None = None
    source: Codes | None = None
    origin: str = ""
    trust: float = 1.0
    groups: Codes | None = None

    def __len__(self) -> int:
        column = self.columns[0] if self.columns else self.probabilities
        return 0 if column is None else len(column)


@dataclass(frozen=True)
class Proof:
    """Why an atom holds: the rule or fact that gave it, and the proofs of what that rule needed.

    Args:
        atom: what is proved, as a program writes it; an absence is written ``\\+ atom``, a comparison as it
            stands.
        kind: ``rule``, ``fact``, ``aggregate``, ``absent``, ``built-in``, or ``stated``: it holds, its proof
            left out.
        probability: of this step alone (a fact's or a rule's own probability), not of the whole proof.
        place: the clause in the program; None for facts that came from outside it.
        source: what cites the fact (a publication, a file, a span of the text).
        premises: proofs of the body's literals, in the rule's order.
        omitted: how many further premises of an aggregate are not listed.
        row: the atom as data, where it is one row of a predicate.
    """

    atom: str
    kind: str
    probability: float = 1.0
    place: Place | None = None
    source: str | None = None
    premises: tuple[Proof, ...] = ()
    omitted: int = 0
    row: Atom | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Choice:
    """An independent choice of a program: a probabilistic fact, or the application of a probabilistic rule.

    Args:
        atom: what it speaks for.
        probability: that it is made.
        place: of the clause; None for a fact that came from outside.
        number: its number in the run.
    """

    atom: Atom
    probability: float
    place: Place | None = field(default=None, compare=False)
    number: int = 0


@dataclass(frozen=True)
class Step:
    """One way to derive an atom: a fact, or an instance of a rule.

    Args:
        atom: the number of what is derived.
        kind, probability, place, source: as of ``Proof``.
        premises: the numbers of the atoms that it needs.
        others: what else it needs: absences, comparisons, the goals of an aggregate.
    """

    atom: int
    kind: str
    probability: float = 1.0
    place: Place | None = None
    source: str | None = None
    premises: tuple[int, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derivations:
    """All derivations of an atom, as a graph, which may have circles.

    Args:
        atoms: as a program writes them; the first is what was asked for.
        steps: the ways in which they are derived.
        omitted: how many ways are left out, for they need more atoms than were allowed.
    """

    atoms: tuple[str, ...]
    steps: tuple[Step, ...]
    omitted: int = 0


@dataclass(frozen=True)
class Span:
    """A piece of a text: characters [start, end), and what they are."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Features:
    """What a frozen model says of some texts: one unit vector [n, d] a text, float32."""

    vectors: NDArray[np.float32]
    model: str = ""


@dataclass(frozen=True)
class Limits:
    """When to stop; None is no limit.

    Args:
        seconds: wall-clock time.
        tuples: rows derived, bindings aggregated, instances of rules in a lineage.
        nodes: of one answer's lineage.
        memory: bytes by which the process may grow while it runs.
    """

    seconds: float | None = None
    tuples: int | None = 200_000_000
    nodes: int | None = 2_000_000
    memory: int | None = None


@dataclass(frozen=True)
class Mention:
    """A phrase of a text and what it may stand for.

    Args:
        span: where it stands.
        negated: said to be absent.
        candidates: (entity, name that matched, probability), best first; they exclude one another.
        nothing: probability that none of the candidates is meant. All probabilities sum to 1.
        note: why there are no candidates, where that is not for want of similar names.
    """

    span: Span
    negated: bool
    candidates: tuple[tuple[str, str, float], ...] = ()
    nothing: float = 1.0
    note: str | None = None


@dataclass(frozen=True)
class Ranked:
    """One answer among others: what, how likely, and why."""

    value: Value
    label: str | None
    probability: float
    kind: str = "exact"
    interval: tuple[float, float] = (0.0, 1.0)
    calibrated: bool = False


class Asked(Protocol):
    """What an application answers."""

    def to_dict(self, *, proof: bool = ...) -> dict[str, Any]:
        """As JSON, with proofs where they are wanted."""
        ...


class Application(Protocol):
    """A recipe that is ready to be asked, whichever kind it is."""

    @property
    def recipe(self) -> Any:
        """What it was made from: a ``duli.recipe.Recipe``."""
        ...

    @property
    def ask(self) -> Callable[..., Asked]:
        """Answers a text, its first argument; the other arguments are named, and each kind's own."""
        ...
