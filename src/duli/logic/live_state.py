"""All the rows and facts of a live program, and one update of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duli.errors import DuliError, InputError
from duli.logic.evaluate import evaluate
from duli.logic.live_facts import Facts, LiveFacts, note
from duli.logic.live_joins import LiveJoins
from duli.logic.live_rows import NOTHING, LiveRows
from duli.logic.live_strata import LiveStratum, maintained
from duli.logic.meter import Meter
from duli.logic.steps import Run
from duli.logic.table import Table
from duli.logic.tables import Given, distinct, facts_of
from duli.logic.values import Symbols

if TYPE_CHECKING:
    from duli.logic.program import Program

Ints = NDArray[np.int64]
_MANY = 4096


class LiveState:
    """The rows of all predicates, as they follow from facts.

    Args:
        program: whose rules.
        facts: of each predicate that has any.
        symbols: get the program's constants.
        uncertain: predicates whose rows hold in some worlds only.
        meter: its limits hold for the first evaluation; ``Meter.begin`` says those of an update.
    """

    def __init__(
        self,
        program: Program,
        facts: Mapping[str, Facts],
        symbols: Symbols,
        uncertain: frozenset[str],
        meter: Meter,
    ) -> None:
        self.program, self.uncertain = program, uncertain
        arities = program.rules.arities
        self.tables = {name: Table(arity, reserve=meter.reserve) for name, arity in arities.items()}
        self.run = Run(self.tables, symbols, meter, uncertain)
        self.facts = {name: LiveFacts(arity) for name, arity in arities.items()}
        for name, stated in facts.items():
            self.facts[name].add(stated)
            self._load(self.tables[name], stated)
        evaluate(program.strata, self.run)
        self.rows = {name: LiveRows(table) for name, table in self.tables.items()}
        for name, stated in facts.items():
            note(self.rows[name], stated, self.tables[name].find(stated.rows))
        joins = LiveJoins(self.rows, Run(self.tables, symbols, meter))
        top = np.array([meter.batch])
        self.strata = [
            LiveStratum(stratum, self.rows, joins, self.run, top)
            for stratum in maintained(program.strata, uncertain)
        ]
        self._users: dict[str, list[int]] = {name: [] for name in arities}
        self._home: dict[str, int] = {}
        for number, stratum in enumerate(self.strata):
            stratum.warm()
            self._home |= dict.fromkeys(stratum.predicates, number)
            for predicate in {goal.predicate for _, _, goal in stratum.outer}:
                self._users[predicate].append(number)
        self._commit(set(arities))
        meter.finish()

    def _load(self, table: Table, facts: Facts) -> None:
        if len(facts.rows) >= _MANY and distinct(facts.rows):
            table.append(facts.rows)
        else:
            table.insert(facts.rows)

    def update(
        self, stated: Mapping[str, Facts], retracted: Mapping[str, Ints]
    ) -> tuple[dict[str, Ints], dict[str, Ints]]:
        """Retract all facts of some rows, then state others.

        Args:
            stated: new facts of some predicates.
            retracted: rows [m, arity] of some predicates.

        Returns:
            For each predicate that has changed the rows that came, and those that went.
        """
        touched = {*stated, *retracted}
        with self._whole(touched):
            lost = {name: self._retract(name, rows) for name, rows in retracted.items()}
            for name, facts in stated.items():
                self.facts[name].add(facts)
            waiting = list({self._home[name] for name in touched})
            heapify(waiting)
            while waiting:
                stratum = self.strata[heappop(waiting)]
                own = stratum.predicates
                touched |= own
                stratum.update(
                    {name: facts for name, facts in stated.items() if name in own},
                    {name: ids for name, ids in lost.items() if name in own},
                )
                for name in own:
                    if self.rows[name].grew or self.rows[name].shrank:
                        for user in self._users[name]:
                            if user not in waiting:
                                heappush(waiting, user)
            came, went = {}, {}
            for name in touched:
                rows = self.rows[name]
                came[name], went[name] = rows.table.rows[rows.came], rows.table.rows[rows.gone]
        return came, went

    def _retract(self, name: str, wanted: Ints) -> Ints:
        rows = self.rows[name]
        found = rows.table.find(wanted)
        ids: Ints = np.unique(found[found >= 0])
        ids = ids[rows.given[ids] != NOTHING]
        self.facts[name].retract(rows.table.rows[ids])
        rows.give(ids, NOTHING)
        return ids

    @contextmanager
    def _whole(self, touched: set[str]) -> Iterator[None]:
        """An update is done as a whole, or not at all."""
        try:
            yield
        except BaseException as error:
            self.run.meter.finish()
            for name in touched:
                self.rows[name].undo(broken=not isinstance(error, DuliError))
                self.facts[name].undo()
            raise
        self.run.meter.finish()
        self._commit(touched)

    def _commit(self, touched: set[str]) -> None:
        for name in touched:
            self.rows[name].commit()
            self.facts[name].commit()


class Moment:
    """The tables of a live program between two updates; see ``Tables``."""

    def __init__(self, state: LiveState) -> None:
        self._state, self._given = state, dict[str, Given]()
        self.over = False

    def __getitem__(self, predicate: str) -> Table:
        if self.over:
            raise InputError(
                "the facts have changed since this result", hint="ask the live program for its result again"
            )
        return self._state.tables[predicate]

    def given(self, predicate: str) -> Given:
        """Where a table's rows come from."""
        table = self[predicate]
        made = self._given.get(predicate)
        if made is None:
            facts = self._state.facts[predicate].all(self._state.rows[predicate])
            texts = facts_of(self._state.program.rules, predicate)
            made = self._given[predicate] = facts.given(table, texts, self._state.run.symbols)
        return made
