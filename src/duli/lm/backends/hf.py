"""Any encoder, masked or causal model of the Hugging Face format in a folder: safetensors only, through torch."""

from __future__ import annotations

from pathlib import Path

from duli.lm.generation import Generator
from duli.lm.protocol import Encoder
from duli.lm.scoring import LabelScorer

EXTRA = "hf"
PACKAGES = ("torch", "transformers", "safetensors")


def encoder(folder: Path, *, adapter: Path | None = None) -> Encoder:
    """``folder`` is the model's; ``adapter`` one that ``duli tune`` made for it (extra ``tune``)."""
    from duli.lm.huggingface import HuggingFace

    return HuggingFace(folder, adapter=adapter)


def scorer(folder: Path) -> LabelScorer:
    """``folder`` is the model's; its config.json says whether it is masked or causal."""
    from duli.lm.causal import Causal
    from duli.lm.masked import Masked, is_masked

    return Masked(folder) if is_masked(folder) else Causal(folder)


def generator(folder: Path) -> Generator:
    """``folder`` is the model's."""
    from duli.lm.causal import Causal

    return Causal(folder)
