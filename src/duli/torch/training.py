"""Training a module on frozen features: mini-batches, early stopping, the same numbers for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from duli.errors import InputError
from duli.files import Progress, silent
from duli.torch.heads import loss as likelihood

_FEWEST, _SHORT = 20, 60
"""A handful of texts says too little of when to stop."""


@dataclass(frozen=True)
class Options:
    """How a module is trained, by AdamW (Loshchilov and Hutter 2019).

    Args:
        rate: of learning.
        decay: of weights.
        batch: rows a step.
        epochs: at most.
        patience: epochs without a lower held-out loss after which it ends.
        held_out: share of the rows that says when to stop; 0 learns from all, for all epochs. Where it is fewer than
            20 rows it says too little: all are learned from, for 60 epochs at most.
        refit: begin again after that, and learn from all rows for as many epochs as were best.
        seed: of the order of rows, of what is held out, and of dropout. Weights start where the module has them.
    """

    rate: float = 1e-2
    decay: float = 1e-2
    batch: int = 64
    epochs: int = 200
    patience: int = 10
    held_out: float = 0.15
    refit: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Trained:
    """What happened.

    Args:
        best: the epoch whose weights were kept, from 0.
        losses: of each epoch, on what was learned from.
        held_out: of each epoch, on what was not; empty where nothing was held out.
    """

    best: int
    losses: tuple[float, ...]
    held_out: tuple[float, ...]


def train(
    module: nn.Module,
    inputs: Sequence[Tensor],
    targets: Tensor,
    options: Options = Options(),
    *,
    loss: Callable[[Tensor, Tensor], Tensor] = likelihood,
    progress: Progress = silent,
) -> Trained:
    """Fit a module's parameters in place; it ends in ``eval`` mode with the weights of the best epoch.

    Args:
        module: takes rows of the inputs, gives what the loss takes.
        inputs: tensors whose first axis is n rows.
        targets: [n, …].
        options: how.
        loss: of outputs and targets, a mean over rows.
        progress: told after each epoch.

    Raises:
        InputError: rows that do not fit or are too few, NaN, or a share that is none.
    """
    learned, held = _rows(inputs, targets, options)
    few = options.held_out > 0 and not len(held)
    epochs = min(options.epochs, _SHORT) if few else options.epochs
    weights = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, options.rate, weight_decay=options.decay)
    order = torch.Generator().manual_seed(options.seed)
    losses: list[float] = []
    unseen: list[float] = []
    start = _state(module)
    best, kept = 0, start
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        for epoch in range(epochs):
            module.train()
            total = 0.0
            for rows in _batches(learned[torch.randperm(len(learned), generator=order)], options.batch):
                optimiser.zero_grad()
                value = loss(module(*(x[rows] for x in inputs)), targets[rows])
                value.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                total += value.item() * len(rows)
            losses.append(total / len(learned))
            progress("training", epoch + 1, epochs)
            if not len(held):
                best, kept = epoch, _state(module)
                continue
            unseen.append(_mean_loss(module, inputs, targets, held, loss, options.batch))
            if unseen[-1] < min(unseen[:-1], default=torch.inf):
                best, kept = epoch, _state(module)
            elif epoch - best >= options.patience:
                break
    if len(held) and options.refit:
        module.load_state_dict(start)
        whole = replace(options, held_out=0.0, epochs=best + 1)
        train(module, inputs, targets, whole, loss=loss, progress=progress)
    else:
        module.load_state_dict(kept)
    module.eval()
    return Trained(best, tuple(losses), tuple(unseen))


def _rows(inputs: Sequence[Tensor], targets: Tensor, options: Options) -> tuple[Tensor, Tensor]:
    """Rows to learn from, and rows held out: of labels' numbers, where that can be, as large a share of each."""
    n = len(targets)
    if any(len(x) != n for x in inputs):
        raise InputError(f"{n} targets need {n} rows of each input, not {[len(x) for x in inputs]}")
    if not all(x.isfinite().all() for x in (*inputs, targets) if x.is_floating_point()):
        raise InputError("inputs and targets must be finite numbers")
    if not 0 <= options.held_out < 1 or min(options.batch, options.epochs) < 1:
        raise InputError(f"held_out must be in [0, 1), batch and epochs positive: {options}")
    if not n:
        raise InputError("there are no rows to learn from")
    count = round(options.held_out * n)
    count = 0 if count < _FEWEST else count
    order = torch.randperm(n, generator=torch.Generator().manual_seed(options.seed))
    if targets.ndim == 1 and not targets.is_floating_point():
        labels = targets.cpu()[order]
        by_label, sizes = labels.argsort(stable=True), torch.bincount(labels)
        within = torch.empty_like(by_label)
        within[by_label] = torch.arange(n) - (sizes.cumsum(0) - sizes)[labels[by_label]]
        # The last rows of every label come last; a label's only row comes first.
        order = order[(within / sizes[labels]).argsort(stable=True)]
    return order[: n - count], order[n - count :]


def _batches(rows: Tensor, size: int) -> list[Tensor]:
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def _state(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def _mean_loss(
    module: nn.Module,
    inputs: Sequence[Tensor],
    targets: Tensor,
    rows: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
    batch: int,
) -> float:
    module.eval()
    with torch.no_grad():
        parts = [(loss(module(*(x[r] for x in inputs)), targets[r]), len(r)) for r in _batches(rows, batch)]
    return float(sum(value.item() * size for value, size in parts) / len(rows))
