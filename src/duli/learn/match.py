"""A matcher from what there is: a few pairs that say what is meant, pairs without labels, few labels, many.

The same course as ``learn.classify``: a reading of the unlabelled pairs, kept only where it does not contradict what it
began with; logistic regressions on labels; weights by held-out log-loss. It ends in one linear function (``Matcher``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from duli.errors import InputError
from duli.files import Progress, silent
from duli.learn.classify import FOLDS, LEAST, Report, folds, kappa, loss, stack
from duli.learn.logistic import fit_logistic
from duli.neural.classify import log_softmax
from duli.neural.index import Vectors
from duli.neural.match import PLAIN, Matcher, features, nearness, sigmoid
from duli.types import Codes, Floats

ROUNDS = 100
HELD = 5.0
"""Pairs of the recipe weigh as much as so many unlabelled ones, each side."""

SOFTER = 0.6
"""Of the mixture's log-odds: two bells overlap more than they say of
themselves. Chosen on the first parts of the two sets in ``bench/match/sets`` (``duli eval``)."""

STRENGTHS = (1.0, 0.1)
"""Of the logistic regressions on u * v and on |u - v|, as of ``fit_logistic``."""

_FEWEST = 10
_FREE = 10.0
_SPREAD = 0.05


def fit(
    described: Vectors,
    of: Codes,
    vectors: Vectors,
    *,
    targets: Floats | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[Matcher, Report, Floats | None]:
    """Learn when two texts match.

    Args:
        described: the recipe's own pairs [m, 2, d], unit vectors.
        of: of each of them 0 (a match) or 1 (none) [m]; both are there.
        vectors: of n pairs [n, 2, d]; n may be 0.
        targets: how likely each is a match, and none [n, 2]; rows of NaN where that is not known; None where none is.
        seed: of the folds.
        progress: told how far it is.

    Returns:
        the matcher; how it was decided; of the labelled pairs, in order, what would be said without their labels
        [m, 2], or None.

    Raises:
        InputError: shapes that do not fit one another.
        MissingExtraError: there are labels, and scipy is not installed.
    """
    if vectors.ndim != 3 or vectors.shape[1:] != described.shape[1:] or set(of.tolist()) != {0, 1}:
        raise InputError(
            f"pairs {vectors.shape} and the recipe's {described.shape} must be of one model, both sides"
        )
    known = np.zeros(len(vectors), bool) if targets is None else ~np.isnan(targets[:, 0])
    near, own = nearness(vectors), nearness(described)
    everything = near if len(near) >= _FEWEST else np.concatenate([near, own])
    mean, deviation = float(everything.mean()), max(float(everything.std()), 1e-6)
    t, q = (near - mean) / deviation, (own - mean) / deviation
    first = _start(q, of)
    found, report = first, Report(len(t), int(known.sum()), 0, False, 1.0, 1.0, 0, 0.0)
    if len(t) >= _FEWEST:
        found, report = _unlabelled(t, q, of, first, report)
        progress("learning from texts", 1, 1)
    scale = np.array([mean, deviation, *_rising(found, np.concatenate([t, q]))])
    weights = np.concatenate([found, np.zeros(2 * vectors.shape[2])])
    held_out = None
    if known.any():
        assert targets is not None  # noqa: S101
        x, y = features(vectors[known], scale), targets[known]
        weights, report, held_out = _labelled(
            x, y, features(described, scale), np.eye(2)[of], weights, report, seed, progress
        )
    matcher = Matcher(scale, weights)
    p = matcher.probabilities(vectors)[:, 0]
    changed = int(((p > 0.5) != (_log_odds(first, t) > 0)).sum())
    sure = float(np.maximum(p, 1 - p).mean()) if len(p) else 0.0
    return matcher, replace(report, changed=changed, confidence=sure), held_out


def _start(q: Floats, of: Codes) -> Floats:
    """Log-odds 1, t, t^2 from the recipe's own pairs: even odds in the middle between both sides' means."""
    yes, no = float(q[of == 0].mean()), float(q[of == 1].mean())
    slope = 2.0 / max(yes - no, 0.5)
    return np.array([-slope * (yes + no) / 2, slope, 0.0])


def _log_odds(weights: Floats, t: Floats) -> Floats:
    found: Floats = weights[0] + weights[1] * t + weights[2] * t * t
    return found


def _unlabelled(t: Floats, q: Floats, of: Codes, first: Floats, report: Report) -> tuple[Floats, Report]:
    """Two normal distributions of the angle by expectation-maximisation, held at the recipe's pairs.

    Kept where it agrees with the start on the half of the pairs of each side of which that is surest, chance taken
    away.
    """
    given = sigmoid(_log_odds(first, t))
    own = np.array([np.mean(q[of == 0]), np.mean(q[of == 1])])
    found = first
    for _ in range(ROUNDS):
        share = np.stack([given, 1 - given])
        sizes = share.sum(1)
        means = (share @ t + HELD * own) / (sizes + HELD)
        spread = ((share * (t - means[:, None]) ** 2).sum(1) + HELD * (own - means) ** 2) / (sizes + HELD)
        a, b = 1 / np.maximum(spread, _SPREAD)
        odds = np.log((sizes[0] + HELD) / (sizes[1] + HELD)) + np.log(a / b) / 2
        found = np.array(
            [odds - (a * means[0] ** 2 - b * means[1] ** 2) / 2, a * means[0] - b * means[1], (b - a) / 2]
        )
        low, high = _rising(found, t)
        given = sigmoid(_log_odds(found, np.clip(t, low, high)))
    before, after = _log_odds(first, t), _log_odds(found, np.clip(t, low, high))
    one, other = (before > 0).astype(np.int64), (after > 0).astype(np.int64)
    half = np.zeros(len(t), bool)
    for side in np.unique(one):
        half |= (one == side) & (np.abs(before) >= np.median(np.abs(before[one == side])))
    sure, agreement = kappa(one[half], other[half], 2), float((one == other).mean())
    kept = sure >= LEAST
    return (SOFTER * found if kept else first), replace(report, mixture=kept, agreement=agreement, sure=sure)


def _rising(weights: Floats, t: Floats) -> tuple[float, float]:
    """The least and largest t between which the log-odds rise."""
    low, high = float(t.min()), float(t.max())
    if weights[2] and len(t):
        top = float(-weights[1] / (2 * weights[2]))
        low, high = (low, min(high, top)) if weights[2] < 0 else (max(low, top), high)
    return (low, high) if low < high else (float(t.min()), float(t.max()))


def _labelled(
    x: Floats,
    y: Floats,
    described: Floats,
    whose: Floats,
    before: Floats,
    report: Report,
    seed: int,
    progress: Progress,
) -> tuple[Floats, Report, Floats]:
    """Stacking: what was found without labels, and one logistic regression on each way to compare two vectors."""
    d = (x.shape[1] - PLAIN) // 2
    ways = [np.r_[0:2, PLAIN : PLAIN + d], np.r_[0:2, PLAIN + d : PLAIN + 2 * d]]

    def learned(rows: Codes, way: int) -> Floats:
        columns = ways[way]
        # What the nearness says is learned freely, what each direction says is held back.
        size = np.concatenate([np.full(2, np.sqrt(_FREE / STRENGTHS[way])), np.ones(d)])
        w, b = fit_logistic(
            np.vstack([x[rows], described])[:, columns] * size,
            np.vstack([y[rows], whose]),
            2,
            strength=STRENGTHS[way],
        )
        found = np.zeros(x.shape[1])
        found[columns] = (w[0] - w[1]) * size
        found[0] += b[0] - b[1]
        return found

    fold = folds(y.argmax(1), seed)
    unseen = np.empty((len(ways), len(x)))
    for number in range(FOLDS):
        rows, asked = np.flatnonzero(fold != number), fold == number
        for way in range(len(ways)):
            unseen[way, asked] = x[asked] @ learned(rows, way)
        progress("learning from labels", number + 1, FOLDS + 1)
    readings = [_both(x @ before), *map(_both, unseen)]
    shares = stack(readings, y)
    every = np.arange(len(x))
    found = shares[0] * before + sum(s * learned(every, way) for way, s in enumerate(shares[1:]))
    progress("learning from labels", FOLDS + 1, FOLDS + 1)
    together = log_softmax(_mixed(readings, shares))
    losses = (loss(readings[0], y), loss(_mixed(readings[1:], shares[1:]), y), loss(together, y))
    return found, replace(report, weights=(shares[0], sum(shares[1:])), held_out=losses), np.exp(together)


def _both(log_odds: Floats) -> Floats:
    """Log-probabilities of a match and of none [n, 2]."""
    return log_softmax(np.stack([log_odds, np.zeros_like(log_odds)], 1))


def _mixed(readings: Sequence[Floats], shares: Sequence[float]) -> Floats:
    found: Floats = np.sum([s * reading for s, reading in zip(shares, readings, strict=True)], 0)
    return found
