"""Models in GGUF files, through llama.cpp (the extra ``gguf``): text, how probable labels are, and vectors."""

from __future__ import annotations

import json
from collections.abc import Generator as Pieces
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import ModelError
from duli.files import Progress, content_key, file_hash, silent
from duli.lm.generation import Schema, Settings
from duli.lm.graph import need
from duli.lm.protocol import Vectors, readable

_RECIPE = "gguf, 1"
_CONTEXT = 4096
_TOKENS = 512
_MAGIC = b"GGUF"


def find(path: Path) -> Path:
    """The file itself, or the only one in a folder; ModelError where there is none, or several."""
    found = [path] if path.is_file() else sorted(path.glob("*.gguf"))
    if len(found) != 1:
        raise ModelError(f"{len(found)} files *.gguf are in the folder; one belongs there", where=str(path))
    with found[0].open("rb") as file:
        if file.read(4) != _MAGIC:
            raise ModelError("this is no GGUF file", where=str(found[0]))
    return found[0]


@cache
def library() -> Any:
    """llama_cpp, told not to write to the user's terminal: errors come as exceptions."""
    found = need("llama_cpp", "gguf")
    # Kept, because C calls it.
    found.duli_silence = found.llama_log_callback(lambda *said: None)
    found.llama_log_set(found.duli_silence, None)
    return found


def load(path: Path, **options: Any) -> Any:
    """``llama_cpp.Llama`` of a file; ModelError where it cannot be loaded."""
    llama = library()
    try:
        return llama.Llama(str(path), verbose=False, **options)
    except (ValueError, RuntimeError, OSError) as error:
        raise ModelError(f"the model cannot be loaded ({error})", where=str(path)) from error


class Gguf:
    """A frozen causal model: a generator and a label scorer. Not for several threads at once.

    A prompt is put into the model's chat template where it has one.

    Args:
        path: the file, or a folder that holds it.
        context: tokens of prompt and answer together; more needs more memory.

    Raises:
        MissingExtraError: llama-cpp-python is not installed.
        ModelError: there is no such file, or it is no such model.
    """

    def __init__(self, path: Path, *, context: int = _CONTEXT) -> None:
        self._library = library()
        file = find(path)
        self._model = load(file, n_ctx=context)
        self._template = self._formatter()
        self.name = file.stem
        self.revision = content_key(_RECIPE, str(context), file_hash(file))

    def stream(
        self, prompt: str, settings: Settings, schema: Schema | None = None
    ) -> Pieces[str, None, None]:
        """The answer; with a schema, only tokens that lead to JSON that fits."""
        # All that would bend the distribution is off.
        options = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "repeat_penalty": 1.0}
        options |= {"temperature": settings.temperature, "seed": settings.seed, "stream": True}
        options |= {"grammar": self._grammar(schema), "max_tokens": settings.max_tokens}
        tokens = self._asked(prompt)
        self._model.reset()
        try:
            for chunk in self._model.create_completion(tokens, **options):
                if piece := chunk["choices"][0]["text"]:
                    yield piece
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the model {self.name!r} cannot answer ({error})") from error

    def log_probabilities(
        self, prompts: Sequence[str], labels: Sequence[str], progress: Progress = silent
    ) -> Vectors:
        """log p(label | prompt) [n, K]; a prompt's computation is shared among the labels."""
        words = [self._model.tokenize(readable(label).encode(), False, False) for label in labels]
        found = np.empty((len(prompts), len(labels)), np.float32)
        for row, prompt in enumerate(prompts):
            tokens = self._asked(prompt)
            if len(tokens) + max(map(len, words)) > self._model.n_ctx():
                raise ModelError(
                    f"the prompt has {len(tokens)} tokens; {self._model.n_ctx()} are read, label included",
                    hint="shorten the text",
                )
            found[row] = self._scores(tokens, words)
            progress("scoring labels", row + 1, len(prompts))
        return found

    def _scores(self, prompt: list[int], labels: list[list[int]]) -> list[float]:
        self._model.reset()
        first = self._next(prompt)
        found = []
        for label in labels:
            total = first[label[0]]
            if len(label) > 1:
                self._back_to(prompt)
            for before, token in pairwise(label):
                total += self._next([before])[token]
            found.append(float(total))
        return found

    def _back_to(self, prompt: list[int]) -> None:
        """Forget what came after the prompt; models that cannot read it again."""
        memory = self._library.llama_get_memory(self._model.ctx)
        if self._library.llama_memory_seq_rm(memory, 0, len(prompt), -1):
            self._model.n_tokens = len(prompt)
        else:
            self._model.reset()
            self._model.eval(prompt)

    def _next(self, tokens: list[int]) -> NDArray[np.float64]:
        """Log-probabilities [V] of what follows these tokens, after those that were read."""
        self._model.eval(tokens)
        pointer = self._library.llama_get_logits_ith(self._model.ctx, -1)
        logits = np.ctypeslib.as_array(pointer, (self._model.n_vocab(),)).astype(np.float64)
        shifted = logits - logits.max()
        found: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
        return found

    def _asked(self, prompt: str) -> list[int]:
        """The prompt's tokens, as the model wants it asked."""
        # A NUL would end the text: the engine takes it as C does.
        text, special = readable(prompt).replace("\0", " "), self._template is not None
        first = True
        if self._template is not None:
            asked = self._template(messages=[{"role": "user", "content": text}])
            text, first = asked.prompt, not asked.added_special
        found: list[int] = self._model.tokenize(text.encode(), first, special)
        return found or [self._model.token_bos()]

    def _formatter(self) -> Any:
        """What puts a prompt into the model's chat template; None where it has none."""
        template = self._model.metadata.get("tokenizer.chat_template")
        if template is None:
            return None
        kinds = need("llama_cpp.llama_chat_format", "gguf")
        ends = (self._model.token_eos(), self._model.token_bos())
        marks = [self._model.detokenize([token], special=True).decode() for token in ends]
        return kinds.Jinja2ChatFormatter(template, *marks)

    def _grammar(self, schema: Schema | None) -> Any:
        if schema is None:
            return None
        try:
            return self._library.LlamaGrammar.from_json_schema(json.dumps(schema), verbose=False)
        except Exception as error:  # what the converter raises is not told
            raise ModelError(f"the schema cannot be held to ({error})") from error


class GgufEncoder:
    """A frozen encoder in a GGUF file; the mean of the token states where the file names no pooling.

    Args:
        path: the file, or a folder that holds it.
        tokens: longest text; the rest is cut off.

    Raises:
        MissingExtraError: llama-cpp-python is not installed.
        ModelError: there is no such file, or it is no such model.
    """

    def __init__(self, path: Path, *, tokens: int = _TOKENS) -> None:
        llama, file = library(), find(path)
        options = {"embedding": True, "n_ctx": tokens, "n_batch": tokens, "n_ubatch": tokens}
        self._model = load(file, **options)
        if self._model.pooling_type() == llama.LLAMA_POOLING_TYPE_NONE:
            self._model = load(file, **options, pooling_type=llama.LLAMA_POOLING_TYPE_MEAN)
        self.name = file.stem
        self.dimension = int(self._model.n_embd())
        self.revision = content_key(_RECIPE, "encoder", str(tokens), file_hash(file))

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, d]; long texts are cut off."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            # A text without tokens has no vector.
            clean = readable(text).replace("\0", " ") or " "
            vectors[row] = self._model.embed(clean, normalize=True)
            progress("encoding names", row + 1, len(texts))
        return vectors
