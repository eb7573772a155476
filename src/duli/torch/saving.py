"""Trained heads on disk: ``config.json`` and ``model.safetensors``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor

from duli.errors import DataError, MissingExtraError, ModelError
from duli.files import content_key, settle, write_together
from duli.torch.attention import Informed, KnowledgeAttention
from duli.torch.heads import Head

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_FORMAT, _KIND = 1, "head"


def save(model: Head | Informed, folder: Path, *, encoder: str) -> None:
    """Write a head, with its attention where it is informed by one; the vectors of entities stay where they are.

    Args:
        model: a head, or attention and a head.
        folder: it is made; what is in it of these names is replaced.
        encoder: the revision of the model whose vectors it reads.
    """
    head = model.head if isinstance(model, Informed) else model
    if not isinstance(head, Head):
        raise ModelError(f"a {type(head).__name__} cannot be saved here", hint="save its state_dict")
    size, rank = head.inner.shape
    config: dict[str, Any] = {
        "format": _FORMAT,
        "kind": _KIND,
        "encoder": encoder,
        "head": {
            "size": size,
            "labels": head.outer.out_features,
            "rank": rank,
            "readings": len(head.queries),
            "exclusive": head.exclusive,
        },
        "attention": None,
    }
    if isinstance(model, Informed):
        known = model.attention.get_buffer("known")
        gate = "scalar" if model.attention.opener.out_features == 1 else "vector"
        config["attention"] = {"size": len(model.attention.query), "gate": gate, "vectors": _hash(known)}
    weights = _library().save({name: t.contiguous() for name, t in model.state_dict().items()})
    said = (json.dumps(config, indent=1) + "\n").encode()
    write_together(folder, {WEIGHTS: weights, CONFIG: said})


def load(folder: Path, *, encoder: str, vectors: Tensor | None = None) -> Head | Informed:
    """What ``save`` wrote.

    Args:
        folder: where it is.
        encoder: the revision of the model whose vectors it shall read.
        vectors: of the entities [m, e], where it is informed by them.

    Raises:
        DataError: the folder holds something else, or is damaged.
        ModelError: it was trained on another model, or with other entities.
    """
    try:
        settle(folder)
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        weights = _library().load((folder / WEIGHTS).read_bytes())
        if (config["format"], config["kind"]) != (_FORMAT, _KIND):
            raise ValueError("another format or kind")
        head, attention = Head(**config["head"]), config["attention"]
        _same(folder, "the model", config["encoder"], encoder)
        model: Head | Informed = head
        if attention is not None:
            known = Tensor() if vectors is None else vectors
            _same(folder, "the entities", attention.pop("vectors"), _hash(known))
            model = Informed(KnowledgeAttention(known, **attention), head)
        model.load_state_dict(weights)
    except ModelError:
        raise
    # What safetensors and torch raise of bad bytes and of shapes has no common name.
    except Exception as error:
        raise DataError(f"no head that was saved is here ({error})", where=str(folder)) from error
    return model.eval()


def _same(folder: Path, what: str, was: str, now: str) -> None:
    if was != now:
        raise ModelError(
            f"this head was trained on {what} {was[:12]}, not on {now[:12]}",
            where=str(folder),
            hint="train again",
        )


def _hash(vectors: Tensor) -> str:
    kind = f"{list(vectors.shape)} {vectors.dtype}"
    return content_key(kind, vectors.detach().cpu().contiguous().numpy().tobytes())


def _library() -> Any:
    try:
        import safetensors.torch
    except ImportError as error:
        raise MissingExtraError("safetensors", "embedded") from error
    return safetensors.torch
