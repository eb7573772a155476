from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.provenance.exact import Exact
from duli.provenance.worlds import Worlds

CHANCES = np.array([0.3, 0.2, 0.35, 0.6, 0.1, 0.8])
GROUPS = np.array([0, 0, 0, 1, 2, 3])
FORMULAS = st.recursive(
    st.integers(0, 5),
    lambda inner: st.tuples(st.sampled_from(["and", "or", "not"]), inner, inner),
    max_leaves=9,
)


def all_worlds() -> list[tuple[tuple[bool, ...], float]]:
    found = []
    for first in (0, 1, 2, None):
        for rest in product((True, False), repeat=3):
            p = 1 - CHANCES[:3].sum() if first is None else CHANCES[first]
            p *= np.prod([c if on else 1 - c for c, on in zip(CHANCES[3:], rest, strict=True)])
            found.append((tuple(first == i for i in range(3)) + rest, float(p)))
    return found


def holds(formula: object, world: tuple[bool, ...]) -> bool:
    if isinstance(formula, int):
        return world[formula]
    assert isinstance(formula, tuple)
    a, b = (holds(part, world) for part in formula[1:])
    return {"and": a and b, "or": a or b, "not": not a}[formula[0]]


def edge(formula: object, algebra: Exact, choices: np.ndarray) -> np.ndarray:
    if isinstance(formula, int):
        return choices[[formula]]
    assert isinstance(formula, tuple)
    a, b = (edge(part, algebra, choices) for part in formula[1:])
    if formula[0] == "and":
        return algebra.conjoin(a, b)
    return (
        algebra.negate(a) if formula[0] == "not" else algebra.disjoin(np.concatenate((a, b)), np.array([0]))
    )


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(FORMULAS, FORMULAS)
def test_the_best_world_and_samples_against_all_worlds(observed: object, asked: object) -> None:
    algebra = Exact()
    choices = algebra.choices(CHANCES, GROUPS)
    tags = np.concatenate((edge(observed, algebra, choices), edge(asked, algebra, choices)))
    worlds = Worlds(algebra.formula, int(tags[0]), tags[1:], None, lambda: None)
    agreeing = [(world, p) for world, p in all_worlds() if holds(observed, world)]
    total = sum(p for _, p in agreeing)
    assert worlds.likelihood == pytest.approx(total, abs=1e-12)
    if not total:
        return
    kept = worlds.choices.tolist()
    marginal: dict[tuple[bool, ...], float] = {}
    truth: dict[tuple[bool, ...], bool] = {}
    for world, p in agreeing:
        # Choices that neither depends on are summed over; a group is kept as a whole.
        key = tuple(world[c] for c in kept)
        marginal[key] = marginal.get(key, 0.0) + p / total
        truth[key] = holds(asked, world)
    p, made, answer = worlds.best()
    whole = all(set(kept) >= set(np.flatnonzero(g == GROUPS)) or not set(kept) & set(np.flatnonzero(g == GROUPS))
                for g in range(4))  # fmt: skip
    if whole:
        assert p == pytest.approx(max(marginal.values()), abs=1e-12)
    assert marginal[tuple(made.tolist())] == pytest.approx(p, abs=1e-12)
    assert answer[0] == truth[tuple(made.tolist())]
    drawn, truths = worlds.sample(20, np.random.default_rng(1))
    for row, t in zip(drawn.tolist(), truths[:, 0].tolist(), strict=True):
        assert marginal[tuple(row)] > 0
        assert t == truth[tuple(row)]


def test_samples_are_as_frequent_as_probable() -> None:
    algebra = Exact()
    choices = algebra.choices(CHANCES, GROUPS)
    some = algebra.disjoin(
        np.concatenate((choices[[0, 3]], algebra.conjoin(choices[1:2], choices[4:5]))), np.array([0])
    )
    tags = np.concatenate((choices, algebra.conjoin(choices[3:4], choices[5:6])))
    given = algebra.probability(algebra.conjoin(tags, np.repeat(some, len(tags)))) / algebra.probability(some)
    worlds = Worlds(algebra.formula, int(some[0]), tags, None, lambda: None)
    _, truths = worlds.sample(3000, np.random.default_rng(0))
    assert np.abs(truths.mean(0) - given).max() < 0.04
