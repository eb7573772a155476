"""all-MiniLM-L6-v2 in 8 bits: English, 384 dimensions, offline, without torch."""

from __future__ import annotations

from pathlib import Path

from duli.lm.protocol import Encoder

EXTRA = "embedded"
PACKAGES = ("onnxruntime", "onnx", "tokenizers", "safetensors")


def encoder(folder: Path | None = None) -> Encoder:
    """In ``folder`` its files are looked for first."""
    from duli.lm.embedded import Embedded

    return Embedded(folder)
