"""Programs, heads and knowledge as torch modules; needs the extra ``torch``."""

from __future__ import annotations

from duli.errors import MissingExtraError

try:
    import torch as _torch
except ImportError as error:
    raise MissingExtraError("torch", "torch") from error

from duli.torch.attention import Attended, Informed, KnowledgeAttention
from duli.torch.heads import Head
from duli.torch.layer import LogicLayer, semantic_loss
from duli.torch.saving import load, save
from duli.torch.training import Options, Trained, train

__all__ = [
    "Attended",
    "Head",
    "Informed",
    "KnowledgeAttention",
    "LogicLayer",
    "Options",
    "Trained",
    "load",
    "save",
    "semantic_loss",
    "train",
]
del _torch
