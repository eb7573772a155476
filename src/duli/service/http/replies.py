"""Answers as bytes: JSON that is always valid, and server-sent events."""

from __future__ import annotations

import json
import math
from typing import Any

from starlette.responses import Response

from duli.errors import DuliError
from duli.service.http import problems

EVENTS = "text/event-stream"


def to_bytes(value: Any) -> bytes:
    """Compact JSON in UTF-8; a number that is none becomes null, half a surrogate pair a question mark."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8", "replace")


def reply(value: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(to_bytes(value), status, {"cache-control": "no-store"}, media_type="application/json")


def failure(error: DuliError) -> Response:
    """An error as an answer."""
    found = reply(problems.told(error), problems.status(error))
    found.headers.update({**problems.headers(error), "x-duli-error": error.code})
    return found


def event(name: str, value: Any) -> bytes:
    """One server-sent event; without a name where that is empty."""
    head = f"event: {name}\n" if name else ""
    return head.encode() + b"data: " + (value if isinstance(value, bytes) else to_bytes(value)) + b"\n\n"


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        # Numbers and arrays of NumPy.
        return value.tolist()
    return str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value if isinstance(value, str | int | None) else _finite(_plain(value))
