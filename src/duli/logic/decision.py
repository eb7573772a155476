"""The decisions that are worth most: ``?::umbrella. utility(wet, -10).``"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError, ProgramError
from duli.logic.arithmetic import evaluate
from duli.logic.parser import parse
from duli.logic.program import compile
from duli.logic.result import Result
from duli.logic.syntax import Constant, Expression, Literal, Operation, Variable, variables
from duli.logic.worlds import choices_of, exact
from duli.provenance.circuit import Circuit
from duli.types import Atom, Floats, Limits, Relation, Vocabulary

Ints = NDArray[np.int64]
_EXACT = 16
_STARTS = 8
_UNDECIDED = 0.5


@dataclass(frozen=True)
class Decided:
    """What to do.

    Args:
        decisions: each decision and whether to take it.
        utility: what is expected of that.
        kind: ``exact``: none is better; ``bounds``: the best that was found, no more.
    """

    decisions: Mapping[Atom, bool]
    utility: float
    kind: str


def decide(
    text: str,
    *,
    name: str = "program",
    relations: Mapping[str, Relation] | None = None,
    vocabulary: Vocabulary | None = None,
    inputs: Mapping[str, int] | None = None,
    limits: Limits | None = None,
) -> Decided:
    """The decisions of the greatest expected utility (Van den Broeck, Thon, Van Otterlo and De Raedt 2010).

    Up to 16 decisions that matter are tried in all ways, as one batch; of more, the best is sought by changing one at a
    time from several starts.

    Args:
        text, name, inputs: as of ``compile``.
        relations, vocabulary, limits: as of ``Program.run``.

    Raises:
        InputError: there is no decision, or no utility.

    >>> decide("?::umbrella. 0.3::rain. wet :- rain, \\\\+ umbrella. utility(wet, -10). utility(umbrella, -2).")
    Decided(decisions={umbrella: True}, utility=-2.0, kind='exact')
    """
    program = compile(text, name=name, inputs=inputs, unknown=_UNDECIDED, limits=limits)
    result = program.run(relations, vocabulary, goal_directed=False, limits=limits)
    worth, tags = _utilities(result)
    if not len(worth):
        raise InputError(
            "the program has no utility", where=name, hint="add a line such as utility(wet, -10)."
        )
    places = {
        clause.place
        for clause in parse(text, name).clauses
        if isinstance(clause.probability, Operation) and clause.probability.name == "?"
    }
    _, algebra = exact(result)
    circuit = algebra.circuit(tags)
    open_ = [choice for choice in choices_of(result) if choice.place in places]
    if not open_:
        raise InputError("no decision is of importance for a utility", where=name, hint="write ?::decision.")
    chosen, utility, kind = _best(
        circuit, algebra.formula.chances, np.array([c.number for c in open_]), worth
    )
    made = {choice.atom: bool(on) for choice, on in zip(open_, chosen, strict=True)}
    return Decided(made, utility, kind)


def _best(circuit: Circuit, chances: Floats, places: Ints, worth: Floats) -> tuple[Floats, float, str]:
    def value(strategies: Floats) -> Floats:
        weights = np.repeat(chances[None], len(strategies), 0)
        weights[:, places] = strategies
        expected: Floats = circuit.evaluate(weights) @ worth
        return expected

    n = len(places)
    if n <= _EXACT:
        all_ = ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
        values = value(all_)
        # Of equals the one that does least.
        best = min(range(len(all_)), key=lambda i: (-round(float(values[i]), 12), all_[i].sum()))
        return all_[best], float(values[best]), "exact"
    random = np.random.default_rng(0)
    found = (np.zeros(n), -np.inf)
    for start in range(_STARTS):
        now = np.zeros(n) if start == 0 else random.integers(0, 2, n).astype(np.float64)
        best_now = float(value(now[None])[0])
        while True:
            tried = np.abs(now[None] - np.eye(n))
            values = value(tried)
            if values.max() <= best_now + 1e-12:
                break
            now, best_now = tried[int(values.argmax())], float(values.max())
        if best_now > found[1]:
            found = now, best_now
    return found[0], found[1], "bounds"


def _utilities(result: Result) -> tuple[Floats, Ints]:
    """What each atom with a utility is worth [n], and its tag [n]."""
    _, algebra = exact(result)
    worth, tags = [], [np.empty(0, np.int64)]
    for literal, value in _ground(result):
        tag = result.chances.tag(literal)
        tags.append(algebra.negate(tag) if literal.negated else tag)
        worth.append(value)
    return np.array(worth), np.concatenate(tags)


def _ground(result: Result) -> Iterator[tuple[Literal, float]]:
    for utility in result.rules.utilities:
        bound = [utility.literal]
        rows: list[dict[str, Constant]] = [{}]
        if utility.domain is not None:
            bound = list(result.chances.bound(utility.literal, utility.domain))
            rows = list(result.chances.bindings(utility.domain))
        for literal, row in zip(bound, rows, strict=True):
            yield literal, _number(utility.value, row, literal)


def _number(expression: Expression, row: Mapping[str, Constant], literal: Literal) -> float:
    for variable in variables(expression):
        if variable.name not in row:
            raise ProgramError(f"the utility's {variable} is not bound", where=literal.place)
    filled = _filled(expression, row)
    return float(evaluate(filled, lambda _: np.empty(0, np.int64), 1, literal.place).values[0])


def _filled(expression: Expression, row: Mapping[str, Constant]) -> Expression:
    if isinstance(expression, Variable):
        return row[expression.name]
    if isinstance(expression, Operation):
        return Operation(expression.name, tuple(_filled(o, row) for o in expression.operands))
    return expression
