"""What is known about the entities of a text, mixed into the text's vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from duli.errors import InputError

Gate = Literal["scalar", "vector"]
_CLOSED = -1.0


@dataclass(frozen=True, eq=False)
class Attended:
    """What came of it, and why.

    Args:
        vectors: h' of each text [n, d].
        entities: the rows that were looked at [n, k], -1 for none.
        weights: of each [n, k]; they sum to 1, or to 0 where there is none.
        gate: the share of knowledge, in [0, 1] [n, 1] or [n, d].
    """

    vectors: Tensor
    entities: Tensor
    weights: Tensor
    gate: Tensor


class KnowledgeAttention(nn.Module):
    """A text's vector h moved toward the mean of its entities' vectors, by a gate that can be read.

    h' = (1 - g) h + g m, with weights a = softmax_j(s h Q e_j), their mix u = V sum_j a_j e_j, m = |h| u / |u|, and the
    gate g = sigmoid(G [h; m] + c). e_j [e] are the vectors of the k entities that were retrieved for h [d]; Q, V [d, e]
    take them to the text's space, the identity at first where e = d; s > 0 is learned. Since m is as long as h, g is
    the share of knowledge. A text without entities stays as it is. O(k e d) a text. Source: scaled dot-product
    attention (Vaswani et al. 2017) under the gate of highway networks (Srivastava et al. 2015).

    Args:
        vectors: of all entities [m, e]; they are not trained, and not part of the ``state_dict``.
        size: d.
        gate: one number a text, or one for each of its d.

    Raises:
        InputError: vectors that are no matrix or not finite, or another gate.
    """

    def __init__(self, vectors: Tensor, size: int, *, gate: Gate = "scalar") -> None:
        super().__init__()
        if vectors.ndim != 2 or not vectors.isfinite().all():
            raise InputError(f"vectors of entities must be finite and [m, e], not {list(vectors.shape)}")
        if gate not in ("scalar", "vector"):
            raise InputError(f"the gate is 'scalar' or 'vector', not {gate!r}")
        self.register_buffer("known", vectors, persistent=False)
        self.query = nn.Parameter(_start(size, vectors.shape[1]))
        self.value = nn.Parameter(_start(size, vectors.shape[1]))
        self.log_scale = nn.Parameter(torch.tensor(2.0))
        self.opener = nn.Linear(2 * size, 1 if gate == "scalar" else size)
        nn.init.zeros_(self.opener.weight)
        nn.init.constant_(self.opener.bias, _CLOSED)

    def forward(self, states: Tensor, entities: Tensor) -> Attended:
        """Mix.

        Args:
            states: h [n, d].
            entities: rows of ``vectors`` [n, k], -1 for none; their order does not matter.
        """
        size = len(self.query)
        if states.ndim != 2 or states.shape[1] != size or entities.shape[:1] != states.shape[:1]:
            raise InputError(
                f"states must be [n, {size}], entities [n, k], not {list(states.shape)}, {list(entities.shape)}"
            )
        there = entities >= 0
        known = self.get_buffer("known")[entities.clamp_min(0)].to(states)
        scores = self.log_scale.exp() * torch.einsum("nd,de,nke->nk", states, self.query, known)
        # Of a text without entities all scores are alike, and no weight counts.
        scores = scores.masked_fill(~there, torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1) * there
        mixed = torch.einsum("nk,nke,de->nd", weights, known, self.value)
        mixed = nn.functional.normalize(mixed, dim=-1) * states.norm(dim=-1, keepdim=True)
        gate = self.opener(torch.cat((states, mixed), 1)).sigmoid() * there.any(1, keepdim=True)
        return Attended((1 - gate) * states + gate * mixed, entities, weights, gate)


class Informed(nn.Module):
    """A head that reads what knowledge attention gives; both are trained together.

    Args:
        attention: of texts and entities.
        head: from vectors [n, d] to logits.
    """

    def __init__(self, attention: KnowledgeAttention, head: nn.Module) -> None:
        super().__init__()
        self.attention, self.head = attention, head

    def forward(self, states: Tensor, entities: Tensor) -> Tensor:
        """Logits [n, K], for the arguments of ``KnowledgeAttention``."""
        logits: Tensor = self.head(self.attention(states, entities).vectors)
        return logits


def _start(rows: int, columns: int) -> Tensor:
    return torch.eye(rows) if rows == columns else nn.init.orthogonal_(torch.empty(rows, columns))
