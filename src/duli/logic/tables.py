"""The tables of a run: facts and relations as rows, with what is known of where each came from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError
from duli.logic.rules import GUARDS, GroundFact, RuleSet
from duli.logic.strata import dependents
from duli.logic.syntax import Literal
from duli.logic.table import Table
from duli.logic.values import Symbols, encode_rows
from duli.types import Floats, Relation

Ints = NDArray[np.int64]
_MANY = 4096


@dataclass
class Given:
    """Where a table's first rows come from.

    Args:
        relation: the rows from outside.
        places: for each row of the relation its row of the table, -1 for one that never holds; None: the same number.
        facts: of the program.
        fact_rows: for each of them its row of the table.
    """

    relation: Relation | None = None
    places: Ints | None = None
    facts: tuple[GroundFact, ...] = ()
    fact_rows: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def choices(self) -> tuple[Ints, Floats]:
        """Each fact's row of the table and its probability: [m], [m]."""
        own = np.array([1.0 if f.probability is None else f.probability for f in self.facts])
        if self.relation is None:
            return self.fact_rows, own
        places = np.arange(len(self.relation)) if self.places is None else self.places
        rows, given = places[places >= 0], self.relation.probabilities
        chances = np.ones(len(rows)) if given is None else given[places >= 0]
        return np.concatenate((rows, self.fact_rows)), np.concatenate((chances, own))

    @property
    def size(self) -> int:
        """How many facts there are that hold in some world."""
        if self.relation is None:
            return len(self.fact_rows)
        given = len(self.relation) if self.places is None else int((self.places >= 0).sum())
        return given + len(self.fact_rows)

    def groups(self) -> Ints | None:
        """Each fact's group of facts that exclude one another, -1 for one that is independent [m]; None without any."""
        if self.relation is None or self.relation.groups is None:
            return None
        given = self.relation.groups if self.places is None else self.relation.groups[self.places >= 0]
        return np.concatenate((given, np.full(len(self.facts), -1)))

    def cited(self, row: int) -> Ints:
        """The rows of the relation that gave a row of the table."""
        if self.relation is None:
            return np.empty(0, np.int64)
        if self.places is None:
            return np.array([row] if row < len(self.relation) else [], np.int64)
        return np.flatnonzero(self.places == row)

    def reorder(self, order: Ints) -> None:
        """Follow a table whose row `order[i]` becomes its row i."""
        moved = np.empty(len(order), np.int64)
        moved[order] = np.arange(len(order))
        self.fact_rows = moved[self.fact_rows]
        if self.relation is not None:
            places = np.arange(len(self.relation)) if self.places is None else self.places
            self.places = np.where(places < 0, -1, moved[places])


class Below(Protocol):
    """Tables that are complete and only read."""

    def __getitem__(self, predicate: str) -> Table: ...

    def given(self, predicate: str) -> Given:
        """Where a table's first rows come from."""
        ...


class Tables:
    """Every predicate's table, made when it is first asked for.

    Args:
        rules: the program.
        relations: the facts from outside.
        symbols: get the program's constants.
        below: tables that are complete and only read; asked for every predicate that is not in `own`.
        own: the predicates whose tables are made here; all where nothing is below.
        reserve: as of ``Table``.
    """

    def __init__(
        self,
        rules: RuleSet,
        relations: Mapping[str, Relation],
        symbols: Symbols,
        *,
        below: Below | None = None,
        own: frozenset[str] = frozenset(),
        reserve: Callable[[int], None] | None = None,
    ) -> None:
        self.rules, self.relations, self.symbols = rules, relations, symbols
        self._below, self._own, self._reserve = below, own, reserve
        self._made: dict[str, tuple[Table, Given]] = {}
        self._lock = threading.RLock()

    def __getitem__(self, predicate: str) -> Table:
        made = self._made.get(predicate)
        if made is not None:
            return made[0]
        below = self._under(predicate)
        return self._entry(predicate)[0] if below is None else below[predicate]

    def given(self, predicate: str) -> Given:
        """Where a table's first rows come from."""
        below = self._under(predicate)
        return self._entry(predicate)[1] if below is None else below.given(predicate)

    def entry(self, predicate: str) -> tuple[Table, Given]:
        """A table, and where its first rows come from."""
        return self[predicate], self.given(predicate)

    def _under(self, predicate: str) -> Below | None:
        return None if predicate in self._own else self._below

    def _entry(self, predicate: str) -> tuple[Table, Given]:
        made = self._made.get(predicate)
        if made is None:
            with self._lock:
                made = self._made.get(predicate)
                if made is None:
                    made = self._made[predicate] = self._make(predicate)
        return made

    def put(self, predicate: str, table: Table, given: Given) -> None:
        """Set a table that was made elsewhere."""
        self._made[predicate] = table, given

    def _make(self, predicate: str) -> tuple[Table, Given]:
        arity = self.rules.arities[predicate]
        table = Table(arity, reserve=self._reserve)
        given = Given(self.relations.get(predicate))
        if given.relation is not None:
            given.places = _load(table, given.relation)
        given.facts = facts_of(self.rules, predicate)
        if given.facts:
            rows = encode_rows([fact.values for fact in given.facts], arity, self.symbols)
            given.fact_rows = table.insert(rows, ids=True)
        return table, given


