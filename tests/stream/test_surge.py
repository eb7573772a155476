from __future__ import annotations

import numpy as np
import pytest

from duli.stream.surge import FACTORS, START, STEADY, Surges, threshold
from duli.types import Floats

KEEP = 0.5 ** (1 / 336)


def replay(surges: Surges, counts: Floats, texts: Floats, level: float) -> list[int]:
    """The windows in which alarms come."""
    found = []
    for window, (bad, n) in enumerate(zip(counts, texts, strict=True)):
        surges = surges.after(bad, n)
        due = np.flatnonzero(surges.total >= level)
        found += [window] * len(due)
        surges = surges.restarted(due.tolist()) if len(due) else surges
    return found


@pytest.mark.parametrize("texts", [20, 400])
def test_false_alarms_are_no_more_than_stated(texts: int) -> None:
    drawn = np.random.default_rng(0)
    companies, days = 30, 60
    rates = drawn.gamma(0.5, 0.02, companies)
    n = drawn.poisson(texts * (1 + 0.8 * np.sin(np.arange(24 * days) / 12 * np.pi)))
    bad = drawn.poisson(np.outer(n, rates)).astype(float)
    level = threshold(companies, 24, 1.0)
    assert len(replay(Surges.start(companies, KEEP), bad, n + bad.sum(1), level)) <= days


def test_a_surge_is_noticed_within_two_windows() -> None:
    drawn = np.random.default_rng(1)
    bad = drawn.poisson(1.0, (200, 1)).astype(float)
    bad[150:] += 9
    found = replay(Surges.start(1, KEEP), bad, np.full(200, 100.0), threshold(50, 24, 0.1))
    assert len(found) == 1
    assert 150 <= found[0] <= 152


def test_the_ratio_is_that_of_two_negative_binomials() -> None:
    stats = pytest.importorskip("scipy.stats")
    surges = Surges.start(1, 1.0).after(np.array([4.0]), 60.0)
    shape, rate = START[0] + 4, START[1] + 56
    assert shape < STEADY
    likely = [stats.nbinom.pmf(7, shape, rate / (rate + f * 40)) for f in (1.0, *FACTORS)]
    ratio = np.exp(surges._log_ratio(np.array([7.0]), np.array([40.0])))[0]
    assert ratio == pytest.approx(np.array(likely[1:]) / likely[0])


def test_without_a_change_the_evidence_grows_by_one_a_window() -> None:
    # The bound rests on this: E[R] = n after n windows, where what is usual is drawn from the prior.
    drawn = np.random.default_rng(2)
    count = 200_000
    rates = drawn.gamma(START[0], 1 / START[1], count)
    surges = Surges.start(count, 1.0)
    for _ in range(2):
        bad = drawn.poisson(rates * 10).astype(float)
        surges = surges.after(bad, bad + 10)
    assert surges.total.mean() == pytest.approx(2, rel=0.05)


def test_after_an_alarm_what_surged_is_usual() -> None:
    surges = Surges.start(1, KEEP)
    for bad in [0.0] * 20 + [30.0]:
        surges = surges.after(np.array([bad]), 100 + bad)
    again = surges.restarted([0])
    assert surges.total[0] > 1e6
    assert again.total[0] == 0.0
    assert again.after(np.array([30.0]), 130.0).total[0] < 10
