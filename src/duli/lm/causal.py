"""Causal models of the Hugging Face format, from a folder: text, and how probable labels are (the extra ``hf``)."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Generator as Pieces
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import ModelError
from duli.files import Progress, content_key, silent
from duli.lm.generation import Schema, Settings
from duli.lm.graph import need
from duli.lm.huggingface import file_hashes, load
from duli.lm.protocol import Vectors, readable

_RECIPE = "causal, float32, 1"
_ROWS = 64
_INCOMPLETE = "\ufffd"


class Causal:
    """A frozen causal model in float32: a generator and a label scorer.

    A prompt is put into the model's chat template where it has one. As for ``huggingface.HuggingFace``, the folder
    is read and nothing else.

    Raises:
        MissingExtraError: transformers or torch is not installed.
        ModelError: the folder is no such model.
    """

    def __init__(self, folder: Path) -> None:
        self._torch = need("torch", "hf")
        self._tokenizer, model, absent = load(folder, "AutoModelForCausalLM")
        if absent:
            raise ModelError(f"the weights of the model lack {absent[0]!r}", where=str(folder))
        self._model: Any = model.eval().requires_grad_(False)
        self._new_cache = need("transformers", "hf").DynamicCache
        # Renamed in transformers 5.
        named = inspect.signature(model.forward).parameters
        self._cache_name = "cache" if "cache" in named else "past_key_values"
        self._longest = int(getattr(model.config, "max_position_embeddings", None) or 1 << 30)
        ends = model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        self._ends = {self._tokenizer.eos_token_id, *ends} - {None}
        self.name = folder.name
        self.revision = content_key(_RECIPE, *file_hashes(folder))

    def stream(
        self, prompt: str, settings: Settings, schema: Schema | None = None
    ) -> Pieces[str, None, None]:
        """The answer; with a schema, only tokens that lead to JSON that fits (the extra ``json``)."""
        limit = None if schema is None else _Limit(self._tokenizer, self._model.config.vocab_size, schema)
        random = self._torch.Generator().manual_seed(settings.seed)
        cache = self._new_cache(config=self._model.config)
        given = self._tokens(prompt)
        made: list[int] = []
        # What stands between them is decoded twice, because a token's text depends on the one before it.
        shown, decoded = 0, 0
        for _ in range(min(settings.max_tokens, self._longest - len(given))):
            logits = self._run([given], cache)[0, -1]
            if limit is not None:
                limit.mask(logits)
            token = self._draw(logits, settings.temperature, random)
            if token in self._ends:
                break
            made.append(token)
            before, now = self._text(made[shown:decoded]), self._text(made[shown:])
            if len(now) > len(before) and not now.endswith(_INCOMPLETE):
                yield now[len(before) :]
                shown, decoded = decoded, len(made)
            if limit is not None and limit.ended(token):
                break
            given = [token]
        rest = self._text(made[shown:])[len(self._text(made[shown:decoded])) :]
        if rest:
            yield rest

    def log_probabilities(
        self, prompts: Sequence[str], labels: Sequence[str], progress: Progress = silent
    ) -> Vectors:
        """log p(label | prompt) [n, K]; a prompt's computation is shared among the labels."""
        tokens = [self._tokenizer(readable(label), add_special_tokens=False)["input_ids"] for label in labels]
        found = np.empty((len(prompts), len(labels)), np.float32)
        for row, prompt in enumerate(prompts):
            found[row] = self._scores(self._tokens(prompt, max(map(len, tokens))), tokens)
            progress("scoring labels", row + 1, len(prompts))
        return found

    def _scores(self, prompt: list[int], labels: list[list[int]]) -> Vectors:
        cache = self._new_cache(config=self._model.config)
        first = self._run([prompt], cache)[0, -1].log_softmax(-1)
        found: Vectors = first[[label[0] for label in labels]].numpy()
        longer = [row for row, label in enumerate(labels) if len(label) > 1]
        for start in range(0, len(longer), _ROWS):
            rows = longer[start : start + _ROWS]
            own = copy.deepcopy(cache)
            own.batch_repeat_interleave(len(rows))
            longest = max(len(labels[row]) for row in rows)
            # Padded on the right, which no token before it sees.
            padded = self._torch.tensor([labels[row] + [0] * (longest - len(labels[row])) for row in rows])
            logs = self._run(padded[:, :-1].tolist(), own, longest - 1).log_softmax(-1)
            each = logs.gather(2, padded[:, 1:, None])[:, :, 0]
            lengths = self._torch.tensor([len(labels[row]) - 1 for row in rows])
            counts = self._torch.arange(longest - 1)[None] < lengths[:, None]
            found[rows] += (each * counts).sum(1).numpy()
        return found

    def _run(self, tokens: list[list[int]], cache: Any, last: int = 1) -> Any:
        """Logits [n, last, V] of the last tokens, after those in the cache, which then holds these too."""
        with self._torch.inference_mode():
            ids = self._torch.tensor(tokens)
            options = {self._cache_name: cache}
            return self._model(input_ids=ids, use_cache=True, logits_to_keep=last, **options).logits[
                :, -last:
            ]

    def _draw(self, logits: Any, temperature: float, random: Any) -> int:
        if temperature == 0:
            return int(logits.argmax())
        return int(self._torch.multinomial((logits / temperature).softmax(-1), 1, generator=random))

    def _text(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def _tokens(self, prompt: str, room: int = 1) -> list[int]:
        """The prompt's, as the model wants it asked; ModelError where less than ``room`` is left after them."""
        text, template = readable(prompt), bool(self._tokenizer.chat_template)
        if template:
            said = [{"role": "user", "content": text}]
            text = self._tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        found: list[int] = self._tokenizer(text, add_special_tokens=not template)["input_ids"]
        if len(found) + room > self._longest:
            raise ModelError(
                f"the prompt has {len(found)} tokens; the model {self.name!r} reads {self._longest}, answer included",
                hint="shorten the text",
            )
        return found or [self._tokenizer.bos_token_id or self._tokenizer.eos_token_id or 0]


class _Limit:
    """Which tokens lead to JSON that fits a schema (llguidance)."""

    def __init__(self, tokenizer: Any, words: int, schema: Schema) -> None:
        guidance = need("llguidance", "json")
        self._numpy = need("llguidance.numpy", "json")
        try:
            made = need("llguidance.hf", "json").from_tokenizer(tokenizer, n_vocab=words)
        except (TypeError, ValueError) as error:
            raise ModelError(f"the model's tokenizer cannot be held to a schema ({error})") from error
        # No free white space: a small model fills its whole answer with it.
        grammar = guidance.LLMatcher.grammar_from_json_schema(
            json.dumps(schema), defaults={"whitespace_flexible": False}
        )
        self._matcher = guidance.LLMatcher(made, grammar)
        if self._matcher.is_error():
            raise ModelError(f"the schema cannot be held to ({self._matcher.get_error()})")
        self._mask = self._numpy.allocate_token_bitmask(1, words)

    def mask(self, logits: Any) -> None:
        """Take the others' probability away, in place."""
        self._numpy.fill_next_token_bitmask(self._matcher, self._mask)
        self._numpy.apply_token_bitmask_inplace(logits.numpy(), self._mask)

    def ended(self, token: int) -> bool:
        """Take a token; whether the JSON is whole."""
        self._matcher.consume_token(token)
        return bool(self._matcher.is_stopped())
