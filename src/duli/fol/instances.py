"""Refutation by instances: clauses said of things that are named, which contradict one another (Herbrand 1930).

Used where numbers matter: the solver picks the instances that are needed, linear arithmetic does the rest, and the
checker repeats it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from duli.fol.clauses import formula_of
from duli.fol.ground import ARITHMETIC, contradictory
from duli.fol.refutation import Source
from duli.fol.rewrite import FALSE, put, put_term
from duli.fol.solver import Solver, Sorts
from duli.fol.syntax import Constant, Formula, Function, Number, Predicate, Term, Variable, terms
from duli.fol.theory import Proof, Step

_MOST = 3000
_ROUNDS = 2


@dataclass(frozen=True)
class _Instance:
    source: Source
    bindings: Mapping[str, Term]
    formula: Formula


def refute(sources: Sequence[Source], assumption: Formula, seconds: float) -> Proof | None:
    """A proof that clauses cannot hold together; None where none was found.

    Args:
        sources: the clauses.
        assumption: what is refuted.
        seconds: for the whole search.
    """
    ends = time.monotonic() + seconds
    clauses = [formula_of(source.clause) for source in sources]
    known: dict[Term, None] = {}
    for _ in range(_ROUNDS):
        made = _instances(sources, clauses, known)
        if made is None or time.monotonic() > ends:
            return None
        core = Solver([one.formula for one in made]).core(ends - time.monotonic())
        if core is not None:
            return _proof(_fewest([made[n] for n in core], ends), assumption)
        for one in made:
            known |= dict.fromkeys(t for t in terms(one.formula) if not isinstance(t, Variable))
    return None


def _instances(
    sources: Sequence[Source], clauses: Sequence[Formula], known: Iterable[Term]
) -> list[_Instance] | None:
    """The clauses with each variable replaced by each term of its kind; None where these are too many."""
    own = [{v: Variable(f"{v} {n}") for v in _variables(clause)} for n, clause in enumerate(clauses)]
    named = [put(clause, bindings) for clause, bindings in zip(clauses, own, strict=True)]
    sorts = Sorts(named)
    ground = dict.fromkeys((*known, *(t for clause in clauses for t in terms(clause) if _closed(t))))
    ground = {t: None for t in ground if not (isinstance(t, Function) and t.name in ARITHMETIC)}
    numbers = [t for t in ground if sorts.of(t)] or [Number(Fraction(0))]
    things = [t for t in ground if not sorts.of(t)] or [Constant("something")]
    made: list[_Instance] = []
    for source, clause, variables in zip(sources, clauses, own, strict=True):
        choices = [numbers if sorts.of(variable) else things for variable in variables.values()]
        for chosen in product(*choices):
            bindings = dict(zip(variables, chosen, strict=True))
            made.append(_Instance(source, bindings, put(clause, bindings)))
            if len(made) > _MOST:
                return None
    return made


def _variables(clause: Formula) -> list[str]:
    return list(dict.fromkeys(t.name for t in terms(clause) if isinstance(t, Variable)))


def _closed(term: Term) -> bool:
    found = Predicate("", (term,))
    return not any(isinstance(t, Variable) for t in terms(found))


def _fewest(made: list[_Instance], ends: float) -> list[_Instance]:
    """Those instances of which none can be left out, as far as there is time."""
    kept = list(made)
    for one in made:
        rest = [other for other in kept if other is not one]
        if time.monotonic() < ends and Solver([r.formula for r in rest]).core(1.0) is not None:
            kept = rest
    return kept


def _proof(made: Sequence[_Instance], assumption: Formula) -> Proof | None:
    if not contradictory([one.formula for one in made]):
        return None
    steps = [Step(one.formula, one.source.rule, (), one.source.statement, _bound(one)) for one in made]
    return Proof(
        (*steps, Step(FALSE, "derive", tuple(range(len(steps))), None, ({},) * len(steps))), assumption
    )


def _bound(one: _Instance) -> tuple[Mapping[str, Term], ...]:
    if one.source.bindings is None:
        return ()
    return ({name: put_term(term, one.bindings) for name, term in one.source.bindings.items()},)
