"""News for tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from duli.stream.watching import Tally

HOUR = 3_600
START = 1_760_000_400
WHO = ("Tesla", "Walmart", "Boeing", "Toyota", "TSMC")
BAD = (
    "output falls as fire halts plant",
    "shares plunge, fraud alleged",
    "strike stops fab, sales drop",
    "profit declines, warns of losses",
    "outage, shares fall",
    "recall hurts, orders shrink",
    "shortage cuts shipments lower",
    "lawsuit, shares tumble",
)
Watch = Callable[..., tuple[Tally, list[dict[str, Any]]]]


def surge(hours: int = 24) -> list[dict[str, Any]]:
    """Calm news for some hours, then eight bad texts about TSMC in one."""
    calm = [
        {
            "id": f"calm {h} {i}",
            "text": f"{who} names a manager, {h * 97} {i}",
            "time": START + h * HOUR + i * 170,
        }
        for h in range(hours)
        for i, who in enumerate(WHO)
    ]
    end = START + hours * HOUR
    return calm + [
        {"id": f"bad {i}", "text": f"TSMC: {what}", "time": end + i * 60} for i, what in enumerate(BAD)
    ]


def write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path
