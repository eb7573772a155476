"""What a recommender is compared with: popularity, item-kNN, EASE, and ALS and BPR of the library implicit."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from duli.lm.graph import need
from duli.recommend.log import Log
from duli.types import Floats

LARGEST = 20_000
"""Items up to which more than popularity is compared with: the others keep a number for each two of them."""

Scorer = Callable[[Log], Floats]
"""From a log to the score of each item for each user [u, n]."""


def rivals(count: int, *, seed: int = 0) -> dict[str, tuple[tuple[str, Scorer], ...]]:
    """By name, the settings among which the best on held-out items is taken: what each is called, and its scorer.

    Args:
        count: how many items there are.
        seed: of ALS and BPR, which are there where ``implicit`` is installed.
    """

    def matrix(log: Log) -> Floats:
        taken = np.zeros((len(log), count))
        taken[log.owner, log.items] = 1
        return taken

    def popular(log: Log) -> Floats:
        return np.tile(np.bincount(log.items, minlength=count).astype(np.float64), (len(log), 1))

    def neighbours(shrink: float, most: int) -> Scorer:
        def scores(log: Log) -> Floats:
            taken = matrix(log)
            together = taken.T @ taken
            sizes = np.sqrt(np.diag(together) + 1e-9)
            cosine = together / (np.outer(sizes, sizes) + shrink)
            np.fill_diagonal(cosine, 0)
            if most < count:
                least = -np.partition(-cosine, most, axis=0)[most]
                cosine[cosine < least] = 0
            found: Floats = taken @ cosine
            return found

        return scores

    def ease(ridge: float) -> Scorer:
        def scores(log: Log) -> Floats:
            taken = matrix(log)
            inverse = np.linalg.inv(taken.T @ taken + ridge * np.eye(count))
            weights = inverse / -np.diag(inverse)
            np.fill_diagonal(weights, 0)
            found: Floats = taken @ weights
            return found

        return scores

    if count > LARGEST:
        return {"popularity": (("", popular),)}
    found: dict[str, tuple[tuple[str, Scorer], ...]] = {
        "popularity": (("", popular),),
        "item-kNN": tuple(
            (f"shrink {s}, k {k}", neighbours(s, k)) for s in (0, 10, 100) for k in (20, 100, count)
        ),
        "EASE": tuple((f"ridge {r}", ease(r)) for r in (30, 100, 300, 1000)),
    }
    if find_spec("implicit") is not None:
        found["ALS (implicit)"] = tuple(_factors("als", matrix, seed))
        found["BPR (implicit)"] = tuple(_factors("bpr", matrix, seed))
    return found


def left_out(count: int) -> str:
    """What is not compared with, and why; empty where all is."""
    if count > LARGEST:
        return f"of more than {LARGEST:,} items only popularity is compared with"
    return "" if find_spec("implicit") else "ALS and BPR are left out: they need implicit (extra bench)"


def _factors(kind: str, matrix: Scorer, seed: int) -> Iterator[tuple[str, Scorer]]:
    """The settings of a factorisation: 16, 32, 64 factors and strengths of the penalty; ALS with confidence 1 and 10,
    BPR with learning rates 0.01 and 0.05 and 100 rounds.
    """
    penalties = (0.1, 1.0, 10.0) if kind == "als" else (0.01, 0.1)
    for size in (16, 32, 64):
        for penalty in penalties:
            for pace in (1.0, 10.0) if kind == "als" else (0.01, 0.05):
                word = "confidence" if kind == "als" else "rate"
                yield (
                    f"{size} factors, penalty {penalty}, {word} {pace}",
                    _model(kind, matrix, size, penalty, pace, seed),
                )


def _model(kind: str, matrix: Scorer, size: int, penalty: float, pace: float, seed: int) -> Scorer:
    def scores(log: Log) -> Floats:
        from implicit.als import AlternatingLeastSquares
        from implicit.bpr import BayesianPersonalizedRanking

        sparse = need("scipy.sparse", "learn")
        common: dict[str, Any] = {"factors": size, "regularization": penalty, "random_state": seed}
        common["num_threads"] = 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model: Any
            if kind == "als":
                model = AlternatingLeastSquares(alpha=pace, iterations=15, **common)
            else:
                model = BayesianPersonalizedRanking(learning_rate=pace, iterations=100, **common)
            model.fit(sparse.csr_matrix(matrix(log).astype(np.float32)), show_progress=False)
        found: Floats = np.asarray(model.user_factors @ model.item_factors.T, np.float64)
        return found

    return scores
