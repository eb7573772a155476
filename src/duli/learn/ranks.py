"""AdaLoRA's ranks: all products share one budget, which shrinks to what was asked for.

Source: Zhang et al. 2023; the allocation is peft's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

ORTHOGONAL = 0.1
"""How much it counts that the singular vectors are orthogonal (Zhang et al. 2023, their appendix: 0.1 to 0.5)."""
_AVERAGES = ("ipt", "exp_avg_ipt", "exp_avg_unc")


class Ranks:
    """The ranks of one adapter while it is trained.

    Args:
        model: peft's.
    """

    def __init__(self, model: Any) -> None:
        self._tuner = model.base_model
        self._config = model.peft_config["default"]
        named = list(self._tuner.model.named_parameters())
        self._values = [p for name, p in named if ".lora_E." in name]
        self._left = [p for name, p in named if ".lora_B." in name]
        self._right = [p for name, p in named if ".lora_A." in name]

    def penalty(self) -> Tensor:
        """The mean over all products of ‖PᵀP − I‖ and ‖QQᵀ − I‖, weighted."""
        grams = [p.T @ p for p in self._left] + [p @ p.T for p in self._right]
        lengths = [torch.linalg.matrix_norm(g - torch.eye(len(g), device=g.device)) for g in grams]
        return ORTHOGONAL * torch.stack(lengths).mean()

    def move(self, step: int) -> None:
        """Spend the budget of this step, from 1; gradients must still be there."""
        self._tuner.update_and_allocate(step)

    def total(self) -> int:
        """Singular values that are not zero."""
        return sum(int(torch.count_nonzero(values)) for values in self._values)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        allocator = self._tuner.rankallocator
        return {
            "pattern": self._config.rank_pattern,
            **{name: getattr(allocator, name) for name in _AVERAGES},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._config.rank_pattern = state["pattern"]
        for name in _AVERAGES:
            setattr(self._tuner.rankallocator, name, dict(state[name]))
