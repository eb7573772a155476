"""What says the same gives the same answers; bounds hold the answer at every stop."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from duli import logic
from duli.types import Limits
from tests.outside.compare import different
from tests.outside.engines import ours
from tests.outside.generate import generate
from tests.outside.program import Atom, Clause, Goal, Literal, Program

SEEDS = [f"metamorphic/{i}" for i in range(100)]


def _shuffled(program: Program, pick: random.Random) -> Program:
    clauses = [
        replace(
            c, heads=tuple(pick.sample(c.heads, len(c.heads))), body=tuple(pick.sample(c.body, len(c.body)))
        )
        for c in program.clauses
    ]
    pick.shuffle(clauses)
    return replace(program, clauses=tuple(clauses), evidence=program.evidence[::-1])


def _certain_twice(program: Program, pick: random.Random) -> Program:
    certain = [c for c in program.clauses if c.heads[0][0] is None]
    return replace(program, clauses=(*program.clauses, *pick.sample(certain, len(certain) // 2)))


def _renamed(program: Program, pick: random.Random) -> Program:
    def atom(old: Atom) -> Atom:
        return replace(old, predicate=f"new_{old.predicate}")

    def goal(old: Goal) -> Goal:
        return replace(old, atom=atom(old.atom)) if isinstance(old, Literal) else old

    clauses = tuple(
        Clause(tuple((p, atom(a)) for p, a in c.heads), tuple(map(goal, c.body))) for c in program.clauses
    )
    evidence = tuple((atom(a), truth) for a, truth in program.evidence)
    return Program(clauses, tuple(map(atom, program.queries)), evidence)


CHANGES = {"shuffled": _shuffled, "certain twice": _certain_twice, "renamed": _renamed}


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_said_otherwise(change: str) -> None:
    for seed in SEEDS:
        program = generate(seed)
        other = CHANGES[change](program, random.Random(seed))  # noqa: S311
        found, again = ours(program), ours(other)
        if change == "renamed" and not isinstance(again, str):
            again = {atom.removeprefix("new_"): p for atom, p in again.items()}
        assert not different(found, again), f"{seed}:\n{program}\n--\n{other}"


def _graph(seed: int) -> str:
    """Paths in a random graph, in both directions and without some: too entangled to be easy."""
    pick = random.Random(seed)  # noqa: S311
    edges = [(a, b) for a in range(7) for b in range(7) if a != b and pick.random() < 0.35]
    lines = [f"{pick.choice((0.2, 0.5, 0.9))}::edge({a},{b})." for a, b in edges]
    lines += ["path(X,Y) :- edge(X,Y).", "path(X,Z) :- path(X,Y), edge(Y,Z).", "query(path(0,X))."]
    lines += ["alone(X,Y) :- path(X,Y), \\+ path(Y,X).", "query(alone(1,X)).", "evidence(path(2,3),false)."]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(8))
def test_bounds_hold_the_answer_at_every_stop(seed: int) -> None:
    program, left_open = logic.compile(_graph(seed)), 0
    # The answer last: what has been compiled once is kept, and then no limit matters.
    stops = {n: program.run(limits=Limits(nodes=n)).bounds for n in (1, 2, 3, 5, 8, 13, 21, 50, 200)}
    exact = program.run().probabilities
    for nodes, bounds in stops.items():
        assert exact.keys() <= bounds.keys()
        for atom, (low, high) in bounds.items():
            assert low - 1e-12 <= exact.get(atom, 0.0) <= high + 1e-12, f"{atom} with {nodes} nodes"
            left_open += low + 1e-9 < high
    assert left_open > 0
