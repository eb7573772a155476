"""A program with the part evaluated that does not change from run to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from duli.errors import InputError
from duli.logic.evaluate import evaluate, index_needs
from duli.logic.meter import Cancel, Meter, watched
from duli.logic.rules import RuleSet
from duli.logic.steps import Run
from duli.logic.strata import Stratum, dependents, needed
from duli.logic.syntax import Aggregate, Comparison, Constant, Expression, Operation
from duli.logic.table import Table
from duli.logic.tables import Tables, check_relations, uncertain
from duli.logic.values import Symbols, is_symbol
from duli.provenance import Provenance
from duli.types import Codes, Limits, Relation, Vocabulary

if TYPE_CHECKING:
    from duli.logic.program import Program
    from duli.logic.result import Result

_WORTH_ORDERING = 10_000


class Prepared:
    """The part of a program that stays, evaluated; ``run`` does the rest. Runs share it and may be concurrent.

    Args:
        program: what is run.
        relations: the rows of the inputs that stay.
        symbols: the vocabulary with the program's own symbols; lay a run's ``Symbols`` over it.
        changing: the inputs whose rows arrive with each run.
        provenance: of all runs.
        tables: the rows that stay.
    """

    def __init__(
        self,
        program: Program,
        relations: Mapping[str, Relation],
        symbols: Symbols,
        changing: frozenset[str],
        provenance: Provenance,
        tables: Tables,
    ) -> None:
        self.program, self.relations, self.vocabulary = program, relations, symbols
        self.changing, self.provenance, self.tables = changing, provenance, tables
        self.moving = dependents(program.rules, changing)
        self._uncertain = program.uncertain(relations, provenance)

    @property
    def strata(self) -> tuple[Stratum, ...]:
        """The strata that each run evaluates."""
        return tuple(s for s in self.program.strata if s.predicates & self.moving)

    def run(
        self,
        inputs: Mapping[str, Relation],
        vocabulary: Vocabulary | None = None,
        *,
        limits: Limits | None = None,
        cancel: Cancel | None = None,
        only: str | None = None,
    ) -> Result:
        """Evaluate what depends on the changing inputs.

        Args:
            inputs: their rows; one without a relation is empty.
            vocabulary: the text of the symbols in these rows: ``Symbols(prepared.vocabulary)``, or one laid over the
                vocabulary that was given to ``prepare``.
            limits: when to stop.
            cancel: stops the run from another thread.
            only: the one predicate that the result will be asked for; None: it may be asked for any.

        Raises:
            As ``Program.run``.
        """
        check_relations({name: self.program.inputs[name] for name in self.changing}, inputs)
        symbols, inputs = self._aligned(inputs, vocabulary)
        found = self._uncertain
        if self.provenance != "boolean":
            found |= uncertain(self.program.rules, inputs)
            self.program.refuse(found, self.provenance)
        meter = Meter.start(limits or Limits(), cancel or watched.get())
        reserve, below = meter.reserve, self.tables
        tables = Tables(self.program.rules, inputs, symbols, below=below, own=self.moving, reserve=reserve)
        run = Run(tables, symbols, meter, found)
        wanted = None if only is None else needed(self.program.rules, only)
        evaluate([s for s in self.strata if wanted is None or s.predicates & wanted], run)
        return self.program.result(run, tables, self.provenance)

    def build_indexes(self) -> Mapping[str, set[tuple[int, ...]]]:
        """Build the indexes that runs will ask for, which they would do on their first use; returns them."""
        needs = self._needs()
        for predicate, all_columns in needs.items():
            for columns in all_columns:
                self.tables[predicate].index(columns)
        return needs

    def order(self) -> None:
        """Order large tables by the columns that runs look them up by, so that a chain's rows lie side by side."""
        recursive = {p for s in self.program.strata if s.recursive for p in s.predicates}
        for predicate, all_columns in self._needs().items():
            table, given = self.tables.entry(predicate)
            partial = [c for c in all_columns if len(c) < table.arity]
            if partial and table.n > _WORTH_ORDERING and predicate not in recursive:
                given.reorder(table.cluster(min(partial, key=len)))

    def save(self, folder: Path) -> None:
        """Write what was prepared, with its indexes, into an empty folder: .npy and JSON."""
        from duli.logic.store import save

        save(self, folder)

    @staticmethod
    def load(
        folder: Path, program: Program, relations: Mapping[str, Relation], vocabulary: Vocabulary | None
    ) -> Prepared:
        """What ``save`` wrote, mapped; program, relations and vocabulary must be those that it was prepared from.

        Raises:
            DataError: a file is missing, cut short or damaged, or belongs to something else: prepare again.
        """
        from duli.logic.store import load

        return load(folder, program, relations, vocabulary)

    def _needs(self) -> Mapping[str, set[tuple[int, ...]]]:
        def size(predicate: str) -> Table | None:
            return None if predicate in self.moving else self.tables[predicate]

        run = Run(self.tables, self.vocabulary, Meter.start(Limits()), self._uncertain)
        return index_needs(self.strata, size, run)

    def _aligned(
        self, inputs: Mapping[str, Relation], vocabulary: Vocabulary | None
    ) -> tuple[Symbols, Mapping[str, Relation]]:
        """The run's symbols, and its inputs in their numbers."""
        if vocabulary is None:
            return Symbols(self.vocabulary), inputs
        own = self.vocabulary
        first = len(own) - len(own.added)
        if vocabulary is own or all(vocabulary.find(t) == first + i for i, t in enumerate(own.added)):
            return Symbols(vocabulary), inputs
        symbols = Symbols(own)

        def moved(codes: Codes) -> Codes:
            out = codes.copy()
            for at in np.flatnonzero(is_symbol(codes) & (codes >= first)).tolist():
                out[at] = symbols.add(vocabulary.text(int(codes[at])))
            return out

        return symbols, {name: _moved(relation, moved) for name, relation in inputs.items()}


