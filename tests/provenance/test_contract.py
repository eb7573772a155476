"""What every algebra must be, and what each one's probabilities are."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import duli.provenance
from duli import logic
from duli.errors import InputError, ProgramError
from duli.provenance import NAMES, make
from duli.provenance.algebra import Algebra
from duli.provenance.exact import Exact
from duli.provenance.max_min import MaxMin
from duli.provenance.max_product import MaxProduct
from duli.provenance.top_k_proofs import TopKProofs
from duli.types import Floats
from tests.logic.brute import Clause
from tests.logic.test_worlds import programs

Ints = NDArray[np.int64]


class Shortest(Algebra):
    """How many uncertain facts the shortest derivation needs."""

    name, dtype, certain, absent = "shortest", np.float64, 0.0, np.inf

    def choices(self, probabilities: Floats, groups: Ints | None = None) -> Floats:
        return np.where(probabilities == 1, 0.0, np.where(probabilities == 0, np.inf, 1.0))

    def conjoin(self, a: Floats, b: Floats) -> Floats:
        return a + b

    def disjoin(self, tags: Floats, starts: Ints, exclusive: bool = False) -> Floats:
        return np.asarray(np.minimum.reduceat(tags, starts))

    def probability(self, tags: Floats) -> Floats:
        return tags


CASES: dict[str, Callable[[], Algebra]] = {
    "exact": Exact,
    "max_min": MaxMin,
    "max_product": MaxProduct,
    "top_k_proofs": TopKProofs,
    "shortest": Shortest,
}
CHANCES = np.array([0.3, 0.5, 0.9, 0.2, 1.0, 0.0])


def test_every_algebra_has_a_case() -> None:
    modules = [
        import_module(f"duli.provenance.{m.name}") for m in pkgutil.iter_modules(duli.provenance.__path__)
    ]
    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and "negates" in dir(value)
    }
    made = {type(case()) for case in CASES.values()}
    assert classes - {Algebra} == made - {Shortest}
    assert set(NAMES) - {"boolean"} == {cls().name for cls in classes - {Algebra}}
    assert {type(make(name)) for name in NAMES} - {type(None)} == made - {Shortest}


@pytest.fixture(params=CASES)
def algebra(request: pytest.FixtureRequest) -> Algebra:
    return CASES[request.param]()


def p(algebra: Algebra, tags: NDArray[Any]) -> list[float]:
    return [round(x, 12) for x in algebra.probability(tags).tolist()]


def test_shapes_and_ends(algebra: Algebra) -> None:
    tags = algebra.choices(CHANCES)
    for made in (tags, algebra.conjoin(tags, tags[::-1]), algebra.disjoin(tags, np.arange(6))):
        assert made.shape == (6,)
        assert made.dtype == algebra.dtype
        found = algebra.probability(made)
        assert found.shape == (6,)
        assert found.dtype == np.float64
    assert tags[4] == algebra.certain
    assert tags[5] == algebra.absent
    assert algebra.disjoin(tags, np.array([0, 2, 5])).shape == (3,)
    nothing: NDArray[Any] = np.empty(0, algebra.dtype)
    assert algebra.conjoin(nothing, nothing).shape == algebra.probability(nothing).shape == (0,)
    assert algebra.choices(np.empty(0)).shape == (0,)
    low, high = algebra.bounds(tags)
    assert p(algebra, tags) == [round(x, 12) for x in low.tolist()] == [round(x, 12) for x in high.tolist()]


def test_the_laws(algebra: Algebra) -> None:
    tags = algebra.choices(CHANCES)
    a, b, c = tags, np.roll(tags, 1), np.roll(tags, 2)
    one: NDArray[Any] = np.full(6, algebra.certain, algebra.dtype)
    none: NDArray[Any] = np.full(6, algebra.absent, algebra.dtype)

    def any_of(*parts: NDArray[Any]) -> NDArray[Any]:
        return algebra.disjoin(np.stack(parts, 1).ravel(), np.arange(6) * len(parts))

    both = algebra.conjoin
    assert p(algebra, both(a, b)) == p(algebra, both(b, a))
    assert p(algebra, both(both(a, b), c)) == p(algebra, both(a, both(b, c)))
    assert p(algebra, any_of(a, b, c)) == p(algebra, any_of(c, a, b)) == p(algebra, any_of(any_of(a, b), c))
    assert (
        p(algebra, any_of(a, a)) == p(algebra, any_of(a, none)) == p(algebra, a) == p(algebra, both(a, one))
    )
    assert p(algebra, both(a, none)) == p(algebra, none)
    assert p(algebra, both(a, any_of(b, c))) == p(algebra, any_of(both(a, b), both(a, c)))


def test_a_batch_equals_a_loop(algebra: Algebra) -> None:
    tags = algebra.choices(CHANCES)
    a, b, starts = tags, tags[::-1], np.array([0, 1, 4])
    loop = [p(algebra, algebra.conjoin(a[i : i + 1], b[i : i + 1]))[0] for i in range(6)]
    assert p(algebra, algebra.conjoin(a, b)) == loop
    runs = [tags[0:1], tags[1:4], tags[4:6]]
    loop = [p(algebra, algebra.disjoin(run, np.zeros(1, np.int64)))[0] for run in runs]
    assert p(algebra, algebra.disjoin(tags, starts)) == loop


def test_negation_is_its_own_inverse_or_refused(algebra: Algebra) -> None:
    tags = algebra.choices(CHANCES)
    assert p(algebra, algebra.negate(tags[4:])) == p(algebra, tags[:3:-1])
    if not algebra.negates:
        with pytest.raises(ProgramError, match=f"{algebra.name} has no negation"):
            algebra.negate(tags)
        return
    assert p(algebra, algebra.negate(tags)) == [0.7, 0.5, 0.1, 0.8, 0.0, 1.0]
    pairs = algebra.conjoin(tags, np.roll(tags, 1))
    assert p(algebra, algebra.negate(algebra.negate(pairs))) == p(algebra, pairs)


def test_the_kinds() -> None:
    made = {name: make(name) for name in NAMES}
    kinds = {name: algebra.kind for name, algebra in made.items() if algebra is not None}
    assert kinds == {
        "exact": "exact",
        "max_min": "no probability",
        "max_product": "bounds",
        "top_k_proofs": "exact",
    }
    for name in ("top_k", "top_k_proofs:0", "top_k_proofs:x", "exact:2", ""):
        with pytest.raises(InputError, match=r"is not known"):
            make(name)


def test_top_k_forgets_the_least_probable_and_says_so() -> None:
    algebra = TopKProofs(2)
    tags = algebra.choices(CHANCES[:4])
    (best,) = algebra.disjoin(tags, np.zeros(1, np.int64)).tolist()
    assert [-minus for minus, _ in algebra.proofs(best)] == [0.9, 0.5]
    assert p(algebra, np.array([best])) == [0.95]
    assert algebra.kind == "bounds"
    algebra.negate(np.array([best]))
    assert algebra.kind == "estimate"


def test_top_k_drops_what_no_world_has_and_what_adds_nothing() -> None:
    algebra = TopKProofs(3)
    red, green, blue = algebra.choices(np.array([0.5, 0.3, 0.2]), np.zeros(3, np.int64))[:, None]
    lone = algebra.choices(np.array([0.5]))
    assert algebra.conjoin(red, green).tolist() == [algebra.absent]
    assert p(algebra, algebra.conjoin(algebra.negate(red), lone)) == [0.25]
    neither = algebra.conjoin(algebra.negate(red), algebra.negate(green))
    assert p(algebra, neither) == p(algebra, blue) == [0.2]
    assert algebra.conjoin(neither, algebra.negate(blue)).tolist() == [algebra.absent]
    assert p(algebra, algebra.conjoin(green, algebra.negate(red))) == [0.3]
    both = algebra.conjoin(red, lone)
    assert algebra.disjoin(np.concatenate((both, red)), np.zeros(1, np.int64)).tolist() == red.tolist()


@settings(max_examples=40, deadline=None)
@given(programs(), st.integers(1, 4))
def test_top_k_is_below_exact_and_equal_when_it_says_so(layers: list[list[Clause]], k: int) -> None:
    text = "\n".join(str(c) for layer in layers for c in layer)
    arities = {"e": 2, "n": 1, "p": 2, "q": 1}
    defined = {c.head[0] for layer in layers for c in layer}
    program = logic.compile(text, inputs={n: a for n, a in arities.items() if n not in defined})
    exact, best = program.run(), program.run(provenance=f"top_k_proofs:{k}")
    for name in arities:
        right = dict(zip(exact.rows(name), exact.probability(name), strict=True))
        found = dict(zip(best.rows(name), best.probability(name), strict=True))
        for row in right.keys() | found.keys():
            if best.kind == "exact":
                assert found[row] == pytest.approx(right[row], abs=1e-9)
            elif best.kind == "bounds":
                assert found.get(row, 0.0) <= right[row] + 1e-9


GRAPH = """0.5::e(a,b). 0.4::e(b,c). 0.3::e(a,c). 0.9::e(c,a). e(c,d).
    p(X,Y) :- e(X,Y). p(X,Y) :- e(X,Z), p(Z,Y). query(p(a,X))."""


@pytest.mark.parametrize(
    ("provenance", "expected"),
    [
        ("max_min", [0.5, 0.4, 0.4, 0.4]),
        ("max_product", [0.5, 0.3, 0.27, 0.3]),
        ("top_k_proofs:1", [0.5, 0.3, 0.27, 0.3]),
        ("top_k_proofs", [0.5, 0.44, 0.396, 0.44]),
        (Shortest, [1, 1, 2, 1]),
        (Shortest(), [1, 1, 2, 1]),
        (lambda: TopKProofs(1), [0.5, 0.3, 0.27, 0.3]),
    ],
)
def test_a_program_under_each(provenance: Any, expected: list[float]) -> None:
    result = logic.compile(GRAPH).run(provenance=provenance)
    found = {str(atom): p for atom, p in result.probabilities.items()}
    assert [found[f"p(a,{x})"] for x in "bcad"] == pytest.approx(expected)
    for atom in result.probabilities:
        assert result.proof(atom).atom == str(atom)


def test_what_an_algebra_of_your_own_cannot_do_is_refused_by_its_name() -> None:
    with pytest.raises(ProgramError, match=r"shortest has no negation of the uncertain a") as caught:
        logic.compile("0.5::a. b :- \\+ a. query(b).").run(provenance=Shortest)
    assert caught.value.where is not None
    for provenance in (Shortest, "max_min", "top_k_proofs"):
        with pytest.raises(ProgramError, match=r"has no evidence"):
            logic.compile("0.5::a. evidence(a). query(a).").run(provenance=provenance)


def test_alternatives_under_max_product_are_an_estimate() -> None:
    result = logic.compile("0.5::a; 0.5::b. c :- a, b. query(a). query(c).").run(provenance="max_product")
    assert [*result.probabilities.values()] == [0.5, 0.25]
    assert result.kind == "estimate"
    exact = logic.compile("0.5::a; 0.5::b. c :- a, b. query(c).").run(provenance="top_k_proofs")
    assert [*exact.probabilities.values()] == [0.0]
