"""Causal models: their text and their label scores against transformers' own, computed the slow way."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duli import lm
from duli.errors import InputError, ModelError
from duli.lm.causal import Causal
from duli.lm.graph import need

from .conftest import bert, gpt2

PROMPTS = ["the renal cyst is", "a", "肾囊肿", "", "half a pair \ud800", "a"]
LABELS = [" true", " false", "肾囊肿", "x", " true or false"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gpt2(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="module")
def model(folder: Path) -> Causal:
    return Causal(folder)


def _ids(model: Causal, text: str) -> list[int]:
    ids: list[int] = model._tokenizer(text.encode("utf-8", "replace").decode())["input_ids"]
    return ids or [model._tokenizer.eos_token_id]


def test_scores_are_sums_over_the_labels_tokens(model: Causal) -> None:
    torch: Any = need("torch", "hf")
    found = lm.score(model, PROMPTS, LABELS)
    assert found.shape == (len(PROMPTS), len(LABELS))
    for (row, prompt), (column, label) in itertools.product(enumerate(PROMPTS), enumerate(LABELS)):
        before, own = _ids(model, prompt), _ids(model, label)
        with torch.no_grad():
            logs = model._model(input_ids=torch.tensor([before + own])).logits[0].log_softmax(-1)
        total = sum(float(logs[len(before) - 1 + place, token]) for place, token in enumerate(own))
        assert found[row, column] == pytest.approx(total, abs=1e-3)


def test_labels_of_one_token_need_one_reading(model: Causal, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    run = model._run

    def watched(tokens: list[list[int]], *more: Any) -> Any:
        read.append(len(tokens))
        return run(tokens, *more)

    monkeypatch.setattr(model, "_run", watched)
    lm.score(model, ["the renal cyst is"], list("abcdefgh"))
    assert read == [1]


def test_many_labels_are_scored_in_parts(model: Causal) -> None:
    labels = [f"{a}{b}" for a, b in itertools.product("abcdefghij", repeat=2)]
    found = lm.score(model, ["a"], labels)
    np.testing.assert_allclose(found[0, 70:75], lm.score(model, ["a"], labels[70:75])[0], atol=1e-4)


def test_all_tokens_have_all_the_probability(model: Causal) -> None:
    ids = np.arange(len(model._tokenizer))
    found = np.exp(model._scores(_ids(model, "a"), [[int(token)] for token in ids]))
    assert found.sum() == pytest.approx(1, abs=1e-4)


def test_greedy_text_is_transformers_own(model: Causal) -> None:
    torch: Any = need("torch", "hf")
    for prompt in ("the renal cyst is", "肾"):
        ids = torch.tensor([_ids(model, prompt)])
        made = model._model.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=40, pad_token_id=0
        )[0, ids.shape[1] :]
        pieces = list(lm.generate(model, prompt, lm.Settings(40)))
        assert "".join(pieces) == model._tokenizer.decode(made, skip_special_tokens=True)
        assert len(pieces) > 1


def test_the_same_seed_gives_the_same_text(model: Causal) -> None:
    texts = [
        "".join(lm.generate(model, "a", lm.Settings(30, temperature=1.0, seed=seed))) for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_it_stops_where_it_is_told(model: Causal) -> None:
    whole = "".join(lm.generate(model, "a", lm.Settings(40)))
    stop = whole[10:13]
    found = "".join(lm.generate(model, "a", lm.Settings(40, stop=("never there", stop))))
    assert found == whole[: whole.index(stop)]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_json_fits_its_schema(model: Causal, temperature: float) -> None:
    pytest.importorskip("llguidance", reason="needs the extra json")
    schema = {
        "type": "object",
        "properties": {"mood": {"enum": ["good", "坏"]}, "sure": {"type": "boolean"}},
        "required": ["mood", "sure"],
        "additionalProperties": False,
    }
    found = lm.generate_json(model, "How?", schema, lm.Settings(60, temperature=temperature), tries=1)
    assert found["mood"] in ("good", "坏")
    assert isinstance(found["sure"], bool)


def test_no_room_for_the_json(model: Causal) -> None:
    pytest.importorskip("llguidance", reason="needs the extra json")
    with pytest.raises(ModelError, match=r"in 2 tries .*not JSON"):
        lm.generate_json(model, "How?", {"const": "a long answer"}, lm.Settings(2), tries=2)


def test_a_schema_that_cannot_be_held_to(model: Causal) -> None:
    pytest.importorskip("llguidance", reason="needs the extra json")
    with pytest.raises(ModelError, match="cannot be held to"):
        lm.generate_json(model, "How?", {"type": "string", "pattern": "(?=a)b"}, lm.Settings(9))


def test_too_long(model: Causal) -> None:
    with pytest.raises(ModelError, match="reads 256"):
        list(lm.generate(model, "xy" * 300))
    with pytest.raises(ModelError, match="reads 256"):
        lm.score(model, ["xy" * 300], ["a"])


def test_the_answer_ends_where_the_model_does(model: Causal) -> None:
    room = 256 - len(_ids(model, "xy" * 120))
    pieces = list(lm.generate(model, "xy" * 120, lm.Settings(10_000, temperature=1.5)))
    assert 0 < len(_ids(model, "".join(pieces))) <= 4 * room


def test_a_chat_template_is_used(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "chat_template.jinja").write_text(
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}is"
    )
    plain, chat = Causal(folder), Causal(tmp_path)
    expected = lm.score(plain, ["<user>the cystis"], LABELS)
    np.testing.assert_allclose(lm.score(chat, ["the cyst"], LABELS), expected, atol=1e-5)
    settings = lm.Settings(20)
    assert list(lm.generate(chat, "the cyst", settings)) == list(
        lm.generate(plain, "<user>the cystis", settings)
    )
    assert plain.revision != chat.revision


def test_an_encoder_is_no_causal_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lack|cannot be loaded"):
        lm.generator("hf", bert(tmp_path / "bert"))


@pytest.mark.parametrize("labels", [[], ["a", "a"], ["a", ""]])
def test_labels_that_are_none(labels: list[str], model: Causal) -> None:
    with pytest.raises(InputError, match="different texts"):
        lm.score(model, ["a"], labels)


def test_no_prompts(model: Causal) -> None:
    assert lm.score(model, [], ["a", "b"]).shape == (0, 2)
    with pytest.raises(InputError, match="one text"):
        lm.score(model, "a", ["b"])


def test_progress_reaches_the_end(model: Causal) -> None:
    told: list[tuple[str, int, int]] = []
    lm.score(model, PROMPTS, ["a"], progress=lambda *step: told.append(step))
    assert told[-1] == ("scoring labels", 5, 5)
