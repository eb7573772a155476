"""Texts and labels on their way into training: checked, as tokens, a part held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from duli.errors import InputError

if TYPE_CHECKING:
    from duli.learn.tuning import Tuning


@dataclass(frozen=True)
class Texts:
    """What is learned from.

    Args:
        ids: tokens of each text [n].
        labels: number of each text's label [n]; empty where there are none.
        trained: rows that are learned from.
        held_out: rows that only say when to stop.
    """

    ids: list[list[int]]
    labels: list[int]
    trained: list[int]
    held_out: list[int]


@dataclass(frozen=True)
class Pad:
    """Lists of tokens to a batch: ids and mask [n, s], filled up on the right."""

    tokenizer: Any
    device: Any

    def __call__(self, ids: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """Ids [n, s] and mask [n, s]."""
        batch = self.tokenizer.pad({"input_ids": list(ids)}, return_tensors="pt")
        return batch["input_ids"].to(self.device), batch["attention_mask"].to(self.device)


def label_names(texts: Sequence[str], labels: Sequence[str] | None, *, wanted: bool) -> list[str]:
    """The distinct labels, sorted, in words: ``card_arrival`` becomes ``card arrival``.

    Raises:
        InputError: labels are wanted and missing, or there are too few, or a text or label is none.
    """
    if isinstance(texts, str):
        raise InputError("one text was given where a list of texts belongs", hint="write [text]")
    if not texts:
        raise InputError("there is no text to learn from")
    _check_each(texts, "text")
    if not wanted:
        return []
    if labels is None:
        raise InputError("there are no labels", hint="without labels the objective is 'masked' or 'causal'")
    if len(labels) != len(texts):
        raise InputError(f"there are {len(texts):,} texts and {len(labels):,} labels")
    _check_each(labels, "label")
    found = _distinct(labels)
    if len(found) < 2:
        raise InputError(
            "to tell labels apart, there must be two", hint=f"found: {', '.join(found) or 'none'}"
        )
    return [label.replace("_", " ") for label in found]


def read(
    tokenizer: Any, texts: Sequence[str], labels: Sequence[str] | None, names: Sequence[str], options: Tuning
) -> Texts:
    """Texts as tokens, at most as many as the tokenizer says; without labels, long ones become several.

    Raises:
        InputError: nothing is left to learn from.
    """
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    limit = {"truncation": True, "max_length": tokenizer.model_max_length}
    if names and labels is not None:
        numbers = {label: number for number, label in enumerate(_distinct(labels))}
        ids = tokenizer(clean, **limit)["input_ids"]
        return _parted(ids, [numbers[label] for label in labels], options)
    pieces = tokenizer(clean, return_overflowing_tokens=True, **limit)["input_ids"]
    # What is foretold needs something before it; what is hidden must be more than marks.
    least = 2 if options.objective == "causal" else 1 + tokenizer.num_special_tokens_to_add()
    return _parted([piece for piece in pieces if len(piece) >= least], [], options)


def _parted(ids: list[list[int]], labels: list[int], options: Tuning) -> Texts:
    order = np.random.default_rng([options.seed, len(ids)]).permutation(len(ids)).tolist()
    count = int(len(ids) * options.held_out)
    if not order[count:]:
        raise InputError("there is no text to learn from")
    return Texts(ids, labels, sorted(order[count:]), sorted(order[:count]))


def _check_each(given: Sequence[object], what: str) -> None:
    for row, thing in enumerate(given, 1):
        if not isinstance(thing, str):
            raise InputError(f"the {what} of row {row:,} is a {type(thing).__name__}, not a text")
        if not thing.strip():
            raise InputError(f"the {what} of row {row:,} is empty")


def _distinct(labels: Sequence[str]) -> list[str]:
    return sorted(set(labels))
