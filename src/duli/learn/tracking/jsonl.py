"""JSON lines: a folder with ``run.json`` and ``metrics.jsonl``, which is whole up to the last step whatever happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duli.errors import DataError
from duli.files import write_atomic
from duli.learn.tracking.protocol import Run

_RUN, _METRICS = "run.json", "metrics.jsonl"


class JsonLines:
    """A tracker that needs nothing.

    Args:
        folder: of this run; a run that goes on adds to what is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._told: dict[str, Any] = {}

    def start(self, run: Run) -> None:
        """Write ``run.json``."""
        self._told = {**run.to_dict(), "status": "running", "artifacts": []}
        self._save()
        path = self.folder / _METRICS
        # A process that was killed may have left half a line: what follows begins its own.
        torn = path.is_file() and not (path.read_bytes() or b"\n").endswith(b"\n")
        self._lines = path.open("a", encoding="utf-8")
        if torn:
            self._lines.write("\n")

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add a line, at once."""
        self._lines.write(json.dumps({"step": step, **metrics}) + "\n")
        self._lines.flush()

    def artifact(self, path: Path) -> None:
        """Note the file's name."""
        self._told["artifacts"].append(path.name)

    def finish(self, status: str) -> None:
        """Note how it ended."""
        self._told["status"] = status
        self._lines.close()
        self._save()

    def _save(self) -> None:
        text = json.dumps(self._told, indent=2, ensure_ascii=False)
        write_atomic(self.folder / _RUN, f"{text}\n".encode())


def read(folder: Path) -> tuple[dict[str, Any], dict[int, dict[str, float]]]:
    """A run's record, and its metrics by step: of steps told twice the later, of a torn last line nothing.

    Raises:
        DataError: there is no run in the folder.
    """
    try:
        run = json.loads((folder / _RUN).read_text("utf-8"))
        lines = (folder / _METRICS).read_text("utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise DataError(f"there is no run here ({error})", where=str(folder)) from error
    steps: dict[int, dict[str, float]] = {}
    for line in lines:
        try:
            row = json.loads(line)
            steps[row.pop("step")] = row
        except (ValueError, KeyError, AttributeError):
            continue
    return run, dict(sorted(steps.items()))
