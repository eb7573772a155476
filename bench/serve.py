"""How fast the server answers: ``python -m bench.serve [--seconds 20]``.

Against a real server process: from its start to the first answer; latency at a steady rate; texts a second under
saturation, beside what the encoder does alone on the same texts; requests a second where rules alone answer.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.client import Connection, Process, first_answer, machine, percentile, served

RULES = str(Path(__file__).parent / "rules")
_FACTS = ["joined(ann, 2019)", "owes(ann, 3)", "shelf(atlas, reference)", "shelf(novel, book)"]
_BARE = """
import itertools, sys, time
from bench.serve import texts
from duli import recipe, lm
encoder = lm.encoder(**recipe.read(sys.argv[1]).model)
made, n = texts(), 0
encoder.encode(list(itertools.islice(made, 64)))
begun = time.perf_counter()
while time.perf_counter() - begun < float(sys.argv[2]):
    encoder.encode(list(itertools.islice(made, 64)))
    n += 64
print(n / (time.perf_counter() - begun))
"""


def texts() -> Iterator[str]:
    """Messages of customers, none twice, in two languages."""
    said = (
        "Where is the parcel {} that I ordered a week ago?",
        "I want my money back for order {}, the lamp is broken.",
        "I cannot log in since I changed my password, my number is {}.",
        "我在上周订的包裹{}还没有到，请问在哪里？",
    )
    for number in itertools.count():
        yield said[number % len(said)].format(number)


async def steady(process: Process, path: str, rate: float, seconds: float) -> list[float]:
    """Seconds of each answer to requests sent at a rate, whether or not those before are answered."""
    made, took, free = texts(), list[float](), list[Connection]()

    async def one(text: str, when: float) -> None:
        connection = free.pop() if free else Connection(process)
        status, said = await connection.ask(path, {"text": text})
        took.append(time.perf_counter() - when)
        assert status == 200, said
        free.append(connection)

    begun, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        when = begun + number / rate
        await asyncio.sleep(max(0.0, when - time.perf_counter()))
        tasks.append(asyncio.ensure_future(one(next(made), when)))
    await asyncio.gather(*tasks)
    return took


async def saturated(
    process: Process, path: str, make: Callable[[], Any], clients: int, seconds: float
) -> tuple[float, float]:
    """Answers a second to clients that each send the next request when the last one is answered.

    Returns:
        how many; and the milliseconds of processor time that each took, which other work on the machine changes less.
    """
    done, end, before = 0, time.perf_counter() + seconds, process.seconds()

    async def client() -> None:
        nonlocal done
        connection = Connection(process)
        while time.perf_counter() < end:
            status, said = await connection.ask(path, make())
            assert status == 200, said
            done += 1
        connection.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return done / (time.perf_counter() - begun), 1000 * (process.seconds() - before) / max(1, done)


async def measured(recipe: str, seconds: float) -> dict[str, Any]:
    """All figures."""
    path, found = f"/v1/{Path(recipe).name}/ask", dict[str, Any]()
    made = texts()
    with served([recipe], threads=16, queue=64) as process:
        found["first answer, s"] = await first_answer(process, path, {"text": next(made)})
        await steady(process, path, 20, 2)
        took = await steady(process, path, 20, seconds)
        found["p50 at 20/s, ms"], found["p99 at 20/s, ms"] = percentile(took, 0.5), percentile(took, 0.99)
        one, cost = await saturated(process, path, lambda: {"text": next(made)}, 48, seconds)
        many, all_cost = await saturated(
            process, path, lambda: {"texts": list(itertools.islice(made, 64))}, 4, seconds
        )
    command = [sys.executable, "-c", _BARE, recipe, str(seconds)]
    bare = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    found["texts/s, one a request"], found["texts/s, 64 a request"] = one, 64 * many
    found["texts/s, encoder alone"] = bare
    found["processor ms a text, one a request"], found["the same, 64 a request"] = cost, all_cost / 64
    found["share of the encoder alone"] = max(one, 64 * many) / bare
    with served([RULES], threads=4, queue=64, processes=os.cpu_count() or 1) as process:
        body = {"text": "may(ann, X)", "facts": _FACTS}
        found["first answer by rules, s"] = await first_answer(process, "/v1/rules/ask", body)
        rate, cost = await saturated(process, "/v1/rules/ask", lambda: body, 16, seconds)
        found["rules alone, requests/s"], found["processor ms a request by rules"] = rate, cost
    return found


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="support", help="a built-in recipe of texts, or its folder")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each figure")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    before = machine()
    found = asyncio.run(measured(options.recipe, options.seconds))
    if options.json:
        print(json.dumps({"before": before, "after": machine(), **found}))
        return
    print(f"{before}; afterwards load {machine().partition('load ')[2]}")
    for name, value in found.items():
        print(f"{name:36}{value:10.2f}")


if __name__ == "__main__":
    main()
