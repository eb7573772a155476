"""``push_to_hub`` against a hub of our own: what arrives is what was saved."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import duli

pytest.importorskip("huggingface_hub", reason="needs the extra hf")

CODE = "import duli, sys; print(duli.load(sys.argv[1]).push_to_hub('me/plants'))"


class Hub:
    """What it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.keys: set[str | None] = set()
        self.files: dict[str, bytes] = {}


@pytest.fixture
def hub() -> Iterator[Hub]:
    """The parts of the hub's protocol by which a folder is uploaded: create, ask how, commit."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            hub.keys.add(self.headers.get("Authorization"))
            self._answer(content)

        def do_GET(self) -> None:
            self._answer(b"")

        def _answer(self, content: bytes) -> None:
            said: dict[str, object] = {"sha": "0" * 40, "siblings": []}
            if self.path.endswith("/repos/create"):
                said = {"url": f"{hub.url}/me/plants"}
            elif "/preupload/" in self.path:
                said = {
                    "files": [
                        {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                        for file in json.loads(content)["files"]
                    ]
                }
            elif "/commit/" in self.path:
                for line in map(json.loads, content.splitlines()):
                    if line["key"] == "file":
                        hub.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                said = {"commitUrl": f"{hub.url}/me/plants/commit/0", "commitOid": "0" * 40, "success": True}
            body = json.dumps(said).encode()
            self.send_response(hub.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        hub.url = f"http://127.0.0.1:{server.server_port}"
        yield hub
        server.shutdown()
        thread.join()


def push(hub: Hub, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the hub's address is read where its library is imported."""
    given = {"DULI_OFFLINE": "0", "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_of_a_test", **settings}
    return subprocess.run(
        [sys.executable, "-c", CODE, str(folder)],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_arrives_is_what_was_saved(topics: Path, hub: Hub, tmp_path: Path) -> None:
    done = push(hub, topics)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{hub.url}/me/plants"
    assert hub.keys == {"Bearer hf_of_a_test"}
    duli.load(topics).save_pretrained(tmp_path / "saved")
    wanted = {path.name: path.read_bytes() for path in (tmp_path / "saved").iterdir()}
    assert hub.files == wanted
    assert {"config.json", "model.safetensors", "README.md", "recipe.toml", "rules.dl"} == wanted.keys()


def test_a_hub_that_refuses(topics: Path, hub: Hub) -> None:
    hub.status = 403
    done = push(hub, topics)
    assert done.returncode == 1
    assert "the hub refuses 'me/plants'" in done.stderr
    assert not hub.files


def test_nothing_is_sent_unless_it_is_allowed(topics: Path, hub: Hub) -> None:
    done = push(hub, topics, DULI_OFFLINE="")
    assert "set DULI_OFFLINE=0 to allow it" in done.stderr
    assert not hub.keys
