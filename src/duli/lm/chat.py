"""Text and label scores from any server that speaks OpenAI's protocol, at ``{url}/chat/completions``."""

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
        """log p(label | prompt) [n, K] of labels that are one token, among the 20 likeliest.

        Raises:
            ModelError: the server tells no probabilities, or not those of a label.
        """
        found = np.empty((len(prompts), len(labels)), np.float32)
        for row, prompt in enumerate(prompts):
            told = self._likeliest(prompt)
            lacks = next((label for label in labels if label not in told), None)
            if lacks is not None:
                raise ModelError(
                    f"the server's model {self.name!r} does not tell how probable {lacks!r} is: it is not among"
                    f" the {len(told)} likeliest first tokens",
                    where=self._server.url,
                    hint="choose labels that are one token and that the prompt asks for, such as A, B, C",
                )
            found[row] = [told[label] for label in labels]
            progress("scoring labels", row + 1, len(prompts))
        return found

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
