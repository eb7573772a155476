"""Any encoder, masked or causal model of the Hugging Face format in a folder or at the hub, through torch."""

from __future__ import annotations

from pathlib import Path

from duli.errors import ModelError
from duli.lm.generation import Generator
from duli.lm.protocol import Encoder
from duli.lm.scoring import LabelScorer

EXTRA = "hf"
PACKAGES = ("torch", "transformers", "safetensors")


def encoder(
    folder: Path | None = None,
    *,
    model: str | None = None,
    revision: str | None = None,
    adapter: Path | None = None,
) -> Encoder:
    """Of ``folder``, or of ``model`` at the hub in its ``revision``; with what ``duli tune`` made for it."""
    from duli.lm.huggingface import HuggingFace

    return HuggingFace(_place(folder, model, revision), adapter=adapter)


def scorer(
    folder: Path | None = None, *, model: str | None = None, revision: str | None = None
) -> LabelScorer:
    """As ``encoder``; the model's config.json says whether it is masked or causal."""
    from duli.lm.causal import Causal
    from duli.lm.masked import Masked, is_masked

    place = _place(folder, model, revision)
    return Masked(place) if is_masked(place) else Causal(place)


def generator(
    folder: Path | None = None, *, model: str | None = None, revision: str | None = None
) -> Generator:
    """As ``encoder``."""
    from duli.lm.causal import Causal

    return Causal(_place(folder, model, revision))


def _place(folder: Path | None, model: str | None, revision: str | None) -> Path:
    if (folder is None) == (model is None or revision is None):
        raise ModelError(
            "'hf' needs a model's folder, or its name and revision at the hub",
            hint="lm.encoder('hf', Path(…)) or lm.encoder('hf', model='owner/name', revision='40 digits of a commit')",
        )
    if folder is not None:
        return folder
    from duli.lm.hub import snapshot

    return snapshot(str(model), str(revision))
