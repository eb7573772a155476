"""A run of a program: for its queries, and later for whatever else its result is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from duli.errors import LimitReachedError
from duli.logic.demand import Directed, direct, guarded_predicates, relevant
from duli.logic.evaluate import evaluate
from duli.logic.meter import Cancel, Meter, watched
from duli.logic.result import Elsewhere, Result
from duli.logic.rules import WANTED
from duli.logic.steps import Run
from duli.logic.syntax import Constant, Literal
from duli.logic.tables import Tables
from duli.logic.values import Symbols
from duli.provenance import Provenance
from duli.types import Limits, Relation

if TYPE_CHECKING:
    from duli.logic.program import Program

FEW = 64


@dataclass(frozen=True)
class Asked:
    """What a run is given; as of ``Program.run``."""

    relations: Mapping[str, Relation]
    symbols: Symbols
    provenance: Provenance
    limits: Limits
    cancel: Cancel | None
    goal_directed: bool | None

    def result(self, program: Program, tables: Tables | None = None, *, written: bool = False) -> Result:
        """Evaluate what the program's queries need.

        Args:
            program: with its queries.
            tables: of an earlier run, whose facts and relations are taken.
            written: evaluate the rules of the text, so that there are proofs by them.
        """
        chosen, made = self.chosen(program, written=written)
        meter = Meter.start(self.limits, self.cancel or watched.get())
        own = frozenset(rule.head.predicate for rule in chosen.rules.rules) | frozenset(
            p for p in chosen.rules.arities if p not in program.rules.arities or p.startswith(WANTED)
        )
        filled = Tables(
            chosen.rules, self.relations, self.symbols, below=tables, own=own, reserve=meter.reserve
        )
        run = Run(filled, self.symbols, meter, chosen.uncertain(self.relations, self.provenance))
        limit = None
        try:
            evaluate(chosen.strata, run)
        except LimitReachedError as reached:
            limit = reached
            # What was found has a lineage of about its size.
            meter.limits = replace(meter.limits, tuples=None)
        elsewhere = None
        if made is not None and (made.partial or made.turned):
            elsewhere = Elsewhere(made.partial, made.turned, partial(self.other, program, filled))
        return chosen.result(run, filled, self.provenance, elsewhere, limit)

    def chosen(self, program: Program, *, written: bool) -> tuple[Program, Directed | None]:
        """The program as it is to be evaluated."""
        if self.goal_directed is False or not program.queries:
            return program, Directed(program.rules, guarded_predicates(program.rules))
        directs = self.goal_directed or self.pays(program)
        if written:
            made = direct(program.rules, closures=False) if directs else None
            return program.narrowed(made or relevant(program.rules))
        return (program.directed if directs else None) or program.relevant

    def pays(self, program: Program) -> bool:
        """Whether a query has a value, and there is more than a little to leave out."""
        derived = program.derived
        asked = any(
            q.predicate in derived and any(isinstance(t, Constant) for t in q.terms) for q in program.queries
        )
        return asked and len(program.rules.facts) + sum(map(len, self.relations.values())) > FEW

    def other(self, program: Program, tables: Tables, asked: Literal, written: bool) -> Result:
        """The result for another query."""
        return self.result(program.asking(asked), tables, written=written)
