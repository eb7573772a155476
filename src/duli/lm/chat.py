"""Text and label scores from any server that speaks OpenAI's protocol.

Text comes from ``{url}/chat/completions``, and so do scores of labels that are one token each. A chat tells only what
its next token may be: labels of several tokens are read at ``{url}/completions``, behind the prompt as it stands, by a
server that says how probable each token of what it was given is (``echo``: vLLM, llama-cpp-python and others do).
"""

from __future__ import annotations

from collections.abc import Generator as Pieces
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np

from duli.errors import ModelError
from duli.files import Progress, content_key, silent
from duli.lm.generation import Schema, Settings
from duli.lm.protocol import Vectors, readable
from duli.lm.server import Server

_PATH = "chat/completions"
_WHOLE = "completions"
_LIKELIEST = 20
"""As many as the protocol allows."""


class Chat:
    """A model behind a server: a generator and a label scorer.

    The server says no hash of its weights: the revision is that of the address, the model's name and ``revision``.

    Args:
        server: where.
        model: the server's name for it.
        revision: what you count up when the server's model changes.
    """

    def __init__(self, server: Server, model: str, *, revision: str = "") -> None:
        self._server = server
        self.name = model
        self.revision = content_key("openai chat, 1", server.url, model, revision)

    def stream(
        self, prompt: str, settings: Settings, schema: Schema | None = None
    ) -> Pieces[str, None, None]:
        """The answer as it comes; whether the server holds itself to the schema, it does not say.

        Raises:
            ModelError: the server does not answer, or wrongly.
        """
        question = self._question(prompt, settings.max_tokens)
        question |= {"temperature": settings.temperature, "seed": settings.seed, "stream": True}
        if schema is not None:
            named = {"name": "answer", "schema": schema, "strict": True}
            question["response_format"] = {"type": "json_schema", "json_schema": named}
        with closing(self._server.stream(_PATH, question)) as events:
            for event in events:
                try:
                    # The last event may hold nothing but a count of tokens.
                    said = [choice["delta"].get("content") for choice in event["choices"]]
                except (KeyError, TypeError, AttributeError) as error:
                    raise self._wrong("events that are no pieces of an answer") from error
                yield from (piece for piece in said if isinstance(piece, str) and piece)

    def log_probabilities(
        self, prompts: Sequence[str], labels: Sequence[str], progress: Progress = silent
    ) -> Vectors:
        """log p(label | prompt) [n, K]; all by one way: of the chat where each label is among its likeliest tokens.

        Raises:
            ModelError: the server tells no probabilities, or not those of a label.
        """
        found = np.empty((len(prompts), len(labels)), np.float32)
        for row, prompt in enumerate(prompts):
            chances = self._likeliest(prompt)
            if not chances.keys() >= set(labels):
                return self._read(prompts, labels, progress)
            found[row] = [chances[label] for label in labels]
            progress("scoring labels", row + 1, len(prompts))
        return found

    def _read(self, prompts: Sequence[str], labels: Sequence[str], progress: Progress) -> Vectors:
        """The same of labels of any length, one question a prompt."""
        found = np.empty((len(prompts), len(labels)), np.float32)
        for row, prompt in enumerate(map(readable, prompts)):
            asked: dict[str, Any] = {
                "model": self.name,
                "prompt": [prompt + readable(label) for label in labels],
            }
            # One more token is made and left aside: some servers refuse to make none.
            asked |= {"max_tokens": 1, "echo": True, "logprobs": 1, "temperature": 0}
            try:
                answer = self._server.ask(_WHOLE, asked)
            except ModelError as error:
                raise ModelError(
                    f"not all labels are one of the {_LIKELIEST} likeliest first tokens, and the server does not read "
                    f"longer ones: {error.message}",
                    where=error.where,
                    hint="choose labels that are one token and that the prompt asks for, such as A, B, C",
                ) from error
            found[row] = self._totals(answer, len(prompt), labels)
            progress("scoring labels", row + 1, len(prompts))
        return found

    def _totals(self, answer: Any, start: int, labels: Sequence[str]) -> list[float]:
        """Of each label the sum over its tokens, which begin where the prompt ends."""
        try:
            choices = sorted(answer["choices"], key=lambda choice: choice["index"])
            told = [choice["logprobs"] for choice in choices]
            each = [list(zip(one["text_offset"], one["token_logprobs"], strict=True)) for one in told]
            totals = [
                sum(float(log) for place, log in tokens if start <= place < start + len(label))
                for label, tokens in zip(labels, each, strict=True)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise self._wrong("no log-probabilities of each token that it read") from error
        for label, tokens in zip(labels, each, strict=True):
            if start not in {place for place, _ in tokens}:
                raise ModelError(
                    f"the model {self.name!r} reads the end of the prompt and {label!r} as one token",
                    where=self._server.url,
                    hint="let the label begin with a space, or the prompt end with a line break",
                )
        return totals

    def _likeliest(self, prompt: str) -> dict[str, float]:
        question = self._question(prompt, 1) | {
            "logprobs": True,
            "top_logprobs": _LIKELIEST,
            "temperature": 0,
        }
        answer = self._server.ask(_PATH, question)
        try:
            first = answer["choices"][0]["logprobs"]["content"][0]
            told = [(str(one["token"]), float(one["logprob"])) for one in [first, *first["top_logprobs"]]]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise self._wrong("no log-probabilities of its first token") from error
        return dict(told)

    def _question(self, prompt: str, tokens: int) -> dict[str, Any]:
        said = [{"role": "user", "content": readable(prompt)}]
        return {"model": self.name, "messages": said, "max_tokens": tokens}

    def _wrong(self, what: str) -> ModelError:
        return ModelError(f"the server's model {self.name!r} gave {what}", where=self._server.url)
