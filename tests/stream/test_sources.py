from __future__ import annotations

import io
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from duli.errors import InputError
from duli.stream import files
from duli.stream.files import File, Folder
from duli.stream.http import Endpoint, Feed, records
from duli.stream.news import News, Refused, Source
from duli.stream.sources import Lines, source


class Store(dict[str, str]):
    """Positions, as the ledger keeps them."""

    def take(self, source: Source, most: int = 100) -> list[str]:
        taken = source.take(most)
        self.update(taken.positions)
        return [r.text if isinstance(r, News) else f"refused: {r.reason}" for r in taken.records]


def test_a_file_is_read_on_where_it_grows_and_after_a_restart(tmp_path: Path) -> None:
    path, store = tmp_path / "a.jsonl", Store()
    path.write_text('{"text": "one"}\n{"text": "two"}\n{"te')
    file = File(path)
    file.open(store.get)
    assert store.take(file, 1) == ["one"]
    assert store.take(file) == ["two"]
    assert store.take(file) == []
    with path.open("a") as more:
        more.write('xt": "three"}\n')
    again = File(path)
    again.open(store.get)
    assert store.take(again) == ["three"]


def test_a_last_line_without_an_end_is_read_when_the_file_rests(tmp_path: Path) -> None:
    path, store = tmp_path / "a.txt", Store()
    path.write_text("one\ntwo")
    file = File(path)
    file.open(store.get)
    assert store.take(file) == ["one"]
    os.utime(path, (time.time() - 60, time.time() - 60))
    assert store.take(file) == ["two"]


def test_a_file_that_was_replaced_is_read_from_its_beginning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, store = tmp_path / "a.jsonl", Store()
    path.write_text('{"text": "old, and longer"}\n')
    file = File(path)
    file.open(store.get)
    store.take(file)
    path.write_text('{"text": "new"}\n')
    assert store.take(file) == ["new"]
    path.unlink()
    assert store.take(file) == []
    path.write_text('{"text": "newer"}\n')
    assert store.take(file) == ["newer"]
    assert "another file than before" in caplog.text


def test_a_table_has_a_head_and_cells_over_several_lines(tmp_path: Path) -> None:
    path, store = tmp_path / "a.csv", Store()
    path.write_bytes(
        '\ufefftime,text\n2026-01-01,"Acme, \nsoars"\n1,2,3\n2026-01-01,涨\n2026-01-02,"op'.encode()
    )
    file = File(path)
    file.open(store.get)
    assert store.take(file) == ["Acme, \nsoars", "refused: this row has 3 cells, not 2", "涨"]
    with path.open("a") as more:
        more.write('en"\n')
    again = File(path)
    again.open(store.get)
    assert store.take(again) == ["open"]


def test_an_endless_line_is_refused_once_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1_000)
    path, store = tmp_path / "a.txt", Store()
    path.write_text("one\n" + "x" * 5_000 + "\ntwo\n")
    file = File(path)
    file.open(store.get)
    assert store.take(file) == ["one", "refused: a line has 1,000 bytes at most", "two"]


def test_files_of_a_folder_appear_grow_and_arrive_by_a_new_name(tmp_path: Path) -> None:
    store, folder = Store(), Folder(tmp_path)
    folder.open(store.get)
    assert store.take(folder) == []
    (tmp_path / "a.jsonl").write_text('{"text": "a1"}\n')
    (tmp_path / "b.jsonl.tmp").write_text('{"text": "b1"}\n')
    (tmp_path / ".c.jsonl").write_text('{"text": "c1"}\n')
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    assert store.take(folder) == ["a1"]
    (tmp_path / "b.jsonl.tmp").rename(tmp_path / "b.jsonl")
    with (tmp_path / "a.jsonl").open("a") as more:
        more.write('{"text": "a2"}\n')
    assert sorted(store.take(folder)) == ["a2", "b1"]
    again = Folder(tmp_path)
    again.open(store.get)
    assert store.take(again) == []


