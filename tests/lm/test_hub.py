from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from duli.errors import ModelError
from duli.lm.weights import Checkpoint, locate

CONTENT = {"model.safetensors": bytes(range(256)) * 400, "tokenizer.json": b"the words"}
CHECKPOINT = Checkpoint(
    name="small",
    repository="someone/small",
    files={name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()},
    packages=(),
    heads=2,
    tokens=16,
)


class Hub:
    """What the server answers, and what it was asked."""

    def __init__(self) -> None:
        self.pages = {f"/someone/small/resolve/main/{name}": data for name, data in CONTENT.items()}
        self.moved: dict[str, str] = {}
        self.cut = 0
        self.asked: list[str] = []

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        if request.path in self.moved:
            request.send_response(302)
            request.send_header("Location", self.moved[request.path])
            request.end_headers()
            return
        data = self.pages.get(request.path)
        request.send_response(404 if data is None else 200)
        request.send_header("Content-Length", str(len(data or b"")))
        request.end_headers()
        request.wfile.write((data or b"")[: len(data or b"") - self.cut])


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.serve(self)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("no_proxy", "*")
        monkeypatch.setenv("DULI_OFFLINE", "0")
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
        yield hub
        server.shutdown()
        thread.join()


def test_the_files_are_fetched_once(hub: Hub, cache: Path) -> None:
    for _ in range(2):
        place = locate(CHECKPOINT)
        assert place == cache / "models" / "small"
        assert {name: (place / name).read_bytes() for name in CONTENT} == CONTENT
    assert hub.asked == list(hub.pages)


def test_a_redirection_is_followed(hub: Hub) -> None:
    (path, *_) = hub.pages
    hub.pages["/elsewhere"] = hub.pages.pop(path)
    hub.moved[path] = "/elsewhere"
    assert (locate(CHECKPOINT) / "model.safetensors").read_bytes() == CONTENT["model.safetensors"]


def test_a_redirection_to_a_file_is_not_followed(hub: Hub, tmp_path: Path) -> None:
    (path, *_) = hub.pages
    (tmp_path / "local").write_bytes(CONTENT["model.safetensors"])
    hub.moved[path] = (tmp_path / "local").as_uri()
    with pytest.raises(ModelError, match="could not be downloaded"):
        locate(CHECKPOINT)


def test_one_byte_changed(hub: Hub, cache: Path) -> None:
    (path, *_) = hub.pages
    hub.pages[path] = hub.pages[path][:-1] + b"!"
    with pytest.raises(ModelError) as caught:
        locate(CHECKPOINT)
    text = str(caught.value)
    assert path in text
    assert CHECKPOINT.files["model.safetensors"] in text
    assert hashlib.sha256(hub.pages[path]).hexdigest() in text
    assert not (cache / "models").exists()


def test_an_answer_that_is_cut_off(hub: Hub, cache: Path) -> None:
    hub.cut = 3
    with pytest.raises(ModelError):
        locate(CHECKPOINT)
    assert not (cache / "models").exists()


def test_a_page_that_is_not_there(hub: Hub) -> None:
    hub.pages.clear()
    with pytest.raises(ModelError, match="404") as caught:
        locate(CHECKPOINT)
    assert "/someone/small/resolve/main/model.safetensors" in str(caught.value)
    assert "HF_ENDPOINT" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [("http://127.0.0.1:9", "could not be downloaded"), ("file:///etc", "not an address of the web")],
)
def test_an_endpoint_that_does_not_answer(
    endpoint: str, message: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(ModelError, match=message):
        locate(CHECKPOINT)


def test_a_folder_that_cannot_be_written(hub: Hub, no_cache: Path) -> None:
    with pytest.raises(ModelError, match="cannot be written"):
        locate(CHECKPOINT)
