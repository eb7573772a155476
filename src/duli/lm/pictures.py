"""Pictures beside texts: models of the CLIP kind, through transformers and torch (the extra ``image``)."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError, ModelError
from duli.files import content_key
from duli.lm.graph import need
from duli.lm.huggingface import file_hashes, load
from duli.lm.protocol import Vectors, readable

LARGEST, PIXELS = 20 << 20, 50_000_000
"""Bytes and pixels of a picture."""

_FORMATS = ("PNG", "JPEG", "WEBP")
_PREPROCESSOR = "preprocessor_config.json"
_MEAN, _DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


class Clip:
    """A frozen model that puts pictures and texts into one space (Radford et al. 2021).

    Args:
        folder: ``config.json``, tokenizer, ``preprocessor_config.json`` if there is one, and weights as safetensors.

    Raises:
        MissingExtraError: transformers, torch or Pillow is not installed.
        ModelError: the folder is no such model.
    """

    def __init__(self, folder: Path) -> None:
        self._torch = need("torch", "image")
        need("PIL", "image")
        self._tokenizer, model, absent = load(folder)
        if absent or not hasattr(model, "get_image_features"):
            what = f"lacks {absent[0]!r}" if absent else "does not read pictures"
            raise ModelError(f"the model {what}", where=str(folder), hint="name one of the CLIP kind")
        self._model: Any = model.eval().requires_grad_(False)
        self._scale = float(model.logit_scale.exp())
        self._tokens = int(model.config.text_config.max_position_embeddings)
        self._shape = _shape(folder, int(model.config.vision_config.image_size))
        self.name = folder.name
        self.revision = content_key("clip 1", *file_hashes(folder))

    def likely(self, picture: bytes, descriptions: Sequence[str]) -> NDArray[np.float64]:
        """How likely each description is of a picture, if one of them is [m]: the softmax of the model's own logits."""
        texts, image = self.texts(descriptions), self.picture(picture)
        logits = self._scale * (texts @ image).astype(np.float64)
        powers = np.exp(logits - logits.max())
        found: NDArray[np.float64] = powers / powers.sum()
        return found

    def texts(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts [m, d]; long ones are cut off."""
        batch = self._tokenizer(
            [*map(readable, texts)],
            truncation=True,
            max_length=self._tokens,
            padding=True,
            return_tensors="pt",
        )
        with self._torch.inference_mode():
            made = self._model.get_text_features(
                input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
            )
        return _unit(made)

    def picture(self, data: bytes) -> Vectors:
        """The unit vector of a picture [d].

        Raises:
            InputError: it is too large, or no PNG, JPEG or WebP.
        """
        pixels = self._torch.from_numpy(prepare(data, self._shape)[None])
        with self._torch.inference_mode():
            vector: Vectors = _unit(self._model.get_image_features(pixel_values=pixels))[0]
        return vector


def prepare(data: bytes, shape: tuple[int, tuple[float, ...], tuple[float, ...]]) -> NDArray[np.float32]:
    """A picture as the model takes it [3, s, s]: the shorter side made s, the middle cut out, colours scaled.

    Args:
        data: the file's bytes.
        shape: s, and the mean and deviation of each colour.
    """
    size, mean, deviation = shape
    image = _open(data)
    least = min(image.size)
    wide, high = (max(size, round(side * size / least)) for side in image.size)
    image = image.resize((wide, high), need("PIL.Image", "image").Resampling.BICUBIC)
    left, top = (wide - size) // 2, (high - size) // 2
    pixels = np.asarray(image.crop((left, top, left + size, top + size)), np.float32) / 255
    scaled = (pixels - np.array(mean, np.float32)) / np.array(deviation, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1), np.float32)


def _open(data: bytes) -> Any:
    if len(data) > LARGEST:
        raise InputError(f"the picture has {len(data):,} bytes; {LARGEST:,} is the limit")
    library = need("PIL.Image", "image")
    try:
        image = library.open(io.BytesIO(data), formats=_FORMATS)
        if image.size[0] * image.size[1] > PIXELS:
            raise InputError(
                f"the picture has {image.size[0]} x {image.size[1]} pixels; {PIXELS:,} is the limit"
            )
        return image.convert("RGB")
    except InputError:
        raise
    # What Pillow raises of broken bytes has no common name.
    except Exception as error:
        raise InputError(f"this is no picture: {error}", hint="give a PNG, JPEG or WebP") from error


def _shape(folder: Path, size: int) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
    """The side of a picture, and the mean and deviation of colours, as the model's files say."""
    path = folder / _PREPROCESSOR
    try:
        told = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        mean, deviation = (
            tuple(float(x) for x in told.get(key, default))
            for key, default in (("image_mean", _MEAN), ("image_std", _DEVIATION))
        )
        if len(mean) != 3 or len(deviation) != 3 or min(deviation) <= 0:
            raise ValueError("there must be three colours")
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path.name} cannot be used: {error}", where=str(folder)) from error
    return size, mean, deviation


def _unit(made: Any) -> Vectors:
    """Unit vectors of what the model made; newer releases of transformers wrap it."""
    vectors = np.asarray(getattr(made, "pooler_output", made), np.float32)
    scaled: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return scaled