def test_standard_input_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    lines = Lines(os.fdopen(reading, "rb", buffering=0))
    os.write(writing, '{"text": "one"}\n涨停\n{"text": '.encode())
    store = Store()
    assert store.take(lines) == ["one", "涨停"]
    os.write(writing, b'"last"}')
    os.close(writing)
    assert [*store.take(lines), *store.take(lines)] == ["last"]
    assert lines.finished
    lines.stream.close()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"text": "a"}', ["a"]),
        (b' [{"text": "a"}, {"text": "b"}, 3]', ["a", "b", "refused"]),
        (b'{"text": "a"}\n{"text": "b"}\nno', ["a", "b", "refused"]),
        (
            b"<rss><channel><item><title>Acme</title><description>soars</description></item></channel></rss>",
            ["Acme\nsoars"],
        ),
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><link href="x"/></entry></feed>',
            ["a"],
        ),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><rss><item><title>&a;</title></item></rss>', ["refused"]),
        (b"<rss><item>", ["refused"]),
        (b"[1", ["refused"]),
        (b"", []),
    ],
)
def test_bodies_are_json_lines_or_feeds(body: bytes, found: list[str]) -> None:
    made = records(body, "web", "here")
    assert [r.text if isinstance(r, News) else "refused" for r in made] == found


def post(
    endpoint: Endpoint, body: bytes, *, right: bool = True, length: str | None = None
) -> tuple[int, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{endpoint.port}/", body)
    request.add_header("Authorization", f"Bearer {endpoint.token if right else 7}")
    if length is not None:
        request.add_header("Content-Length", length)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint("127.0.0.1", 0, "secret")
    made.open(Store().get)
    yield made
    made.close()


def test_an_endpoint_answers_when_texts_are_stored(endpoint: Endpoint) -> None:
    answers: list[tuple[int, Any]] = []
    sender = threading.Thread(target=lambda: answers.append(post(endpoint, b'[{"text": "a"}, {"x": 1}]')))
    sender.start()
    taken = endpoint.take(10)
    while not taken.records:
        taken = endpoint.take(10)
    assert answers == []
    taken.done()
    sender.join(10)
    assert answers == [(200, {"taken": 1, "refused": [{"place": "request 2", "reason": "there is no text"}]})]


def test_an_endpoint_takes_no_texts_without_the_token_or_too_many(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duli.stream.http.PATIENCE", 0.05)
    assert post(endpoint, b"{}", right=False)[0] == 401
    assert post(endpoint, b"x", length="9999999")[0] == 413
    assert post(endpoint, b'{"text": "a"}')[0] == 503


class _Site(BaseHTTPRequestHandler):
    body: ClassVar[bytes] = b'[{"text": "a", "id": 1}]'
    status: ClassVar[int] = 200
    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        type(self).asked.append(self.headers["If-None-Match"])
        status = 304 if self.status == 200 and self.headers["If-None-Match"] == '"v1"' else self.status
        self.send_response(status)
        self.send_header("ETag", '"v1"')
        self.end_headers()
        if status == 200:
            self.wfile.write(self.body)

    def log_message(self, *_: object) -> None: ...


def test_a_feed_is_asked_again_also_after_it_was_down(monkeypatch: pytest.MonkeyPatch) -> None:
    site = HTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    store, feed = Store(), Feed(f"http://127.0.0.1:{site.server_port}/", every=0.0)
    feed.open(store.get)
    monkeypatch.setattr(_Site, "status", 500)
    assert store.take(feed) == []
    monkeypatch.setattr(_Site, "status", 200)
    assert store.take(feed) == ["a"]
    assert store.take(feed) == []
    again = Feed(feed.url)
    again.open(store.get)
    assert store.take(again) == []
    assert _Site.asked == [None, None, '"v1"', '"v1"']
    site.shutdown()
    site.server_close()
    assert store.take(Feed(feed.url)) == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere", "there is no source"),
        ("listen:0.0.0.0:8700", "other machines"),
        ("listen:x", "no port"),
        ("kafka://host", "a server and a topic"),
        ("https://example.org/feed", "DULI_OFFLINE"),
    ],
)
def test_what_is_no_source_or_not_allowed_is_told(
    address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULI_OFFLINE", "1")
    with pytest.raises(InputError, match=message):
        source(address)


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK")
    with pytest.raises(InputError, match="a file of texts is one of"):
        source(str(tmp_path / "a.docx"))
    assert isinstance(records(b"\xff", "web", "here")[0], Refused)
    assert isinstance(Lines(io.BytesIO()), Lines)
