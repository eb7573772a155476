import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.evaluate.metrics import calibration_error, mean, proportion, rank, reliability, summary


def test_wilson_agrees_with_the_published_example() -> None:
    """81 of 263: Newcombe 1998, table 1, method 3."""
    hits = np.arange(263) < 81
    found = proportion(hits)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert proportion(np.zeros(0, bool)).to_list() == [0, 0, 1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_bootstrap_interval_holds_the_mean(values: list[float]) -> None:
    found = mean(np.array(values))
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    assert found.value == pytest.approx(np.mean(values))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.data())
def test_ties_share_the_middle_rank(values: list[int], data: st.DataObject) -> None:
    gold = data.draw(st.integers(0, len(values) - 1))
    scores = np.array(values, float)
    better, equal = sum(v > values[gold] for v in values), sum(v == values[gold] for v in values)
    assert rank(scores, gold) == np.mean(np.arange(better + 1, better + equal + 1))


def test_calibration_error_by_hand() -> None:
    p, hits = np.array([0.05, 0.15, 0.95, 1.0]), np.array([False, True, True, False])
    table = reliability(p, hits)
    assert [(b.low, b.n) for b in table] == [(0.0, 1), (0.1, 1), (0.9, 2)]
    assert calibration_error(table) == pytest.approx((0.05 + 0.85 + 2 * abs(0.975 - 0.5)) / 4)


def test_a_summary() -> None:
    found = summary(np.array([1.0, 2.0, 11.0]), np.array([0.9, 0.5, 0.1]))
    assert [found[f"top_{k}"][0] for k in (1, 3, 10)] == pytest.approx([1 / 3, 2 / 3, 2 / 3], abs=1e-4)
    assert found["mrr"][0] == pytest.approx((1 + 0.5 + 1 / 11) / 3, abs=1e-4)
