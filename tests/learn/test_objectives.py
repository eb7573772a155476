from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="needs the extra tune")
objectives: Any = pytest.importorskip("duli.learn.objectives")

MARKS, WORDS, HIDES = (0, 2, 3, 4), 20, 4


class Tokenizer:
    mask_token_id = HIDES
    all_special_ids = MARKS

    def __len__(self) -> int:
        return WORDS


def batch(rows: int, length: int, padded: int) -> Any:
    torch.manual_seed(0)
    ids = torch.randint(5, WORDS, (rows, length))
    ids[:, 0], ids[:, length - padded - 1] = 2, 3
    mask = torch.ones_like(ids)
    mask[:, length - padded :] = 0
    return objectives.Batch(ids, mask, torch.empty(0))


def test_some_words_are_hidden_and_no_marks() -> None:
    given = batch(400, 20, 5)
    ids, targets = objectives.Masked(None, Tokenizer())._hidden(given)
    asked = targets != -100
    assert not asked[:, 0].any()
    assert not asked[:, 14:].any()
    assert torch.equal(targets[asked], given.ids[asked])
    assert torch.equal(ids[~asked], given.ids[~asked])
    assert asked.sum() / (400 * 13) == pytest.approx(0.15, abs=0.02)
    assert (ids[asked] == HIDES).float().mean() == pytest.approx(0.8 + 0.1 / WORDS, abs=0.05)
    assert (ids[asked] == given.ids[asked]).float().mean() == pytest.approx(0.1 + 0.1 / WORDS, abs=0.04)


def test_something_is_always_hidden() -> None:
    for seed in range(20):
        torch.manual_seed(seed)
        _, targets = objectives.Masked(None, Tokenizer())._hidden(batch(1, 3, 0))
        assert (targets != -100).sum() == 1


def test_of_many_labels_a_batch_sees_its_own_and_some_others() -> None:
    contrast = objectives.Contrast(None, [[5]] * 1000, None)
    labels = torch.tensor([999, 3, 3])
    shown = contrast._shown(labels)
    assert {3, 999} <= set(shown.tolist())
    assert len(shown) <= objectives.SHOWN + 2
    assert torch.equal(shown[torch.searchsorted(shown, labels)], labels)
