"""φ on disk: ``config.json`` and ``model.safetensors``, in a folder that is a recipe with its data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from duli import lm
from duli.errors import DataError, InputError, ModelError
from duli.files import content_key, write_together
from duli.lm.graph import need
from duli.recipe import Recipe
from duli.recommend.items import Items
from duli.recommend.model import SIGNALS, Model

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_FORMAT, _KIND = 1, "recommend"
_ARRAYS = ("known", "matrix", "counts", "current", "weights")


def saved(folder: Path) -> bool:
    """Whether a folder holds something that was fitted, whole or not."""
    return (folder / CONFIG).is_file()


def save(
    folder: Path,
    model: Model,
    items: Items,
    encoder: lm.Encoder,
    run: Mapping[str, Any],
    beside: Mapping[str, bytes] | None = None,
) -> None:
    """Write what was learned; the frozen model's vectors are made again.

    Args:
        folder: it is made; what it holds of these names is replaced, all at once.
        model, items, encoder: what was learned, of what, and from which vectors.
        run: what it came from, as data.
        beside: further files, by their path inside the folder.

    Raises:
        InputError: the folder cannot be written.
    """
    config = {
        "format": _FORMAT,
        "kind": _KIND,
        "encoder": {"name": encoder.name, "revision": encoder.revision},
        "items": _key(items),
        "span": list(model.span),
        "numbers": list(model.numbers),
        "run": dict(run),
    }
    arrays = {name: np.ascontiguousarray(getattr(model, name)) for name in _ARRAYS}
    arrays |= {f"numbers.{name}": np.ascontiguousarray(values) for name, values in model.numbers.items()}
    arrays["matrix"], arrays["current"] = (arrays[n].astype(np.float32) for n in ("matrix", "current"))
    try:
        weights = need("safetensors.numpy", "embedded").save(arrays)
        told = (json.dumps(config, ensure_ascii=False, indent=1) + "\n").encode()
        write_together(folder, {**(beside or {}), WEIGHTS: weights, CONFIG: told})
    except OSError as error:
        raise InputError(f"the folder cannot be written: {error.strerror}", where=str(folder)) from error


def load(folder: Path, items: Items, vectors: lm.Vectors, encoder: lm.Encoder) -> Model:
    """What ``save`` wrote.

    Raises:
        DataError: the folder holds something else, or is damaged.
        ModelError: it was fitted on another model, or on other items.
    """
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        if (config["format"], config["kind"]) != (_FORMAT, _KIND):
            raise ValueError("another format or kind")
        revision, key = config["encoder"]["revision"], config["items"]
        arrays = need("safetensors.numpy", "embedded").load((folder / WEIGHTS).read_bytes())
        first, last = map(float, config["span"])
        model = Model(
            vectors=vectors,
            span=(first, last),
            numbers={name: arrays[f"numbers.{name}"] for name in config["numbers"]},
            **{name: arrays[name] for name in _ARRAYS},
        )
    # What safetensors raises of bad bytes has no common name.
    except Exception as error:
        raise DataError(f"nothing that was fitted is here ({error})", where=str(folder)) from error
    for what, was, now in (("model", revision, encoder.revision), ("items", key, _key(items))):
        if was != now:
            raise ModelError(
                f"this was fitted on another {what}", where=str(folder), hint="duli fit it again"
            )
    _check(model, len(items), folder)
    return model


def copied(recipe: Recipe, data: tuple[Path, Path]) -> dict[str, bytes]:
    """The recipe, its rules and knowledge, and the files of items and histories, by their path inside a folder."""
    table = recipe.recommend
    assert table is not None  # noqa: S101
    own = [recipe.folder / "recipe.toml", recipe.folder / recipe.rules_file]
    own += [source.path for source in recipe.sources if source.path is not None]
    found = {
        str(path.relative_to(recipe.folder)): path.read_bytes()
        for path in own
        if path.is_file() and path.is_relative_to(recipe.folder)
    }
    for path, name in zip(data, (table.items, table.taken), strict=True):
        found[name.partition(".")[0] + "".join(path.suffixes)] = path.read_bytes()
    return found


def _key(items: Items) -> str:
    return content_key(*items.names, *items.texts)


def _check(model: Model, count: int, folder: Path) -> None:
    """DataError where shapes do not fit together or numbers are not finite."""
    k = len(model.known)
    right = (
        model.matrix.shape == (k, k)
        and model.counts.shape == (count,)
        and model.current.ndim == 2
        and model.current.shape[1] == k
        and model.weights.shape == (len(SIGNALS) + len(model.numbers),)
        and all(values.shape == (count,) for values in model.numbers.values())
        and (k == 0 or (model.known.min() >= 0 and model.known.max() < count))
    )
    arrays = (model.matrix, model.counts, model.current, model.weights)
    if not right or not all(np.isfinite(array).all() for array in arrays):
        raise DataError("what was fitted is damaged", where=str(folder), hint="duli fit it again")
