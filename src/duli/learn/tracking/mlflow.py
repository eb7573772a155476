"""MLflow: the server that MLFLOW_TRACKING_URI names, else a database in the run's folder (the extra ``mlflow``).

MLflow's folders of files are no longer kept up by its authors; a database of SQLite is what they advise.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

from duli.learn.tracking.protocol import Run

_EXPERIMENT = "duli"
_STATUS = {"finished": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}


class MLflow:
    """Look at it with ``mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db``.

    Args:
        folder: for the database and the artifacts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._id = ""

    def start(self, run: Run) -> None:
        """The record becomes parameters; seed, data and model are tags too."""
        self._folder.mkdir(parents=True, exist_ok=True)
        named = os.environ.get("MLFLOW_TRACKING_URI")
        self._client = MlflowClient(named or f"sqlite:///{self._folder / 'mlflow.db'}")
        found = self._client.get_experiment_by_name(_EXPERIMENT)
        place = None if named else (self._folder / "artifacts").as_uri()
        experiment = found.experiment_id if found else self._client.create_experiment(_EXPERIMENT, place)
        tags = {"data": run.data, "model": run.model, "seed": str(run.seed)}
        made = self._client.create_run(experiment, run_name=f"{run.name} {run.started}", tags=tags)
        self._id = made.info.run_id
        for name, value in run.flat().items():
            self._client.log_param(self._id, name, value)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """One point a metric."""
        now = int(time.time() * 1000)
        points = [Metric(name, value, now, step) for name, value in metrics.items()]
        self._client.log_batch(self._id, metrics=points)

    def artifact(self, path: Path) -> None:
        """A copy of the file."""
        self._client.log_artifact(self._id, str(path))

    def finish(self, status: str) -> None:
        """Note how it ended."""
        self._client.set_terminated(self._id, _STATUS[status])
