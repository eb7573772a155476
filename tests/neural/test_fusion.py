"""Evidence is put together as Bayes' rule does for sources that are independent given the class."""

from __future__ import annotations

import numpy as np
import pytest

from duli.neural.fusion import fuse


def test_it_is_the_posterior_of_independent_sources() -> None:
    random = np.random.default_rng(0)
    prior = random.dirichlet(np.ones(3))
    one, other = random.dirichlet(np.ones(4), 3), random.dirichlet(np.ones(5), 3)
    for a in range(4):
        for b in range(5):
            alone = [prior * likely[:, seen] for likely, seen in ((one, a), (other, b))]
            wanted = prior * one[:, a] * other[:, b]
            found = fuse([p / p.sum() for p in alone], 3, prior)
            assert found == pytest.approx(wanted / wanted.sum())


def test_what_is_missing_or_says_the_prior_changes_nothing() -> None:
    p = np.array([0.7, 0.2, 0.1])
    assert fuse([p], 3) == pytest.approx(p)
    assert fuse([p, np.full(3, 1 / 3)], 3) == pytest.approx(p)
    assert fuse([], 3) == pytest.approx(np.full(3, 1 / 3))
    assert fuse([], 3, p) == pytest.approx(p)


def test_certainty_stays_finite() -> None:
    found = fuse([np.array([1.0, 0.0]), np.array([0.0, 1.0])], 2)
    assert found == pytest.approx([0.5, 0.5])
