"""Masked models: label scores against transformers' own, computed the slow way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duli import lm
from duli.errors import InputError, ModelError
from duli.lm.graph import need
from duli.lm.masked import Masked

from .conftest import bert

PROMPTS = ["a [MASK] cyst", "renal", "[MASK] and a seizure", "癫痫 [MASK]", ""]
LABELS = ["renal", "肾", "肾囊肿", "a seizure"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert(tmp_path_factory.mktemp("masked") / "bert", "BertForMaskedLM")


def test_scores_are_sums_over_the_masks(folder: Path) -> None:
    torch: Any = need("torch", "hf")
    model = lm.scorer("hf", folder)
    assert isinstance(model, Masked)
    found = lm.score(model, PROMPTS, LABELS)
    tokenizer = model._tokenizer
    for row, prompt in enumerate(PROMPTS):
        for column, label in enumerate(LABELS):
            own = tokenizer(label, add_special_tokens=False)["input_ids"]
            filled = prompt if "[MASK]" in prompt else prompt + "[MASK]"
            ids = tokenizer(filled.replace("[MASK]", "[MASK]" * len(own)), return_tensors="pt")
            with torch.no_grad():
                logs = model._model(**ids).logits[0].log_softmax(-1)
            places = np.flatnonzero(ids["input_ids"][0].numpy() == tokenizer.mask_token_id)
            total = sum(float(logs[place, token]) for place, token in zip(places, own, strict=True))
            assert found[row, column] == pytest.approx(total, abs=1e-4)


def test_all_words_have_all_the_probability(folder: Path) -> None:
    model = Masked(folder)
    words = [w for w in model._tokenizer.get_vocab() if w not in model._tokenizer.all_special_tokens]
    marks = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    assert np.exp(lm.score(model, ["a [MASK]"], words + marks)).sum() == pytest.approx(1, abs=1e-4)


def test_two_places(folder: Path) -> None:
    with pytest.raises(InputError, match="one place"):
        lm.score(Masked(folder), ["[MASK] [MASK]"], ["a"])


def test_too_long(folder: Path) -> None:
    with pytest.raises(ModelError, match="reads 24"):
        lm.score(Masked(folder), ["a " * 40], ["a"])


def test_an_encoder_without_its_head(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="lack"):
        Masked(bert(tmp_path / "bert"))


def test_progress_reaches_the_end(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    lm.score(Masked(folder), PROMPTS, LABELS, progress=lambda *step: told.append(step))
    done = [step[1] for step in told]
    assert done == sorted(done)
    assert told[-1] == ("scoring labels", 5, 5)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        lm.scorer("hf", tmp_path)
