"""States of tokens: where they stand, and what they are pooled to."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from duli import lm
from duli.errors import ModelError
from duli.lm.embedded import Embedded
from duli.lm.huggingface import HuggingFace
from duli.lm.weights import Checkpoint

from .conftest import Tiny, bert

TEXTS = ["renal cyst", "a", "肾囊肿 and a seizure", ""]


def test_tokens_stand_where_they_are_said_to(tiny: Tiny) -> None:
    encoder = Embedded(tiny.folder, checkpoint=tiny.checkpoint, precision="float32")
    for text, found in zip(TEXTS, lm.token_states(encoder, TEXTS), strict=True):
        pieces = [text[start:end] for start, end in found.offsets]
        assert "".join(pieces) == text.replace(" ", "")
        assert found.states.shape == (len(pieces), encoder.dimension)
        assert found.states.dtype == np.float32


def test_a_batch_is_its_texts_one_by_one(tiny: Tiny) -> None:
    encoder = Embedded(tiny.folder, checkpoint=tiny.checkpoint, precision="float32")
    for text, found in zip(TEXTS, encoder.token_states(TEXTS), strict=True):
        np.testing.assert_allclose(found.states, encoder.token_states([text])[0].states, atol=1e-4)


def test_two_routes_agree(tiny: Tiny, tmp_path: Path) -> None:
    """The same folder through ONNX Runtime and through transformers: states, offsets and vectors."""
    folder = Path(shutil.copytree(bert(tiny.folder / "bert"), tmp_path / "bert"))
    files = ("model.safetensors", "tokenizer.json")
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    checkpoint = Checkpoint("bert", "someone/bert", hashes, (), 2, 24)
    onnx, hf = Embedded(folder, checkpoint=checkpoint, precision="float32"), HuggingFace(folder)
    np.testing.assert_allclose(onnx.encode(TEXTS), hf.encode(TEXTS), atol=1e-4)
    for one, other in zip(onnx.token_states(TEXTS), hf.token_states(TEXTS), strict=True):
        np.testing.assert_array_equal(one.offsets, other.offsets)
        np.testing.assert_allclose(one.states, other.states, atol=1e-3)


def test_no_texts(tiny: Tiny) -> None:
    assert lm.token_states(Embedded(tiny.folder, checkpoint=tiny.checkpoint), []) == []


def test_an_encoder_of_whole_texts_says_so() -> None:
    with pytest.raises(ModelError, match="'fake' gives no states of tokens"):
        lm.token_states(lm.encoder("fake"), TEXTS)
