"""Refutation by instances: clauses said of things that are named, which contradict one another (Herbrand 1930).

The solver tells which instances it used; our prover refutes these without it, or, where numbers matter, they are
refuted in one step by cases and linear arithmetic, which the checker repeats.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from duli.fol.clauses import Clause, formula_of, literal
from duli.fol.ground import contradictory
from duli.fol.prover import Prover, Strategy
from duli.fol.refutation import Source, proof_of
from duli.fol.rewrite import FALSE, literals, put, put_term
from duli.fol.solver import Solver
from duli.fol.syntax import Constant, ForAll, Formula, Term, Variable, terms
from duli.fol.theory import Proof, Step

_ANYTHING = Constant("anything")


def refute(
    sources: Sequence[Source], assumption: Formula, seconds: float, *, integers: bool = False
) -> Proof | None:
    """A proof that clauses cannot hold together; None where none was found.

    Args:
        sources: the clauses.
        assumption: what is refuted.
        seconds: for the solver, and again for the rest.
        integers: all numbers are whole.
    """
    # The solver has order and arithmetic of its own.
    own = [source for source in sources if source.rule != "arithmetic"]
    found = Solver([_closed(source) for source in own], integers=integers, proofs=True).instances(seconds)
    if found is None:
        return None
    ends = time.monotonic() + seconds
    made = [_instance(own[number], bindings) for number, bindings in found]
    made = _fewest(list({source.clause: source for source in made}.values()), ends, integers)
    prover = Prover([(source.clause, source.rule == "assumption") for source in made], Strategy())
    prover.run(ends)
    if prover.empty is not None:
        return proof_of(prover.records, prover.empty, made, assumption)
    return _in_one(made, assumption, integers)


def _closed(source: Source) -> Formula:
    clause = formula_of(source.clause)
    names = dict.fromkeys(t for t in terms(clause) if isinstance(t, Variable))
    return ForAll(tuple(names), clause) if names else clause


def _instance(source: Source, bindings: Mapping[str, Term]) -> Source:
    free = {t.name: _ANYTHING for t in terms(formula_of(source.clause)) if isinstance(t, Variable)}
    bindings = {**free, **bindings}
    clause = _clause(put(formula_of(source.clause), bindings))
    if source.bindings is None:
        return replace(source, clause=clause)
    bound = {name: put_term(term, bindings) for name, term in source.bindings.items()}
    return replace(source, clause=clause, bindings=bound)


def _clause(formula: Formula) -> Clause:
    variables: dict[str, int] = {}
    return tuple(dict.fromkeys(literal(part, variables) for part in literals(formula)))


def _fewest(made: list[Source], ends: float, integers: bool) -> list[Source]:
    """Those instances of which none can be left out, as far as there is time."""
    kept = made
    for one in made:
        rest = [other for other in kept if other is not one]
        if time.monotonic() > ends:
            break
        formulas = [formula_of(source.clause) for source in rest]
        if Solver(formulas, integers=integers).core(1.0) is not None:
            kept = rest
    return kept


def _in_one(made: Sequence[Source], assumption: Formula, integers: bool) -> Proof | None:
    formulas = [formula_of(source.clause) for source in made]
    if not contradictory(formulas, integers=integers):
        return None
    steps = [
        Step(
            formula, source.rule, (), source.statement, () if source.bindings is None else (source.bindings,)
        )
        for formula, source in zip(formulas, made, strict=True)
    ]
    end = Step(FALSE, "derive", tuple(range(len(steps))), None, ({},) * len(steps))
    return Proof((*steps, end), assumption)
