from __future__ import annotations

import json
import smtplib
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from duli.errors import InputError
from duli.stream.ledger import Ledger
from duli.stream.outbox import Outbox, channel
from tests.stream.support import Watch, surge, write


class _Hook(BaseHTTPRequestHandler):
    status: ClassVar[int] = 200
    came: ClassVar[list[tuple[str | None, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).came.append((self.headers["Idempotency-Key"], body["company"]))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Retry-After", "120")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[str]:
    site = HTTPServer(("127.0.0.1", 0), _Hook)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    _Hook.came.clear()
    yield f"http://127.0.0.1:{site.server_port}/hook"
    site.shutdown()
    site.server_close()


@pytest.mark.parametrize("status", [500, 404, 302])
def test_an_endpoint_that_is_down_gets_the_alert_later_under_the_same_key(
    status: int, hook: str, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Hook, "status", status)
    tally, (alert,) = watch(write(tmp_path / "news.jsonl", surge()), addresses=[hook])
    assert tally.delivered == 0
    ledger = Ledger(tmp_path / "state.sqlite")
    ((tries, wait, error),) = ledger.rows(
        "select tries, next - (select time from alert), error from delivery"
    )
    assert (tries, str(status) in error) == (1, True)
    assert wait > 100
    with ledger.transaction():
        ledger.delayed(str(alert["id"]), hook, 0.0, "")
    monkeypatch.setattr(_Hook, "status", 200)
    sent = Outbox(ledger, [hook])
    assert (sent.deliver(), sent.deliver()) == (1, 0)
    assert [(alert["id"], "tsmc")] * 2 == _Hook.came
    ledger.close()


def test_where_nobody_listens_nothing_is_lost(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "s.sqlite")
    sent = Outbox(ledger, ["http://127.0.0.1:9/", str(tmp_path / "alerts.jsonl")])
    with ledger.transaction():
        sent.put("k1", "acme", {"company": "acme", "title": "涨"})
        sent.put("k1", "acme", {"company": "acme", "title": "涨"})
    assert sent.deliver() == 1
    assert json.loads((tmp_path / "alerts.jsonl").read_text("utf-8"))["title"] == "涨"
    assert ledger.rows("select done is null, tries from delivery where channel like 'http%'") == [(1, 1)]
    ledger.close()


class _Mail(socketserver.StreamRequestHandler):
    """A mail server for one mail, as far as the test needs one."""

    came: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().decode():
            verb = line[:4].upper()
            if verb == "DATA":
                self.wfile.write(b"354 go on\r\n")
                mail = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    mail += part
                type(self).came.append(mail.decode())
            self.wfile.write(b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n")
            if verb == "QUIT":
                return


def test_an_alert_goes_by_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = socketserver.TCPServer(("127.0.0.1", 0), _Mail)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DULI_SMTP", f"smtp://127.0.0.1:{server.server_address[1]}")
    alert = {"title": "Acme: bad\nnews", "text": "- it falls", "company": "acme"}
    channel("mailto:ann@example.org")("k1", alert)
    server.shutdown()
    server.server_close()
    (mail,) = _Mail.came
    assert "Subject: Acme: bad news" in mail
    assert "Message-ID: <k1@duli>" in mail
    assert "- it falls" in mail


def test_a_password_is_not_sent_over_an_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    server = socketserver.TCPServer(("127.0.0.1", 0), _Mail)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DULI_SMTP", f"smtp://ann:secret@127.0.0.1:{server.server_address[1]}")
    with pytest.raises(smtplib.SMTPException, match="open line"):
        channel("mailto:ann@example.org")("k1", {})
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("address", ["mailto:nobody", "mailto:a@b\r\nBcc: c@d", "ftp://x/y"])
def test_where_alerts_cannot_go_is_told(address: str) -> None:
    with pytest.raises(InputError):
        channel(address)
