"""The facts of one predicate: what they say beyond that their rows hold, and for how long.

Facts that are merely stated are told by ``LiveRows.given`` and take no room here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.logic.index import NONE
from duli.logic.live_rows import NOTED, PLAIN, LiveRows, grown, take_out
from duli.logic.rules import GroundFact
from duli.logic.table import Table
from duli.logic.tables import Given
from duli.logic.values import Symbols, encode
from duli.types import Floats, Relation

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
SOURCE, GROUP, TEXT = 0, 1, 2


@dataclass(frozen=True)
class Facts:
    """Facts of one predicate.

    Args:
        rows: as codes [n, arity].
        probabilities: of each [n].
        notes: of each its source (a code), its group and its number among the program's facts, -1 for none [n, 3].
    """

    rows: Ints
    probabilities: Floats
    notes: Ints

    @property
    def plain(self) -> Mask:
        """Which of them are merely stated [n]."""
        plain: Mask = (self.probabilities == 1) & (self.notes < 0).all(1)
        return plain

    def only(self, kept: Mask) -> Facts:
        """Some of them."""
        return self if kept.all() else Facts(self.rows[kept], self.probabilities[kept], self.notes[kept])

    @staticmethod
    def join(parts: Sequence[Facts]) -> Facts:
        """All of them, one after the other."""
        return Facts(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.notes for part in parts]),
        )

    @staticmethod
    def of_relation(relation: Relation, groups: int, symbols: Symbols) -> Facts:
        """A relation's facts that can hold.

        Args:
            relation: whose.
            groups: what its groups' numbers begin with.
            symbols: get its origin, which is the source of what has no other.
        """
        n = len(relation)
        rows = codes_of(relation)
        notes = np.full((n, 3), -1)
        if relation.source is not None:
            notes[:, SOURCE] = relation.source
        elif relation.origin:
            notes[:, SOURCE] = symbols.add(relation.origin)
        if relation.groups is not None:
            notes[:, GROUP] = relation.groups + groups
        p = np.ones(n) if relation.probabilities is None else relation.probabilities.astype(np.float64)
        return Facts(rows, p, notes).only(p > 0)

    @staticmethod
    def of_text(texts: Sequence[GroundFact], arity: int, symbols: Symbols) -> Facts:
        """A program's facts of one predicate."""
        rows = [[encode(term.value, symbols) for term in fact.terms] for fact in texts]
        p = [1.0 if fact.probability is None else fact.probability for fact in texts]
        notes = np.full((len(texts), 3), -1)
        notes[:, TEXT] = np.arange(len(texts))
        return Facts(np.array(rows, np.int64).reshape(len(texts), arity), np.array(p), notes)

    def given(self, table: Table, texts: Sequence[GroundFact], symbols: Symbols) -> Given:
        """Where a table's rows come from, when these facts gave some of them.

        Args:
            table: of the predicate.
            texts: the program's facts of it.
            symbols: get the text of no source, where only some have one.
        """
        numbers, inside = table.find(self.rows), self.notes[:, TEXT] >= 0
        facts = tuple(texts[i] for i in self.notes[inside, TEXT].tolist())
        outside = self.only(~inside)
        if not len(outside.rows):
            return Given(facts=facts, fact_rows=numbers[inside])
        sources, groups = outside.notes[:, SOURCE], outside.notes[:, GROUP].copy()
        lone = groups < 0
        groups[lone] = max(0, int(groups.max()) + 1) + np.arange(int(lone.sum()))
        relation = Relation(
            tuple(np.ascontiguousarray(column) for column in outside.rows.T),
            outside.probabilities,
            None if (sources < 0).all() else np.where(sources < 0, symbols.add(""), sources),
            groups=None if lone.all() else groups,
        )
        return Given(relation, numbers[~inside], facts, numbers[inside])


def codes_of(relation: Relation) -> Ints:
    """The rows [n, arity] of a relation."""
    columns = relation.columns
    return np.column_stack(columns) if columns else np.empty((len(relation), 0), np.int64)


class LiveFacts:
    """The noted facts of a predicate; two of one row are two choices.

    Args:
        arity: of the predicate.
    """

    def __init__(self, arity: int) -> None:
        # A last column, a number that no other fact has, tells facts of one row apart.
        self._table, self._columns = Table(arity + 1), tuple(range(arity))
        self._probabilities, self._notes = np.empty(0), np.empty((0, 3), np.int64)
        self._start, self._serial = 0, 0
        self._gone = [NONE]

    def add(self, facts: Facts) -> None:
        """State facts."""
        facts = facts.only(~facts.plain)
        before, n = self._table.n, len(facts.rows)
        self._table.insert(np.column_stack((facts.rows, np.arange(self._serial, self._serial + n))))
        self._serial += n
        if before + n > len(self._notes):
            room = 2 * (before + n)
            self._probabilities, self._notes = grown(self._probabilities, room), grown(self._notes, room)
        self._probabilities[before : before + n] = facts.probabilities
        self._notes[before : before + n] = facts.notes

    def retract(self, rows: Ints) -> None:
        """Retract all facts of some distinct rows [m, arity], before any are stated."""
        if self._table.n:
            self._gone.append(self._table.matches(self._columns, rows))

    def commit(self) -> None:
        """End an update."""
        gone = np.sort(np.concatenate(self._gone))
        if len(gone):
            old, new = take_out(self._table, gone)
            self._probabilities[new], self._notes[new] = self._probabilities[old], self._notes[old]
        self._end()

    def undo(self) -> None:
        """End an update as if it had not been."""
        if self._table.n > self._start:
            take_out(self._table, np.arange(self._start, self._table.n))
        self._end()

    def _end(self) -> None:
        self._gone, self._start = [NONE], self._table.n

    def all(self, rows: LiveRows) -> Facts:
        """All facts, between two updates; those that are merely stated from the rows of the predicate."""
        plain, n = rows.table.rows[rows.given[: rows.table.n] == PLAIN], self._table.n
        stated = Facts(plain, np.ones(len(plain)), np.full((len(plain), 3), -1))
        own = np.ascontiguousarray(self._table.rows[:, : rows.table.arity])
        return Facts.join((stated, Facts(own, self._probabilities[:n], self._notes[:n])))


def note(rows: LiveRows, facts: Facts, numbers: Ints) -> None:
    """Say that facts give rows, by their numbers."""
    plain = facts.plain
    for kind, those in ((NOTED, numbers[~plain]), (PLAIN, numbers[plain])):
        if len(those):
            rows.give(np.unique(those), kind)
