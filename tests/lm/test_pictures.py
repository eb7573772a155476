"""Pictures are read as the model's own library reads them; what is no picture, or too large, is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duli.errors import InputError, ModelError
from duli.lm import pictures
from tests.lm.conftest import bert, clip

image_library: Any = pytest.importorskip("PIL.Image", reason="needs the extra image")


def picture(pixels: Any, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image_library.fromarray(np.asarray(pixels, np.uint8)).save(file, kind)
    return file.getvalue()


@pytest.fixture
def model(tmp_path: Path) -> pictures.Clip:
    return pictures.Clip(clip(tmp_path / "clip"))


def test_the_probabilities_are_those_of_the_library(model: pictures.Clip) -> None:
    torch: Any = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    data, texts = picture(random.integers(0, 256, (20, 30, 3))), ["renal cyst", "a seizure", "肾囊肿"]
    batch = model._tokenizer(texts, padding=True, return_tensors="pt")
    pixels = torch.from_numpy(pictures.prepare(data, model._shape)[None])
    with torch.inference_mode():
        made = model._model(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], pixel_values=pixels
        )
    wanted = made.logits_per_image.softmax(-1)[0].numpy()
    assert model.likely(data, texts) == pytest.approx(wanted, rel=1e-4)


def test_the_middle_is_cut_out_and_colours_are_scaled() -> None:
    # Left third red, middle white, right third blue.
    pixels = np.zeros((10, 30, 3))
    pixels[:, :10, 0], pixels[:, 10:20], pixels[:, 20:, 2] = 255, 255, 255
    found = pictures.prepare(picture(pixels), (10, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)))
    assert found.shape == (3, 10, 10)
    assert found.dtype == np.float32
    assert found == pytest.approx(np.ones((3, 10, 10)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_these_formats_are_read(model: pictures.Clip, kind: str) -> None:
    vector = model.picture(picture(np.full((12, 9, 3), 128), kind))
    assert np.linalg.norm(vector) == pytest.approx(1, rel=1e-5)


def test_a_grey_picture_is_read(model: pictures.Clip) -> None:
    assert np.isfinite(model.picture(picture(np.full((9, 9), 80)))).all()


@pytest.mark.parametrize("data", [b"", b"no picture", picture(np.zeros((9, 9, 3)))[:40]])
def test_what_is_no_picture(model: pictures.Clip, data: bytes) -> None:
    with pytest.raises(InputError, match="this is no picture"):
        model.picture(data)


def test_limits(model: pictures.Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture(np.zeros((9, 9, 3)))
    monkeypatch.setattr(pictures, "PIXELS", 80)
    with pytest.raises(InputError, match="9 x 9 pixels; 80 is the limit"):
        model.picture(data)
    monkeypatch.setattr(pictures, "LARGEST", 20)
    with pytest.raises(InputError, match="20 is the limit"):
        model.picture(data)


def test_a_model_that_reads_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not read pictures"):
        pictures.Clip(bert(tmp_path / "bert"))


def test_a_preprocessor_that_cannot_be_used(tmp_path: Path) -> None:
    folder = clip(tmp_path / "clip")
    (folder / "preprocessor_config.json").write_text('{"image_std": [0, 1, 1]}', "utf-8")
    with pytest.raises(ModelError, match="cannot be used"):
        pictures.Clip(folder)
