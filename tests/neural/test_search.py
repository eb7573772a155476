import numpy as np
import pytest

from duli.errors import InputError
from duli.neural.neighbours import unit
from duli.neural.search import Approximate, Exact, search


def test_exact_search_is_the_sorted_product_and_says_where_there_is_nothing() -> None:
    rng = np.random.default_rng(0)
    vectors, queries = unit(rng.normal(size=(40, 8))), unit(rng.normal(size=(600, 8)))
    rows, cosines = search(vectors).nearest(queries, 5)
    product = queries @ vectors.T
    np.testing.assert_array_equal(rows, np.argsort(-product, 1)[:, :5])
    np.testing.assert_allclose(cosines, -np.sort(-product, 1)[:, :5], atol=1e-6)
    rows, cosines = search(vectors[:2]).nearest(queries, 3)
    assert (rows[:, 2] == -1).all()
    assert (cosines[:, 2] == -1).all()
    assert (search(vectors[:0]).nearest(queries, 2)[0] == -1).all()


def test_approximate_search_finds_nearly_the_same() -> None:
    pytest.importorskip("faiss")
    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=(30, 16))[rng.integers(0, 30, 4000)] + 0.4 * rng.normal(size=(4000, 16)))
    queries = unit(vectors[:50] + 0.05 * rng.normal(size=(50, 16)))
    near, exact = Approximate(vectors, probed=8).nearest(queries, 10), Exact(vectors).nearest(queries, 10)
    shared = [len(set(a) & set(b)) for a, b in zip(near[0].tolist(), exact[0].tolist(), strict=True)]
    assert np.mean(shared) > 9
    np.testing.assert_allclose(near[1][:, 0], exact[1][:, 0], atol=1e-5)
    again, _ = Approximate(vectors, probed=8).nearest(queries, 10)
    np.testing.assert_array_equal(again, near[0])


def test_what_is_no_matrix_is_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        search(np.full((2, 2), np.nan, np.float32))
