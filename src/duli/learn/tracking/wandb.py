"""Weights & Biases, offline unless the user's WANDB_MODE says otherwise (the extra ``wandb``)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb

from duli.learn.tracking.protocol import Run


class WeightsAndBiases:
    """``wandb sync FOLDER/wandb/offline-run-…`` sends the run, if and when the user wants it.

    Args:
        folder: for wandb's own folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run: Any = None

    def start(self, run: Run) -> None:
        """The record becomes the run's config."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "duli"),
            name=f"{run.name} {run.started}",
            config=run.to_dict(),
            dir=str(self._folder),
            mode=None if "WANDB_MODE" in os.environ else "offline",
            settings=wandb.Settings(console="off", silent=True, disable_git=True, save_code=False),
        )

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """One point a metric."""
        self._run.log(dict(metrics), step=step)

    def artifact(self, path: Path) -> None:
        """A copy of the file goes with the run."""
        copy = Path(shutil.copy(path, self._run.dir))
        self._run.save(str(copy), base_path=self._run.dir, policy="now")

    def finish(self, status: str) -> None:
        """Note how it ended."""
        self._run.summary["status"] = status
        self._run.finish(exit_code=0 if status == "finished" else 1)
