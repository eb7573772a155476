import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, f1_score
from sklearn.metrics import log_loss as sklearn_log_loss

from duli.evaluate.metrics import (
    bootstrap,
    brier,
    calibration_error,
    calibration_floor,
    classification,
    log_loss,
    macro_f1,
    mean,
    proportion,
    rank,
    reliability,
    risk_coverage,
    summary,
)
from duli.types import Codes, Floats


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


def test_what_right_probabilities_show_on_few_texts() -> None:
    random = np.random.default_rng(0)
    p = random.uniform(0.5, 1, 200)
    seen = [calibration_error(reliability(p, random.random(200) < p)) for _ in range(300)]
    assert calibration_floor(p) == pytest.approx(np.mean(seen), rel=0.05)
    assert calibration_floor(np.ones(3)) == 0


def test_a_summary() -> None:
    found = summary(np.array([1.0, 2.0, 11.0]), np.array([0.9, 0.5, 0.1]))
    assert [found[f"top_{k}"][0] for k in (1, 3, 10)] == pytest.approx([1 / 3, 2 / 3, 2 / 3], abs=1e-4)
    assert found["mrr"][0] == pytest.approx((1 + 0.5 + 1 / 11) / 3, abs=1e-4)


def guesses(n: int = 400) -> tuple[Floats, Codes]:
    random = np.random.default_rng(3)
    p = random.dirichlet([0.5, 0.5, 0.5, 0.5], n)
    return p, np.array([random.choice(4, p=row) for row in p])


def test_scores_agree_with_scikit_learn() -> None:
    p, gold = guesses()
    said = p.argmax(1)
    assert macro_f1(gold, said) == pytest.approx(f1_score(gold, said, average="macro"))
    assert macro_f1(np.array([0, 0, 3]), np.array([0, 1, 3])) == pytest.approx(
        f1_score([0, 0, 3], [0, 1, 3], average="macro")
    )
    assert log_loss(p, gold).mean() == pytest.approx(sklearn_log_loss(gold, p, labels=range(4)))
    two = np.column_stack([1 - p[:, 0], p[:, 0]])
    assert brier(two, (gold == 0).astype(int)).mean() == pytest.approx(
        2 * brier_score_loss(gold == 0, p[:, 0])
    )


def test_risk_and_coverage_by_hand() -> None:
    found = risk_coverage(np.array([0.2, 0.9, 0.5]), np.array([True, True, False]))
    assert found == pytest.approx([0, 1 / 2, 1 / 3])


def test_the_bootstrap_of_a_mean_is_that_of_mean() -> None:
    values = np.random.default_rng(0).normal(size=200)
    one, other = bootstrap(lambda rows: float(values[rows].mean()), 200), mean(values)
    assert one.value == pytest.approx(other.value)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.03)
    assert bootstrap(lambda rows: 0.0, 0).to_list() == [0, 0, 1]


def test_a_classification_is_the_mean_of_its_draws() -> None:
    p, gold = guesses()
    other = np.roll(p, 1, axis=1)
    one, two, both = (
        classification([p], gold),
        classification([other], gold),
        classification([p, other], gold),
    )
    for name in ("accuracy", "macro_f1", "brier", "log_loss", "ece", "aurc"):
        assert both[name].value == pytest.approx((one[name].value + two[name].value) / 2)
        assert both[name].low <= both[name].value <= both[name].high or name == "ece"
    assert one["ece"].value < 0.1 < two["ece"].value
