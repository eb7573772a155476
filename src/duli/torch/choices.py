"""Probabilities of choices from logits: those of inputs by group, and those that a program's own clauses have."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from duli.errors import InputError
from duli.logic.learning import UNKNOWN, Parameters

Ints = NDArray[np.int64]
_NONE = 1e-9


class Softmax(torch.autograd.Function):
    """A softmax over the last axis on the CPU; differentiable once.

    Torch's own is spread over threads and waits for all of them: 8 ms on a machine whose other cores are busy, where
    the arrays of a batch take 0.1.
    """

    @staticmethod
    def forward(context: Any, logits: Tensor) -> Tensor:
        """The probabilities."""
        array = logits.detach().numpy()
        raised = np.exp(array - array.max(-1, keepdims=True))
        context.out = raised / raised.sum(-1, keepdims=True)
        return torch.from_numpy(context.out)

    @staticmethod
    def backward(context: Any, *grads: Any) -> Any:
        """The logits' gradient."""
        weighted = grads[0].numpy() * context.out
        return torch.from_numpy(weighted - context.out * weighted.sum(-1, keepdims=True))


def _softmax(logits: Tensor) -> Tensor:
    if logits.device.type != "cpu":
        return logits.softmax(-1)
    out: Tensor = Softmax.apply(logits)  # type: ignore[no-untyped-call]
    return out


class ByGroup(nn.Module):
    """A softmax over each group of columns.

    Args:
        groups: the group of each column, from 0 [columns].
    """

    def __init__(self, groups: Ints) -> None:
        super().__init__()
        n, sizes, order = len(groups), np.bincount(groups), np.argsort(groups, kind="stable")
        # The columns of each group, filled up with the one behind the last; and where each column stands among them.
        within = np.empty(n, np.int64)
        within[order] = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        members = np.full((len(sizes), int(sizes.max(initial=0))), n)
        members[groups, within] = np.arange(n)
        self.shape = members.shape
        self.register_buffer("members", torch.from_numpy(members.ravel()), persistent=False)
        places = torch.from_numpy(groups * members.shape[1] + within)
        self.register_buffer("places", places, persistent=False)

    def forward(self, logits: Tensor) -> Tensor:
        """Probabilities [batch, columns] for logits [batch, columns]."""
        padded = torch.cat((logits, logits.new_full((len(logits), 1), -torch.inf)), 1)
        by_group = padded.index_select(1, self.get_buffer("members")).reshape(len(logits), *self.shape)
        return _softmax(by_group).flatten(1).index_select(1, self.get_buffer("places"))


class Own(nn.Module):
    """The probabilities of a program's own clauses, learned in logit space.

    A clause is a softmax over its alternatives and, unless these started with a sum of 1, none of them; alternatives
    that are not learned keep their part.

    Args:
        parameters: which there are, and where they start; where that is not known, at random.
    """

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        starts, clauses, rooms = parameters.starts, parameters.clauses, parameters.rooms
        unknown = starts == UNKNOWN
        if (rooms <= _NONE).any():
            raise InputError(
                "a clause has no room for the probabilities that are to be learned beside its others"
            )
        # What is left of a clause's room, for none of its alternatives.
        left = rooms - np.bincount(clauses, np.where(unknown, 0.0, starts))[clauses]
        left = np.where(np.bincount(clauses, unknown)[clauses] > 0, rooms / 2, left)
        none = np.unique(clauses[left > _NONE])
        logits = np.log(np.where(unknown, 1.0, starts) / np.where(left > _NONE, left, 1.0))
        made = torch.from_numpy(logits).to(torch.get_default_dtype())
        mask = torch.from_numpy(unknown)
        self.logits = nn.Parameter(torch.where(mask, torch.randn(len(logits)).to(made), made))
        self.none = len(none)
        self.softmax = ByGroup(np.concatenate((clauses, none)))
        self.register_buffer("rooms", torch.from_numpy(rooms).to(made), persistent=False)

    def forward(self) -> Tensor:
        """The probability of each parameter [parameters]."""
        logits = torch.cat((self.logits, self.logits.new_zeros(self.none)))
        probabilities: Tensor = self.softmax(logits[None])[0, : len(self.logits)] * self.get_buffer("rooms")
        return probabilities
