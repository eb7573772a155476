"""Load with clients that leave: ``python -m bench.reliability.dropping --minutes 30``.

One client in ten goes away before its answer. The server's memory and open handles are read all along: after the first
fifth of the time, neither may grow; and no answer may have a status of 5xx.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from typing import Any

from bench.client import Connection, Process, machine, served
from bench.serve import texts

_LEAVE = 0.1
_GROWTH = 1.1
_HANDLES = 16


async def load(process: Process, path: str, seconds: float, clients: int) -> tuple[Counter[int], list[Any]]:
    """The statuses (0: the client left), and what was read of the process."""
    made, found, read = texts(), Counter[int](), list[Any]()
    end, draw = time.monotonic() + seconds, random.Random(0)  # noqa: S311

    async def client() -> None:
        connection = Connection(process)
        while time.monotonic() < end:
            if draw.random() < _LEAVE:
                await connection.leave(path, {"text": next(made)}, draw.random() / 50)
                found[0] += 1
            else:
                found[(await connection.ask(path, {"text": next(made)}))[0]] += 1
        connection.close()

    async def watch() -> None:
        while time.monotonic() < end:
            read.append(process.status())
            await asyncio.sleep(seconds / 100)

    await asyncio.gather(watch(), *(client() for _ in range(clients)))
    return found, read


def main() -> None:
    """Run, and say whether memory and handles stayed flat; the exit code is 1 where they did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--recipe", default="support")
    parser.add_argument("--clients", type=int, default=12)
    options = parser.parse_args()

    async def run() -> tuple[Counter[int], list[Any]]:
        with served([options.recipe], remembered=256) as process:
            path = f"/v1/{options.recipe.rstrip('/').rpartition('/')[2]}/ask"
            status, said = await Connection(process).ask(path, {"text": "hello"})
            assert status == 200, said
            return await load(process, path, 60 * options.minutes, options.clients)

    found, read = asyncio.run(run())
    settled = read[len(read) // 5 :]
    fifth = max(1, len(settled) // 5)
    first, last = settled[:fifth], settled[-fifth:]

    def mean(part: list[Any], name: str) -> float:
        return float(sum(one[name] for one in part)) / len(part)

    grown = mean(last, "memory") / mean(first, "memory")
    more = mean(last, "handles") - mean(first, "handles")
    failed = sum(n for status, n in found.items() if status >= 500)
    flat = grown <= _GROWTH and more <= _HANDLES and not failed
    print(
        f"{options.minutes:g} minutes, {sum(found.values()):,} requests, {found[0]:,} left by their clients, "
        f"{failed} answers of 5xx; memory {mean(first, 'memory') / 2**20:.0f} to {mean(last, 'memory') / 2**20:.0f} "
        f"MiB, handles {mean(first, 'handles'):.0f} to {mean(last, 'handles'):.0f}: {'flat' if flat else 'GROWING'}; "
        f"{machine()}"
    )
    raise SystemExit(not flat)


if __name__ == "__main__":
    main()
