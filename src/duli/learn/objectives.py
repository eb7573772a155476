"""What an adapter is trained for: labels, masked tokens, next tokens. Each gives a batch's loss and hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from duli.errors import InputError
from duli.learn.texts import Pad

TEMPERATURE = 0.05
"""Of cosines (Gao et al. 2021)."""
SHOWN = 256
"""Label names beside which a batch's texts are put: with more labels, its own and others drawn at random."""
_MASKED, _AS_MASK, _AS_OTHER = 0.15, 0.8, 0.1
_IGNORED = -100


@dataclass(frozen=True)
class Batch:
    """Some texts.

    Args:
        ids: tokens [n, s].
        mask: 1 where there is a token, 0 where there is padding [n, s].
        labels: numbers of the labels [n]; empty where there are none.
    """

    ids: Tensor
    mask: Tensor
    labels: Tensor


Told = tuple[Tensor, Tensor]
"""The mean loss of a batch [], and the share of it that was right []."""


class Contrast(nn.Module):
    """Each text against the names of labels, read by the same model: the softmax of cosines over TEMPERATURE.

    Args:
        model: without a head.
        names: the labels in words, as tokens.
        pad: makes a batch (ids, mask) of lists of tokens.

    Source: van den Oord et al. 2018, with label names as in Gao et al. 2021 (supervised).
    """

    def __init__(self, model: Any, names: Sequence[list[int]], pad: Pad) -> None:
        super().__init__()
        self.model = model
        self._names = names
        self._pad = pad

    def forward(self, batch: Batch) -> Told:
        """Loss and accuracy."""
        shown = self._shown(batch.labels)
        texts = pooled(self.model, batch.ids, batch.mask)
        names = pooled(self.model, *self._pad([self._names[label] for label in shown.tolist()]))
        targets = torch.searchsorted(shown, batch.labels)
        return _told(texts @ names.T / TEMPERATURE, targets)

    def _shown(self, labels: Tensor) -> Tensor:
        """Numbers of the labels whose names are used, in order."""
        if len(self._names) <= SHOWN:
            return torch.arange(len(self._names), device=labels.device)
        others = torch.randperm(len(self._names))[:SHOWN].to(labels.device)
        # Sorted, each once.
        shown: Tensor = torch.unique(torch.cat([labels, others]))
        return shown


class Separate(nn.Module):
    """A linear head over the texts' vectors, by cross-entropy. The head is not kept.

    Args:
        model: without a head.
        classes: how many labels.
        dimension: of the vectors.
    """

    def __init__(self, model: Any, classes: int, dimension: int) -> None:
        super().__init__()
        self.model = model
        self.head = nn.Linear(dimension, classes)

    def forward(self, batch: Batch) -> Told:
        """Loss and accuracy."""
        # Unit vectors are short: the head would need very long ones to be sure of anything.
        vectors = pooled(self.model, batch.ids, batch.mask) / TEMPERATURE
        return _told(self.head(vectors), batch.labels)


class Masked(nn.Module):
    """Tokens that were hidden, from those around them.

    Args:
        model: with a head over the vocabulary.
        tokenizer: says which token hides, and which are never hidden.

    Raises:
        InputError: the tokenizer has no such token.

    Source: Devlin et al. 2019: 15 % are predicted; of these 80 % are hidden, 10 % become another, 10 % stay.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        super().__init__()
        if tokenizer.mask_token_id is None:
            raise InputError(
                "the model's tokenizer has no token that hides others", hint="use --objective causal"
            )
        self.model = model
        self._hides = tokenizer.mask_token_id
        self._words = len(tokenizer)
        self._kept = torch.tensor(sorted(tokenizer.all_special_ids))

    def forward(self, batch: Batch) -> Told:
        """Loss and accuracy over the hidden tokens."""
        ids, targets = self._hidden(batch)
        logits = self.model(input_ids=ids, attention_mask=batch.mask).logits
        return _told(logits.flatten(0, 1), targets.flatten())

    def _hidden(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Tokens [n, s] with some hidden, and what they were [n, s]."""
        # Drawn on the CPU: the same on every device.
        chance = torch.rand(batch.ids.shape).to(batch.ids.device)
        free = batch.mask.bool() & ~torch.isin(batch.ids, self._kept.to(batch.ids.device))
        chosen = free & (chance < _MASKED)
        if not chosen.any():
            chosen = free & (chance == chance.masked_fill(~free, 2.0).min())
        how = torch.rand(batch.ids.shape).to(batch.ids.device)
        other = torch.randint(self._words, batch.ids.shape).to(batch.ids.device)
        ids = batch.ids.masked_fill(chosen & (how < _AS_MASK), self._hides)
        replaced = chosen & (how >= _AS_MASK) & (how < _AS_MASK + _AS_OTHER)
        return torch.where(replaced, other, ids), batch.ids.masked_fill(~chosen, _IGNORED)


class Causal(nn.Module):
    """Each token from those before it.

    Args:
        model: with a head over the vocabulary.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> Told:
        """Loss and accuracy over all tokens but the first."""
        logits = self.model(input_ids=batch.ids, attention_mask=batch.mask).logits[:, :-1]
        targets = batch.ids.masked_fill(batch.mask == 0, _IGNORED)[:, 1:]
        return _told(logits.flatten(0, 1), targets.flatten())


def pooled(model: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """Unit vectors [n, d] of texts, as ``lm.huggingface`` makes them: the mean of the token states."""
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    return functional.normalize((states * mask.unsqueeze(-1)).sum(1), dim=1)


def _told(logits: Tensor, targets: Tensor) -> Told:
    loss = functional.cross_entropy(logits, targets, ignore_index=_IGNORED)
    asked = targets != _IGNORED
    right = (logits.argmax(-1) == targets) & asked
    return loss, right.sum() / asked.sum().clamp(min=1)
