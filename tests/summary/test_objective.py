from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from duli.errors import InputError
from duli.summary.objective import Objective, maximise
from duli.types import Codes


def numbers(*chosen: int) -> Codes:
    return np.array(chosen, np.int64)


def drawn(seed: int, n: int = 9, m: int = 12) -> Objective:
    random = np.random.default_rng(seed)
    repeats = random.random((n, n)) * random.choice([0.0, 0.3, 2.0])
    repeats = (repeats + repeats.T) / 2
    np.fill_diagonal(repeats, 0)
    return Objective(
        worth=random.normal(0.1, 0.4, n),
        covers=random.random((m, n)) * (random.random((m, n)) < 0.4),
        weights=random.random(m),
        repeats=repeats,
        lengths=random.integers(1, 9, n).astype(float),
        budget=float(random.integers(3, 25)),
        must=numbers(*random.choice(n, random.integers(0, 2), replace=False)),
        never=numbers(),
    )


def by_trying(objective: Objective) -> float:
    n, best = len(objective.worth), objective.value(objective.must)
    for size in range(n + 1):
        for chosen in combinations(range(n), size):
            rows = numbers(*chosen)
            fits = objective.lengths[rows].sum() <= objective.budget
            if fits and set(objective.must) <= set(chosen):
                best = max(best, objective.value(rows))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_the_best_choice_is_found_and_proved(seed: int) -> None:
    objective = drawn(seed)
    found = maximise(objective)
    assert found.optimal
    assert found.value == pytest.approx(by_trying(objective), abs=1e-9)
    assert found.value == pytest.approx(objective.value(found.chosen), abs=1e-9)
    assert set(objective.must) <= set(found.chosen)


@pytest.mark.parametrize("nodes", [1, 2, 5, 20])
def test_a_search_that_is_stopped_gives_a_bound_that_holds(nodes: int) -> None:
    for seed in range(20):
        objective = drawn(seed, n=12)
        best, found = maximise(objective).value, maximise(objective, nodes=nodes)
        assert found.value <= best + 1e-9
        assert best <= found.bound + 1e-9
        assert found.optimal == (found.bound - found.value <= 1e-6 * max(1, abs(found.value)))


def test_what_is_never_taken_is_not() -> None:
    objective = drawn(3)
    first = maximise(objective).chosen
    without = Objective(**{**vars(objective), "must": numbers(), "never": first})
    assert set(maximise(without).chosen).isdisjoint(first)


def test_parts_of_different_sizes_are_refused() -> None:
    parts = vars(drawn(0))
    with pytest.raises(InputError, match="different sizes"):
        Objective(**{**parts, "weights": np.ones(3)})
    with pytest.raises(InputError, match="not negative"):
        Objective(**{**parts, "repeats": -parts["repeats"] - 1})
    with pytest.raises(InputError, match="finite"):
        Objective(**{**parts, "worth": parts["worth"] * np.nan})
