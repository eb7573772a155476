"""Logs as lines of JSON: when, what, of which request. Texts, facts and tokens are never in them."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import datetime, timezone
from typing import Any, TextIO

from duli.service.http.call import request_id

_OURS = "duli"


class JsonLines(logging.Formatter):
    """One line of JSON a record; ``extra={"fields": {…}}`` adds fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        when = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": when, "level": record.levelname.lower(), "event": record.getMessage()}
        if found := request_id():
            line["request_id"] = found
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            # Where, not what: the message of an exception may hold what a user wrote.
            line["error"] = type(record.exc_info[1]).__name__
            line["trace"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def start(level: str, stream: TextIO | None = None) -> None:
    """Send the logs of duli and of the server beneath it to standard error, or to a stream."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (_OURS, "uvicorn", "uvicorn.error"):
        log = logging.getLogger(name)
        log.handlers[:] = [handler] if name != "uvicorn.error" else []
        log.propagate = name == "uvicorn.error"
        log.setLevel(level.upper())


def access(method: str, route: str, status: int, seconds: float, who: str) -> None:
    """The line of a request that was answered."""
    fields = {
        "method": method,
        "route": route,
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "token": who,
    }
    logging.getLogger("duli.http").info("request", extra={"fields": fields})
