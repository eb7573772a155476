"""Gradients on random programs, against central differences."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from duli import logic
from duli.logic.worlds import gradient
from duli.types import Atom
from tests.outside.generate import generate
from tests.outside.program import Clause, Program

COUNT = 120
STEP = 1e-4


def free(clause: Clause) -> bool:
    """Whether all chances of a clause are numbers that may grow a little."""
    chances = [chance for chance, _ in clause.heads]
    return (
        all(isinstance(c, float) and 0 < c < 1 for c in chances)
        and sum(c for c in chances if isinstance(c, float)) <= 1 - 10 * STEP
    )


def scaled(program: Program, number: int, factor: float) -> Program:
    """The program with the chances of one clause times a factor."""
    clause = program.clauses[number]
    heads = tuple((c * factor if isinstance(c, float) else c, atom) for c, atom in clause.heads)
    clauses = (*program.clauses[:number], replace(clause, heads=heads), *program.clauses[number + 1 :])
    return replace(program, clauses=clauses)


def test_gradients_by_choice() -> None:
    """The slopes of a clause's choices, each times its probability, sum to that of a factor of the whole clause."""
    met = 0
    for seed in range(COUNT):
        program = replace(generate(f"gradients/{seed}"), evidence=())
        result = logic.compile(str(program)).run()
        slopes: dict[Atom, defaultdict[int, float]] = {}
        for atom in result.probabilities:
            own = slopes.setdefault(atom, defaultdict(float))
            for choice, slope in gradient(result, atom).items():
                assert choice.place is not None and choice.place.line is not None  # noqa: PT018
                own[choice.place.line - 1] += slope * choice.probability
        for number in [i for i, clause in enumerate(program.clauses) if free(clause)][:3]:
            above, below = (
                logic.compile(str(scaled(program, number, 1 + step))).run().probabilities
                for step in (STEP, -STEP)
            )
            for atom, own in slopes.items():
                expected = (above.get(atom, 0.0) - below.get(atom, 0.0)) / (2 * STEP)
                assert own[number] == pytest.approx(expected, abs=1e-6), (seed, number, atom)
                met += abs(expected) > 1e-3
    assert met > 2 * COUNT
