"""Calibration, prediction sets and abstention keep what they promise, by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from duli.errors import InputError
from duli.learn.guarantees import answer_threshold, isotonic, set_threshold, sets, temperature
from duli.neural.classify import log_softmax, softmax
from duli.types import Codes, Floats


def drawn(n: int, rng: np.random.Generator, *, sharp: float = 1.0) -> tuple[Floats, Codes]:
    """Logits [n, 4], too sharp by this factor, and labels drawn by what they should have been."""
    logits = 2 * rng.normal(size=(n, 4))
    p = softmax(logits)
    return sharp * logits, (p.cumsum(1) > rng.random((n, 1))).argmax(1)


def test_the_temperature_undoes_sharpness() -> None:
    logits, labels = drawn(5000, np.random.default_rng(0), sharp=3.0)
    assert temperature(logits, labels) == pytest.approx(3.0, rel=0.1)


def test_isotonic_is_what_scikit_learn_finds() -> None:
    from sklearn.isotonic import IsotonicRegression

    rng = np.random.default_rng(1)
    scores = np.round(rng.random(400), 2)
    hits = rng.random(400) < scores**2
    mine = isotonic(scores, hits)
    other = IsotonicRegression(out_of_bounds="clip").fit(scores, hits)
    np.testing.assert_allclose(mine(scores), other.predict(scores), atol=1e-12)
    assert (np.diff(mine.values) > 0).all()
    assert mine.steps[::2] == list(zip(mine.scores, [mine.values[0], *mine.values[:-1]], strict=True))
    assert mine.steps[1::2] == list(zip(mine.scores, mine.values, strict=True))
    assert mine(np.array([-5.0, 5.0])).tolist() == [mine.values[0], mine.values[-1]]


@pytest.mark.parametrize("risk", [0.05, 0.2])
def test_sets_hold_the_label_as_often_as_promised(risk: float) -> None:
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(300):
        logits, labels = drawn(200, rng, sharp=4.0)  # a badly calibrated model
        p = softmax(logits)
        chosen = sets(p[100:], set_threshold(p[:100], labels[:100], risk=risk))
        covered.append(chosen[np.arange(100), labels[100:]].mean())
    # Exact: at least 1 - risk, and at most 1 / (n + 1) more, up to the noise of 30,000 draws that share thresholds.
    assert 1 - risk - 0.01 < np.mean(covered) < 1 - risk + 1 / 101 + 0.01


def test_too_few_texts_promise_nothing() -> None:
    p = np.full((5, 2), 0.5)
    assert set_threshold(p, np.zeros(5, int), risk=0.1) == 0
    assert answer_threshold(p[:, 0], np.ones(5, bool), risk=0.1) > 1


def test_wrong_answers_stay_below_the_risk() -> None:
    rng = np.random.default_rng(3)
    broken, coverage = 0, []
    for _ in range(200):
        logits, labels = drawn(5000, rng, sharp=2.0)
        p = softmax(logits)
        confidence, hits = p.max(1), p.argmax(1) == labels
        threshold = answer_threshold(confidence[:1000], hits[:1000], risk=0.15)
        answered = confidence[1000:] >= threshold
        coverage.append(answered.mean())
        broken += bool(answered.any() and (~hits[1000:][answered]).mean() > 0.15)
    assert broken <= 20  # 5 % of 200, and three deviations
    assert np.mean(coverage) > 0.3


@pytest.mark.parametrize("risk", [0.0, 1.0, -1.0])
def test_what_is_no_risk(risk: float) -> None:
    p, y = np.full((5, 2), 0.5), np.zeros(5, int)
    with pytest.raises(InputError, match="between 0 and 1"):
        set_threshold(p, y, risk=risk)
    with pytest.raises(InputError, match="one at least"):
        answer_threshold(p[:0, 0], y[:0] == 1)
    np.testing.assert_allclose(np.exp(log_softmax(p)), p)


def test_sets_hold_labels_of_equal_probability() -> None:
    """Probabilities of a few values only: all that are equal belong, or none."""
    random = np.random.default_rng(0)
    for _ in range(200):
        own = random.choice([0.1, 0.3, 0.7, 0.9], 30)
        p = np.stack([own, 1 - own], 1)
        threshold = set_threshold(p, np.zeros(30, np.int64), risk=0.1)
        assert threshold in own
        assert sets(p, threshold)[:, 0].sum() >= 28  # (30 + 1) 0.9, rounded up
