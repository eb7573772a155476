from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duli import lm
from duli.errors import MissingExtraError, ModelError
from duli.lm.graph import need
from duli.lm.huggingface import HuggingFace

from .conftest import bert

TEXTS = ["renal cyst", "肾囊肿", "a", "", "癫痫 seizure and a cyst", "renal " * 40]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert(tmp_path_factory.mktemp("tiny"))


def test_vectors_are_the_mean_of_the_token_states(folder: Path) -> None:
    import torch

    transformers: Any = need("transformers", "hf")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    found = lm.encode(lm.encoder("hf", folder), TEXTS).vectors
    for text, vector in zip(TEXTS, found, strict=True):
        with torch.no_grad():
            one = tokenizer(text, return_tensors="pt", truncation=True, max_length=24)
            mean = model(**one).last_hidden_state[0].mean(0).numpy()
        assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_chinese_characters_are_told_apart(folder: Path) -> None:
    vectors = lm.encode(HuggingFace(folder), ["肾囊肿", "癫痫"]).vectors
    assert vectors[0] @ vectors[1] < 0.99


def test_two_routes_agree(folder: Path) -> None:
    """The same weights through ONNX Runtime's graph."""
    onnxruntime: Any = pytest.importorskip("onnxruntime", reason="needs the extra embedded")
    from duli.lm.graph import build

    encoder = HuggingFace(folder)
    weights = need("safetensors.numpy").load_file(folder / "model.safetensors")
    session = onnxruntime.InferenceSession(
        build(weights, 2).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for text in TEXTS:
        ids = np.array([encoder._tokenizer(text, truncation=True, max_length=24)["input_ids"]], np.int32)
        other = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
        assert encoder.encode([text]) == pytest.approx(other, abs=1e-4)


def test_the_revision_follows_the_content(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert HuggingFace(tmp_path).revision == HuggingFace(folder).revision
    assert HuggingFace(tmp_path, tokens=8).revision != HuggingFace(folder).revision
    config = tmp_path / "config.json"
    config.write_text(config.read_text("utf-8").replace('"gelu"', '"relu"'), "utf-8")
    assert HuggingFace(tmp_path).revision != HuggingFace(folder).revision


def test_no_text_gives_no_vector(folder: Path) -> None:
    assert HuggingFace(folder).encode([]).shape == (0, 32)


def test_a_pickle_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    with pytest.raises(ModelError, match="pickles are not read"):
        HuggingFace(tmp_path)


def test_damaged_weights_are_told(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        HuggingFace(tmp_path)


def test_weights_of_another_model_are_refused(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    safetensors: Any = need("safetensors.numpy", "hf")
    weights = safetensors.load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    safetensors.save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"encoder\.layer\.1\.output\.dense\.weight"):
        HuggingFace(tmp_path)


def test_a_folder_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="folder"):
        lm.encoder("hf")


def test_a_missing_package_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"duli\[hf\]"):
        need("no_such_package", "hf")
