from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from duli import lm
from duli.errors import ModelError
from duli.lm.hub import snapshot
from duli.lm.weights import Checkpoint, locate

from .conftest import bert

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


COMMIT = "0123456789abcdef0123456789abcdef01234567"
BASE = f"/owner/name/resolve/{COMMIT}/"
FILES = {"config.json": b"{}", "tokenizer.json": b"words", "1_Pooling/config.json": b"{}"}


@pytest.fixture
def model(hub: Hub) -> Hub:
    hub.pages = {BASE + name: data for name, data in {**FILES, "model.safetensors": b"weights"}.items()}
    hub.pages[BASE + "pytorch_model.bin"] = hub.pages[BASE + "model.py"] = b"never to be read"
    return hub


def _found(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}


def test_a_model_is_fetched_once_without_pickles_and_code(
    model: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = snapshot("owner/name", COMMIT)
    assert _found(place) == {*FILES, "model.safetensors"}
    assert not [path for path in model.asked if path.endswith((".bin", ".py", ".pt", ".pkl"))]
    asked = len(model.asked)
    monkeypatch.setenv("DULI_OFFLINE", "1")
    assert snapshot("owner/name", COMMIT) == place
    assert len(model.asked) == asked


def test_weights_in_parts(model: Hub) -> None:
    del model.pages[BASE + "model.safetensors"]
    parts = [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    index = {"weight_map": {"a": parts[0], "b": parts[1], "c": parts[0]}}
    model.pages[BASE + "model.safetensors.index.json"] = json.dumps(index).encode()
    model.pages |= {BASE + part: b"weights" for part in parts}
    assert _found(snapshot("owner/name", COMMIT)) == {*FILES, *parts, "model.safetensors.index.json"}


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (None, "pickles are not read"),
        (b"{", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"weight_map": {"a": "../../evil.safetensors"}}', "names what is none"),
        (b'{"weight_map": {"a": "pytorch_model.bin"}}', "names what is none"),
        (b'{"weight_map": {"a": "gone.safetensors"}}', "is not there"),
    ],
)
def test_weights_that_are_none(index: bytes | None, message: str, model: Hub, cache: Path) -> None:
    del model.pages[BASE + "model.safetensors"]
    if index is not None:
        model.pages[BASE + "model.safetensors.index.json"] = index
    with pytest.raises(ModelError, match=message):
        snapshot("owner/name", COMMIT)
    assert list((cache / "models").rglob("*.safetensors")) == []


def test_a_model_that_is_too_large(model: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duli.lm.hub._LARGEST_MODEL", 3)
    with pytest.raises(ModelError, match="larger than 3 bytes"):
        snapshot("owner/name", COMMIT)


def test_a_download_that_is_cut_off(model: Hub, cache: Path) -> None:
    model.cut = 1
    with pytest.raises(ModelError, match="could not be downloaded"):
        snapshot("owner/name", COMMIT)
    assert list((cache / "models").rglob("*.json")) == []


@pytest.mark.parametrize("value", [None, "1"])
def test_nothing_is_fetched_unasked(value: str | None, model: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DULI_OFFLINE")
    if value:
        monkeypatch.setenv("DULI_OFFLINE", value)
    with pytest.raises(ModelError, match="not here") as caught:
        snapshot("owner/name", COMMIT)
    assert "DULI_OFFLINE=0" in str(caught.value.hint)
    assert model.asked == []


@pytest.mark.parametrize("name", ["name", "../name", "a/../b", "a/b/c", "a/..", "/a", "a?/b", ""])
def test_names_that_are_none(name: str, model: Hub) -> None:
    with pytest.raises(ModelError, match="no model's name"):
        snapshot(name, COMMIT)
    assert model.asked == []


@pytest.mark.parametrize("revision", ["main", COMMIT[:12], COMMIT.upper(), f"{COMMIT}/..", ""])
def test_a_revision_is_a_commit(revision: str, model: Hub) -> None:
    with pytest.raises(ModelError, match="40 digits"):
        snapshot("owner/name", revision)
    assert model.asked == []


def test_the_hubs_own_cache_is_looked_at_first(
    model: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    place = tmp_path / "models--owner--name" / "snapshots" / COMMIT
    place.mkdir(parents=True)
    for name in ("config.json", "model.safetensors"):
        (place / name).write_bytes(b"{}")
    assert snapshot("owner/name", COMMIT) == place
    assert model.asked == []


def test_an_encoder_of_the_hub_is_that_of_its_folder(hub: Hub, tmp_path: Path) -> None:
    folder = bert(tmp_path / "bert")
    hub.pages = {BASE + path.name: path.read_bytes() for path in folder.iterdir()}
    found = lm.encoder("hf", model="owner/name", revision=COMMIT)
    texts = ["renal cyst", "肾囊肿"]
    assert (found.encode(texts) == lm.encoder("hf", folder).encode(texts)).all()


def test_a_model_of_the_hub_needs_a_revision() -> None:
    for model, revision in (("owner/name", None), (None, COMMIT), (None, None)):
        with pytest.raises(ModelError, match="name and revision at the hub"):
            lm.generator("hf", model=model, revision=revision)
