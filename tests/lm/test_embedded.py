from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.errors import ModelError
from duli.lm import encode
from duli.lm.embedded import BUDGET, Embedded, batches

from .conftest import TOKENS, Tiny

NAMES = ["renal cyst", "seizure", "a", "肾囊肿", "癫痫 abc"]


def _tiny(tiny: Tiny) -> Embedded:
    return Embedded(tiny.folder, checkpoint=tiny.checkpoint)


@given(st.lists(st.integers(0, 300), max_size=200), st.integers(1, 600))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = list(batches(lengths, budget))
    assert sorted(row for rows in found for row in rows) == list(range(len(lengths)))
    for rows in found:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= max(budget, len(rows))
    longest = [lengths[row] for rows in found for row in rows]
    assert longest == sorted(lengths, reverse=True)


def test_batches_are_full() -> None:
    assert [len(rows) for rows in batches([10] * 1000, 1024)] == [102] * 9 + [82]
    assert [len(rows) for rows in batches([BUDGET + 1, 1, 1])] == [1, 2]


def test_a_long_text_is_cut_off(tiny: Tiny) -> None:
    encoder = _tiny(tiny)
    room = TOKENS - 2
    exact, longer, shorter = encoder.encode(["a " * room, "a " * room + "b " * 500, "a " * (room - 1)])
    assert exact @ longer > 0.9999
    assert exact @ shorter < 0.9999


def test_the_graph_is_built_once(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _tiny(tiny).encode(NAMES)
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    np.testing.assert_array_equal(_tiny(tiny).encode(NAMES), first)


def test_a_damaged_graph_is_built_again(tiny: Tiny, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = _tiny(tiny).encode(NAMES)
    (path,) = cache.glob("lm/*/graph-*/model.onnx")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    np.testing.assert_array_equal(_tiny(tiny).encode(NAMES), first)
    assert caplog.messages == [f"the cache file {path} is damaged: made again"]
    assert path.read_bytes() == content


def test_a_cache_that_cannot_be_written(
    tiny: Tiny,
    tmp_path: Path,
    no_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    encoder = _tiny(tiny)
    assert encode(encoder, NAMES * 20).vectors.shape == (100, encoder.dimension)
    assert len(caplog.messages) == 1
    assert list((tmp_path / "temporary").iterdir()) == []


def test_changed_weights_are_refused(tiny: Tiny, tmp_path: Path) -> None:
    _tiny(tiny)
    for name in tiny.checkpoint.files:
        (tmp_path / name).write_bytes((tiny.folder / name).read_bytes())
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError, match=r"model\.safetensors is not the published file"):
        Embedded(tmp_path, checkpoint=tiny.checkpoint)


@pytest.fixture(scope="session")
def exact(real_cache: Path) -> Embedded:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DULI_CACHE", str(real_cache))
        return Embedded(precision="float32")


@pytest.mark.real
def test_eight_bits_stay_close_on_real_names(real: Embedded, exact: Embedded, real_names: list[str]) -> None:
    # Measured 2026-11 on 484 names: mean 0.9915, worst 0.975.
    cosines = np.sum(real.encode(real_names) * exact.encode(real_names), axis=1)
    assert cosines.mean() >= 0.98
    assert cosines.min() >= 0.95


@pytest.mark.real
def test_what_stands_beside_a_text_matters_little(
    real: Embedded, exact: Embedded, real_names: list[str]
) -> None:
    # Measured 2026-11: in 8 bits mean 0.990, worst 0.969; in float32 none.
    for encoder, mean, worst in ((real, 0.985, 0.95), (exact, 0.999999, 0.99999)):
        alone = np.concatenate([encoder.encode([name]) for name in real_names[:200]])
        cosines = np.sum(alone * encoder.encode(real_names)[:200], axis=1)
        assert cosines.mean() >= mean
        assert cosines.min() >= worst


@pytest.mark.real
def test_meaning_counts_not_letters(real: Embedded) -> None:
    vectors = real.encode(["epileptic fits", "seizure", "renal cyst", "kidney cysts"])
    assert vectors[0] @ vectors[1] > 0.5 > vectors[1] @ vectors[2]
    assert vectors[2] @ vectors[3] > 0.7


@pytest.mark.real
def test_as_sentence_transformers_has_it(exact: Embedded) -> None:
    # The model card's own example: cosine of its two sentences, 0.6 by its inference widget's rounding.
    first, second = exact.encode(["That is a happy person", "That is a happy dog"])
    assert abs(float(first @ second) - 0.695) < 0.01


@pytest.mark.real
def test_chinese_goes_through(real: Embedded) -> None:
    vectors = real.encode(["肾囊肿", "癫痫发作", "多发性肾囊肿，伴有癫痫发作。" * 100])
    assert np.all(np.isfinite(vectors))
    assert vectors[0] @ vectors[1] < 0.999


@pytest.mark.real
def test_a_second_process_has_the_same_encoder(real: Embedded, real_cache: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from duli import lm; print(lm.encoder().revision)"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DULI_CACHE": str(real_cache)},
    )
    assert (done.stdout.split(), done.stderr) == ([real.revision], "")
