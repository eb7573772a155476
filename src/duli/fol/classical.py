"""The classical route: all that follows, by cases and contraposition too; answers are refutations of the opposite."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from duli.fol.clauses import Clause, clauses, formula_of, names, renumbered, term_of, variables_of
from duli.fol.prover import Parent, Prover, Record, Strategy
from duli.fol.rewrite import mark_for, matrix
from duli.fol.syntax import Formula, Term
from duli.fol.theory import Proof, Step, Theory

STRATEGIES = (Strategy(), Strategy(select=False, goal=1.0))
_ORDER: tuple[Clause, ...] = (
    ((False, ("<", 0, 0)),),
    ((False, ("<", 0, 1)), (False, ("<", 1, 2)), (True, ("<", 0, 2))),
    ((True, ("<", 0, 1)), (True, ("=", 0, 1)), (True, ("<", 1, 0))),
)


@dataclass(frozen=True)
class Source:
    """A clause that a search begins with, and where it is from.

    Args:
        clause: with variables from 0.
        rule: as of `Step`: "statement", "assumption", "arithmetic".
        statement: its number.
        bindings: what the variables of the statement's normal form are in the clause.
    """

    clause: Clause
    rule: str
    statement: int | None = None
    bindings: dict[str, Term] | None = None


def sources(formula: Formula, mark: str, rule: str, statement: int | None = None) -> list[Source]:
    """The clauses of a statement, or of what is assumed."""
    made = []
    for clause, numbers in clauses(matrix(formula, mark)):
        own, new = renumbered(clause)
        called = dict(enumerate(names(len(new))))
        back = {number: name for name, number in numbers.items()}
        bindings = {back[old]: term_of(fresh, called) for old, fresh in new.items()}
        made.append(Source(own, rule, statement, bindings))
    return made


def given(theory: Theory, assumption: Formula | None, asked: Formula) -> list[Source]:
    """The clauses of a theory and of an assumption, and those of order where it occurs."""
    mark = mark_for([*(s.formula for s in theory.statements), asked])
    found: list[Source] = []
    for number, statement in enumerate(theory.statements):
        found += sources(statement.formula, f"{mark}{number}_", "statement", number)
    if assumption is not None:
        found += sources(assumption, f"{mark}q_", "assumption")
    if any(atom[0] == "<" for source in found for _, atom in source.clause):
        found += [Source(clause, "arithmetic") for clause in _ORDER]
    return found


def refute(theory: Theory, assumption: Formula, asked: Formula, until: float) -> Proof | None:
    """A proof that an assumption cannot hold; None when none was found in time.

    Args:
        theory: what holds.
        assumption: the question, or its negation.
        asked: the question.
        until: of `time.monotonic`.
    """
    found = given(theory, assumption, asked)
    left = len(STRATEGIES)
    for strategy in STRATEGIES:
        share = time.monotonic() + (until - time.monotonic()) / left
        left -= 1
        prover = Prover([(s.clause, s.rule == "assumption") for s in found], strategy)
        if prover.run(share):
            assert prover.empty is not None  # noqa: S101
            return proof_of(prover.records, prover.empty, found, assumption)
    return None


def proof_of(records: Sequence[Record], empty: int, found: Sequence[Source], assumption: Formula) -> Proof:
    """The records that the empty clause comes from, as steps."""
    steps: list[Step] = []
    done: dict[int, int] = {}
    needed: set[int] = set()
    waiting = [empty]
    while waiting:
        number = waiting.pop()
        if number not in needed:
            needed.add(number)
            waiting += [parent.number for parent in records[number].parents]
    for number in sorted(needed):
        record = records[number]
        formula = formula_of(record.clause)
        if record.given is not None:
            source = found[record.given]
            bindings = () if source.bindings is None else (source.bindings,)
            steps.append(Step(formula, source.rule, (), source.statement, bindings))
        else:
            premises = tuple(done[parent.number] for parent in record.parents)
            steps.append(Step(formula, "derive", premises, None, tuple(map(_bindings, record.parents))))
        done[number] = len(steps) - 1
    return Proof(tuple(steps), assumption)


def _bindings(parent: Parent) -> dict[str, Term]:
    used = {v for term in parent.bindings.values() for v in variables_of(((True, ("", term)),))}
    called = dict(enumerate(names(1 + max((*used, *parent.bindings), default=0))))
    return {called[variable]: term_of(term, called) for variable, term in parent.bindings.items()}
