"""A million items: milliseconds to find candidates for a user, and to rank them; recall beside comparing all.

    python -m bench.recommend [--items 1000000] [--size 384] [--known 8000] [--users 200]

Vectors are those of ``bench.search``; histories, and what is taken together, are drawn at random. Needs the extra
``search``.
How good recommendations are: ``duli eval recommend DATA``.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from bench.search import generated
from duli.neural.search import Exact
from duli.recommend.log import History
from duli.recommend.model import FOUND, SIGNALS, Model

_TAKEN = 50


def synthetic(items: int, size: int, known: int, seed: int = 0) -> Model:
    """A model of so many items, of which so many were taken."""
    random = np.random.default_rng(seed)
    return Model(
        vectors=generated(items, size, 1),
        known=np.sort(random.choice(items, known, replace=False)),
        matrix=random.normal(scale=0.01, size=(known, known)).astype(np.float32),
        counts=random.integers(0, 1000, items).astype(np.float64),
        current=random.random((64, known)).astype(np.float32),
        span=(0.0, 1.0),
        numbers={},
        weights=np.full(len(SIGNALS), 0.5),
    )


def history(model: Model, seed: int) -> History:
    """Things of a random user, all of them known."""
    random = np.random.default_rng(seed)
    return History(
        random.choice(model.known, _TAKEN, replace=False), np.sort(random.random(_TAKEN)), np.zeros(_TAKEN)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--known", type=int, default=8_000)
    parser.add_argument("--users", type=int, default=200)
    given = parser.parse_args()
    model = synthetic(given.items, given.size, given.known)
    begun = time.perf_counter()
    kind = type(model.index).__name__
    print(f"{given.items:,} items, {kind.lower()} search, built in {time.perf_counter() - begun:.1f} s")
    pasts = [history(model, seed) for seed in range(given.users)]
    model.scores(pasts[0], model.candidates(pasts[0]))
    search, find, rank, recall = list[float](), list[float](), list[float](), list[float]()
    exact = Exact(model.centred)
    for past in pasts:
        wish = model.interest(past)[None]
        begun = time.perf_counter()
        near = model.index.nearest(wish, FOUND)[0][0]
        search.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        rows = model.candidates(past)
        find.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        model.probabilities(past, rows)
        rank.append(time.perf_counter() - begun)
        if len(recall) < 50:
            recall.append(float(np.isin(exact.nearest(wish, FOUND)[0][0], near).mean()))
    print("| | ms a user, median | 95 % |\n|---|---|---|")
    for name, seconds in (("search by text", search), ("all candidates", find), ("ranking them", rank)):
        middle, high = np.percentile(seconds, (50, 95)) * 1e3
        print(f"| {name} | {middle:.1f} | {high:.1f} |")
    print(f"recall of the nearest {FOUND}: {np.mean(recall):.3f}; candidates: {len(rows):,}")


if __name__ == "__main__":
    main()
