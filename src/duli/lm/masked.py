"""Masked models of the Hugging Face format, from a folder: how probable labels are (the extra ``hf``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import InputError, ModelError
from duli.files import Progress, content_key, silent
from duli.lm.embedded import batches
from duli.lm.graph import need
from duli.lm.huggingface import file_hashes, load
from duli.lm.protocol import Vectors, readable

_RECIPE = "masked, float32, 1"
_LOGITS = 1 << 26
"""Numbers a batch's logits may have: 256 MiB."""


def is_masked(folder: Path) -> bool:
    """Whether the model's config.json says that it is a masked one."""
    try:
        config: Any = json.loads((folder / "config.json").read_text("utf-8"))
        return any(str(name).endswith("ForMaskedLM") for name in config.get("architectures") or ())
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError("there is no config.json that can be read", where=str(folder)) from error


class Masked:
    """A frozen masked model in float32. A label of t tokens fills t masks, each without seeing the others.

    Raises:
        MissingExtraError: transformers or torch is not installed.
        ModelError: the folder is no such model.

    Source: Schick and Schütze 2021 (patterns and verbalizers), with all masks of a label filled at once.
    """

    def __init__(self, folder: Path) -> None:
        self._torch = need("torch", "hf")
        self._tokenizer, model, absent = load(folder, "AutoModelForMaskedLM")
        if absent:
            raise ModelError(f"the weights of the model lack {absent[0]!r}", where=str(folder))
        self._model: Any = model.eval().requires_grad_(False)
        self._longest = int(getattr(model.config, "max_position_embeddings", None) or 1 << 30)
        self.name = folder.name
        self.revision = content_key(_RECIPE, *file_hashes(folder))

    def log_probabilities(
        self, prompts: Sequence[str], labels: Sequence[str], progress: Progress = silent
    ) -> Vectors:
        """log p(label | prompt) [n, K]; a prompt is read once for each number of tokens that labels have."""
        tokens = [self._tokenizer(readable(label), add_special_tokens=False)["input_ids"] for label in labels]
        lengths = sorted({len(label) for label in tokens})
        found = np.empty((len(prompts), len(labels)), np.float32)
        for step, length in enumerate(lengths):
            columns = [column for column, label in enumerate(tokens) if len(label) == length]
            own = np.array([tokens[column] for column in columns])
            texts = [self._tokens(prompt, length) for prompt in prompts]
            done = 0
            for rows in batches(
                [len(text) for text in texts], max(1, _LOGITS // self._model.config.vocab_size)
            ):
                found[rows[:, None], columns] = self._scores([texts[row] for row in rows], own)
                done += len(rows)
                progress("scoring labels", (step * len(prompts) + done) // len(lengths), len(prompts))
        return found

    def _scores(self, texts: list[list[int]], labels: Any) -> Vectors:
        """[n, K] of labels [K, t]."""
        batch = self._tokenizer.pad({"input_ids": texts}, return_tensors="pt", padding_side="right")
        with self._torch.inference_mode():
            logits = self._model(**batch).logits
            places = batch["input_ids"] == self._tokenizer.mask_token_id
            logs = logits[places].view(len(texts), labels.shape[1], -1).log_softmax(-1).numpy()
        found: Vectors = logs[:, np.arange(labels.shape[1]), labels].sum(-1)
        return found

    def _tokens(self, prompt: str, length: int) -> list[int]:
        mask = self._tokenizer.mask_token
        text = readable(prompt)
        if text.count(mask) > 1:
            raise InputError(f"a prompt has one place for the label, not {text.count(mask)} {mask}")
        text = text if mask in text else f"{text} {mask}"
        found: list[int] = self._tokenizer(text.replace(mask, mask * length))["input_ids"]
        if len(found) > self._longest:
            raise ModelError(
                f"the prompt has {len(found)} tokens; the model {self.name!r} reads {self._longest}, label included",
                hint="shorten the text",
            )
        return found
