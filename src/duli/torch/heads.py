"""A trainable reading of a frozen model's vectors: a bilinear form of low rank under a hyperbolic tangent."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from duli.errors import InputError

_START = 0.3
"""Unit vectors leave the tangent nearly linear at first; see ``python -m bench.heads DATA``."""


class Head(nn.Module):
    """Logits W tanh(U h V) + b of K labels.

    h [s, d] are the states of a text's s tokens, or its pooled vector, s = 1. V [d, c] takes each state to c numbers. U
    [r, s] has rows that sum to 1, each a way to weigh the tokens: the softmax over tokens of Q h', for r queries Q
    [r, d] (Lin et al. 2017), so that texts of any length share it. W [K, r c] reads the r c numbers. O(s d (r + c) +
    K r c) a text. Of a pooled vector U is 1: what is left is a layer of rank c.

    Args:
        size: d.
        labels: K, one or more; one is a single yes or no.
        rank: c.
        readings: r.
        exclusive: one label is right (softmax); otherwise each on its own (sigmoid).

    Raises:
        InputError: a size below 1, or an exclusive choice of one.

    >>> head = Head(4, 3)
    >>> head.probabilities(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(
        self, size: int, labels: int, *, rank: int = 256, readings: int = 1, exclusive: bool = True
    ) -> None:
        super().__init__()
        if min(size, labels, rank, readings) < 1 or (exclusive and labels < 2):
            raise InputError(
                f"sizes must be positive, exclusive labels two or more: {size}, {labels}, {rank}, {readings}"
            )
        self.exclusive = exclusive
        self.queries = nn.Parameter(torch.zeros(readings, size))
        self.inner = nn.Parameter(_START * torch.randn(size, rank))
        self.outer = nn.Linear(readings * rank, labels)
        if readings > 1:
            nn.init.normal_(self.queries, std=size**-0.5)

    def forward(self, states: Tensor, mask: Tensor | None = None) -> Tensor:
        """Logits [n, K].

        Args:
            states: of tokens [n, s, d], or pooled [n, d].
            mask: which tokens there are [n, s], boolean, at least one of each text; None is all.
        """
        states = states[:, None] if states.ndim == 2 else states
        if states.ndim != 3 or states.shape[-1] != len(self.inner):
            raise InputError(
                f"states must be [n, {len(self.inner)}] or [n, s, {len(self.inner)}], not {list(states.shape)}"
            )
        scores = self.queries @ states.mT
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None], -torch.inf)
        mixed = scores.softmax(-1) @ states @ self.inner
        logits: Tensor = self.outer(mixed.tanh().flatten(1))
        return logits

    def probabilities(self, states: Tensor, mask: Tensor | None = None) -> Tensor:
        """Of each label [n, K], without gradient; rows sum to 1 where labels exclude one another."""
        with torch.no_grad():
            logits = self(states, mask)
            found: Tensor = logits.softmax(-1) if self.exclusive else logits.sigmoid()
            return found


def loss(logits: Tensor, targets: Tensor) -> Tensor:
    """The mean negative log-likelihood.

    Args:
        logits: [n, K].
        targets: the right label's number [n]; or of each label whether it holds, or how probable that is [n, K]: then
            binary cross-entropy, its mean over labels too.
    """
    if targets.ndim == 1:
        return nn.functional.cross_entropy(logits, targets)
    return nn.functional.binary_cross_entropy_with_logits(logits, targets.to(logits))
