"""Alerts to where they are wanted: a web address, mail, or a file. What was not delivered stays, and is tried again.

Each alert comes at least once, under the same key every time, so that a receiver can tell a second delivery.
"""

from __future__ import annotations

import json
import os
import random
import smtplib
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from duli.errors import InputError
from duli.files import warn_once
from duli.stream.ledger import Ledger

TIMEOUT = 10.0
FIRST, LONGEST = 2.0, 3_600.0
"""Seconds until the second try, and between tries at most; the time doubles, give or take a quarter."""

Deliver = Callable[[str, Mapping[str, Any]], None]
"""Delivers an alert under its key; OSError where that fails."""


class _NotMoved(urllib.request.HTTPRedirectHandler):
    """An alert goes to the address that was given, and nowhere else."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


_WEB = urllib.request.build_opener(_NotMoved)


def channel(address: str) -> Deliver:
    """What delivers to an address.

    Args:
        address: ``https://…``; ``mailto:who@where`` (by DULI_SMTP, see docs/monitor.md); or a file.

    Raises:
        InputError: it is none of these.
    """
    if address.startswith(("http://", "https://")):
        return lambda key, alert: _post(address, key, alert)
    if address.startswith("mailto:"):
        to = address.removeprefix("mailto:")
        if "@" not in to or any(c in to for c in "\r\n, "):
            raise InputError(f"{to!r} is no mail address", hint="mailto:who@example.org")
        server = _server()
        return lambda key, alert: _mail(server, to, key, alert)
    if ":" in address.split("/")[0] and not Path(address).drive:
        raise InputError(f"alerts cannot go to {address!r}", hint="https://…, mailto:…, or a file")
    return lambda key, alert: _append(Path(address), alert)


class Outbox:
    """What is to be delivered, in the ledger.

    Args:
        ledger: where alerts are.
        addresses: where each alert goes.
    """

    def __init__(self, ledger: Ledger, addresses: Sequence[str]) -> None:
        self.ledger = ledger
        self.channels = {address: channel(address) for address in addresses}

    def put(self, key: str, company: str, alert: Mapping[str, Any]) -> None:
        """An alert to be delivered everywhere. In a transaction, so that it is neither lost nor doubled."""
        body = json.dumps(alert, ensure_ascii=False)
        self.ledger.write_alert(key, company, time.time(), body, tuple(self.channels))

    def deliver(self) -> int:
        """Try all that is due; returns how many were delivered."""
        done = 0
        for key, address, tries, body in self.ledger.due(time.time()):
            if address not in self.channels:
                continue
            try:
                self.channels[address](key, json.loads(body))
            except (OSError, smtplib.SMTPException) as error:
                wait = min(LONGEST, FIRST * 2 ** min(tries, 20)) * random.uniform(0.75, 1.25)  # noqa: S311
                wait = max(wait, _asked_to_wait(error))
                self.ledger.delayed(key, address, time.time() + wait, str(error)[:300])
                warn_once(f"alerts cannot be delivered to {address} ({error}): they are kept and tried again")
            else:
                self.ledger.delivered(key, address, time.time())
                done += 1
        return done


def _post(address: str, key: str, alert: Mapping[str, Any]) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key, "User-Agent": "duli"}
    token = os.environ.get("DULI_WEBHOOK_TOKEN")
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(alert, ensure_ascii=False).encode()
    request = urllib.request.Request(address, data, headers)  # noqa: S310
    with _WEB.open(request, timeout=TIMEOUT) as answer:
        answer.read(1_000)


def _asked_to_wait(error: Exception) -> float:
    """Seconds for which a server asks to be left alone, as far as that is a number, up to an hour."""
    told = error.headers.get("Retry-After", "") if isinstance(error, urllib.error.HTTPError) else ""
    return min(LONGEST, float(told)) if told.isdigit() else 0.0


def _server() -> urllib.parse.SplitResult:
    """The mail server: DULI_SMTP = smtp://user:password@host:port, or smtps://…"""
    found = urllib.parse.urlsplit(os.environ.get("DULI_SMTP", "smtp://localhost:25"))
    if found.scheme not in ("smtp", "smtps") or not found.hostname:
        raise InputError("DULI_SMTP is no mail server", hint="smtp://user:password@host:587")
    return found


def _mail(server: urllib.parse.SplitResult, to: str, key: str, alert: Mapping[str, Any]) -> None:
    mail = EmailMessage()
    mail["Subject"] = " ".join(str(alert.get("title", "duli")).split())
    mail["From"] = os.environ.get("DULI_MAIL_FROM", f"duli@{server.hostname}")
    mail["To"], mail["Message-ID"] = to, f"<{key}@duli>"
    mail.set_content(str(alert.get("text", "")) + "\n\n" + json.dumps(alert, ensure_ascii=False, indent=1))
    kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with kind(server.hostname or "", server.port or 0, timeout=TIMEOUT) as session:
        safe = server.scheme == "smtps"
        session.ehlo()
        if not safe and session.has_extn("starttls"):
            session.starttls(context=ssl.create_default_context())
            safe = True
        if server.username and not safe:
            raise smtplib.SMTPException("the password is not sent over an open line")
        if server.username:
            session.login(urllib.parse.unquote(server.username), urllib.parse.unquote(server.password or ""))
        session.send_message(mail)


def _append(path: Path, alert: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(alert, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
