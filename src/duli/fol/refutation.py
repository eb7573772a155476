"""Refutations: statements as clauses, the prover's search, and its records as a proof."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from duli.fol.clauses import Clause, clauses, formula_of, names, renumbered, term_of, variables_of
from duli.fol.naming import Definition, named
from duli.fol.prover import Parent, Prover, Record, Strategy
from duli.fol.rewrite import mark_for, matrix
from duli.fol.syntax import Constant, Formula, Term, terms
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
        rule: as of `Step`: "statement", "assumption", "definition", "arithmetic", "names".
        statement: its number.
        bindings: what the variables of the statement's normal form are in the clause.
    """

    clause: Clause
    rule: str
    statement: int | None = None
    bindings: dict[str, Term] | None = None


def sources(
    formula: Formula, mark: str, rule: str, statement: int | None, definitions: dict[str, Definition]
) -> list[Source]:
    """The clauses of a statement, or of what is assumed; new definitions are added to those there are."""
    short, said = named(matrix(formula, mark), mark, definitions)
    made = _sources(short, rule, statement)
    for definition in said:
        made += _sources(definition, "definition", None)
    return made


def _sources(short: Formula, rule: str, statement: int | None) -> list[Source]:
    made = []
    for clause, numbers in clauses(short):
        own, new = renumbered(clause)
        called = dict(enumerate(names(len(new))))
        back = {number: name for name, number in numbers.items()}
        bindings = {back[old]: term_of(fresh, called) for old, fresh in new.items()}
        made.append(Source(own, rule, statement, bindings))
    return made


def given(
    theory: Theory,
    only: Iterable[int],
    assumption: Formula,
    asked: Formula,
    definitions: dict[str, Definition],
) -> list[Source]:
    """The clauses of some statements and of an assumption; those of order and of names where these matter."""
    mark = mark_for([*(s.formula for s in theory.statements), asked])
    found: list[Source] = []
    for number in only:
        found += sources(
            theory.statements[number].formula, f"{mark}{number}_", "statement", number, definitions
        )
    found += sources(assumption, f"{mark}q_", "assumption", None, definitions)
    if any(atom[0] == "<" for source in found for _, atom in source.clause):
        found += [Source(clause, "arithmetic") for clause in _ORDER]
    if theory.unique_names:
        formulas = [*(theory.statements[number].formula for number in only), asked]
        named = dict.fromkeys((t.name,) for f in formulas for t in terms(f) if isinstance(t, Constant))
        found += [Source(((False, ("=", a, b)),), "names") for a, b in combinations(named, 2)]
    return found


class Search:
    """The search for a refutation, which can be stopped and goes on.

    Args:
        theory: what holds.
        only: the numbers of the statements that may be used.
        assumption: what is to be refuted: the question, or its negation.
        asked: the question.
    """

    def __init__(self, theory: Theory, only: Iterable[int], assumption: Formula, asked: Formula) -> None:
        self.assumption = assumption
        self.definitions: dict[str, Definition] = {}
        self.sources = given(theory, only, assumption, asked, self.definitions)
        clauses = [(source.clause, source.rule == "assumption") for source in self.sources]
        self._provers = [Prover(clauses, strategy) for strategy in STRATEGIES]

    @property
    def over(self) -> bool:
        """Whether nothing is left to try."""
        return not self._provers

    def run(self, seconds: float) -> Proof | None:
        """Go on for some time; the proof when there is one."""
        for prover in list(self._provers):
            found = prover.run(time.monotonic() + seconds / len(STRATEGIES))
            if prover.empty is not None:
                proof = proof_of(prover.records, prover.empty, self.sources, self.assumption)
                return replace(proof, definitions=self.definitions)
            if found is False:
                self._provers.remove(prover)
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