def _moved(relation: Relation, moved: Callable[[Codes], Codes]) -> Relation:
    source = None if relation.source is None else moved(relation.source)
    return replace(relation, columns=tuple(moved(column) for column in relation.columns), source=source)


def prepare(
    program: Program,
    relations: Mapping[str, Relation],
    vocabulary: Vocabulary | None,
    changing: Iterable[str],
    provenance: Provenance,
    limits: Limits,
) -> Prepared:
    """``Program.prepare``."""
    moving = check_changing(program, relations, changing)
    symbols = program_symbols(program.rules, vocabulary)
    meter = Meter.start(limits)
    tables = Tables(program.rules, relations, symbols, reserve=meter.reserve)
    made = Prepared(program, relations, symbols, moving, provenance, tables)
    run = Run(tables, symbols, meter, program.uncertain(relations, provenance))
    evaluate([s for s in program.strata if not s.predicates & made.moving], run)
    made.order()
    meter.finish()
    return made


def check_changing(
    program: Program, relations: Mapping[str, Relation], changing: Iterable[str]
) -> frozenset[str]:
    """The changing inputs; InputError when one is not an input, or is given a relation that stays."""
    names = frozenset(changing)
    check_relations(program.inputs, relations)
    for name in sorted(names):
        if name not in program.inputs:
            raise InputError(
                f"{name} is not an input of the program", hint="only inputs change from run to run"
            )
        if name in relations:
            raise InputError(
                f"{name} is said to change, and a relation is given for it", hint="give it to run"
            )
    return names


def program_symbols(rules: RuleSet, vocabulary: Vocabulary | None) -> Symbols:
    """A vocabulary with all the symbols of a program, added in the order in which they are written."""
    symbols = Symbols(vocabulary)
    for fact in rules.facts:
        for term in fact.terms:
            _add(term, symbols)
    for rule in rules.rules:
        for head_term in rule.head.terms:
            if not isinstance(head_term, Aggregate):
                _add(head_term, symbols)
        for goal in rule.body:
            for part in (goal.left, goal.right) if isinstance(goal, Comparison) else goal.terms:
                _add(part, symbols)
    for query in rules.queries:
        for asked in query.terms:
            _add(asked, symbols)
    return symbols


def _add(part: Expression, symbols: Symbols) -> None:
    if isinstance(part, Constant) and isinstance(part.value, str):
        symbols.add(part.value)
    elif isinstance(part, Operation):
        for operand in part.operands:
            _add(operand, symbols)
