"""Heads and knowledge attention, saved and loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from duli.errors import DataError, ModelError
from duli.torch import Head, Informed, KnowledgeAttention, load, save

pytest.importorskip("safetensors")

KNOWN = torch.eye(6)[:4]
STATES = torch.randn(3, 6, generator=torch.Generator().manual_seed(0))
ENTITIES = torch.tensor([[0, 1], [2, -1], [-1, -1]])


def informed() -> Informed:
    torch.manual_seed(0)
    return Informed(KnowledgeAttention(KNOWN, 6, gate="vector"), Head(6, 3, rank=5))


def test_a_head_says_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    head = Head(6, 2, rank=5, readings=2, exclusive=False)
    save(head, tmp_path / "head", encoder="a")
    loaded = load(tmp_path / "head", encoder="a")
    assert isinstance(loaded, Head)
    torch.testing.assert_close(loaded.probabilities(STATES), head.probabilities(STATES))


def test_so_does_one_with_knowledge(tmp_path: Path) -> None:
    model = informed()
    save(model, tmp_path, encoder="a")
    loaded = load(tmp_path, encoder="a", vectors=KNOWN)
    torch.testing.assert_close(loaded(STATES, ENTITIES), model(STATES, ENTITIES))


def test_another_model_or_other_entities_are_refused(tmp_path: Path) -> None:
    save(informed(), tmp_path, encoder="a")
    with pytest.raises(ModelError, match="trained on the model a, not on b"):
        load(tmp_path, encoder="b", vectors=KNOWN)
    for other in (None, KNOWN * 2):
        with pytest.raises(ModelError, match="trained on the entities"):
            load(tmp_path, encoder="a", vectors=other)


@pytest.mark.parametrize("damage", ["config", "weights", "kind", "shape", "gone"])
def test_damage_is_told(tmp_path: Path, damage: str) -> None:
    save(Head(6, 2), tmp_path, encoder="a")
    config = json.loads((tmp_path / "config.json").read_text())
    if damage == "config":
        (tmp_path / "config.json").write_text("{")
    elif damage == "weights":
        (tmp_path / "model.safetensors").write_bytes(b"\x80\x04pickle")
    elif damage == "gone":
        (tmp_path / "model.safetensors").unlink()
    else:
        config.update({"kind": "reasoner"} if damage == "kind" else {"head": {"size": 5, "labels": 2}})
        (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(DataError, match="no head that was saved"):
        load(tmp_path, encoder="a")
