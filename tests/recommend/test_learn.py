"""What is learned from histories, beside slow and simple forms of the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli.errors import InputError
from duli.neural.classify import log_softmax
from duli.neural.neighbours import unit
from duli.recommend import learn, together
from duli.recommend.attention import attention
from duli.recommend.choose import choose
from duli.recommend.items import Items
from duli.recommend.log import History, Log, of_rows
from duli.types import Floats

ROWS = st.lists(
    st.tuples(st.sampled_from("uvw"), st.integers(0, 5), st.integers(0, 4), st.just(False)),
    min_size=1,
    max_size=25,
)


def plain(log: Log, count: int, half: float, ridge: float) -> Floats:
    """``together.learn``, step by step, all items known."""
    gram, wanted = ridge * np.eye(count), np.zeros((count, count))
    for past in log.histories():
        for row, time in enumerate(past.times):
            inside = past.times <= time
            weights = attention(past.times[inside], half)
            x = np.zeros(count)
            x[past.items[inside]] = weights
            x[past.items[row]] = 0
            gram += np.outer(x, x)
            wanted[:, past.items[row]] += x
    return np.asarray(np.linalg.solve(gram, wanted))


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_what_is_taken_together_is_what_the_formula_says(rows: list[tuple[str, int, int, bool]]) -> None:
    log = of_rows([(user, item, float(time), back) for user, item, time, back in rows])
    known = together.known_items(log, 6)
    found = together.learn(log, known, 6, half=1.5, ridge=2.0)
    assert np.allclose(found, plain(log, 6, 1.5, 2.0)[np.ix_(known, known)], atol=1e-9)


@given(ROWS, st.permutations(range(25)))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_of_one_time_does_not_count(
    rows: list[tuple[str, int, int, bool]], order: list[int]
) -> None:
    unique = {(user, item): (user, item, float(time), back) for user, item, time, back in rows}
    given_ = list(unique.values())
    turned = [given_[i] for i in order if i < len(given_)]
    one, other = of_rows(given_), of_rows(turned)
    known = together.known_items(one, 6)
    assert np.allclose(together.learn(one, known, 6), together.learn(other, known, 6), atol=1e-9)


def test_attention_halves_and_shares() -> None:
    assert attention(np.array([1.0, 2.0, 3.0]), 1.0) == pytest.approx([1 / 3, 1 / 2, 1])
    assert attention(np.array([1.0, 2.0, 2.0]), 1.0) == pytest.approx([1 / 3, 1 / 1.5, 1 / 1.5])


def test_the_weights_are_the_most_likely() -> None:
    random = np.random.default_rng(0)
    true = np.array([1.5, -1.0, 0.0])
    blocks = []
    for _ in range(400):
        signals = random.normal(size=(20, 3))
        p = np.exp(log_softmax((signals @ true)[None])[0])
        blocks.append((signals, int(random.choice(20, p=p))))
    found = learn._maximise(blocks, np.zeros(3))
    assert found == pytest.approx(true, abs=0.2)
    assert np.abs(learn._likelihood(blocks, found, np.zeros(3))[1]).max() < 0.5


def test_a_chain_is_learned_and_a_new_item_is_judged_as_its_like() -> None:
    # a, then b, then c; d is written as c is, and nobody took it.
    vectors = unit(
        np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0.1], [0, 0, 0, 1]], np.float64)
    )
    items = Items(tuple("abcde"), tuple("abcde"), tuple("abcde"), {}, {})
    rows = [(f"u{n}", item, float(item), False) for n in range(40) for item in range(3)]
    rows += [(f"v{n}", item, float(n + item), False) for n in range(20) for item in (4, 0)]
    model = learn.fit(items, vectors, of_rows(rows))
    past = History(np.array([0, 1]), np.array([0.0, 1.0]), np.zeros(2, bool))
    p = dict(zip("cde", model.probabilities(past, np.array([2, 3, 4])), strict=True))
    assert sum(p.values()) == pytest.approx(1)
    assert p["c"] > p["e"]
    assert p["d"] > p["e"]
    counted = model.counted(past, np.array([2, 3, 4]), 2)
    assert counted[1] > 0


def test_the_same_seed_gives_the_same_model() -> None:
    random = np.random.default_rng(1)
    vectors = unit(random.normal(size=(30, 8)))
    names = tuple(map(str, range(30)))
    log = of_rows([(f"u{n % 9}", int(random.integers(30)), float(n), False) for n in range(200)])
    one, other = (learn.fit(Items(names, names, names, {}, {}), vectors, log, seed=3) for _ in range(2))
    assert np.array_equal(one.weights, other.weights)


def test_nothing_to_learn_from() -> None:
    empty = Log((), np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    with pytest.raises(InputError, match="nobody took anything"):
        learn.fit(Items(("a",), ("a",), ("a",), {}, {}), np.ones((1, 2), np.float32), empty)


def test_items_that_differ_are_chosen_as_the_objective_says() -> None:
    random = np.random.default_rng(2)
    vectors = unit(random.normal(size=(7, 3)))
    p = random.dirichlet(np.ones(7))

    def objective(rows: list[int], weight: float) -> float:
        chosen = vectors[rows].astype(np.float64)
        return float(np.log(p[rows]).sum() + weight * np.linalg.slogdet(chosen @ chosen.T)[1])

    for weight in (0.3, 2.0):
        found = choose(p, vectors, 3, diversity=weight).tolist()
        for step in range(3):
            best = max(
                (row for row in range(7) if row not in found[:step]),
                key=lambda row: objective([*found[:step], row], weight),
            )
            assert best == found[step]
    assert choose(p, vectors, 3).tolist() == np.argsort(-p)[:3].tolist()
    assert len(choose(p, vectors, 20, diversity=1.0)) == 7


def test_the_same_item_in_two_dresses_is_not_chosen_twice() -> None:
    vectors = unit(np.array([[1.0, 0], [1.0, 0], [0, 1.0]]))
    assert choose(np.array([0.4, 0.39, 0.01]), vectors, 2, diversity=1.0).tolist() == [0, 2]
