"""TensorBoard's event files, written without torch or TensorFlow (the extra ``tensorboard``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tensorboardX import SummaryWriter

from duli.learn.tracking.protocol import Run


class TensorBoard:
    """Look at it with ``tensorboard --logdir FOLDER``.

    Args:
        folder: for the event files.
    """

    def __init__(self, folder: Path) -> None:
        self._writer = SummaryWriter(str(folder))

    def start(self, run: Run) -> None:
        """The record, as a text."""
        text = json.dumps(run.to_dict(), indent=2, ensure_ascii=False)
        self._writer.add_text("run", f"```json\n{text}\n```", 0)
        self._writer.flush()

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """One scalar a metric."""
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step)

    def artifact(self, path: Path) -> None:
        """Its name, as a text: event files hold no files."""
        self._writer.add_text("artifact", path.name, 0)

    def finish(self, status: str) -> None:
        """Everything goes to disk."""
        self._writer.add_text("status", status, 0)
        self._writer.close()
