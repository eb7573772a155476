"""A chat server of OpenAI's protocol: the same answers as the model in it, and every way to fail."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from duli import lm
from duli.errors import ModelError
from duli.lm.causal import Causal
from duli.lm.chat import Chat
from duli.lm.server import Server

from .conftest import gpt2

STREAM = "text/event-stream"


class Told:
    """What the server answers, and what it was asked."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], Iterator[bytes]] = lambda question: iter([])
        self.kind = STREAM
        self.statuses: list[int] = []
        self.asked: list[dict[str, Any]] = []
        self.gone = threading.Event()
        self.url = ""


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.asked.append({"path": self.path, **question})
            self.send_response(told.statuses.pop(0) if told.statuses else 200)
            self.send_header("Content-Type", told.kind if question.get("stream") else "application/json")
            self.end_headers()
            try:
                for part in told.answer(question):
                    self.wfile.write(part)
            except OSError:
                told.gone.set()

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}/v1"
        yield told
        server.shutdown()
        thread.join()


def _chat(told: Told, **options: Any) -> Chat:
    return Chat(Server(told.url, **{"pause": 0.001, "retries": 2, "seconds": 5, **options}), "small")


def _event(text: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode() + b"\n\n"


def _says(*parts: bytes) -> Callable[[dict[str, Any]], Iterator[bytes]]:
    return lambda question: iter(parts)


def _serves(model: Causal) -> Callable[[dict[str, Any]], Iterator[bytes]]:
    """The protocol over a model of ours."""

    def answer(question: dict[str, Any]) -> Iterator[bytes]:
        if "messages" not in question:
            yield json.dumps(
                {"choices": [_echo(model, *each) for each in enumerate(question["prompt"])]}
            ).encode()
            return
        prompt = question["messages"][0]["content"]
        if question.get("stream"):
            schema = question.get("response_format", {}).get("json_schema", {}).get("schema")
            settings = lm.Settings(question["max_tokens"], question["temperature"], question["seed"])
            yield b": a comment\n\n"
            for piece in model.stream(prompt, settings, schema):
                yield _event(piece)
            yield b'data: {"choices": [], "usage": {}}\n\ndata: [DONE]\n\n'
            return
        words = len(model._tokenizer)
        logs = model._scores(model._tokens(prompt), [[token] for token in range(words)])
        best = [
            {"token": model._text([int(token)]), "logprob": float(logs[token])}
            for token in np.argsort(-logs)[: question["top_logprobs"]]
        ]
        yield json.dumps(
            {"choices": [{"logprobs": {"content": [{**best[0], "top_logprobs": best}]}}]}
        ).encode()

    return answer


def _echo(model: Causal, number: int, text: str) -> dict[str, Any]:
    """The log-probability of each token of a text, and where it begins."""
    read = model._tokenizer(text, return_offsets_mapping=True)
    ids, places = read["input_ids"], [start for start, _ in read["offset_mapping"]]
    told = [None, *(float(model._scores(ids[:n], [[ids[n]]])[0]) for n in range(1, len(ids)))]
    return {
        "index": number,
        "logprobs": {"text_offset": [*places, len(text)], "token_logprobs": [*told, -1.0]},
    }


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Causal:
    return Causal(gpt2(tmp_path_factory.mktemp("served")))


def test_text_agrees_with_the_model_behind_the_server(told: Told, model: Causal) -> None:
    told.answer = _serves(model)
    served = lm.generator("openai", url=told.url, model="small")
    for settings in (
        lm.Settings(40),
        lm.Settings(30, temperature=1.0, seed=3),
        lm.Settings(40, stop=("true",)),
    ):
        direct = "".join(lm.generate(model, "the renal cyst is 肾", settings))
        assert "".join(lm.generate(served, "the renal cyst is 肾", settings)) == direct
    assert told.asked[0]["path"] == "/v1/chat/completions"
    assert told.asked[0]["model"] == "small"


def test_label_scores_agree_with_the_model_behind_the_server(told: Told, model: Causal) -> None:
    told.answer = _serves(model)
    served = lm.scorer("openai", url=told.url, model="small")
    prompt = "the renal cyst is"
    whole = [text for text in served._likeliest(prompt) if "\ufffd" not in text]  # type: ignore[attr-defined]
    labels = [text for text in whole if len(model._tokenizer(text)["input_ids"]) == 1][:5]
    assert len(labels) == 5
    np.testing.assert_allclose(
        lm.score(served, [prompt], labels), lm.score(model, [prompt], labels), atol=1e-5
    )


def test_scores_of_long_labels_agree_with_the_model_behind_the_server(told: Told, model: Causal) -> None:
    told.answer = _serves(model)
    prompts, labels = ["the renal cyst is", "肾囊肿"], [" true", " true or false", " 肾囊肿"]
    found = lm.score(_chat(told), prompts, labels)
    np.testing.assert_allclose(found, lm.score(model, prompts, labels), atol=1e-4)
    assert {question["path"] for question in told.asked} == {"/v1/chat/completions", "/v1/completions"}


def test_a_label_that_grows_onto_the_prompt(told: Told, model: Causal) -> None:
    told.answer = _serves(model)
    with pytest.raises(ModelError, match="reads the end of the prompt and 'ue or false' as one token"):
        lm.score(_chat(told), ["the renal cyst is tr"], ["ue or false"])


def test_json_agrees_with_the_model_behind_the_server(told: Told, model: Causal) -> None:
    pytest.importorskip("llguidance", reason="needs the extra json")
    told.answer = _serves(model)
    schema = {"enum": ["good", "bad", 17]}
    settings = lm.Settings(30)
    direct = lm.generate_json(model, "How?", schema, settings)
    assert lm.generate_json(_chat(told), "How?", schema, settings) == direct
    assert told.asked[0]["response_format"]["json_schema"]["schema"] == schema


def test_a_server_that_reads_no_long_labels(told: Told, model: Causal) -> None:
    told.answer, told.statuses = _serves(model), [200, 404]
    with pytest.raises(ModelError, match=r"does not read longer ones: the server refuses \(404"):
        lm.score(_chat(told), ["a"], ["never a token"])
    told.answer = lambda question: (
        _serves(model)(question) if "messages" in question else iter([b'{"choices": []}'])
    )
    with pytest.raises(ModelError, match="no log-probabilities of each token"):
        lm.score(_chat(told), ["a"], ["never a token"])


@pytest.mark.parametrize("content", [{}, [], {"choices": []}, {"choices": [{"logprobs": None}]}])
def test_no_probabilities(content: object, told: Told) -> None:
    told.answer = _says(json.dumps(content).encode())
    with pytest.raises(ModelError, match="no log-probabilities"):
        lm.score(_chat(told), ["a"], ["b"])


def test_pieces_come_as_they_are_made(told: Told) -> None:
    go = threading.Event()

    def slowly(question: dict[str, Any]) -> Iterator[bytes]:
        yield _event("first")
        go.wait(5)
        yield _event("second")

    told.answer = slowly
    answer = lm.generate(_chat(told), "a")
    assert next(answer) == "first"
    go.set()
    assert list(answer) == ["second"]


def test_the_server_hears_that_nobody_wants_more(told: Told) -> None:
    def endless(question: dict[str, Any]) -> Iterator[bytes]:
        while True:
            yield _event("more " * 1000)

    told.answer = endless
    assert "".join(lm.generate(_chat(told), "a", lm.Settings(stop=("more",)))) == ""
    assert told.gone.wait(5)


def test_events_in_two_parts_and_with_carriage_returns(told: Told) -> None:
    whole = _event("肾囊肿").replace(b"\n", b"\r\n")
    told.answer = _says(whole[:25], whole[25:], b"data: [DONE]\r\n\r\n")
    assert list(lm.generate(_chat(told), "a")) == ["肾囊肿"]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([b"data: {\n\n"], "not JSON"),
        ([_event("a"), b'data: {"error": {"message": "out of memory"}}\n\n'], "breaks off: .*out of memory"),
        ([b"data: 3\n\n"], "no pieces of an answer"),
        ([b'data: {"choices": [3]}\n\n'], "no pieces of an answer"),
    ],
)
def test_streams_that_are_wrong(parts: list[bytes], message: str, told: Told) -> None:
    told.answer = _says(*parts)
    with pytest.raises(ModelError, match=message):
        list(lm.generate(_chat(told), "a"))


def test_an_answer_that_is_no_stream(told: Told) -> None:
    told.kind = "text/html"
    told.answer = _says(b"<html>")
    with pytest.raises(ModelError, match="no stream"):
        list(lm.generate(_chat(told), "a"))


def test_what_may_pass_is_tried_again(told: Told) -> None:
    told.statuses = [503, 429]
    told.answer = _says(_event("a"))
    assert list(lm.generate(_chat(told), "q")) == ["a"]
    assert len(told.asked) == 3


def test_a_refusal_is_told_at_once(told: Told) -> None:
    told.statuses = [401]
    with pytest.raises(ModelError, match="refuses"):
        list(lm.generate(_chat(told), "q"))
    assert len(told.asked) == 1


def test_a_server_that_only_drips(told: Told) -> None:
    def drips(question: dict[str, Any]) -> Iterator[bytes]:
        yield _event("a")
        for _ in range(100):
            time.sleep(0.05)
            yield b": still here\n"

    told.answer = drips
    start = time.monotonic()
    with pytest.raises(ModelError, match=r"no event in 0\.3 seconds"):
        list(lm.generate(_chat(told, seconds=0.3), "q"))
    assert time.monotonic() - start < 4
