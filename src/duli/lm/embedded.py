"""The encoder that needs no server and no torch: a small BERT through ONNX Runtime, in 8 bits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from duli.files import Progress, content_key, silent
from duli.lm import sealed
from duli.lm.graph import LAYOUT, RECIPE, build, need, quantised
from duli.lm.protocol import TokenStates, Vectors, readable
from duli.lm.weights import MINILM, Checkpoint, locate

BUDGET = 2048
"""Tokens a batch, padding included."""

_MODEL = "model.onnx"
_DIMENSION_OF = "embeddings.word_embeddings.weight"


class Embedded:
    """A checkpoint, ready to encode. Its vectors are the same in every thread and process.

    In 8 bits a text's vector depends a little on the texts beside it in a batch, because activations are
    quantised by the range of the whole batch; tests/lm/test_embedded.py measures how little.

    Args:
        folder: where the files are looked for first (``weights.locate``).
        precision: of the products.
        checkpoint: which model.

    Raises:
        MissingExtraError: onnxruntime or another package of the extra is not installed.
        ModelError: the files are not there or not the published ones.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        precision: Literal["int8", "float32"] = "int8",
        checkpoint: Checkpoint = MINILM,
    ) -> None:
        runtime, tokenizers = need("onnxruntime"), need("tokenizers")
        place = locate(checkpoint, folder)
        self.name = checkpoint.name
        self.revision = content_key(RECIPE, precision, str(checkpoint.tokens), *checkpoint.files.values())
        self._tokenizer = tokenizers.Tokenizer.from_file(str(place / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(checkpoint.tokens)
        self._session = session(
            runtime, _model(place, checkpoint, precision, f"lm/{self.revision}/graph-{LAYOUT}")
        )
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, d]; long texts are cut off at the checkpoint's number of tokens."""
        tokens = [found.ids for found in self._tokenizer.encode_batch_fast([*map(readable, texts)])]
        return in_batches(tokens, self.dimension, self._run, progress)

    def token_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """The last layer's states, one a text; long texts are cut off."""
        tokens = self._tokenizer.encode_batch([*map(readable, texts)])
        found: dict[int, TokenStates] = {}
        for rows in batches([len(token.ids) for token in tokens]):
            states = self._ask("states", [tokens[row].ids for row in rows])
            for row, state in zip(rows, states, strict=True):
                own = np.flatnonzero(np.array(tokens[row].special_tokens_mask) == 0)
                offsets = np.array(tokens[row].offsets, np.int64)[own]
                found[int(row)] = TokenStates(state[own], offsets)
        return [found[row] for row in range(len(tokens))]

    def _run(self, tokens: list[list[int]]) -> Vectors:
        return self._ask("embedding", tokens)

    def _ask(self, output: str, tokens: list[list[int]]) -> Vectors:
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int32)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        vectors: Vectors = self._session.run([output], {"input_ids": ids, "attention_mask": mask})[0]
        return vectors


def in_batches(
    tokens: Sequence[list[int]], dimension: int, run: Callable[[list[list[int]]], Vectors], progress: Progress
) -> Vectors:
    """What `run` makes of texts' tokens, [n, dimension], a batch at a time."""
    vectors = np.empty((len(tokens), dimension), np.float32)
    done = 0
    for rows in batches([len(ids) for ids in tokens]):
        vectors[rows] = run([tokens[row] for row in rows])
        done += len(rows)
        progress("encoding names", done, len(tokens))
    return vectors


def batches(lengths: Sequence[int], budget: int = BUDGET) -> Iterator[NDArray[np.int64]]:
    """Rows of each batch: longest first, like lengths together, at most ``budget`` tokens with padding."""
    order = np.argsort(-np.asarray(lengths, np.int64), kind="stable")
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def _model(place: Path, checkpoint: Checkpoint, precision: str, name: str) -> Path | bytes:
    """The graph: a file in the cache, or what has just been built."""
    found = sealed.find(name, _MODEL)
    if found is not None:
        return found
    weights = need("safetensors.numpy").load_file(place / "model.safetensors")
    model = build(weights, checkpoint.heads)
    content = quantised(model) if precision == "int8" else model.SerializeToString()
    sealed.save(name, _MODEL, partial(Path.write_bytes, data=content))
    return bytes(content)


def session(runtime: Any, model: Path | bytes) -> Any:
    """A session of ONNX Runtime on the processor, from a file or its content."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    options.inter_op_num_threads = 1
    # Threads that wait do not spin: where others compute, too, that is a quarter more texts a second of processor.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Errors only: they come as exceptions, and a library does not write to the user's terminal.
    options.log_severity_level = 3
    content = model if isinstance(model, bytes) else str(model)
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
