"""Any model in a GGUF file, through llama.cpp."""

from __future__ import annotations

from pathlib import Path

from duli.lm.generation import Generator
from duli.lm.protocol import Encoder
from duli.lm.scoring import LabelScorer

EXTRA = "gguf"
PACKAGES = ("llama_cpp",)


def encoder(folder: Path) -> Encoder:
    """``folder`` is a file, or a folder that holds one such file."""
    from duli.lm.gguf import GgufEncoder

    return GgufEncoder(folder)


def scorer(folder: Path) -> LabelScorer:
    """``folder`` is a file, or a folder that holds one such file."""
    from duli.lm.gguf import Gguf

    return Gguf(folder)


def generator(folder: Path) -> Generator:
    """``folder`` is a file, or a folder that holds one such file."""
    from duli.lm.gguf import Gguf

    return Gguf(folder)
