"""Layers of random programs: facts as inputs, other probabilities as parameters, evidence as a condition."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import Generator, Tensor  # noqa: E402

from duli import logic  # noqa: E402
from duli.errors import InconsistentEvidenceError  # noqa: E402
from duli.torch import LogicLayer  # noqa: E402
from tests.outside.generate import generate  # noqa: E402

COUNT = 150


def right(text: str, random: Generator) -> bool:
    """Whether the gradients of a program's layer are central differences; False where there are none."""
    program = logic.compile(text)
    facts = program.rules.facts_by_predicate
    names = [name for name in sorted(program.predicates) if name in facts]
    layer = LogicLayer(text, names, learn=sorted(program.predicates)).double()
    parameters = dict(layer.named_parameters())
    given = [
        0.1 + 0.8 * torch.rand(2, len(rows), dtype=torch.float64, generator=random)
        for rows in layer.rows.values()
    ]

    def run(*values: Tensor) -> Tensor:
        own = dict(zip(parameters, values[len(given) :], strict=True))
        inputs = dict(zip(layer.rows, values, strict=False))
        out: Tensor = torch.func.functional_call(layer, own, (inputs,))
        return out

    leaves = [leaf.detach().requires_grad_() for leaf in (*given, *parameters.values())]
    return bool(run(*leaves).requires_grad and torch.autograd.gradcheck(run, leaves, atol=1e-6))


def test_gradients() -> None:
    met, random = 0, Generator().manual_seed(0)
    for seed in range(COUNT):
        try:
            met += right(str(generate(f"layers/{seed}")), random)
        except InconsistentEvidenceError:
            continue
    assert met > COUNT / 2
