"""What the store keeps, as it is given out: one frozen class a table. Times are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from duli.types import Atom, Value

State = Literal["open", "approved", "rejected"]
RunState = Literal["running", "done", "failed", "stopped"]


@dataclass(frozen=True)
class Fact:
    """A fact to be asserted.

    Args:
        predicate: whose.
        arguments: its values.
        probability: that it holds, in [0, 1].
        source: what it is cited by.
        date: of the source, as it gives it; None when it gives none.
        trust: how far the source is trusted, in (0, 1].
    """

    predicate: str
    arguments: tuple[Value, ...] = ()
    probability: float = 1.0
    source: str = ""
    date: str | None = None
    trust: float = 1.0

    @property
    def atom(self) -> Atom:
        """What it states."""
        return Atom(self.predicate, self.arguments)


@dataclass(frozen=True)
class StoredFact(Fact):
    """A fact as the store has it; ``retracted`` is None while it stands."""

    id: int = 0
    recipe: str = ""
    asserted: str = ""
    asserted_by: str = ""
    retracted: str | None = None
    retracted_by: str | None = None


@dataclass(frozen=True)
class Label:
    """A person's label of a text; of one text the last counts."""

    id: int
    recipe: str
    predicate: str
    text: str
    label: str
    at: str
    by: str


@dataclass(frozen=True)
class Vote:
    """What one person says of what is under review."""

    id: int
    review: int
    approves: bool
    comment: str
    at: str
    by: str


@dataclass(frozen=True)
class Review:
    """Something that people decide on.

    Args:
        subject: what it is about, as data.
        people: how many must approve; one rejection is enough.
        state: ``open``, ``approved`` or ``rejected``.
        votes: so far, in their order.
    """

    id: int
    recipe: str
    subject: Mapping[str, Any]
    people: int
    state: State
    opened: str
    opened_by: str
    closed: str | None
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True)
class Run:
    """A piece of long work: its settings (`detail`), and in the end its result."""

    id: int
    recipe: str
    kind: str
    state: RunState
    detail: Mapping[str, Any]
    result: Mapping[str, Any] | None
    began: str
    ended: str | None
    by: str


@dataclass(frozen=True)
class Alert:
    """Something that people should look at; `key` names it, so that it is raised once."""

    id: int
    recipe: str
    key: str
    detail: Mapping[str, Any]
    raised: str
    seen: str | None
    seen_by: str | None
