"""Recordings are read in any shape of WAV; the likeliest letters are told."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duli.errors import InputError, ModelError
from duli.lm import speech
from tests.lm.conftest import bert, wav2vec


def recording(samples: Any, rate: int = speech.RATE, width: int = 2, channels: int = 1) -> bytes:
    """Samples in [-1, 1), of one channel after the other, as a WAV file."""
    file = io.BytesIO()
    wide = (np.asarray(samples) * 2 ** (8 * width - 1)).astype(np.int64)
    raw = (wide + 128 if width == 1 else wide).astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width]
    with wave.open(file, "wb") as out:
        out.setparams((channels, width, rate, 0, "NONE", ""))
        out.writeframes(np.ascontiguousarray(raw).tobytes())
    return file.getvalue()


TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / speech.RATE)


@pytest.mark.parametrize(("width", "close"), [(1, 1e-2), (2, 1e-4), (3, 1e-6), (4, 1e-6)])
def test_samples_of_every_width(width: int, close: float) -> None:
    assert speech.read(recording(TONE, width=width)) == pytest.approx(TONE, abs=close)


def test_channels_are_mixed_and_other_rates_resampled() -> None:
    pytest.importorskip("scipy", reason="needs the extra learn")
    both = np.stack((TONE, np.zeros(len(TONE))), 1).ravel()
    assert speech.read(recording(both, channels=2)) == pytest.approx(TONE / 2, abs=1e-3)
    slow = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    found = speech.read(recording(slow, rate=8000))
    assert len(found) == len(TONE)
    assert found[200:-200] == pytest.approx(TONE[200:-200], abs=0.02)


def test_the_text_is_the_likeliest_letters(tmp_path: Path) -> None:
    torch: Any = pytest.importorskip("torch")
    model = speech.Recogniser(wav2vec(tmp_path / "wav2vec"))
    samples = np.random.default_rng(0).normal(scale=0.1, size=16000)
    text = model.text(recording(samples))
    own = speech.read(recording(samples))
    own = (own - own.mean()) / np.sqrt(own.var() + 1e-7)
    with torch.inference_mode():
        codes = model._model(torch.from_numpy(own[None])).logits.argmax(-1)
    # Of letters that repeat one counts, unless a blank stands between.
    letters = [model._tokenizer.convert_ids_to_tokens(code) for code in codes[0].tolist()]
    told = [a for a, b in zip(letters, [None, *letters], strict=False) if a != b and not a.startswith("<")]
    assert text == "".join(told).replace("|", " ").strip()
    assert set(text) <= set("abc肾 ")
    assert len(text) > 2


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3 something", recording(TONE)[:30]])
def test_what_is_no_recording(data: bytes) -> None:
    with pytest.raises(InputError):
        speech.read(data)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="too short"):
        speech.read(recording(TONE[:100]))
    monkeypatch.setattr(speech, "SECONDS", 0)
    with pytest.raises(InputError, match="longer than 0 seconds"):
        speech.read(recording(TONE))
    monkeypatch.setattr(speech, "LARGEST", 100)
    with pytest.raises(InputError, match="100 is the limit"):
        speech.read(recording(TONE))


def test_a_model_that_hears_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        speech.Recogniser(bert(tmp_path / "bert"))
