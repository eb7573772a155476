"""The two addresses that speak OpenAI's protocol: conversations with a recipe, and vectors of its model."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from duli import lm
from duli.errors import InputError
from duli.service.http import call, questions, replies
from duli.service.http.bodies import Chat, Dialogue, Embed
from duli.service.http.examples import CHAT, EMBEDDED
from duli.service.http.problems import RefusalError
from duli.service.http.questions import Question
from duli.service.http.routing import Route
from duli.service.http.server import Server

_WORD = re.compile(r"[\u3400-\u9fff]|\w+")
_MOST_ANSWERS = 5
_MOST_TURNS = 20


class OpenAI:
    """The routes of that protocol. A model's name is a recipe's."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def routes(self) -> list[Route]:
        """``/v1/models``, ``/v1/chat/completions`` and ``/v1/embeddings``."""
        models = {"object": "list", "data": [{"id": "support", "object": "model", "owned_by": "duli"}]}
        return [
            Route("GET", "/v1/models", self.models, "ask", "The recipes, as models", models),
            Route("POST", "/v1/chat/completions", self.chat, "ask", "Talk to a recipe", CHAT, True),
            Route("POST", "/v1/embeddings", self.embed, "ask", "Vectors of texts", EMBEDDED, True),
        ]

    async def models(self) -> Response:
        """List them."""
        served = self.server.shelf.served.values()
        data = [
            {"id": one.name, "object": "model", "created": int(one.loaded), "owned_by": "duli"}
            for one in served
        ]
        return replies.reply({"object": "list", "data": data})

    async def chat(self, body: Chat) -> Response:
        """Answer the last message of the user."""
        asked = [message.said for message in body.messages if message.role == "user"]
        if not asked or not asked[-1].strip():
            raise InputError("no message of the user asks anything", where="/messages")
        if len(asked[-1]) > self.server.settings.text:
            raise RefusalError("size", f"a text has at most {self.server.settings.text:,} characters")
        application = await self.server.shelf.get(body.model)
        found = await self.server.work.run(_talk, application, asked)
        as_json = (body.response_format or {}).get("type") in ("json_object", "json_schema")
        said = replies.to_bytes(found).decode() if as_json else words(found)
        head = {"id": f"chatcmpl-{call.current().id}", "created": int(time.time()), "model": body.model}
        if body.stream:
            return StreamingResponse(_pieces(head, said), media_type=replies.EVENTS)
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return replies.reply({**head, "object": "chat.completion", "choices": [choice]})

    async def embed(self, body: Embed) -> Response:
        """Unit vectors, as numbers or as little-endian float32 in base64."""
        texts, settings = [body.input] if isinstance(body.input, str) else body.input, self.server.settings
        if len(texts) > settings.texts:
            raise RefusalError("size", f"a request has at most {settings.texts:,} texts", where="/input")
        if max(map(len, texts)) > settings.text:
            raise RefusalError("size", f"a text has at most {settings.text:,} characters", where="/input")
        one = self.server.shelf.find(body.model)
        encoder = self.server.encoders.of(one.recipe.model)
        vectors = (await self.server.work.run(lm.encode, encoder, texts, cache=False)).vectors
        if body.dimensions not in (None, vectors.shape[1]):
            raise InputError(f"this model's vectors have {vectors.shape[1]} numbers", where="/dimensions")
        coded = body.encoding_format == "base64"
        data = [
            {
                "object": "embedding",
                "index": row,
                "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode()
                if coded
                else vector.tolist(),
            }
            for row, vector in enumerate(vectors)
        ]
        # Words, and Chinese characters singly: each model counts its own tokens, and nothing is charged here.
        count = sum(len(_WORD.findall(text)) for text in texts)
        usage = {"prompt_tokens": count, "total_tokens": count}
        return replies.reply({"object": "list", "model": body.model, "data": data, "usage": usage})


def _talk(application: Any, asked: list[str]) -> dict[str, Any]:
    """The answer to the last message; where the recipe talks, after those before it."""
    talks = application.recipe.kind == "support"
    found: dict[str, Any] = {}
    for text in asked[-_MOST_TURNS:] if talks else asked[-1:]:
        state = Dialogue.model_validate(found["state"]) if found else None
        one = Question(text, options={"top": _MOST_ANSWERS}, state=state)
        found = questions.answer(application, one)
    return found


def words(found: dict[str, Any]) -> str:
    """An answer as a message: what the application says, else its best values with their probabilities."""
    if isinstance(found.get("reply"), str):
        return str(found["reply"])
    shown = [_line(one) for one in found.get("answers", ())]
    said = "\n".join(shown) or f"I do not know: {found.get('reason')}"
    return f"{said}\n\n{found['notice']}" if found.get("notice") else said


def _line(one: dict[str, Any]) -> str:
    told = one.get("sentence") or one.get("label") or one.get("value") or one.get("atom")
    return f"{told} ({one.get('probability', 1.0):.2f})"


async def _pieces(head: dict[str, Any], said: str) -> AsyncIterator[bytes]:
    def piece(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return replies.event("", {**head, "object": "chat.completion.chunk", "choices": [choice]})

    yield piece({"role": "assistant", "content": ""})
    for line in said.splitlines(keepends=True):
        yield piece({"content": line})
    yield piece({}, "stop")
    yield replies.event("", b"[DONE]")
