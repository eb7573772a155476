"""The training of an adapter, step by step, with checkpoints.

What it has to do:
- a run that was killed and goes on ends with the same weights as one that was not: each step seeds its own random
  numbers, and a checkpoint holds the weights, the optimiser, AdaLoRA's averages and the best so far;
- processes started by accelerate share each batch, and stop at the same step;
- AdaLoRA's ranks are at their budget before a step's weights may become the ones that are kept.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from duli.errors import InputError
from duli.files import Progress, silent, write_atomic
from duli.learn.batches import share, shuffled
from duli.learn.objectives import Batch
from duli.learn.ranks import Ranks
from duli.learn.texts import Pad, Texts
from duli.learn.tracking import Tracker
from duli.lm.adapters import Adapted
from duli.lm.embedded import batches

if TYPE_CHECKING:
    from duli.learn.tuning import Tuning

Weights = Mapping[str, Tensor]
_STATE = "state.pt"
_WARM = 0.1
_LONGEST_STEP = 1.0
"""Gradients are shortened to this length."""


@dataclass
class Best:
    """The weights that will be kept: of the lowest held-out loss, or the last ones where nothing is held out."""

    step: int = 0
    loss: float = math.inf
    worse: int = 0
    weights: Weights = field(default_factory=dict)


class Trainer:
    """One run.

    Args:
        objective: module that gives a batch's loss and hits.
        adapted: the model in it.
        data: texts.
        options: of the run.
        accelerator: of accelerate.
        tokenizer: pads.
        folder: of the checkpoint.
    """

    def __init__(
        self,
        objective: nn.Module,
        adapted: Adapted,
        data: Texts,
        options: Tuning,
        accelerator: Any,
        tokenizer: Any,
        folder: Path,
    ) -> None:
        self._own = {name: p for name, p in objective.named_parameters() if p.requires_grad}
        self._accelerator, self._data, self._options, self._folder = accelerator, data, options, folder
        self._ranks = Ranks(adapted.peft) if adapted.kind.method == "adalora" else None
        self._settled = adapted.kind.settled
        self._pad = Pad(tokenizer, accelerator.device)
        optimiser = torch.optim.AdamW(self._own.values(), lr=options.learning_rate, weight_decay=0.0)
        self._module, self._optimiser = accelerator.prepare(objective, optimiser)
        self.step = 0
        self.best = Best()
        self.history: dict[int, dict[str, float]] = {}

    def run(self, key: str, tracker: Tracker, progress: Progress = silent) -> None:
        """Train to the end, from the checkpoint if there is one; then the best weights are in the model.

        Args:
            key: of everything the run follows from; a checkpoint of another key is refused.
            tracker: told what was measured at every step.
            progress: told ``("tuning", step, steps)`` in the first process.

        Raises:
            InputError: the loss is no number any more, or the checkpoint is of another run.
        """
        options = self._options
        self._restore(key)
        if self.step == 0:
            self.history[0] = self._measure()
            self._judge(self.history[0])
            tracker.log(0, self.history[0])
        lengths = [len(self._data.ids[row]) for row in self._data.trained]
        drawn = islice(shuffled(lengths, options.tokens, options.seed), self.step, options.steps)
        for rows in drawn:
            if self.best.worse >= options.patience:
                break
            self.step += 1
            metrics = self._learn(np.asarray(self._data.trained)[rows])
            if self.step % options.every == 0 or self.step == options.steps:
                metrics |= self._measure()
                self._judge(metrics)
                self.history[self.step] = metrics
                self._save(key)
            tracker.log(self.step, metrics)
            if self._accelerator.is_main_process:
                progress("tuning", self.step, options.steps)
        self._fill(self.best.weights)

    def _learn(self, rows: NDArray[np.int64]) -> dict[str, float]:
        """One step of descent."""
        self._module.train()
        self._seed(self.step)
        rate = self._rate()
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        accelerator = self._accelerator
        mine = share(rows, accelerator.process_index, accelerator.num_processes)
        loss, right = self._module(self._batch(mine))
        accelerator.backward(loss if self._ranks is None else loss + self._ranks.penalty())
        accelerator.clip_grad_norm_(self._own.values(), _LONGEST_STEP)
        self._optimiser.step()
        metrics = {"loss": loss.item(), "accuracy": right.item(), "learning_rate": rate}
        if self._ranks is not None:
            self._ranks.move(self.step)
            metrics["ranks"] = float(self._ranks.total())
        self._optimiser.zero_grad()
        if not math.isfinite(metrics["loss"]):
            raise InputError(
                f"the loss is no number any more at step {self.step}", hint="use a lower learning rate"
            )
        return metrics

    def _measure(self) -> dict[str, float]:
        """Mean loss and accuracy on the held-out texts, the same in all processes; nothing where there are none."""
        held_out = np.asarray(self._data.held_out)
        if not len(held_out):
            return {}
        self._module.eval()
        self._seed(0)
        accelerator = self._accelerator
        sums = torch.zeros(3, device=accelerator.device)
        parts = list(batches([len(self._data.ids[row]) for row in held_out], self._options.tokens))
        with torch.no_grad():
            for rows in parts[accelerator.process_index :: accelerator.num_processes]:
                loss, right = self._objective()(self._batch(held_out[rows]))
                sums += torch.stack([loss, right, torch.ones_like(loss)]) * len(rows)
        loss, right, count = accelerator.reduce(sums, "sum").tolist()
        return {"held_out_loss": loss / count, "held_out_accuracy": right / count}

    def _judge(self, metrics: Mapping[str, float]) -> None:
        """Whether these weights are the best so far."""
        if self.step < self._settled:
            return
        loss = metrics.get("held_out_loss", -math.inf)
        if loss < self.best.loss or "held_out_loss" not in metrics:
            weights = {name: p.detach().clone() for name, p in self._own.items()}
            self.best = Best(self.step, loss, 0, weights)
        else:
            self.best.worse += 1

    def _rate(self) -> float:
        """The learning rate of this step: up over the first tenth, down to 0 after."""
        steps = self._options.steps
        warm = max(1, int(steps * _WARM))
        share = self.step / warm if self.step <= warm else (steps + 1 - self.step) / (steps + 1 - warm)
        return self._options.learning_rate * share

    def _batch(self, rows: NDArray[np.int64]) -> Batch:
        ids, mask = self._pad([self._data.ids[row] for row in rows])
        labels = [self._data.labels[row] for row in rows] if self._data.labels else []
        return Batch(ids, mask, torch.tensor(labels, dtype=torch.long, device=ids.device))

    def _seed(self, step: int) -> None:
        parts = np.random.SeedSequence([self._options.seed, step, self._accelerator.process_index])
        torch.manual_seed(int(parts.generate_state(1)[0]))

    def _objective(self) -> nn.Module:
        """Without what joins processes, which would wait for those that have no batch."""
        module: nn.Module = self._accelerator.unwrap_model(self._module)
        return module

    def _fill(self, weights: Weights) -> None:
        with torch.no_grad():
            for name, values in weights.items():
                self._own[name].copy_(values)

    def _save(self, key: str) -> None:
        if not self._accelerator.is_main_process:
            return
        state = {
            "key": key,
            "step": self.step,
            "history": self.history,
            "weights": {name: p.detach() for name, p in self._own.items()},
            "optimiser": self._optimiser.state_dict(),
            "ranks": self._ranks and self._ranks.state(),
            "best": vars(self.best),
        }
        content = io.BytesIO()
        torch.save(state, content)
        write_atomic(self._folder / _STATE, content.getvalue())

    def _restore(self, key: str) -> None:
        path = self._folder / _STATE
        if not path.is_file():
            return
        hint = "go on with the same, or begin anew with --fresh"
        try:
            # Tensors and plain values only: nothing in the file is run.
            state = torch.load(path, map_location=self._accelerator.device, weights_only=True)
        except Exception as error:
            raise InputError("the checkpoint is damaged", where=str(path), hint=hint) from error
        if state["key"] != key:
            message = "the checkpoint is of another run: model, texts, labels or options differ"
            raise InputError(message, where=str(path), hint=hint)
        self.step, self.history, self.best = state["step"], state["history"], Best(**state["best"])
        self._fill(state["weights"])
        self._optimiser.load_state_dict(state["optimiser"])
        if self._ranks is not None:
            self._ranks.restore(state["ranks"])
