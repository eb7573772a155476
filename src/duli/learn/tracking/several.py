"""Several trackers as one; one that fails is left out and never stops the run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path

from duli.errors import InputError, MissingExtraError
from duli.files import warn_once
from duli.learn.tracking.jsonl import JsonLines
from duli.learn.tracking.protocol import Run, Tracker

NAMES = {"tensorboard": "TensorBoard", "wandb": "WeightsAndBiases", "mlflow": "MLflow"}
"""Trackers that are asked for, and their classes; each lies in a module of its name and is an extra of its name."""


class Several:
    """Trackers that are told the same.

    Args:
        trackers: by name. One that fails is left out from then on, which is said once.
    """

    def __init__(self, trackers: Mapping[str, Tracker]) -> None:
        self._trackers = dict(trackers)

    def start(self, run: Run) -> None:
        """A run begins."""
        self._each(lambda tracker: tracker.start(run))

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """What was measured at a step."""
        self._each(lambda tracker: tracker.log(step, metrics))

    def artifact(self, path: Path) -> None:
        """A file that the run made."""
        self._each(lambda tracker: tracker.artifact(path))

    def finish(self, status: str) -> None:
        """The run ended."""
        self._each(lambda tracker: tracker.finish(status))

    def _each(self, tell: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._trackers.items()):
            try:
                tell(tracker)
            except Exception as error:
                del self._trackers[name]
                reason = f"{type(error).__name__}: {error}".partition("\n")[0]
                warn_once(f"the tracker {name} failed ({reason}): the run goes on without it")


def begin(names: str, folder: Path, run: Run) -> Several:
    """Begin to track a run: JSON lines in the folder, and what is named.

    Args:
        names: of NAMES, with commas between; may be empty.
        folder: of this run.

    Raises:
        InputError: a name is not known.
        MissingExtraError: a tracker's package is not installed.
    """
    trackers: dict[str, Tracker] = {"jsonl": JsonLines(folder)}
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name not in NAMES:
            known = ", ".join(NAMES)
            raise InputError(
                f"{name!r} is not a tracker", hint=f"known: {known}; JSON lines are always written"
            )
        try:
            module = importlib.import_module(f"duli.learn.tracking.{name}")
        except ImportError as error:
            raise MissingExtraError(error.name or name, name) from error
        trackers[name] = getattr(module, NAMES[name])(folder / name)
    several = Several(trackers)
    several.start(run)
    return several
