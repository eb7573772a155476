"""A server of OpenAI's protocol: the same vectors as the model in it, and every way to fail."""

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
from duli.lm import FakeEncoder
from duli.lm.openai import OpenAI
from duli.lm.server import Server

from .conftest import Tiny, bert

TEXTS = [
    "renal cyst",
    "seizure",
    "",
    "肾囊肿",
    "half a pair \ud800 of surrogates",
    *(f"a{n}" for n in range(100)),
]
Answer = tuple[int, bytes, dict[str, str]]


class Model:
    """What the server answers, and what it was asked."""

    def __init__(self) -> None:
        self.encoder: lm.Encoder = FakeEncoder(16)
        self.first: list[Callable[[], Answer]] = []
        self.always: Callable[[], Answer] | None = None
        self.drip = 0.0
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""

    def answer(self, question: dict[str, Any]) -> Answer:
        if self.first:
            return self.first.pop(0)()
        if self.always is not None:
            return self.always()
        vectors = 3 * self.encoder.encode(question["input"])
        data = [{"index": row, "embedding": vector.tolist()} for row, vector in enumerate(vectors)]
        return 200, json.dumps({"data": data[::-1]}).encode(), {}


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            model.keys.append(self.headers.get("Authorization"))
            model.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, content, headers = model.answer(model.asked[-1])
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for place in range(0, len(content), 8 if model.drip else len(content) or 1):
                    time.sleep(model.drip)
                    self.wfile.write(content[place : place + 8] if model.drip else content)
            except OSError:
                """The other side has given up."""

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        model.url = f"http://127.0.0.1:{server.server_port}/v1"
        yield model
        server.shutdown()
        thread.join()


def _server(model: Model, **options: Any) -> Server:
    return Server(model.url, **{"pause": 0.001, "retries": 2, **options})


def _says(status: int, content: object = "", **headers: str) -> Callable[[], Answer]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda: (status, body, headers)


def test_the_vectors_are_the_models_own(model: Model) -> None:
    encoder = lm.encoder("openai", url=model.url, model="small")
    texts = [text for text in TEXTS if text and "\ud800" not in text]
    found = lm.encode(encoder, texts).vectors
    np.testing.assert_allclose(found, model.encoder.encode(texts), atol=1e-6)
    assert (encoder.name, encoder.dimension) == ("small", 16)
    assert {question["model"] for question in model.asked} == {"small"}
    assert max(len(question["input"]) for question in model.asked) <= 64


def test_it_agrees_with_hugging_face(model: Model, tiny: Tiny) -> None:
    model.encoder = lm.encoder("hf", bert(tiny.folder / "bert"))
    texts = ["renal cyst", "肾囊肿", "a seizure and a cyst"]
    found = OpenAI(_server(model), "bert").encode(texts)
    np.testing.assert_allclose(found, model.encoder.encode(texts), atol=1e-6)


def test_it_owes_what_every_encoder_owes(model: Model) -> None:
    encoder = OpenAI(_server(model), "small")
    told: list[tuple[str, int, int]] = []
    vectors = encoder.encode(TEXTS, lambda *step: told.append(step))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors, np.concatenate([encoder.encode([text]) for text in TEXTS]))
    assert [step[1] for step in told] == [64, len(TEXTS)]
    assert encoder.encode([]).shape == (0, 16)
    assert encoder.revision != OpenAI(_server(model), "other").revision
    assert encoder.revision != OpenAI(_server(model), "small", revision="2").revision


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_may_pass_is_tried_again(status: int, model: Model) -> None:
    model.first = [_says(status)] * 2
    assert OpenAI(_server(model), "small").dimension == 16
    assert len(model.asked) == 3


def test_the_server_says_when(model: Model) -> None:
    model.first = [_says(429, **{"Retry-After": "0.3"})]
    start = time.monotonic()
    OpenAI(_server(model), "small")
    assert time.monotonic() - start >= 0.3


