"""Encoders as ONNX graphs with a tokenizer.json, from a folder, through ONNX Runtime: no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import ModelError
from duli.files import Progress, content_key, file_hash, silent
from duli.lm import pooling
from duli.lm.embedded import in_batches, session
from duli.lm.graph import need
from duli.lm.protocol import Vectors, readable

_RECIPE = "onnx, 1"
_TOKENS = 512
_GRAPHS = ("model.onnx", "onnx/model.onnx")
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Onnx:
    """A frozen encoder whose graph takes ``input_ids`` and ``attention_mask``, as the exporters write it.

    An output [n, d] is taken as the texts' vectors; token states [n, s, d] are pooled as the folder's files say.

    Args:
        folder: ``model.onnx`` (or ``onnx/model.onnx``) and ``tokenizer.json``.

    Raises:
        MissingExtraError: onnxruntime or tokenizers is not installed.
        ModelError: the folder is no such model.
    """

    def __init__(self, folder: Path) -> None:
        runtime, tokenizers = need("onnxruntime"), need("tokenizers")
        graph = next((folder / name for name in _GRAPHS if (folder / name).is_file()), None)
        words = folder / "tokenizer.json"
        if graph is None or not words.is_file():
            raise ModelError("model.onnx and tokenizer.json belong in the model's folder", where=str(folder))
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(words))
            self._session = session(runtime, graph)
        except Exception as error:  # both libraries raise bare exceptions
            reason = str(error).partition("\n")[0]
            raise ModelError(f"the model cannot be loaded ({reason})", where=str(folder)) from error
        takes = {put.name: put.type for put in self._session.get_inputs()}
        if "input_ids" not in takes or set(takes) - set(_INPUTS):
            raise ModelError(f"the graph takes {', '.join(takes)}, not {_INPUTS}", where=str(graph))
        self._types = {name: np.int32 if "int32" in kind else np.int64 for name, kind in takes.items()}
        outputs = self._session.get_outputs()
        self._output = next((out for out in outputs if len(out.shape) == 2), outputs[0])
        if len(self._output.shape) not in (2, 3) or not isinstance(self._output.shape[-1], int):
            raise ModelError("the graph gives neither vectors nor token states", where=str(graph))
        self.dimension = int(self._output.shape[-1])
        self._pooling = pooling.read(folder)
        self._tokenizer.no_padding()
        tokens = _tokens(folder)
        self._tokenizer.enable_truncation(tokens)
        self.name = folder.name
        # Large graphs keep their weights beside them.
        files = sorted([words, *graph.parent.glob(f"{graph.name}*")])
        self.revision = content_key(_RECIPE, self._pooling, str(tokens), *map(file_hash, files))

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, d]; long texts are cut off at 512 tokens, or at what the model was made for."""
        tokens = [found.ids for found in self._tokenizer.encode_batch_fast([*map(readable, texts)])]
        return in_batches(tokens, self.dimension, self._run, progress)

    def _run(self, tokens: list[list[int]]) -> Vectors:
        # A graph reads no text without tokens.
        ids = np.zeros((len(tokens), max(1, *map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : max(1, len(text))] = 1
        values = dict(zip(_INPUTS, (ids, mask, np.zeros_like(ids)), strict=True))
        given = {name: values[name].astype(kind) for name, kind in self._types.items()}
        found: Any = self._session.run([self._output.name], given)[0].astype(np.float32)
        pooled = found if found.ndim == 2 else pooling.pool(self._pooling, found, mask)
        vectors: Vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors


def _tokens(folder: Path) -> int:
    """The longest text, in tokens."""
    try:
        config: Any = json.loads((folder / "config.json").read_text("utf-8"))
        return min(_TOKENS, int(config["max_position_embeddings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _TOKENS
