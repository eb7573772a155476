"""Embeddings of knowledge graphs: what each score is, filtered ranks, and that what follows a pattern is learned."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from duli.errors import InputError  # noqa: E402
from duli.torch import Options  # noqa: E402
from duli.torch.embeddings import METHODS, Triples, embed, ranks  # noqa: E402
from duli.types import Codes, Floats  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


def score(method: str, h: Floats, r: Floats, t: Floats, sharp: float) -> float:
    """One triple, by the formula as it is published."""
    z, w = (v[: len(v) // 2] + 1j * v[len(v) // 2 :] for v in (h, t))
    c = r[: len(r) // 2] + 1j * r[len(r) // 2 :]
    if method == "transe":
        return -sharp * float(np.linalg.norm(h + r - t))
    if method == "distmult":
        return float((h * r * t).sum())
    if method == "complex":
        return float((z * c * w.conj()).sum().real)
    return -sharp * float(np.linalg.norm(z * np.exp(1j * r[: len(r) // 2]) - w))


@pytest.mark.parametrize("method", METHODS)
def test_scores_are_the_formulas_and_have_gradients(method: str) -> None:
    torch.manual_seed(0)
    model = Triples(5, 2, method=method, size=6).double().eval()
    pairs = torch.tensor([[0, 1], [4, 3], [2, 0]])
    found = model(pairs)
    assert found.shape == (3, 5)
    e, r = (p.detach().numpy() for p in (model.entities, model.relations))
    sharp = float(model.sharpness.detach().exp())
    for i, (head, relation) in enumerate(pairs.tolist()):
        for tail in range(5):
            own = score(method, e[head], r[relation], e[tail], sharp)
            assert found[i, tail].item() == pytest.approx(own, abs=1e-9)
    torch.nn.functional.cross_entropy(found, torch.tensor([1, 2, 3])).backward()
    for parameter in (model.entities, model.relations):
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()


def test_ranks_are_those_of_a_loop() -> None:
    torch.manual_seed(1)
    model = Triples(9, 2, method="distmult", size=4).eval()
    with torch.no_grad():
        model.entities[3] = model.entities[5]
    rng = np.random.default_rng(0)
    known = np.unique(rng.integers(0, [9, 2, 9], (60, 3)), axis=0)
    asked = known[::4]
    true = {tuple(row) for row in known.tolist()}
    expected = []
    for backward in (False, True):
        for h, r, t in asked.tolist():
            head, relation, tail = (t, r + 2, h) if backward else (h, r, t)
            scores = model(torch.tensor([[head, relation]]))[0].tolist()
            rivals = [
                x for x in range(9) if x != tail and ((x, r, head) if backward else (head, r, x)) not in true
            ]
            better = sum(scores[x] > scores[tail] for x in rivals)
            alike = sum(scores[x] == scores[tail] for x in rivals)
            expected.append(1 + better + alike / 2)
    np.testing.assert_allclose(ranks(model, asked, known), expected)


def line() -> tuple[Codes, Codes]:
    """Next and next but one on a line of 20, and six of these triples apart."""
    n = np.arange(20)
    every = np.concatenate([np.stack([n, np.full(20, step - 1), n + step], 1)[:-step] for step in (1, 2)])
    order = np.random.default_rng(0).permutation(len(every))
    return every[order[6:]].astype(np.int64), every[order[:6]].astype(np.int64)


@pytest.mark.parametrize("method", ["transe", "complex", "rotate"])
def test_what_follows_a_pattern_is_foretold(method: str) -> None:
    shown, asked = line()
    options = Options(rate=2e-2, decay=0.0, batch=64, epochs=300, held_out=0.0)
    made = embed(shown, 20, 2, method=method, size=16, dropout=0.0, options=options)
    found = ranks(made.model, asked, np.concatenate([shown, asked]))
    assert (1 / found).mean() > 0.5  # by chance: 0.2
    assert made.vectors.shape == (20, 16)


def test_the_same_seed_gives_the_same_vectors() -> None:
    shown, _ = line()
    options = Options(epochs=3, held_out=0.0, seed=4)
    first, second = (embed(shown, 20, 2, size=8, options=options).vectors for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_what_does_not_fit_is_refused() -> None:
    shown, _ = line()
    with pytest.raises(InputError, match="triples must be"):
        embed(shown, 19, 2)
    with pytest.raises(InputError, match="one of transe"):
        embed(shown, 20, 2, method="conve")
    with pytest.raises(InputError, match="size even"):
        embed(shown, 20, 2, size=7)
