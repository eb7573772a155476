"""The record of a run, and what a tracker owes."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

_PACKAGES = (
    "numpy",
    "scipy",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "peft",
    "accelerate",
    "scikit-learn",
)


@dataclass(frozen=True)
class Run:
    """All that a run follows from.

    Args:
        name: the command.
        config: its options.
        data: a hash of what was learned from.
        model: the revision of the frozen model.
        seed: of all its random numbers.
        duli: our version.
        versions: of the packages that compute.
        platform: system, machine and Python.
        started: time, in UTC.
    """

    name: str
    config: Mapping[str, Any]
    data: str
    model: str
    seed: int
    duli: str
    versions: Mapping[str, str]
    platform: str
    started: str

    def to_dict(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)

    def flat(self) -> dict[str, str]:
        """One text a name, for trackers that know no tables: ``config.rank``, ``versions.torch``."""
        flat: dict[str, str] = {}
        for key, value in self.to_dict().items():
            parts = {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
            flat |= {name: str(part) for name, part in parts.items()}
        return flat


def record(name: str, config: Mapping[str, Any], *, data: str, model: str, seed: int) -> Run:
    """The record of a run that begins now, with the versions and the machine found here."""
    return Run(
        name=name,
        config=dict(config),
        data=data,
        model=model,
        seed=seed,
        duli=version("duli"),
        versions=dict(sorted(_versions().items())),
        platform=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        started=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


class Tracker(Protocol):
    """Where a run is told.

    ``start`` comes first and once, ``finish`` last. A tracker may have a process of its own that writes the last
    of it a moment later.
    """

    def start(self, run: Run) -> None:
        """A run begins."""
        ...

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """What was measured at a step, from 0. A step that is told again, because the run was resumed, counts last."""
        ...

    def artifact(self, path: Path) -> None:
        """A file that the run made."""
        ...

    def finish(self, status: str) -> None:
        """The run ended: ``finished``, ``failed`` or ``stopped``."""
        ...


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
