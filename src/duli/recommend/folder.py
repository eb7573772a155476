"""``duli fit`` of a recipe that recommends: from a folder of items and histories to one that can be asked."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from duli import lm
from duli.files import Progress, silent
from duli.reason import Reasoner
from duli.recipe import Recipe
from duli.recommend import learn, saving, sources


def fit(
    source: Recipe, data: Path, out: Path, *, seed: int = 0, progress: Progress = silent
) -> dict[str, Any]:
    """Learn from a folder of items and histories; write a folder that is the recipe with these and what was learned.

    Returns:
        What it came from, and what each signal counts.

    Raises:
        DataError: the data cannot be read.
        InputError: the folder cannot be written.
    """
    begun = time.perf_counter()
    reasoner, table = Reasoner(source, progress=progress), source.recommend
    assert table is not None  # noqa: S101
    items, log = sources.read(data, table)
    vectors = lm.encode(reasoner.encoder, items.texts, progress=progress).vectors
    model = learn.fit(items, vectors, log, seed=seed, progress=progress)
    report = {
        "items": len(items),
        "users": len(log),
        "rows": len(log.items),
        "signals": dict(zip(model.signals, map(float, model.weights.round(4)), strict=True)),
        "seconds": round(time.perf_counter() - begun, 2),
        "seed": seed,
    }
    beside = saving.copied(source, sources.paths(data, table))
    saving.save(out, model, items, reasoner.encoder, report, beside)
    return report
