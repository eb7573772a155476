"""Graphs in folders: the same vectors as through the other routes, and files that are none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from duli import lm
from duli.errors import ModelError
from duli.lm.embedded import Embedded
from duli.lm.onnx import Onnx

from .conftest import Tiny, exported

TEXTS = ["renal cyst", "肾囊肿", "", "a very long name " * 40]


@pytest.mark.parametrize("outputs", [(), ("embedding",), ("states",)])
def test_two_routes_agree(outputs: tuple[str, ...], tiny: Tiny) -> None:
    found = lm.encode(lm.encoder("onnx", exported(tiny, *outputs)), TEXTS).vectors
    other = Embedded(tiny.folder, precision="float32", checkpoint=tiny.checkpoint)
    np.testing.assert_allclose(found, other.encode(TEXTS), atol=1e-5)


def test_it_pools_as_its_files_say(tiny: Tiny, tmp_path: Path) -> None:
    place = shutil.copytree(exported(tiny, "states"), tmp_path / "cls")
    (place / "modules.json").write_text(json.dumps([{"type": "x.Pooling", "path": "1_Pooling"}]))
    (place / "1_Pooling").mkdir()
    (place / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    mean, cls = Onnx(exported(tiny, "states")), Onnx(place)
    assert mean.revision != cls.revision
    assert np.abs(mean.encode(TEXTS) - cls.encode(TEXTS)).max() > 0.01


def test_a_folder_that_is_none(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.onnx and tokenizer\.json"):
        Onnx(tmp_path)
    shutil.copy(tiny.folder / "tokenizer.json", tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"a pickle")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Onnx(tmp_path)


def test_a_tokenizer_that_is_none(tiny: Tiny, tmp_path: Path) -> None:
    place = shutil.copytree(exported(tiny), tmp_path / "damaged")
    (place / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Onnx(place)
