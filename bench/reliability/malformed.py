"""Requests that are none: ``python -m bench.reliability.malformed --requests 10000``.

Bodies that are cut, mixed up, nested, huge, of wrong types, no UTF-8, no JSON; paths, methods and headers that are
none; bytes that are no HTTP. No answer may have a status of 5xx, the connection may be closed for what is no HTTP, and
the server must answer a good request afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench.client import Connection, machine, request, served

Draw = random.Random
_PATHS = (
    "/v1/rules/ask",
    "/v1/rules/explain",
    "/v1/rules/facts",
    "/v1/rules/facts/import",
    "/v1/rules/facts/retract",
    "/v1/rules/label",
    "/v1/rules/review",
    "/v1/rules/review/1",
    "/v1/rules/alerts/1/seen",
    "/v1/chat/completions",
    "/v1/embeddings",
)
_GOOD: tuple[dict[str, Any], ...] = (
    {"text": "may(ann, X)", "facts": ["joined(ann, 2019)", "shelf(novel, book)"], "proof": True},
    {"texts": ["may(ann, X)", "may(bob, X)"], "stream": True},
    {"text": "may(ann, X)", "form": "dot", "value": "novel"},
    {"facts": [{"predicate": "joined", "arguments": ["ann", 1]}], "source": "x", "date": "2026"},
    {"format": "csv", "content": "joined,ann,2019"},
    {"ids": [1], "facts": ["joined(ann, 2019)"]},
    {"text": "我", "label": "x", "predicate": "p"},
    {"subject": {"a": [1]}, "people": 2},
    {"approves": True, "comment": "天"},
    {"model": "rules", "messages": [{"role": "user", "content": "may(ann, X)"}], "stream": True},
    {"model": "rules", "input": ["a", "b"], "encoding_format": "base64"},
)
_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**40,
    1e308,
    "",
    " ",
    "\x00",
    "\ud800",
    "💥" * 50,
    "a" * 5000,
    "../../etc/passwd",
    "x) :- y(X), query(z",
    "'",
    [],
    {},
    [[[[[]]]]],
    {"": {"": {}}},
    "%s%n",
    "tax(",
    "\u202e",
    "0.5::a(b)",
)
_RAW = (
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /v1/rules/ask HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /v1/rules/ask HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"\r\n\r\n\r\n",
    b"GET " + b"/a" * 40_000 + b" HTTP/1.1\r\n\r\n",
)


def changed(draw: Draw, value: Any) -> Any:
    """A value with something odd in one place of it."""
    if isinstance(value, dict) and value and draw.random() < 0.8:
        key = draw.choice(list(value))
        kind = draw.random()
        if kind < 0.15:
            return {k: v for k, v in value.items() if k != key}
        if kind < 0.3:
            return {**value, draw.choice(["x", "", "__class__", "rules", "path", "url"]): draw.choice(_ODD)}
        return {**value, key: changed(draw, value[key])}
    if isinstance(value, list) and value and draw.random() < 0.6:
        place = draw.randrange(len(value))
        return [*value[:place], changed(draw, value[place]), *value[place + 1 :]]
    return draw.choice(_ODD)


def cut(draw: Draw, body: bytes) -> bytes:
    """Bytes with some left out, doubled or turned into others."""
    place, end = sorted(draw.randrange(len(body) + 1) for _ in range(2))
    return draw.choice(
        (
            body[:place],
            body[:place] + body[end:],
            body[:end] + body[place:],
            body[:place] + draw.randbytes(8) + body[place:],
            b"[" * 20_000,
            b'{"text":' * 5_000,
            draw.randbytes(100),
            body.decode().encode("utf-16"),
        )
    )


def made(draw: Draw) -> bytes:
    """One request that is wrong somewhere."""
    path, good = draw.choice(_PATHS), draw.choice(_GOOD)
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: request(path, json.dumps(changed(draw, good)).encode()),
        lambda: request(path, json.dumps(changed(draw, changed(draw, good))).encode()),
        lambda: request(path, cut(draw, json.dumps(good, ensure_ascii=False).encode())),
        lambda: request(path + draw.choice(("/", "/..", "%00", "?a=%ff", "//", "/%2e%2e/x")), b"{}"),
        lambda: request(path, b"{}", method=draw.choice(("PUT", "DELETE", "HEAD", "TRACE", "BREW", "get"))),
        lambda: request(
            draw.choice(("/v1/rules/facts", "/v1/audit", "/v1/rules/runs"))
            + draw.choice(
                ("?after=-1", "?limit=0", "?limit=x", "?after=9" + "9" * 50, "?predicate=%00", "?seen=2")
            ),
            b"",
            method="GET",
        ),
        lambda: request(path, b"{}", headers="X-Deadline-Seconds: nan\r\nX-Request-ID: \x01\r\n"),
        lambda: request(path, b"{}", headers=f"X-Filler: {'a' * draw.choice((10, 70_000))}\r\n"),
        lambda: draw.choice(_RAW),
    )
    return draw.choices(kinds, (30, 20, 20, 8, 6, 6, 4, 3, 3))[0]()


async def measured(count: int, seed: int) -> Counter[int]:
    """How often each status was answered; 0: the connection was closed."""
    from bench.serve import RULES

    found = Counter[int]()
    with served([RULES]) as process:
        draw = random.Random(seed)  # noqa: S311
        todo = iter([made(draw) for _ in range(count)])

        async def client() -> None:
            connection = Connection(process)
            for raw in todo:
                try:
                    status, said = await asyncio.wait_for(connection.send(raw), 10)
                except asyncio.TimeoutError:
                    connection.close()
                    status, said = 0, b""
                found[status] += 1
                if status >= 500:
                    print(status, said[:300], raw[:400], flush=True)
            connection.close()

        await asyncio.gather(*(client() for _ in range(8)))
        status, said = await Connection(process).ask("/v1/rules/ask", _GOOD[0])
        assert status == 200, said
    return found


def main() -> None:
    """Send them, and say what came back; the exit code is 1 where a status was 5xx."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = asyncio.run(measured(options.requests, options.seed))
    wrong = sum(n for status, n in found.items() if status >= 500)
    told = ", ".join(f"{status or 'closed'}: {n}" for status, n in sorted(found.items()))
    print(f"{sum(found.values()):,} requests, {wrong} answers of 5xx ({told}); {machine()}")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
