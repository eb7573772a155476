"""A program whose facts change in place: what follows from them is kept, not computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError
from duli.logic.live_facts import Facts, codes_of
from duli.logic.live_state import LiveState, Moment
from duli.logic.meter import Cancel, Meter
from duli.logic.result import Result
from duli.logic.rules import HIDDEN
from duli.logic.steps import Run
from duli.logic.strata import dependents
from duli.logic.table import Table
from duli.logic.tables import Tables, check_relations, facts_of
from duli.logic.values import Symbols, decode_column, encode_rows
from duli.provenance import Provenance
from duli.types import Codes, Floats, Limits, Relation, Value, Vocabulary

if TYPE_CHECKING:
    from duli.logic.program import Program

Ints = NDArray[np.int64]
Rows = Relation | Sequence[tuple[Value, ...]]


@dataclass(frozen=True)
class Change:
    """What an update did to the rows of all predicates, the derived ones included.

    Args:
        codes_added: for each predicate the rows [n, arity] that came.
        codes_removed: for each predicate the rows [n, arity] that went.
        vocabulary: the text of their symbols.
    """

    codes_added: Mapping[str, Codes]
    codes_removed: Mapping[str, Codes]
    vocabulary: Vocabulary

    def added(self, predicate: str) -> list[tuple[Value, ...]]:
        """The rows of a predicate that came."""
        return self._decoded(self.codes_added.get(predicate))

    def removed(self, predicate: str) -> list[tuple[Value, ...]]:
        """The rows of a predicate that went."""
        return self._decoded(self.codes_removed.get(predicate))

    def _decoded(self, rows: Codes | None) -> list[tuple[Value, ...]]:
        if rows is None or not rows.shape[1]:
            return [] if rows is None else [()] * len(rows)
        return list(zip(*(decode_column(column, self.vocabulary) for column in rows.T), strict=True))


class Live:
    """A program with facts that are stated and retracted in place; see ``Program.live``.

    An update works out which rows of other predicates come and go from those that changed: semi-naive for what comes,
    delete and rederive for what goes, an aggregate for the groups that were touched. Probabilities and proofs are not
    kept: ``result`` works out those that it is asked for, from the rows that are there. The first uncertain fact of a
    predicate that was certain may make rows possible that were not: then all is evaluated anew.

    Not for several threads at once.
    """

    def __init__(
        self,
        program: Program,
        relations: Mapping[str, Relation],
        vocabulary: Vocabulary | None,
        provenance: Provenance,
        limits: Limits,
    ) -> None:
        check_relations(program.inputs, relations)
        self.program, self.provenance, self.limits = program, provenance, limits
        self._symbols, self._groups = Symbols(vocabulary), 0
        facts = {name: self._of(relation) for name, relation in relations.items()}
        for name in program.rules.facts_by_predicate:
            texts = facts_of(program.rules, name)
            own = Facts.of_text(texts, program.rules.arities[name], self._symbols)
            facts[name] = Facts.join((facts[name], own)) if name in facts else own
        uncertain = program.uncertain(relations, provenance)
        self._state = LiveState(program, facts, self._symbols, uncertain, Meter.start(limits))
        self._asked: tuple[Moment, Result] | None = None

    @property
    def vocabulary(self) -> Symbols:
        """The text of all symbols; it gets those of new rows. Codes of a ``Relation`` are its numbers."""
        return self._symbols

    @property
    def result(self) -> Result:
        """What holds now, as a run from scratch has it; it answers until the next update. Copy arrays that you keep."""
        if self._asked is None:
            moment = Moment(self._state)
            tables = Tables(self.program.rules, {}, self._symbols, below=moment)
            run = Run(tables, self._symbols, Meter.start(self.limits), self._state.uncertain)
            self._asked = moment, self.program.result(run, tables, self.provenance)
        return self._asked[1]

    def insert(
        self,
        predicate: str,
        rows: Rows,
        probabilities: Floats | Sequence[float] | None = None,
        *,
        limits: Limits | None = None,
        cancel: Cancel | None = None,
    ) -> Change:
        """State facts of a predicate: an input, or any other of the program.

        A certain fact that is there already changes nothing; an uncertain one is another choice, as in a program.

        Args:
            predicate: whose.
            rows: values, or a relation of codes.
            probabilities: of each row [n]; None when they are certain, or the relation has them.
            limits, cancel: as of ``update``.

        Raises:
            As ``update``.
        """
        if probabilities is not None:
            relation = self._relation(predicate, rows)
            p = np.asarray(probabilities, np.float64)
            rows = Relation(relation.columns, p, relation.source, relation.origin, groups=relation.groups)
        return self.update({predicate: rows}, {}, limits=limits, cancel=cancel)

    def delete(
        self, predicate: str, rows: Rows, *, limits: Limits | None = None, cancel: Cancel | None = None
    ) -> Change:
        """Retract all facts of some rows of a predicate; a row stays that a rule gives as well.

        Args:
            predicate: whose.
            rows: values, or a relation of codes; one that no fact gives changes nothing.
            limits, cancel: as of ``update``.

        Raises:
            As ``update``.
        """
        return self.update({}, {predicate: rows}, limits=limits, cancel=cancel)

    def update(
        self,
        insert: Mapping[str, Rows],
        delete: Mapping[str, Rows],
        *,
        limits: Limits | None = None,
        cancel: Cancel | None = None,
    ) -> Change:
        """Retract facts, then state others, as one update: it is done as a whole, or an error leaves all as it was.

        Args:
            insert: rows by predicate, as of ``insert``.
            delete: rows by predicate, as of ``delete``.
            limits: when to stop; None for those of the live program.
            cancel: stops it from another thread.

        Raises:
            InputError: rows that do not fit.
            LimitReachedError: a limit was reached.
            CancelledError: it was cancelled.
            ProgramError: a value that cannot be computed, or what the provenance cannot do.
        """
        retracted = {name: codes_of(relation) for name, relation in self._fitting(delete).items()}
        stated = {name: self._of(relation) for name, relation in self._fitting(insert).items()}
        uncertain = self._state.uncertain
        if self.provenance != "boolean":
            found = {name for name, facts in stated.items() if (facts.probabilities < 1).any()}
            if not found <= uncertain:
                uncertain |= dependents(self.program.rules, found, guards=False)
                self.program.refuse(uncertain, self.provenance)
        meter = Meter.start(limits or self.limits, cancel)
        if self._asked is not None:
            self._asked[0].over = True
            self._asked = None
        if uncertain == self._state.uncertain:
            self._state.run.meter.begin(meter)
            came, went = self._state.update(stated, retracted)
        else:
            came, went = self._anew(stated, retracted, uncertain, meter)
        return Change(_shown(came), _shown(went), self._symbols)

    def _anew(
        self,
        stated: Mapping[str, Facts],
        retracted: Mapping[str, Ints],
        uncertain: frozenset[str],
        meter: Meter,
    ) -> tuple[dict[str, Ints], dict[str, Ints]]:
        """An update by evaluating all of the program."""
        before, facts = self._state, dict[str, Facts]()
        for name, arity in self.program.rules.arities.items():
            have, gone = before.facts[name].all(before.rows[name]), Table(arity)
            gone.insert(retracted.get(name, np.empty((0, arity), np.int64)))
            kept = have.only(gone.find(have.rows) < 0)
            facts[name] = Facts.join((kept, stated[name])) if name in stated else kept
        after = self._state = LiveState(self.program, facts, self._symbols, uncertain, meter)
        came, went = {}, {}
        for name, old in before.tables.items():
            new = after.tables[name]
            came[name], went[name] = new.rows[old.find(new.rows) < 0], old.rows[new.find(old.rows) < 0]
        return came, went

    def _fitting(self, changes: Mapping[str, Rows]) -> dict[str, Relation]:
        """Relations that fit, by predicate."""
        found = {
            self.program.rules.resolve(name): self._relation(name, rows) for name, rows in changes.items()
        }
        if len(found) < len(changes):
            raise InputError("one predicate is named twice", hint=f"given: {', '.join(changes)}")
        return found

    def _relation(self, name: str, rows: Rows) -> Relation:
        """Rows of a predicate as a relation that fits."""
        predicate = self.program.rules.resolve(name)
        arity = self.program.rules.arities[predicate]
        if not isinstance(rows, Relation):
            codes = encode_rows(rows, arity, self._symbols)
            rows = Relation(tuple(np.ascontiguousarray(column) for column in codes.T), np.ones(len(rows)))
        check_relations({predicate: arity}, {predicate: rows})
        return rows

    def _of(self, relation: Relation) -> Facts:
        """A relation's facts, with numbers of their own for its groups."""
        facts = Facts.of_relation(relation, self._groups, self._symbols)
        if relation.groups is not None and len(relation):
            self._groups += int(relation.groups.max()) + 1
        return facts


def _shown(changed: Mapping[str, Ints]) -> dict[str, Ints]:
    return {name: rows for name, rows in changed.items() if len(rows) and not name.startswith(HIDDEN)}
