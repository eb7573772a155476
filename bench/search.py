"""Approximate search beside exact search: seconds to build, recall of the nearest ten, milliseconds a query.

    python -m bench.search [--vectors 100000] [--size 384] [--probed 8 16 32 64 128]

Vectors are generated: 2,000 heaps in 64 dimensions, turned into ``size`` with noise. Needs the extra ``search``.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from duli.neural.index import Vectors
from duli.neural.neighbours import unit
from duli.neural.search import Approximate, Exact

_WITHIN = 1.5  # at 0.7 heaps are cells, and nothing is missed
_INNER, _HEAPS, _BLOCK, _COUNT, _QUERIES = 64, 2_000, 50_000, 10, 500


def generated(count: int, size: int, seed: int) -> Vectors:
    """Unit vectors [count, size]; the heaps are the same for every seed."""
    shape = np.random.default_rng(0)
    turn = shape.normal(size=(_INNER, size)).astype(np.float32)
    heaps = shape.normal(size=(_HEAPS, _INNER)).astype(np.float32)
    random = np.random.default_rng(seed)
    found = np.empty((count, size), np.float32)
    for i in range(0, count, _BLOCK):
        n = min(_BLOCK, count - i)
        inner = heaps[random.integers(0, _HEAPS, n)] + _WITHIN * random.normal(size=(n, _INNER))
        found[i : i + n] = unit(inner.astype(np.float32) @ turn + random.normal(size=(n, size)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--probed", type=int, nargs="+", default=[8, 16, 32, 64, 128])
    given = parser.parse_args()
    vectors, queries = generated(given.vectors, given.size, 1), generated(_QUERIES, given.size, 2)
    begun = time.perf_counter()
    gold, _ = Exact(vectors).nearest(queries, _COUNT)
    print(f"exact: {(time.perf_counter() - begun) / _QUERIES * 1e3:.2f} ms a query, in batches")
    begun = time.perf_counter()
    index = Approximate(vectors)
    print(f"approximate: built in {time.perf_counter() - begun:.1f} s")
    print("| probed | recall of 10 | ms a query, one by one |\n|---|---|---|")
    for probed in given.probed:
        index.probed = probed
        begun = time.perf_counter()
        rows = [index.nearest(queries[i : i + 1], _COUNT)[0][0] for i in range(_QUERIES)]
        each = (time.perf_counter() - begun) / _QUERIES * 1e3
        recall = np.mean([np.isin(a, b).mean() for a, b in zip(gold, rows, strict=True)])
        print(f"| {probed} | {recall:.3f} | {each:.2f} |")


if __name__ == "__main__":
    main()
