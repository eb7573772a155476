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
def test_formulas_have_the_probability_of_their_worlds_and_one_tag_each(formulas: list[object]) -> None:
    algebra = Exact()
    choices = algebra.choices(np.array(CHANCES))
    tags = [int(compiled(f, algebra, choices)[0]) for f in formulas]
    worlds = [w for w in product((True, False), repeat=5) if w[3] and not w[4]]
    tables: list[tuple[bool, ...]] = []
    for formula in formulas:
        table = tuple(by_hand(formula, w) for w in worlds)
        p = sum(
            np.prod([c if on else 1 - c for c, on in zip(CHANCES, w, strict=True)])
            for w, t in zip(worlds, table, strict=True)
            if t
        )
        tag = tags[len(tables)]
        assert algebra.probability(np.array([tag]))[0] == pytest.approx(p, abs=1e-12)
        tables.append(table)
    for i, a in enumerate(tables):
        for j, b in enumerate(tables):
            if isinstance(formulas[i], tuple) and isinstance(formulas[j], tuple):
                real = [int(algebra.negate(algebra.negate(np.array([tags[k]])))[0]) for k in (i, j)]
                assert (real[0] == real[1]) == (a == b)


def test_the_limit_of_nodes() -> None:
    algebra = make("exact", 50, lambda: None)
    assert algebra is not None
    choices = algebra.choices(np.full(40, 0.5))
    start = np.zeros(1, np.int64)
    algebra.disjoin(choices, start)  # The order of first use: every pair below spans half of it.
    pairs = algebra.conjoin(choices[:20], choices[20:])
    with pytest.raises(LimitReachedError):
        algebra.disjoin(pairs, start)


def test_max_product_takes_the_best() -> None:
    algebra = MaxProduct()
    tags = algebra.choices(np.array([0.5, 0.4, 0.9]))
    both = algebra.conjoin(tags[:2], tags[1:])
    assert algebra.probability(both).tolist() == pytest.approx([0.2, 0.36])
    assert algebra.disjoin(tags, np.array([0, 2])).tolist() == pytest.approx([0.5, 0.9])


def test_boolean_carries_nothing() -> None:
    assert make("boolean", None, lambda: None) is None
