"""Programs as torch modules; needs the extra ``torch``."""

from __future__ import annotations

from duli.errors import MissingExtraError

try:
    import torch as _torch
except ImportError as error:
    raise MissingExtraError("torch", "torch") from error

from duli.torch.layer import LogicLayer, semantic_loss

__all__ = ["LogicLayer", "semantic_loss"]
del _torch
