"""How a model makes one vector of its token states, as its own sentence-transformers files say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import ModelError
from duli.lm.protocol import Vectors

_HERE = ("Transformer", "Pooling", "Normalize")


def read(folder: Path) -> str:
    """``mean``, ``cls``, ``max`` or ``lasttoken``; the mean where the folder does not say.

    Raises:
        ModelError: the files are damaged, or the model is more than token states and one such pooling.
    """
    file = folder / "modules.json"
    modules = _json(file) if file.is_file() else []
    try:
        kinds = {module["type"].rpartition(".")[2]: folder / module["path"] for module in modules}
        for kind in set(kinds) - set(_HERE):
            raise ModelError(f"the model has a part that is not known here: {kind}", where=str(file))
        config = _json(kinds["Pooling"] / "config.json") if "Pooling" in kinds else {}
        # Later releases of sentence-transformers write one name, earlier ones a flag a kind.
        named = config.get("pooling_mode")
        flags = {"mean_tokens": "mean", "cls_token": "cls", "max_tokens": "max", "lasttoken": "lasttoken"}
        on = [named] if named else [k.removeprefix("pooling_mode_") for k, v in config.items() if v is True]
    except (AttributeError, KeyError, TypeError) as error:
        raise ModelError(
            "this is no list of a sentence-transformers model's parts", where=str(file)
        ) from error
    chosen = [flags.get(name, name) for name in on if name != "include_prompt"]
    if not chosen:
        return "mean"
    if len(chosen) > 1 or chosen[0] not in flags.values():
        raise ModelError(f"the model's pooling is not known here: {', '.join(chosen)}", where=str(folder))
    return str(chosen[0])


def pool(kind: str, states: Vectors, mask: NDArray[np.integer[Any]]) -> Vectors:
    """Vectors [n, d], not of length 1, of token states [n, s, d] under a mask [n, s] that pads on the right.

    The mean is given as a sum, which has its direction.
    """
    if kind == "mean":
        summed: Vectors = np.einsum("nsd,ns->nd", states, mask.astype(np.float32))
        return summed
    if kind == "max":
        highest: Vectors = np.where(mask[..., None] == 0, -np.inf, states).max(1).astype(np.float32)
        return highest
    if kind == "cls":
        return states[:, 0]
    last: Vectors = states[np.arange(len(states)), mask.sum(1) - 1]
    return last


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError("this file of the model cannot be read", where=str(file)) from error
