"""A network that learns to read handwritten digits from nothing but the sums of two."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
datasets = pytest.importorskip("sklearn.datasets")

from duli.torch import LogicLayer, semantic_loss  # noqa: E402

PROGRAM = """nn(reader, [X], Y, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, Y).
sum(Z) :- digit(left, X), digit(right, Y), Z is X + Y.
query(sum(Z))."""
EPOCHS, BATCH, HELD_OUT = 16, 25, 397


@pytest.mark.usefixtures("one_thread")
def test_digits_are_learned_from_sums() -> None:
    random = np.random.default_rng(0)
    torch.manual_seed(0)
    images, digits = datasets.load_digits(return_X_y=True)
    order = random.permutation(len(images))
    pixels, labels = torch.from_numpy(images[order]).float() / 16, digits[order]
    reader = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    layer = LogicLayer(PROGRAM, {"digit": [("left",), ("right",)]}, networks={"reader": reader})
    column = {atom.arguments[0]: i for i, atom in enumerate(layer.atoms)}
    optimiser = torch.optim.Adam(layer.parameters(), lr=3e-3)
    for _ in range(EPOCHS):
        pairs = HELD_OUT + random.permutation(len(images) - HELD_OUT).reshape(-1, 2)
        for some in np.array_split(pairs, len(pairs) // BATCH):
            wanted = torch.tensor([column[total] for total in labels[some].sum(1).tolist()])
            optimiser.zero_grad()
            found = layer({"digit": pixels[torch.from_numpy(some)]})
            semantic_loss(found[torch.arange(len(some)), wanted]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    read = reader(pixels[:HELD_OUT]).argmax(1).numpy()
    assert (read == labels[:HELD_OUT]).mean() > 0.94
