"""Learn φ from a log: what is taken after what, and how much each signal counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from duli.errors import InputError
from duli.files import Progress, silent
from duli.neural.classify import log_softmax
from duli.neural.index import Vectors
from duli.recommend import together
from duli.recommend.items import Items
from duli.recommend.log import History, Log
from duli.recommend.model import POPULAR, SIGNALS, TEXT, TOGETHER, Model
from duli.types import Codes, Floats

HELD = 5
"""So many of each user's last things are held out, one after the other, to learn the weights."""

STEPS, OTHERS = 3_000, 2_000
"""At most so many steps are learned from, each beside so many other items, drawn at random."""

PRIOR = {TOGETHER: 0.5, TEXT: 0.3, POPULAR: 0.3}
"""What a deviation of a signal counts before anything is learned; worth ``_RIDGE`` steps."""

_MOMENTS, _HALVES, _RIDGE, _ROUNDS, _CLOSE = 64, 15, 10.0, 30, 1e-3


def fit(items: Items, vectors: Vectors, log: Log, *, seed: int = 0, progress: Progress = silent) -> Model:
    """Learn φ: B from all of the log; the weights from the last things of each user, by a B that has not seen them.

    Args:
        items: n items.
        vectors: of their texts [n, d], from the frozen model.
        log: who took what.
        seed: of the steps and items that are drawn, where there are very many.
        progress: told how far it is.

    Raises:
        InputError: nobody took anything.
    """
    if not len(log.items):
        raise InputError("nobody took anything", hint="give at least one row of user, item")
    progress("learning from histories", 0, 3)
    held = _held(log)
    before = base(items, vectors, log.keep(~held))
    progress("learning from histories", 1, 3)
    weights = _weights(before, log, held, np.random.default_rng(seed))
    progress("learning from histories", 2, 3)
    made = replace(base(items, vectors, log), weights=weights)
    progress("learning from histories", 3, 3)
    return made


def base(items: Items, vectors: Vectors, log: Log) -> Model:
    """The model with ``PRIOR`` for weights."""
    known = together.known_items(log, len(items))
    numbers = {name: _scaled(values) for name, values in items.numbers.items()}
    weights = np.zeros(len(SIGNALS) + len(numbers))
    for name, weight in PRIOR.items():
        weights[SIGNALS.index(name)] = weight
    current, span = _current(log, known)
    return Model(
        vectors=vectors,
        known=known,
        matrix=together.learn(log, known, len(items)),
        counts=np.bincount(log.items, minlength=len(items)).astype(np.float64),
        current=current,
        span=span,
        numbers=numbers,
        weights=weights,
    )


def _held(log: Log) -> Any:
    """A mask [n] of each user's last ``HELD`` rows, but half of them at most."""
    sizes = np.diff(log.starts)
    held = np.minimum(HELD, sizes // 2)
    rows = np.arange(len(log.items))
    found = rows >= np.repeat(log.starts[1:] - held, sizes)
    return found


def _weights(model: Model, log: Log, held: Codes, random: np.random.Generator) -> Floats:
    """The most likely weights w, under a normal prior: of sum log softmax(signals w)[what was taken next]."""
    steps = np.flatnonzero(held)
    if not len(steps):
        return model.weights
    steps = np.sort(random.permutation(steps)[:STEPS])
    owners = log.owner
    blocks = []
    for row in steps.tolist():
        whole = log.of(int(owners[row]))
        at = row - int(log.starts[owners[row]])
        past = History(whole.items[:at], whole.times[:at], whole.returned[:at])
        rows = model.candidates(past)
        if len(rows) > OTHERS:
            rows = np.union1d(random.choice(rows, OTHERS, replace=False), log.items[row])
        signals = model.signal(past, rows)
        target = np.flatnonzero(rows == log.items[row])
        if len(target):
            blocks.append((signals, int(target[0])))
    return _maximise(blocks, model.weights)


def _maximise(blocks: list[tuple[Floats, int]], prior: Floats) -> Floats:
    """Newton's method, its steps halved where they lead down, on the log-likelihood of a conditional logit (McFadden
    1974) under a normal prior.
    """
    found = prior
    value, slope, bend = _likelihood(blocks, found, prior)
    for _ in range(_ROUNDS):
        step = np.linalg.solve(bend, slope)
        while (new := _likelihood(blocks, found + step, prior))[0] < value and np.abs(step).max() > _CLOSE:
            step /= 2
        if np.abs(step).max() <= _CLOSE:
            break
        found, (value, slope, bend) = found + step, new
    return found


def _likelihood(
    blocks: list[tuple[Floats, int]], weights: Floats, prior: Floats
) -> tuple[float, Floats, Floats]:
    """The log-posterior of weights [s], up to a constant, its gradient, and the negative of its Hessian."""
    moved = weights - prior
    value, slope, bend = -_RIDGE * float(moved @ moved) / 2, -_RIDGE * moved, _RIDGE * np.eye(len(weights))
    for signals, target in blocks:
        logs = log_softmax((signals @ weights)[None])[0]
        p = np.exp(logs)
        mean = p @ signals
        value += float(logs[target])
        slope = slope + signals[target] - mean
        bend += (signals * p[:, None]).T @ signals - np.outer(mean, mean)
    return value, slope, bend


def _current(log: Log, known: Codes) -> tuple[Floats, tuple[float, float]]:
    """How many people took each known item lately, at ``_MOMENTS`` times [t, k]: each counts by its age, half after one
    fifteenth of the log's span.
    """
    first, last = float(log.times.min()), float(log.times.max())
    moments = np.linspace(first, last, _MOMENTS) if last > first else np.array([last])
    fade = 0.5 ** (_HALVES / max(len(moments) - 1, 1))
    when = np.searchsorted(moments, log.times) if last > first else np.zeros(len(log.times), np.int64)
    column = np.searchsorted(known, log.items)
    inside = np.isin(log.items, known)
    taken = np.zeros((len(moments), len(known)))
    np.add.at(taken, (when[inside], column[inside]), 1)
    for row in range(1, len(moments)):
        taken[row] += fade * taken[row - 1]
    return taken, (first, last)


def _scaled(values: Floats) -> Floats:
    """Numbers [n] of mean 0 and deviation 1; 0 where one is not known."""
    there = np.isfinite(values)
    if not there.any():
        return np.zeros(len(values))
    spread = float(values[there].std())
    found: Floats = np.where(there, (values - values[there].mean()) / (spread if spread > 0 else 1.0), 0.0)
    return found
