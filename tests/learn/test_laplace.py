"""Laplace's approximation beside integrals over a grid, and what it must give exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from duli.errors import InputError
from duli.learn.laplace import choose_laplace, fit_laplace
from duli.neural.posterior import Structure
from duli.types import Codes, Floats

pytest.importorskip("scipy")
STRUCTURES: tuple[Structure, ...] = ("full", "kronecker")


def one_dimension(n: int = 80) -> tuple[Floats, Codes]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 1))
    return x, (rng.random(n) < 1 / (1 + np.exp(-1.5 * x[:, 0] + 0.5))).astype(np.int64)


def integrated(
    x: Floats, y: Codes, strength: float, at: Floats
) -> tuple[float, Floats, tuple[Floats, Floats]]:
    """By a grid over slope and offset of the difference of two logits: log evidence, P(1 | at), 95 % intervals."""
    axis = np.linspace(-8, 8, 401)
    slope, offset = (part.ravel() for part in np.meshgrid(axis, axis, indexing="ij"))
    signs = 2 * y - 1
    log_p = np.zeros(len(slope))
    for value, sign in zip(x[:, 0], signs, strict=True):
        log_p -= np.logaddexp(0, -sign * (slope * value + offset))
    variance = 2 * strength
    log_p -= (slope**2 + offset**2) / (2 * variance) + np.log(2 * np.pi * variance)
    step = axis[1] - axis[0]
    most = log_p.max()
    mass = np.exp(log_p - most)
    evidence = float(most + np.log(mass.sum() * step**2))
    mass /= mass.sum()
    means, lows, highs = [], [], []
    for value in at[:, 0]:
        p = 1 / (1 + np.exp(-(slope * value + offset)))
        order = np.argsort(p)
        below = np.cumsum(mass[order])
        means.append((p * mass).sum())
        lows.append(p[order][np.searchsorted(below, 0.025)])
        highs.append(p[order][np.searchsorted(below, 0.975)])
    return evidence, np.array(means), (np.array(lows), np.array(highs))


def test_it_agrees_with_integration() -> None:
    x, y = one_dimension()
    at = np.array([[-4.0], [-1.0], [0.0], [0.5], [2.0], [6.0]])
    evidence, means, (low, high) = integrated(x, y, 1.0, at)
    full = fit_laplace(x.astype(np.float32), y, 2, strength=1.0, structure="full")
    assert full.evidence == pytest.approx(evidence, abs=0.05)
    predicted = full.predict(at.astype(np.float32), draws=8000)
    np.testing.assert_allclose(predicted.probabilities[:, 1], means, atol=0.015)
    np.testing.assert_allclose(full.probabilities(at.astype(np.float32))[:, 1], means, atol=0.015)
    np.testing.assert_allclose(predicted.low[:, 1], low, atol=0.05)
    np.testing.assert_allclose(predicted.high[:, 1], high, atol=0.05)


def test_two_classes_are_mackays_probit() -> None:
    x, y = one_dimension(12)
    posterior = fit_laplace(x.astype(np.float32), y, 2, strength=1.0, structure="full")
    inputs = np.array([[0.75, 1.0]])
    apart = inputs @ (posterior.mean[1] - posterior.mean[0])
    s = posterior.covariance.logits(inputs)[0]
    moderated = apart / np.sqrt(1 + np.pi / 8 * (s[0, 0] + s[1, 1] - 2 * s[0, 1]))
    found = posterior.probabilities(np.array([[0.75]], np.float32))
    assert found[0, 1] == pytest.approx(float(1 / (1 + np.exp(-moderated[0]))), abs=1e-9)


def test_kronecker_is_the_full_covariance_where_all_texts_are_as_undecided() -> None:
    """Each vector stands there once with every label, so that the mode is 0 and all probabilities are alike."""
    rng = np.random.default_rng(1)
    x = np.repeat(rng.normal(size=(6, 3)), 3, axis=0).astype(np.float32)
    y = np.tile(np.arange(3), 6)
    full, kronecker = (fit_laplace(x, y, 3, strength=0.7, structure=s) for s in STRUCTURES)
    assert kronecker.evidence == pytest.approx(full.evidence, abs=1e-6)
    asked = rng.normal(size=(4, 4))
    np.testing.assert_allclose(
        kronecker.covariance.logits(asked), full.covariance.logits(asked), rtol=1e-6, atol=1e-9
    )


def draw_world(strength: float, seed: int) -> tuple[Any, Codes]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(400, 8))
    logits = x @ rng.normal(scale=strength**0.5, size=(8, 4)) + rng.gumbel(size=(400, 4))
    return x.astype(np.float32), logits.argmax(1)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("strength", [0.01, 0.1, 1.0])
def test_the_evidence_finds_the_prior_that_made_the_weights(strength: float, structure: Structure) -> None:
    grid = [0.001, 0.01, 0.1, 1.0, 10.0]
    found = [
        choose_laplace(*draw_world(strength, seed), 4, strengths=grid, structure=structure).strength
        for seed in range(5)
    ]
    assert np.median(np.log10(found)) == pytest.approx(np.log10(strength), abs=0.01)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_far_from_what_was_seen_it_is_less_sure_than_the_mode(structure: Structure) -> None:
    x, y = draw_world(1.0, 0)
    posterior = fit_laplace(x[:60], y[:60], 4, strength=1.0, structure=structure)
    near, far = posterior.predict(x[:20]), posterior.predict(20 * x[:20])
    for predicted in (near, far):
        np.testing.assert_allclose(predicted.probabilities.sum(1), 1, atol=1e-9)
        assert (predicted.low <= predicted.high).all()
    # Far out a mean may lie outside its interval: nearly all draws are 0, a few are 1.
    assert ((near.low <= near.probabilities) & (near.probabilities <= near.high)).all()
    inputs = np.hstack([20 * x[:20], np.ones((20, 1))])
    logits = inputs @ posterior.mean.T
    mode = np.exp(logits - logits.max(1, keepdims=True))
    assert far.probabilities.max(1).mean() < (mode / mode.sum(1, keepdims=True)).max(1).mean() - 0.05
    np.testing.assert_allclose(posterior.probabilities(x[:20]), near.probabilities, atol=0.06)


def test_intervals_hold_what_they_promise() -> None:
    """Weights are drawn from the prior: nine in ten of the true probabilities lie in 90 % intervals."""
    inside = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        weights, x = rng.normal(size=(4, 3)), rng.normal(size=(300, 4))
        x[:, -1] = 1
        y = (x @ weights + rng.gumbel(size=(300, 3))).argmax(1)
        posterior = fit_laplace(x[:, :-1].astype(np.float32), y, 3, strength=1.0, structure="full")
        asked = rng.normal(size=(20, 4))
        asked[:, -1] = 1
        truth = np.exp(asked @ weights)
        truth /= truth.sum(1, keepdims=True)
        found = posterior.predict(asked[:, :-1].astype(np.float32), level=0.9)
        inside.append(((truth >= found.low) & (truth <= found.high)).mean())
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strength": 0.0}, "strength 0.0"),
        ({"structure": "diagonal"}, "structure 'diagonal'"),
        ({"labels": np.zeros(3, np.int64)}, "3 labels"),
        ({"vectors": np.zeros((4, 3000), np.float32), "structure": "full"}, "too large"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "vectors": np.zeros((4, 2), np.float32),
        "labels": np.array([0, 1, 0, 1]),
        "strength": 1.0,
        "structure": "kronecker",
    }
    given |= change
    with pytest.raises(InputError, match=message):
        fit_laplace(given.pop("vectors"), given.pop("labels"), 2, **given)
