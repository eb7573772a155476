"""The graph against the same model written in numpy, as its paper has it."""

from __future__ import annotations

import logging
import math
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from duli.errors import MissingExtraError
from duli.lm.graph import build, need, quantised

from .conftest import HEADS, LAYERS, Tiny

Matrix = NDArray[np.float64]
TOKENS = [[2, 10, 11, 12, 3], [2, 20, 3], [2, 3]]


class Reference:
    """BERT for one text without padding (Devlin et al. 2019), mean and length after it."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = {name: value.astype(np.float64) for name, value in weights.items()}

    def vector(self, tokens: list[int]) -> Matrix:
        tables = [
            self.weights[f"embeddings.{kind}_embeddings.weight"]
            for kind in ("word", "position", "token_type")
        ]
        state = self.norm("embeddings.LayerNorm", tables[0][tokens] + tables[1][: len(tokens)] + tables[2][0])
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}."
            attended = self.dense(prefix + "attention.output.dense", self.attention(prefix, state))
            state = self.norm(prefix + "attention.output.LayerNorm", attended + state)
            inner = self.dense(prefix + "intermediate.dense", state)
            inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
            state = self.norm(prefix + "output.LayerNorm", self.dense(prefix + "output.dense", inner) + state)
        mean: Matrix = state.mean(0)
        return mean / np.linalg.norm(mean)

    def attention(self, prefix: str, state: Matrix) -> Matrix:
        query, key, value = (
            np.split(self.dense(f"{prefix}attention.self.{part}", state), HEADS, 1)
            for part in ("query", "key", "value")
        )
        heads = []
        for q, k, v in zip(query, key, value, strict=True):
            scores = np.exp(q @ k.T / math.sqrt(q.shape[1]))
            heads.append(scores / scores.sum(1, keepdims=True) @ v)
        return np.concatenate(heads, 1)

    def dense(self, name: str, state: Matrix) -> Matrix:
        product: Matrix = state @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]
        return product

    def norm(self, name: str, state: Matrix) -> Matrix:
        centred = state - state.mean(1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-12)
        normed: Matrix = scaled * self.weights[name + ".weight"] + self.weights[name + ".bias"]
        return normed


def _run(content: bytes, width: int) -> Matrix:
    """The three texts, padded to some width."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    ids = np.array([tokens + [0] * (width - len(tokens)) for tokens in TOKENS], np.int32)
    mask = np.array([[1] * len(tokens) + [0] * (width - len(tokens)) for tokens in TOKENS], np.int32)
    vectors: Matrix = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return vectors


@pytest.mark.parametrize("width", [5, 9])
def test_the_graph_is_the_model(width: int, tiny: Tiny) -> None:
    vectors = _run(build(tiny.weights, HEADS).SerializeToString(), width)
    reference = Reference(tiny.weights)
    np.testing.assert_allclose(vectors, [reference.vector(tokens) for tokens in TOKENS], atol=1e-5)


def test_eight_bits_stay_close(tiny: Tiny) -> None:
    model = build(tiny.weights, HEADS)
    plain = _run(model.SerializeToString(), 5)
    small = _run(quantised(model), 5)
    assert np.sum(plain * small, axis=1).min() > 0.95
    assert not np.array_equal(plain, small)


def test_all_products_with_weights_are_quantised(tiny: Tiny) -> None:
    model = onnx.load_from_string(quantised(build(tiny.weights, HEADS)))
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("QAttention") == LAYERS
    assert kinds.count("MatMulInteger") == 3 * LAYERS
    assert kinds.count("Attention") == 0
    assert kinds.count("MatMul") == 1


def test_the_quantiser_says_nothing(tiny: Tiny, caplog: pytest.LogCaptureFixture) -> None:
    handlers = list(logging.getLogger().handlers)
    quantised(build(tiny.weights, HEADS))
    assert caplog.messages == []
    assert logging.getLogger().handlers == handlers


def test_the_same_bytes_twice(tiny: Tiny) -> None:
    assert quantised(build(tiny.weights, HEADS)) == quantised(build(tiny.weights, HEADS))


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(MissingExtraError, match="'safetensors'"):
        need("safetensors.numpy")
