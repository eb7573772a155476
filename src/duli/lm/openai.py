"""Encoders behind any server that speaks OpenAI's protocol (llama.cpp, vLLM, Ollama, the hosted ones)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from duli.errors import ModelError
from duli.files import Progress, content_key, silent
from duli.lm.protocol import Vectors, readable
from duli.lm.server import Server

_BATCH = 64


class OpenAI:
    """An encoder at ``{url}/embeddings``. Asks once for its dimension when it is made.

    The server says no hash of its weights: the revision is that of the address, the model's name and ``revision``.

    Args:
        server: where.
        model: the server's name for it.
        revision: what you count up when the server's model changes.

    Raises:
        ModelError: the server does not answer, or wrongly.
    """

    def __init__(self, server: Server, model: str, *, revision: str = "") -> None:
        self._server = server
        self.name = model
        self.dimension = len(self._vectors(["dimension"])[0])
        self.revision = content_key("openai, 1", server.url, model, revision, str(self.dimension))

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        """Unit vectors [n, d]; how long a text may be, the server decides."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            # An empty input is an error in this protocol.
            found = self._vectors([readable(text) or " " for text in texts[start : start + _BATCH]])
            if found.shape[1] != self.dimension:
                raise self._wrong(f"vectors of {found.shape[1]} numbers where {self.dimension} belong")
            vectors[start : start + len(found)] = found
            progress("encoding names", start + len(found), len(texts))
        return vectors

    def _vectors(self, batch: list[str]) -> Vectors:
        answer = self._server.ask(
            "embeddings", {"model": self.name, "input": batch, "encoding_format": "float"}
        )
        try:
            rows: dict[int, Any] = {item["index"]: item["embedding"] for item in answer["data"]}
            found = np.array([rows[row] for row in range(len(batch))], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise self._wrong("no list of vectors, one a text") from error
        lengths = np.linalg.norm(found, axis=-1, keepdims=True)
        if found.ndim != 2 or not np.isfinite(found).all() or not lengths.all():
            raise self._wrong("vectors that are none: not finite, zero or of no length")
        vectors: Vectors = (found / lengths).astype(np.float32)
        return vectors

    def _wrong(self, what: str) -> ModelError:
        return ModelError(f"the server's model {self.name!r} gave {what}", where=self._server.url)