def facts_of(rules: RuleSet, predicate: str) -> tuple[GroundFact, ...]:
    """The program's facts of a predicate that hold in some world."""
    return tuple(f for f in rules.facts_by_predicate.get(predicate, ()) if f.probability != 0)


def _load(table: Table, relation: Relation) -> Ints | None:
    n = len(relation)
    rows = np.column_stack(relation.columns) if relation.columns else np.empty((n, 0), np.int64)
    p = relation.probabilities
    if p is None or (p > 0).all():
        if n >= _MANY and table.n == 0 and distinct(rows):
            table.append(rows)
            return None
        ids = table.insert(rows, ids=True)
        return None if table.n == n else ids
    places = np.full(n, -1)
    places[p > 0] = table.insert(rows[p > 0], ids=True)
    return places


def distinct(rows: Ints) -> bool:
    """Whether all rows [n, k] are known to differ, by a look that is quicker than inserting them."""
    from duli.logic import grid_kernels

    if grid_kernels.ascending(rows):
        return True
    width = rows.shape[1]
    if not 0 < width <= 2 or (width == 2 and ((rows < 0) | (rows >> 32 != 0)).any()):
        return False
    keys = np.sort(rows[:, 0] << 32 | rows[:, 1] if width == 2 else rows[:, 0])
    return bool((keys[1:] != keys[:-1]).all())


def check_relations(inputs: Mapping[str, int], relations: Mapping[str, Relation]) -> None:
    """Refuse relations that the program does not know or that have other shapes; raises InputError."""
    for name, relation in relations.items():
        if name not in inputs:
            known = ", ".join(sorted(inputs)) or "none"
            raise InputError(f"{name} is not an input of the program", hint=f"its inputs: {known}")
        if len(relation.columns) != inputs[name]:
            raise InputError(
                f"{name} has {inputs[name]} arguments, its relation {len(relation.columns)} columns"
            )
        lengths = {len(column) for column in relation.columns}
        lengths |= {
            len(x) for x in (relation.probabilities, relation.source, relation.groups) if x is not None
        }
        if len(lengths) > 1:
            raise InputError(f"the columns of {name} have different lengths: {sorted(lengths)}")
        if any(column.dtype != np.int64 for column in relation.columns):
            raise InputError(f"the columns of {name} must be int64 codes", hint="see duli.logic.values")
        p = relation.probabilities
        if p is not None and not ((p >= 0) & (p <= 1)).all():
            raise InputError(f"the probabilities of {name} must be in [0, 1]")
        if relation.groups is not None and len(relation):
            _check_groups(name, relation.groups, np.ones(len(relation)) if p is None else p)


def _check_groups(name: str, groups: Ints, probabilities: Floats) -> None:
    if groups.dtype != np.int64 or groups.min() < 0 or groups.max() >= 1 << 32:
        raise InputError(f"the groups of {name} must be int64, from 0 to 2^32 - 1")
    _, number = np.unique(groups, return_inverse=True)
    if (np.bincount(number, probabilities) > 1 + 1e-9).any():
        raise InputError(f"the probabilities of a group of {name} sum to more than 1")


def uncertain(
    rules: RuleSet, relations: Mapping[str, Relation], others: Iterable[str] = ()
) -> frozenset[str]:
    """The predicates whose rows may hold in some worlds and not in others; `others` are taken to be among them."""
    found = {p for p in others if not p.startswith(GUARDS)}
    found |= {
        name for name, r in relations.items() if r.probabilities is not None and (r.probabilities < 1).any()
    }
    found |= {f.predicate for f in rules.facts if f.probability is not None and f.probability < 1}
    found |= {r.head.predicate for r in rules.rules if r.probability is not None and r.probability != 1}
    return dependents(rules, found, guards=False)


def doubtful(rules: RuleSet, uncertain: Iterable[str]) -> frozenset[str]:
    """The uncertain predicates of which some rows may hold in no world.

    They depend on a negated uncertain one, or on an aggregate over one.
    """
    uncertain = frozenset(uncertain)
    found = {
        rule.head.predicate
        for rule in rules.rules
        for goal in rule.body
        if isinstance(goal, Literal)
        and (goal.negated or rule.head.aggregates)
        and goal.predicate in uncertain
    }
    return dependents(rules, found, guards=False) & uncertain
