"""Any encoder exported to ONNX, in a folder with its tokenizer.json: without torch."""

from __future__ import annotations

from pathlib import Path

from duli.lm.protocol import Encoder

EXTRA = "embedded"
PACKAGES = ("onnxruntime", "tokenizers")


def encoder(folder: Path) -> Encoder:
    """``folder`` holds model.onnx and tokenizer.json."""
    from duli.lm.onnx import Onnx

    return Onnx(folder)
