"""A set of texts in parts: what is learned from, what is asked about, what has no labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from duli.errors import DataError
from duli.evaluate.examples import Examples, read
from duli.types import Codes, Example

HELD_OUT = 0.3
"""Of one file, the share that is asked about when labels of the rest are used."""

_NAMES = {
    "shown": ("train_few_all", "train", "train_0"),
    "asked": ("dev_few_all", "dev", "validation", "val", "valid", "dev_0", "test"),
    "unlabelled": ("unlabeled", "unlabelled"),
}
_ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet")


@dataclass(frozen=True)
class Parts:
    """A set.

    Args:
        shown: texts whose labels may be learned from; None where there is only one part.
        asked: texts whose labels are predicted.
        unlabelled: texts without labels.
    """

    shown: Examples | None
    asked: Examples
    unlabelled: Sequence[Example]

    def described(
        self,
        classes: Sequence[str],
        *,
        leave: bool = False,
        limit: int | None = None,
        called: Mapping[str, str] | None = None,
    ) -> Parts:
        """The texts whose label is among the classes, of those that are asked about only the first.

        Args:
            classes: names of labels.
            leave: leave texts with other labels aside.
            called: what they are called here, to the labels.
            limit: how many are asked about.

        Raises:
            DataError: as of ``Examples.described``.
        """
        asked = self.asked.described(classes, leave=leave, called=called)
        return Parts(
            None if self.shown is None else self.shown.described(classes, leave=leave, called=called),
            asked.rows(range(min(limit, len(asked.texts)))) if limit is not None else asked,
            self.unlabelled,
        )


def read_parts(
    path: Path,
    *,
    train: Path | None = None,
    unlabelled: Path | None = None,
    text: str = "",
    label: str = "",
    longest: int | None = None,
    fields: int = 1,
) -> Parts:
    """Read a file, or a folder that has its parts by the usual names.

    They are those of CLUE and FewCLUE (``train_few_all.jsonl``, ``dev_few_all.jsonl``, ``unlabeled.jsonl``), names such
    as ``train.csv`` and ``validation.csv``, or those of a data set that Hugging Face's library saved.

    Args:
        path: of what is asked about, or of all.
        train: of what is learned from, when it lies elsewhere.
        unlabelled: of more texts.
        text, label, longest, fields: as of ``examples.read``.

    Raises:
        DataError: nothing of that kind is there, or it breaks its format.
    """

    def part(found: Path, *, plain: bool = False) -> Examples:
        files = _tables(found) if found.is_dir() else [found]
        each = [
            read(f, text=text, label=None if plain else label, longest=longest, fields=fields) for f in files
        ]
        labels = None if plain else [name for e in each for name in e.labels or ()]
        return Examples([t for e in each for t in e.texts], labels, [p for e in each for p in e.places])

    there = _parts(path) if path.is_dir() and not _tables(path) else {"asked": path}
    if "asked" not in there:
        known = ", ".join(_NAMES["asked"])
        raise DataError(
            "the folder has no part that is asked about",
            where=str(path),
            hint=f"it should be named one of {known}",
        )
    for name, given in (("shown", train), ("unlabelled", unlabelled)):
        if given is not None:
            there[name] = given
    return Parts(
        part(there["shown"]) if "shown" in there else None,
        part(there["asked"]),
        part(there["unlabelled"], plain=True).texts if "unlabelled" in there else [],
    )


def held_out(count: int) -> tuple[Codes, Codes]:
    """Rows that are shown, and rows that are asked about, of one file: the same each time."""
    order = np.random.default_rng(0).permutation(count)
    asked = np.sort(order[: int(HELD_OUT * count)])
    return np.setdiff1d(np.arange(count), asked), asked


def _parts(folder: Path) -> dict[str, Path]:
    return {part: found for part, names in _NAMES.items() if (found := _first(folder, names)) is not None}


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    for name in names:
        if (folder / name).is_dir() and _tables(folder / name):
            return folder / name
        for ending in _ENDINGS:
            for full in (f"{name}{ending}", f"{name}{ending}.gz"):
                if (folder / full).is_file():
                    return folder / full
    return None


def _tables(folder: Path) -> list[Path]:
    """The files of a data set that Hugging Face's library saved; none where it did not."""
    return sorted(folder.glob("*.arrow")) if (folder / "state.json").is_file() else []
