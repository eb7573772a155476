"""Bottleneck adapters: a narrow passage behind the last product of each attention and feed-forward part.

Source: Houlsby et al. 2019. The keepers of such adapters for transformers (``adapters``) stay below version 5 of
it, and peft has none; see docs/decisions/0017-bottlenecks.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from duli.errors import ModelError

_LAST = re.compile(
    r"(?:output\.dense|o_proj|down_proj|c_proj|out_proj|fc2|out_lin|lin2|[Ww]o|attn\.o|attention\.dense|dense_4h_to_h)$"
)
"""What the last products are called: BERT and its kin, Llama and its kin, GPT-2, BART, DistilBERT, ModernBERT,
MPNet, GPT-NeoX."""


class Bottleneck(nn.Module):
    """``y + W_up gelu(W_down y)`` for ``y = base_layer(x)``; nothing is changed before it is trained.

    Args:
        base_layer: the frozen product; gives [..., d].
        dimension: d.
        width: of the passage.
        dropout: share of y that is left out in training.
    """

    def __init__(self, base_layer: nn.Module, dimension: int, width: int, dropout: float) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.dropout = nn.Dropout(dropout)
        self.down = nn.Linear(dimension, width)
        self.up = nn.Linear(width, dimension)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor) -> Tensor:
        """[..., d_in] to [..., d]."""
        y: Tensor = self.base_layer(x)
        passed: Tensor = self.up(nn.functional.gelu(self.down(self.dropout(y))))
        return y + passed


def last_products(linears: Mapping[str, int]) -> list[str]:
    """Which of a model's products a passage belongs behind.

    Args:
        linears: width of the output by name.

    Raises:
        ModelError: their names are of no known family.
    """
    found = [name for name in linears if _LAST.search(name)]
    if not found:
        raise ModelError(
            "the layers of this model are named in no known way: no place for bottleneck adapters",
            hint="use the method 'lora' or 'adalora'",
        )
    return found


def attach(
    model: Any, targets: Sequence[str], linears: Mapping[str, int], width: int, dropout: float
) -> None:
    """Put a passage behind each of the targets, in place."""
    for name in targets:
        base = model.get_submodule(name)
        passage = Bottleneck(base, linears[name], width, dropout)
        model.set_submodule(name, passage.to(base.weight.device, base.weight.dtype))


def state(model: Any) -> dict[str, Tensor]:
    """The weights of all passages by name."""
    passages = {name for name, module in model.named_modules() if isinstance(module, Bottleneck)}
    return {
        name: tensor
        for name, tensor in model.state_dict().items()
        if name.rsplit(".", 2)[0] in passages and name.rsplit(".", 2)[1] in ("down", "up")
    }


def restore(model: Any, weights: Mapping[str, Tensor]) -> None:
    """Fill all passages; ModelError where names or shapes are not theirs."""
    own = state(model)
    if {n: t.shape for n, t in own.items()} != {n: t.shape for n, t in weights.items()}:
        raise ModelError("the adapter's weights do not fit the model")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(weights[name])
