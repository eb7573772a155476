"""Encoders of the Hugging Face format, from a folder, through transformers and torch (the extra ``hf``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from duli.errors import ModelError
from duli.files import Progress, content_key, file_hash, silent
from duli.lm import pooling
from duli.lm.embedded import batches, in_batches
from duli.lm.graph import need
from duli.lm.protocol import TokenStates, Vectors, readable

_RECIPE = "float32, 1"
_TOKENS = 512
_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")


class HuggingFace:
    """A frozen encoder in float32; a text's vector is pooled from its token states as the model's own files say.

    The folder is read and nothing else: no download, no code that comes with a model, no pickle.

    Args:
        folder: ``config.json``, the tokenizer's files and the weights as safetensors.
        adapter: a folder that ``duli tune`` made for this very model.
        tokens: longest text, special tokens included; the rest is cut off. A model made for less keeps its own.

    Raises:
        MissingExtraError: transformers or torch is not installed.
        ModelError: the folder is no such model.

    Source: the mean instead of the first token: Reimers and Gurevych 2019.
    """

    def __init__(self, folder: Path, *, adapter: Path | None = None, tokens: int = _TOKENS) -> None:
        self._torch = need("torch", "hf")
        self._tokenizer, model, absent = load(folder)
        if absent:
            raise ModelError(f"the weights of the model lack {absent[0]!r}", where=str(folder))
        self.name = folder.name
        hashes = file_hashes(folder)
        if adapter is not None:
            # Here, because it needs the extra tune.
            from duli.lm import adapters

            model = adapters.apply(model, adapter, base=weights_key(folder))
            self.name = f"{folder.name}+{adapter.name}"
            hashes += file_hashes(adapter)
        self._model: Any = model.eval().requires_grad_(False)
        self._tokens = min(tokens, getattr(model.config, "max_position_embeddings", tokens))
        self.dimension = int(model.config.hidden_size)
        self._pooling = pooling.read(folder)
        self.revision = content_key(_RECIPE, self._pooling, str(self._tokens), *hashes)

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, d]; long texts are cut off."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        tokens = self._tokenizer([*map(readable, texts)], truncation=True, max_length=self._tokens)[
            "input_ids"
        ]
        return in_batches(tokens, self.dimension, self._run, progress)

    def _run(self, tokens: list[list[int]]) -> Vectors:
        with self._torch.inference_mode():
            states, mask = self._states(tokens)
        pooled = pooling.pool(self._pooling, states.numpy(), mask.numpy())
        vectors: Vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors

    def token_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """The last layer's states, one a text; long texts are cut off.

        Raises:
            ModelError: the tokenizer does not say where its tokens stand.
        """
        if not self._tokenizer.is_fast:
            raise ModelError(
                "the model's tokenizer does not say where its tokens stand in a text", where=self.name
            )
        if not texts:
            return []
        tokens = self._tokenizer(
            [*map(readable, texts)],
            truncation=True,
            max_length=self._tokens,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        found: dict[int, TokenStates] = {}
        for rows in batches([len(ids) for ids in tokens["input_ids"]]):
            with self._torch.inference_mode():
                states = self._states([tokens["input_ids"][row] for row in rows])[0].numpy()
            for row, state in zip(rows, states, strict=True):
                own = np.flatnonzero(np.array(tokens["special_tokens_mask"][row]) == 0)
                offsets = np.array(tokens["offset_mapping"][row], np.int64)[own]
                found[int(row)] = TokenStates(state[own], offsets)
        return [found[row] for row in range(len(texts))]

    def _states(self, tokens: list[list[int]]) -> tuple[Any, Any]:
        """The states [n, s, d] of a batch and its mask [n, s], padded on the right."""
        batch = self._tokenizer.pad({"input_ids": tokens}, return_tensors="pt", padding_side="right")
        mask = batch["attention_mask"]
        return self._model(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state, mask


def load(folder: Path, kind: str = "AutoModel") -> tuple[Any, Any, list[str]]:
    """Read a model from its folder, in float32.

    Args:
        folder: as for ``HuggingFace``.
        kind: the class of transformers that chooses the model's class: ``AutoModelForMaskedLM``.

    Returns:
        the tokenizer, the model, and the names of the weights that the files lack: transformers fills them with
        random numbers. Those of the pooler, which nothing here uses, are left out.

    Raises:
        MissingExtraError: transformers or torch is not installed.
        ModelError: the folder is no such model.
    """
    torch, transformers = need("torch", "hf"), need("transformers", "hf")
    _check(folder)
    safe = {"local_files_only": True, "trust_remote_code": False}
    try:
        with _quiet(transformers.utils.logging):
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **safe)
            model, told = getattr(transformers, kind).from_pretrained(
                folder, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **safe
            )
    except (OSError, ValueError, KeyError, RuntimeError, need("safetensors", "hf").SafetensorError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(f"the model cannot be loaded ({reason})", where=str(folder)) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer, model, sorted(name for name in told["missing_keys"] if not name.startswith("pooler."))


@contextmanager
def _quiet(log: Any) -> Iterator[None]:
    """What is missing is told by us, and a library does not write to the user's terminal."""
    verbosity, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
        if bars:
            log.enable_progress_bar()


def _check(folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise ModelError("there is no config.json in the model's folder", where=str(folder))
    if not any(folder.glob("*.safetensors")):
        raise ModelError(
            "there are no weights as safetensors in the model's folder; pickles are not read",
            where=str(folder),
            hint="convert them: save_pretrained of transformers writes safetensors",
        )


def weights_key(folder: Path) -> str:
    """A name for the model's weights, whatever lies beside them."""
    return content_key(*(file_hash(path) for path in sorted(folder.glob("*.safetensors"))))


def file_hashes(folder: Path) -> list[str]:
    """Name and SHA-256 of each file that a model's vectors depend on."""
    paths = sorted(path for pattern in _FILES for path in folder.glob(pattern))
    return [part for path in paths for part in (path.name, file_hash(path))]
