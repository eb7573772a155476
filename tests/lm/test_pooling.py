from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duli.errors import ModelError
from duli.lm import pooling
from duli.lm.graph import need
from duli.lm.huggingface import HuggingFace

from .conftest import Tiny, bert

TEXTS = ["renal cyst", "a", "癫痫 seizure and a cyst"]
PARTS = "sentence_transformers.models."


def _say(folder: Path, config: object, *more: str) -> Path:
    parts = [("Transformer", ""), ("Pooling", "1_Pooling"), *((kind, f"2_{kind}") for kind in more)]
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": PARTS + kind} for n, (kind, path) in enumerate(parts)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    return folder


def _flags(on: str) -> dict[str, Any]:
    names = ("cls_token", "mean_tokens", "max_tokens", "lasttoken", "mean_sqrt_len_tokens")
    flags = {f"pooling_mode_{name}": name == on for name in names}
    return {"word_embedding_dimension": 32, **flags, "include_prompt": True}


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (_flags("mean_tokens"), "mean"),
        (_flags("cls_token"), "cls"),
        (_flags("max_tokens"), "max"),
        (_flags("lasttoken"), "lasttoken"),
        ({"pooling_mode": "cls"}, "cls"),
        ({}, "mean"),
    ],
)
def test_the_models_files_are_read(config: object, kind: str, tmp_path: Path) -> None:
    assert pooling.read(_say(tmp_path, config, "Normalize")) == kind


def test_nothing_said_is_the_mean(tmp_path: Path) -> None:
    assert pooling.read(tmp_path) == "mean"


@pytest.mark.parametrize("config", [_flags("mean_sqrt_len_tokens"), {"pooling_mode": "weightedmean"}])
def test_a_pooling_that_is_not_known(config: object, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not known here"):
        pooling.read(_say(tmp_path, config))


def test_a_part_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not known here: Dense"):
        pooling.read(_say(tmp_path, {}, "Dense"))


@pytest.mark.parametrize("modules", ["{", "[1]", '[{"type": 1}]', '[{"type": "Pooling", "path": "x"}]'])
def test_damaged_files(modules: str, tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text(modules)
    with pytest.raises(ModelError, match=r"no list|cannot be read"):
        pooling.read(tmp_path)


@pytest.mark.parametrize("kind", ["mean", "cls", "max", "lasttoken"])
def test_a_vector_is_pooled_from_the_states(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    shutil.copytree(bert(tiny.folder / "bert"), tmp_path / "bert")
    folder = _say(tmp_path / "bert", {"pooling_mode": kind})
    torch, transformers = need("torch", "hf"), need("transformers", "hf")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    encoder = HuggingFace(folder)
    assert encoder.revision != HuggingFace(bert(tiny.folder / "bert")).revision or kind == "mean"
    for text, vector in zip(TEXTS, encoder.encode(TEXTS), strict=True):
        with torch.no_grad():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].numpy()
        wanted = {"mean": states.mean(0), "cls": states[0], "max": states.max(0), "lasttoken": states[-1]}[
            kind
        ]
        np.testing.assert_allclose(vector, wanted / np.linalg.norm(wanted), atol=1e-5)
