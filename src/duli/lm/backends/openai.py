"""Any server that speaks OpenAI's protocol: llama.cpp, vLLM, Ollama, the hosted ones."""

from __future__ import annotations

from duli.lm.generation import Generator
from duli.lm.protocol import Encoder
from duli.lm.scoring import LabelScorer

EXTRA = None
PACKAGES = ()


def encoder(url: str, model: str, *, key: str | None = None) -> Encoder:
    """``url`` is the server's address (http://127.0.0.1:8080/v1), ``model`` its name for the model."""
    from duli.lm.openai import OpenAI
    from duli.lm.server import Server

    return OpenAI(Server(url, key), model)


def scorer(url: str, model: str, *, key: str | None = None) -> LabelScorer:
    """``url`` is the server's address (http://127.0.0.1:8080/v1), ``model`` its name for the model."""
    from duli.lm.chat import Chat
    from duli.lm.server import Server

    return Chat(Server(url, key), model)


def generator(url: str, model: str, *, key: str | None = None) -> Generator:
    """``url`` is the server's address (http://127.0.0.1:8080/v1), ``model`` its name for the model."""
    from duli.lm.chat import Chat
    from duli.lm.server import Server

    return Chat(Server(url, key), model)
