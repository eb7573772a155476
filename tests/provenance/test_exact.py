from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli.errors import LimitReachedError
from duli.provenance import make
from duli.provenance.exact import Exact
from duli.provenance.max_product import MaxProduct

CHANCES = [0.1, 0.5, 0.9, 1.0, 0.0]
FORMULAS = st.recursive(
    st.integers(0, 4),
    lambda inner: st.one_of(
        st.tuples(st.just("and"), inner, inner),
        st.tuples(st.just("or"), inner, inner),
        st.tuples(st.just("not"), inner),
    ),
    max_leaves=10,
)


def by_hand(formula: object, world: tuple[bool, ...]) -> bool:
    if isinstance(formula, int):
        return world[formula]
    assert isinstance(formula, tuple)
    parts = [by_hand(part, world) for part in formula[1:]]
    return {"and": all(parts), "or": any(parts), "not": not parts[0]}[formula[0]]


def compiled(formula: object, algebra: Exact, choices: np.ndarray) -> np.ndarray:
    if isinstance(formula, int):
        return choices[[formula]]
    assert isinstance(formula, tuple)
    parts = [compiled(part, algebra, choices) for part in formula[1:]]
    if formula[0] == "and":
        return algebra.conjoin(parts[0], parts[1])
    if formula[0] == "or":
        return algebra.disjoin(np.concatenate(parts), np.zeros(1, np.int64))
    return algebra.negate(parts[0])


@settings(deadline=None)
@given(st.lists(FORMULAS, min_size=1, max_size=4))
def test_formulas_have_the_probability_of_their_worlds(formulas: list[object]) -> None:
    algebra = Exact()
    choices = algebra.choices(np.array(CHANCES))
    tags = [int(compiled(f, algebra, choices)[0]) for f in formulas]
    worlds = [w for w in product((True, False), repeat=5) if w[3] and not w[4]]
    for tag, formula in zip(tags, formulas, strict=True):
        table = tuple(by_hand(formula, w) for w in worlds)
        p = sum(
            np.prod([c if on else 1 - c for c, on in zip(CHANCES, w, strict=True)])
            for w, t in zip(worlds, table, strict=True)
            if t
        )
        assert algebra.probability(np.array([tag]))[0] == pytest.approx(p, abs=1e-12)


def knot(algebra: Exact) -> np.ndarray:
    """Any three neighbours of a ring of 60 choices: nothing in it is independent."""
    choices = algebra.choices(np.random.default_rng(1).uniform(0.1, 0.5, 60))
    three = algebra.conjoin(algebra.conjoin(choices, np.roll(choices, -7)), np.roll(choices, -19))
    return algebra.disjoin(three, np.zeros(1, np.int64))


def test_the_limit_of_nodes_gives_bounds_that_hold_the_probability_and_tighten() -> None:
    found = []
    for most in (200, 4_000, 40_000):
        algebra = Exact(most)
        tag = knot(algebra)
        with pytest.raises(LimitReachedError):
            algebra.probability(tag)
        found.append([float(x[0]) for x in algebra.bounds(tag)])
    exact = Exact()
    p = exact.probability(knot(exact))[0]
    assert all(low - 1e-12 <= p <= high + 1e-12 for low, high in found)
    widths = [high - low for low, high in found]
    assert 1 >= widths[0] >= widths[1] > widths[2] > 0, widths


def test_a_circuit_of_several_tags_and_its_gradient() -> None:
    algebra = Exact()
    groups = np.array([0, 0, 0, 1, 1])
    a = algebra.choices(np.array([0.2, 0.3, 0.1, 0.6, 0.3]), groups)
    b = algebra.choices(np.array([0.5, 0.4]))
    x = algebra.disjoin(
        np.concatenate((algebra.conjoin(a[:2], b), algebra.conjoin(a[1:3], a[3:5]))), np.array([0])
    )
    y = algebra.negate(algebra.conjoin(x, b[:1]))
    tags = np.concatenate((x, y, [0, 1], b))
    circuit = algebra.circuit(tags)
    chances = algebra.formula.chances
    assert circuit.evaluate(chances[None])[0] == pytest.approx(algebra.probability(tags), abs=1e-12)
    outer = np.random.default_rng(0).normal(size=(1, len(tags)))
    slope = circuit.gradient(chances[None], outer)[0]
    for i in range(len(chances)):
        moved = np.stack([chances, chances])
        moved[0, i] += 1e-6
        moved[1, i] -= 1e-6
        high, low = circuit.evaluate(moved) @ outer[0]
        assert slope[i] == pytest.approx((high - low) / 2e-6, abs=1e-6)


def test_max_product_takes_the_best() -> None:
    algebra = MaxProduct()
    tags = algebra.choices(np.array([0.5, 0.4, 0.9]))
    both = algebra.conjoin(tags[:2], tags[1:])
    assert algebra.probability(both).tolist() == pytest.approx([0.2, 0.36])
    assert algebra.disjoin(tags, np.array([0, 2])).tolist() == pytest.approx([0.5, 0.9])


def test_boolean_carries_nothing() -> None:
    assert make("boolean", None, lambda: None) is None
