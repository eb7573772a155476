"""Speech to text: models with connectionist temporal classification, through transformers (the extra ``speech``)."""

from __future__ import annotations

import io
import json
import wave
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import InputError, ModelError
from duli.files import content_key
from duli.lm.graph import need
from duli.lm.huggingface import file_hashes, load

LARGEST, SECONDS = 50 << 20, 300
"""Bytes and seconds of a recording."""

RATE = 16_000
"""Samples a second that the models take."""


class Recogniser:
    """A frozen audio encoder whose frames are letters (Graves et al. 2006; Baevski et al. 2020).

    Args:
        folder: ``config.json``, tokenizer, and weights as safetensors.

    Raises:
        MissingExtraError: transformers or torch is not installed.
        ModelError: the folder is no such model.
    """

    def __init__(self, folder: Path) -> None:
        self._torch = need("torch", "speech")
        self._tokenizer, model, absent = load(folder, "AutoModelForCTC")
        if absent:
            raise ModelError(f"the weights of the model lack {absent[0]!r}", where=str(folder))
        self._model: Any = model.eval().requires_grad_(False)
        self._scaled = _scaled(folder)
        self.name = folder.name
        self.revision = content_key("ctc 1", *file_hashes(folder))

    def text(self, data: bytes) -> str:
        """What is said, by the likeliest letter of each frame; empty where nothing is.

        Raises:
            InputError: it is too long, or no WAV file.
        """
        samples = read(data)
        if self._scaled:
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        with self._torch.inference_mode():
            logits = self._model(self._torch.from_numpy(samples[None].astype(np.float32))).logits
        codes, blank = logits[0].argmax(-1).numpy(), self._tokenizer.pad_token_id
        # Marks of begin, end and the unknown are no letters.
        codes[np.isin(codes, self._tokenizer.all_special_ids)] = blank
        return str(self._tokenizer.decode(codes.tolist())).strip()


def read(data: bytes) -> NDArray[np.float32]:
    """The samples of a WAV file [n], in [-1, 1], of one channel, ``RATE`` a second.

    Raises:
        InputError: it is too large or too long, or no WAV of whole numbers of 8, 16, 24 or 32 bits.
    """
    if len(data) > LARGEST:
        raise InputError(f"the recording has {len(data):,} bytes; {LARGEST:,} is the limit")
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, rate, channels = file.getsampwidth(), file.getframerate(), file.getnchannels()
            if file.getnframes() > SECONDS * rate:
                raise InputError(f"the recording is longer than {SECONDS} seconds")
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise InputError(f"this is no recording: {error}", hint="give a WAV file") from error
    samples = _numbers(raw[: len(raw) // (width * channels) * width * channels], width)
    one = samples.reshape(-1, channels).mean(1)
    if len(one) < RATE // 40:
        raise InputError("the recording is too short")
    if rate == RATE:
        return np.asarray(one, np.float32)
    step = gcd(rate, RATE)
    made = need("scipy.signal", "learn").resample_poly(one, RATE // step, rate // step)
    return np.asarray(made, np.float32)


def _numbers(raw: bytes, width: int) -> NDArray[np.float64]:
    """The numbers [n] of a WAV file, of so many bytes each, as shares of the largest."""
    if width == 1:
        return np.frombuffer(raw, np.uint8).astype(np.float64) / 128 - 1
    if width == 3:
        # The lowest byte of four stays empty.
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        raw, width = wide.tobytes(), 4
    kind = np.dtype(np.int16 if width == 2 else np.int32).newbyteorder("<")
    found: NDArray[np.float64] = np.frombuffer(raw, kind).astype(np.float64) / 2.0 ** (8 * width - 1)
    return found


def _scaled(folder: Path) -> bool:
    """Whether the model takes samples of mean 0 and deviation 1, as its files say."""
    path = folder / "preprocessor_config.json"
    try:
        return bool(json.loads(path.read_text("utf-8")).get("do_normalize", True)) if path.is_file() else True
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"{path.name} cannot be used: {error}", where=str(folder)) from error
