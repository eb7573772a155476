"""What knowledge is worth: the same head without it, with it, and with each entity given another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from duli.errors import InputError
from duli.evaluate.metrics import Estimate, mean
from duli.neural.index import Vectors
from duli.types import Codes, Floats


@dataclass(frozen=True)
class Ablation:
    """Accuracy on the texts that were asked about, each with a bootstrap interval.

    Args:
        without, given, shuffled: without knowledge, with it, and with the entities' vectors exchanged at random.
        gain: given - shuffled, text by text: what is due to the knowledge and not to further parameters.
        gate: the mean share of knowledge that the gate lets through, with it.
    """

    without: Estimate
    given: Estimate
    shuffled: Estimate
    gain: Estimate
    gate: float

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers."""
        found = {name: getattr(self, name).to_list() for name in ("without", "given", "shuffled", "gain")}
        return {**found, "gate": round(self.gate, 4)}


@dataclass(frozen=True, eq=False)
class Question:
    """Texts, what may be known of them, and which of them are learned from.

    Args:
        vectors: of n texts [n, d].
        entities: of each text the rows of ``knowledge`` that were retrieved for it [n, k], -1 for none.
        knowledge: vectors of the entities [m, e].
        labels: of each text, from 0 [n].
        shown, asked: rows that are learned from, and rows that are asked about.
    """

    vectors: Vectors
    entities: Codes
    knowledge: Vectors
    labels: Codes
    shown: Codes
    asked: Codes


def ablate(question: Question, *, seed: int = 0, rank: int = 256) -> Ablation:
    """Train three heads that differ in nothing but what they know.

    Args:
        question: what is asked.
        seed: of weights, batches, and the exchange.
        rank: of the heads.

    Raises:
        InputError: nothing to learn from, nothing asked, or no more entities than are looked at for a text.
        MissingExtraError: torch is not installed.
    """
    # Here, because they need torch.
    import torch

    from duli.torch import Head, Informed, KnowledgeAttention, Options, train

    if not len(question.shown) or not len(question.asked):
        raise InputError("an ablation needs texts to learn from, and others to ask about")
    if len(question.knowledge) <= question.entities.shape[1]:
        # Attention does not see an order: exchanged among themselves the same vectors say the same.
        raise InputError(
            f"{len(question.knowledge)} entities are all looked at: none can be exchanged for another",
            hint="retrieve fewer for a text than there are",
        )
    size, count = question.vectors.shape[1], int(question.labels.max()) + 1
    x = torch.from_numpy(np.ascontiguousarray(question.vectors, np.float32))
    near, y = torch.from_numpy(question.entities), torch.from_numpy(question.labels)

    def made(build: Callable[[Any], Any], *inputs: Any) -> tuple[Any, Floats]:
        torch.manual_seed(seed)
        module = build(Head(size, count, rank=rank))
        train(
            module,
            [z[question.shown] for z in inputs],
            y[question.shown],
            Options(seed=seed),
        )
        with torch.no_grad():
            said = module(*(z[question.asked] for z in inputs)).argmax(1).numpy()
        return module, (said == question.labels[question.asked]).astype(np.float64)

    def informed(knowledge: Vectors) -> Callable[[Any], Any]:
        known = torch.from_numpy(np.ascontiguousarray(knowledge, np.float32))
        return lambda head: Informed(KnowledgeAttention(known, size), head)

    exchanged = np.random.default_rng(seed).permutation(len(question.knowledge))
    with torch.random.fork_rng(devices=[]):
        _, without = made(lambda head: head, x)
        module, given = made(informed(question.knowledge), x, near)
        _, shuffled = made(informed(question.knowledge[exchanged]), x, near)
        with torch.no_grad():
            gate = module.attention(x[question.asked], near[question.asked]).gate.mean().item()
    return Ablation(mean(without), mean(given), mean(shuffled), mean(given - shuffled), gate)
