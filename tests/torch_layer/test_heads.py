"""Heads: shapes, gradients, what they learn, and that the same seed gives the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from duli.errors import InputError  # noqa: E402
from duli.torch import Head, Options, train  # noqa: E402
from duli.torch.heads import loss  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


def clusters(n: int = 300, seed: int = 0) -> tuple[Any, Any]:
    """Unit vectors [n, 12] around two directions a label, which no line separates, and the labels [n] of 3."""
    rng = np.random.default_rng(seed)
    centres, y = rng.normal(size=(2, 3, 12)), rng.integers(0, 3, n)
    x = centres[rng.integers(0, 2, n), y] + 0.4 * rng.normal(size=(n, 12))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return torch.from_numpy(x).float(), torch.from_numpy(y)


@pytest.mark.parametrize("readings", [1, 3])
@pytest.mark.parametrize("exclusive", [True, False])
def test_shapes_gradients_and_batches(readings: int, exclusive: bool) -> None:
    torch.manual_seed(0)
    head = Head(5, 3, rank=4, readings=readings, exclusive=exclusive).double()
    states = torch.randn(6, 7, 5, dtype=torch.double, requires_grad=True)
    mask = torch.arange(7) < torch.tensor([7, 1, 3, 4, 2, 6])[:, None]
    logits = head(states, mask)
    assert logits.shape == (6, 3)
    assert torch.autograd.gradcheck(lambda s: head(s, mask), states)
    each = [head(states[i : i + 1, : int(mask[i].sum())])[0] for i in range(6)]
    torch.testing.assert_close(torch.stack(each), logits)
    targets = torch.tensor([0, 1, 2, 0, 1, 2])
    value = loss(logits, targets if exclusive else torch.eye(3)[targets])
    value.backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in head.parameters())
    p = head.probabilities(states, mask)
    assert ((p > 0) & (p < 1)).all()
    if exclusive:
        torch.testing.assert_close(p.sum(1), torch.ones(6, dtype=torch.double))


def test_it_is_the_formula() -> None:
    head = Head(5, 2, rank=4, readings=3)
    h, w, b = torch.randn(7, 5), head.outer.weight, head.outer.bias
    u = (head.queries @ h.T).softmax(1)
    torch.testing.assert_close(head(h[None])[0], w @ (u @ h @ head.inner).tanh().flatten() + b)
    pooled = torch.randn(2, 5)
    torch.testing.assert_close(head(pooled), head(pooled[:, None]))


def test_it_learns_what_no_line_separates_and_stops_early() -> None:
    x, y = clusters()
    torch.manual_seed(0)
    head = Head(12, 3, rank=32)
    trained = train(head, [x[:200]], y[:200], Options(epochs=100, patience=5))
    right = (head.probabilities(x[200:]).argmax(1) == y[200:]).float().mean()
    assert right > 0.9
    assert trained.held_out[trained.best] == min(trained.held_out)
    assert len(trained.losses) == len(trained.held_out) <= 100
    assert not head.training


def test_labels_that_do_not_exclude_one_another() -> None:
    x, y = clusters()
    both = torch.stack([y == 0, y != 2, y == 1], 1).float()
    torch.manual_seed(0)
    head = Head(12, 3, rank=32, exclusive=False)
    train(head, [x[:200]], both[:200], Options(epochs=40))
    assert ((head.probabilities(x[200:]) > 0.5) == (both[200:] > 0.5)).float().mean() > 0.93


def test_a_reading_finds_the_token_that_matters() -> None:
    rng = torch.Generator().manual_seed(0)
    y = torch.randint(0, 2, (400,), generator=rng)
    states = torch.randn(400, 9, 8, generator=rng)
    states[:, :, 0] = 0
    place = torch.randint(0, 9, (400,), generator=rng)
    states[torch.arange(400), place, 0] = 3.0
    states[torch.arange(400), place, 1] = 6.0 * y - 3
    torch.manual_seed(0)
    head = Head(8, 2, rank=8)
    train(head, [states[:300]], y[:300], Options(rate=2e-2, epochs=60))
    assert (head.probabilities(states[300:]).argmax(1) == y[300:]).float().mean() > 0.9


def test_the_same_seed_gives_the_same_numbers_and_leaves_the_generator_alone() -> None:
    x, y = clusters(60)
    found = []
    for _ in range(2):
        torch.manual_seed(3)
        head = Head(12, 3)
        before = torch.get_rng_state()
        train(head, [x], y, Options(epochs=4, seed=1))
        assert torch.equal(before, torch.get_rng_state())
        found.append(head.probabilities(x))
    assert torch.equal(*found)


def test_each_label_is_held_out_alike_and_a_single_one_is_learned() -> None:
    from duli.torch.training import _rows

    y = torch.tensor([0] * 80 + [1] * 40 + [2])
    learned, held = _rows([y], y, Options(held_out=0.2))
    assert torch.bincount(y[held], minlength=3).tolist() == [16, 8, 0]
    assert sorted([*learned.tolist(), *held.tolist()]) == list(range(121))
    few = [0, 2, 120]
    assert [len(rows) for rows in _rows([y[few]], y[few], Options(held_out=0.2))] == [3, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": torch.full((4, 2), torch.nan)}, "finite"),
        ({"x": torch.zeros(3, 2)}, "4 targets need 4 rows"),
        ({"options": Options(held_out=1.0)}, "held_out must be"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    given = {"x": torch.zeros(4, 2), "options": Options(), **change}
    with pytest.raises(InputError, match=message):
        train(Head(2, 2), [given["x"]], torch.zeros(4, dtype=torch.int64), given["options"])


def test_heads_of_no_size_are_refused() -> None:
    with pytest.raises(InputError, match="two or more"):
        Head(4, 1)
    with pytest.raises(InputError, match="states must be"):
        Head(4, 2)(torch.zeros(2, 3))
