from __future__ import annotations

from itertools import islice

import numpy as np

from duli.learn.batches import share, shuffled

LENGTHS = np.random.default_rng(0).integers(1, 60, 200).tolist()


def test_every_text_comes_once_a_round_in_another_order() -> None:
    rows = shuffled(LENGTHS, 256, 0)
    seen: list[list[int]] = []
    for _ in range(2):
        turn: list[int] = []
        while len(turn) < len(LENGTHS):
            turn += next(rows).tolist()
        seen.append(turn)
    assert sorted(seen[0]) == sorted(seen[1]) == [*range(200)]
    assert seen[0] != seen[1]


def test_batches_keep_their_budget_nearly_and_waste_little() -> None:
    lengths = np.array(LENGTHS)
    batches = list(islice(shuffled(LENGTHS, 256, 0), 20))
    padded = [int(lengths[rows].max()) * len(rows) for rows in batches]
    assert max(padded) <= 256 * 1.3
    assert sum(padded) < 1.3 * sum(int(lengths[rows].sum()) for rows in batches)


def test_the_same_seed_gives_the_same_batches() -> None:
    first, same, other = (
        [rows.tolist() for rows in islice(shuffled(LENGTHS, 256, seed), 9)] for seed in (3, 3, 4)
    )
    assert first == same != other


def test_processes_share_a_batch_and_none_is_left_without() -> None:
    rows = np.arange(5)
    assert sorted([*share(rows, 0, 2), *share(rows, 1, 2)]) == [0, 1, 2, 3, 4]
    assert [share(np.array([7]), process, 3).tolist() for process in range(3)] == [[7], [7], [7]]
