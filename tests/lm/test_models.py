"""Which models can be used, and models that are not what they should be."""

from __future__ import annotations

import importlib
import pickle
import shutil
from pathlib import Path

import pytest

from duli import lm
from duli.errors import InputError, ModelError
from duli.lm import models, registry

from .conftest import Tiny, bert, exported


def test_every_back_end_is_listed_and_says_what_it_is() -> None:
    found = {one.name: one for one in models.back_ends()}
    assert set(found) == set(registry.names())
    assert found["hf"].makes == ("encoder", "scorer", "generator")
    assert found["fake"].missing == ()
    assert all(len(one.about) > 20 and one.makes for one in found.values())


def test_what_is_missing_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.module("gguf"), "PACKAGES", ("no_such_package",))
    found = {one.name: one for one in models.back_ends()}["gguf"]
    assert found.missing == ("no_such_package",)
    assert found.install == "pip install 'duli[gguf]'"


def test_back_ends_import_nothing_heavy() -> None:
    names = set(vars(importlib.import_module("duli.lm.backends.gguf")))
    assert "llama_cpp" not in names


def test_a_name_is_checked() -> None:
    found = models.check("fake")
    assert (found.back_end, found.dimension, found.files) == ("fake", 256, {})


def test_a_graphs_folder_is_checked(tiny: Tiny) -> None:
    folder = exported(tiny)
    found = models.check(str(folder))
    assert (found.back_end, found.dimension) == ("onnx", 32)
    assert found.revision == lm.encoder("onnx", folder).revision
    assert set(found.files) == {"config.json", "model.onnx", "tokenizer.json"}
    assert found.files["tokenizer.json"] == tiny.checkpoint.files["tokenizer.json"]


def test_a_hugging_face_folder_is_checked(tmp_path: Path) -> None:
    found = models.check(str(bert(tmp_path / "bert")))
    assert (found.back_end, found.name, found.dimension) == ("hf", "bert", 32)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "deep/a.pkl", "model.safetensors", "weights"])
def test_a_pickle_is_refused(name: str, tiny: Tiny, tmp_path: Path) -> None:
    folder = shutil.copytree(exported(tiny), tmp_path / "model")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ModelError, match="pickle") as caught:
        models.check(str(folder))
    assert name in str(caught.value.where)


def test_what_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing"):
        models.check("nothing")
    with pytest.raises(ModelError, match="no model"):
        models.check(str(tmp_path))
