"""What to label next, and what to look at again."""

from __future__ import annotations

import numpy as np
import pytest

from duli.errors import InputError
from duli.learn.active import choose, suspects
from duli.learn.classify import fit
from duli.neural.neighbours import unit
from tests.learn.test_classify import LABELS, OF, world


def test_uncertain_texts_come_first_and_no_two_alike() -> None:
    p = np.array([[0.5, 0.5], [0.5, 0.5], [0.99, 0.01], [0.6, 0.4]])
    x = unit(np.array([[1.0, 0], [1.0, 0.01], [0, 1.0], [0, 1.0]]))
    assert choose(p, x, 4).tolist() == [0, 3, 2, 1] or choose(p, x, 4).tolist()[:2] == [0, 3]
    assert 0 not in choose(p, x, 3, labelled=np.array([0])).tolist()
    assert len(choose(p, x, 99)) == 4
    assert choose(p, x, 1, effect=np.array([0, 0, 1.0, 0])).tolist() == [2]
    with pytest.raises(InputError, match="0 or more"):
        choose(p, x, 1, effect=np.array([0, 0, -1.0, 0]))


def test_chosen_labels_teach_about_as_much_as_drawn_ones() -> None:
    """Not quite: chosen texts are hard, so that accuracy on them, held out, is less than on others."""
    gains = []
    for seed in range(4):
        descriptions, texts, y = world(tilt=2.5, spread=0.4, seed=seed)
        start = fit(LABELS, descriptions, OF, texts)

        def loss(
            rows: np.ndarray, y: np.ndarray = y, given: tuple[np.ndarray, np.ndarray] = (descriptions, texts)
        ) -> float:
            targets = np.full(len(y), -1)
            targets[rows] = y[rows]
            p = fit(LABELS, given[0], OF, given[1], targets=targets).probabilities
            return float(-np.log(p[np.arange(len(y)), y]).mean())

        drawn = np.random.default_rng(seed).choice(len(y), 15, replace=False)
        gains.append(loss(drawn) - loss(choose(start.probabilities, texts, 15)))
    assert np.mean(gains) > -0.1


def test_wrong_labels_are_found() -> None:
    descriptions, texts, y = world(900, spread=0.25, tilt=0.5)
    rng = np.random.default_rng(0)
    wrong = rng.choice(900, 90, replace=False)
    given = y.copy()
    given[wrong] = (y[wrong] + rng.choice([1, 2], 90)) % 3
    fitted = fit(LABELS, descriptions, OF, texts, targets=given)
    assert fitted.held_out is not None
    rows, gain = suspects(fitted.held_out, given)
    assert np.isin(rows, wrong).mean() > 0.8
    assert np.isin(wrong, rows).mean() > 0.8
    assert (np.diff(gain) <= 0).all()
    with pytest.raises(InputError, match="labels"):
        suspects(fitted.held_out, given[:3])
