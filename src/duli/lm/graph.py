"""A BERT encoder as an ONNX graph, from its weights alone: no torch, no exporter.

The graph takes ``input_ids`` and ``attention_mask`` (int32 [n, s]) and gives ``embedding`` (float32 [n, d]):
the mean of the token states under the mask (Reimers and Gurevych 2019), divided by its length, and ``states``
(float32 [n, s, d]), which cost nothing where they are not asked for. It is written
in ONNX Runtime's fused operators (EmbedLayerNormalization, Attention, SkipLayerNormalization, BiasGelu), so
that nothing is left to optimise when it is loaded.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import MissingExtraError

LAYOUT = "2"
"""Part of the graph's name in the cache: count it up when the graph changes but its vectors do not."""

RECIPE = "1"
"""Part of the encoder's revision: count it up when the graph or its quantisation changes the vectors."""

Weights = Mapping[str, NDArray[np.float32]]
_EPSILON = 1e-12
_FUSED = "com.microsoft"
_FLOAT, _INT32 = 1, 6


def need(module: str, extra: str = "embedded") -> Any:
    """Import an optional module of an extra; MissingExtraError when it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(module.partition(".")[0], extra) from error


def build(weights: Weights, heads: int) -> Any:
    """The model (``onnx.ModelProto``) in float32.

    Args:
        weights: tensors by their name in a Hugging Face BERT checkpoint.
        heads: attention heads of a layer.

    Source: Devlin et al. 2019; the mean instead of the first token: Reimers and Gurevych 2019.
    """
    graph = _Graph(weights)
    state = graph.embeddings()
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in weights:
        state = graph.layer(f"encoder.layer.{layer}.", state, heads)
        layer += 1
    graph.pool(state)
    return graph.model()


def quantised(model: Any) -> bytes:
    """The model, serialised, with weights in 8 bits and activations quantised as they come."""
    quantization = need("onnxruntime.quantization")
    with tempfile.TemporaryDirectory(prefix="duli-") as folder:
        path = Path(folder) / "model.onnx"
        quantization.quantize_dynamic(
            model,
            path,
            op_types_to_quantize=["MatMul", "Attention"],
            # The mean under the mask is no product with weights.
            nodes_to_exclude=["sum.row"],
            per_channel=True,
            # 7 of the 8 bits: processors without VNNI add two products in 16 bits, which 8 would overflow.
            reduce_range=True,
            weight_type=quantization.QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": _FLOAT},
        )
        return path.read_bytes()


class _Graph:
    """Nodes and constants so far. Every method adds some and gives the name of what they compute."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.onnx = need("onnx")
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def embeddings(self) -> str:
        prefix = "embeddings."
        # The token type is always 0: its vector goes into every position's.
        positions = self._weight(prefix + "position_embeddings.weight")
        positions = positions + self._weight(prefix + "token_type_embeddings.weight")[0]
        words = self._constant("words", self._weight(prefix + "word_embeddings.weight"))
        tables = [words, self._constant("positions", positions), ""]
        inputs = ["input_ids", "", *tables, *self._norm(prefix + "LayerNorm")]
        return self._fused("EmbedLayerNormalization", inputs, "embedded", "embedded.mask", epsilon=_EPSILON)

    def layer(self, prefix: str, state: str, heads: int) -> str:
        attended = self._attention(prefix, state, heads)
        middle = self._dense(prefix + "attention.output", attended, state)
        wide = self._product(prefix + "intermediate.dense", middle)
        bias = self._constant(prefix + "intermediate.bias", self._weight(prefix + "intermediate.dense.bias"))
        active = self._fused("BiasGelu", [wide, bias], prefix + "active")
        return self._dense(prefix + "output", active, middle)

    def pool(self, state: str) -> None:
        """Sum under the mask; the division by the count is undone by the division by the length anyway."""
        axis = self._constant("axis", np.array([1], np.int64))
        self._node("Cast", ["attention_mask"], "mask", to=_FLOAT)
        self._node("Unsqueeze", ["mask", axis], "mask.row")
        self._node("MatMul", ["mask.row", state], "sum.row")
        self._node("Squeeze", ["sum.row", axis], "sum")
        self._node("ReduceL2", ["sum", axis], "length", keepdims=1)
        self._node("Div", ["sum", "length"], "embedding")
        self._node("Identity", [state], "states")

    def model(self) -> Any:
        helper = self.onnx.helper
        dimension = self._weight("embeddings.word_embeddings.weight").shape[1]
        graph = helper.make_graph(
            self.nodes,
            "encoder",
            [helper.make_tensor_value_info(n, _INT32, ["n", "s"]) for n in ("input_ids", "attention_mask")],
            [
                helper.make_tensor_value_info("embedding", _FLOAT, ["n", dimension]),
                helper.make_tensor_value_info("states", _FLOAT, ["n", "s", dimension]),
            ],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_FUSED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        # Tells the quantiser that there is nothing to prepare; it would warn on the root logger otherwise.
        helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
        return model

    def _attention(self, prefix: str, state: str, heads: int) -> str:
        parts = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._weight(part + ".weight").T for part in parts], 1)
        bias = np.concatenate([self._weight(part + ".bias") for part in parts])
        inputs = [state, self._constant(prefix + "qkv", weight), self._constant(prefix + "qkv.bias", bias)]
        return self._fused("Attention", [*inputs, "attention_mask"], prefix + "attended", num_heads=heads)

    def _dense(self, prefix: str, inner: str, skipped: str) -> str:
        product = self._product(prefix + ".dense", inner)
        bias = self._constant(prefix + ".bias", self._weight(prefix + ".dense.bias"))
        inputs = [product, skipped, *self._norm(prefix + ".LayerNorm"), bias]
        return self._fused("SkipLayerNormalization", inputs, prefix + ".state", epsilon=_EPSILON)

    def _product(self, name: str, inner: str) -> str:
        weight = self._constant(name + ".transposed", self._weight(name + ".weight").T)
        return self._node("MatMul", [inner, weight], name + ".product")

    def _norm(self, name: str) -> list[str]:
        return [self._constant(part, self._weight(part)) for part in (f"{name}.weight", f"{name}.bias")]

    def _weight(self, name: str) -> NDArray[np.float32]:
        return self.weights[name]

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _fused(self, kind: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        return self._node(kind, inputs, *outputs, domain=_FUSED, **attributes)

    def _node(self, kind: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        # Named, because the quantiser derives the names of what it adds from a node's.
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, outputs, name=outputs[0], **attributes))
        return outputs[0]