def test_it_gives_up_after_its_tries(model: Model) -> None:
    model.always = _says(503)
    with pytest.raises(ModelError, match=r"3 tries \(503"):
        OpenAI(_server(model), "small")
    assert len(model.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_is_told_at_once(status: int, model: Model) -> None:
    model.always = _says(status, {"error": "no such model"})
    with pytest.raises(ModelError, match=rf"refuses \({status}.*no such model"):
        OpenAI(_server(model), "small")
    assert len(model.asked) == 1


VECTOR = [1.0] * 16


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "not JSON"),
        (b"", "not JSON"),
        ([], "no list of vectors"),
        ({"data": []}, "no list of vectors"),
        ({"data": [{"index": 1, "embedding": VECTOR}]}, "no list of vectors"),
        ({"data": [{"index": 0, "embedding": "AAAA"}]}, "no list of vectors"),
        ({"data": [{"index": 0, "embedding": [0.0] * 16}]}, "not finite, zero"),
        ({"data": [{"index": 0, "embedding": [float("nan")] * 16}]}, "not finite, zero"),
        ({"data": [{"index": 0, "embedding": []}]}, "not finite, zero"),
        ({"data": [{"index": 0, "embedding": 1.0}]}, "not finite, zero"),
        ({"data": [{"index": 0, "embedding": [1.0] * 8}]}, "vectors of 8 numbers where 16 belong"),
    ],
)
def test_a_wrong_answer(content: object, message: str, model: Model) -> None:
    encoder = OpenAI(_server(model), "small")
    model.always = _says(200, content)
    with pytest.raises(ModelError, match=message):
        encoder.encode(["seizure"])


def test_an_answer_that_is_cut_off_is_asked_for_again(model: Model) -> None:
    model.first = [lambda: (200, b"{", {"Content-Length": "2", "Connection": "close"})]
    assert OpenAI(_server(model), "small").dimension == 16
    assert len(model.asked) == 2


def test_a_slow_server(model: Model) -> None:
    model.drip = 0.1
    with pytest.raises(ModelError, match=r"did not answer in 2 tries .*0\.3 seconds"):
        OpenAI(_server(model, seconds=0.3, retries=1), "small")


def test_a_silent_server(model: Model) -> None:
    model.drip = 1.0
    with pytest.raises(ModelError, match=r"did not answer in 1 tries .*timed out"):
        OpenAI(_server(model, seconds=0.1, retries=0), "small")


def test_nobody_there() -> None:
    with pytest.raises(ModelError, match=r"did not answer in 3 tries .*refused") as caught:
        OpenAI(Server("http://127.0.0.1:9/v1", pause=0.001, retries=2), "small")
    assert "http://127.0.0.1:9/v1/embeddings" in str(caught.value)


def test_the_key_is_sent_and_not_shown(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_KEY_SOME", "a secret")
    lm.encoder("openai", url=model.url, model="small", key="DULI_KEY_SOME")
    assert model.keys == ["Bearer a secret"]
    model.always = _says(401)
    with pytest.raises(ModelError) as caught:
        lm.encoder("openai", url=model.url, model="small", key="DULI_KEY_SOME")
    assert "a secret" not in str(caught.value)


def test_a_key_that_is_not_there(model: Model) -> None:
    with pytest.raises(ModelError, match="DULI_KEY_SOME"):
        Server(model.url, "DULI_KEY_SOME")


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "duli_key_some", "MY_DULI_KEY_SOME", "PATH", ""])
def test_no_other_secret_leaves(name: str, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    if name:
        monkeypatch.setenv(name, "another secret")
    with pytest.raises(ModelError, match="begins with DULI_KEY_") as caught:
        lm.encoder("openai", url=model.url, model="small", key=name)
    assert "another secret" not in str(caught.value)
    assert model.asked == []


def test_a_key_is_not_sent_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_KEY_SOME", "a secret")
    with pytest.raises(ModelError, match="unencrypted"):
        Server("http://models.example/v1", "DULI_KEY_SOME")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(status: int, model: Model) -> None:
    model.always = _says(status, Location=f"{model.url}/elsewhere")
    with pytest.raises(ModelError, match="redirects"):
        OpenAI(_server(model), "small")
    assert len(model.asked) == 1


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080", "file:///etc/passwd"])
def test_no_address(url: str) -> None:
    with pytest.raises(ModelError, match="not an address"):
        Server(url)


def test_what_it_needs_is_told() -> None:
    with pytest.raises(ModelError, match="needs 'url' and 'model'"):
        lm.encoder("openai")
