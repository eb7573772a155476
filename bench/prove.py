"""How many theorems are proved in a time: ``python -m bench.prove DATA.jsonl[.gz] --seconds 10 --limit 50``.

A line of the data is ``{"id": …, "tptp": …}``; all are theorems. Every proof counted was accepted by the checker.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from duli.fol import decide
from duli.fol.tptp import read_text


def problems(path: Path) -> Iterator[tuple[str, str]]:
    """The names and texts of the problems in a file."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in data.decode("utf-8").splitlines():
        row = json.loads(line)
        yield row["id"], row["tptp"]


def main() -> None:
    """Measure, and print a line a problem and a summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each problem")
    parser.add_argument("--limit", type=int, default=None, help="a sample of so many")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    options = parser.parse_args()
    rows = list(problems(options.data))
    if options.limit is not None:
        rows = random.Random(options.seed).sample(rows, min(options.limit, len(rows)))  # noqa: S311
    answers: dict[str, int] = {}
    times: list[float] = []
    for name, text in rows:
        found = read_text(text, name)
        assert found.question is not None
        begun = time.perf_counter()
        verdict = decide(found.theory, found.question, logic="classical", seconds=options.seconds)
        took = time.perf_counter() - begun
        answers[verdict.answer] = answers.get(verdict.answer, 0) + 1
        steps = 0 if verdict.proof is None else len(verdict.proof.steps)
        print(f"{name}: {verdict.answer}, {steps} steps, {took:.2f} s", flush=True)
        times += [took] if verdict.answer == "true" else []
    middle = f", median {statistics.median(times):.3f} s" if times else ""
    print(f"proved {answers.get('true', 0)} of {len(rows)}{middle}; {answers}")


if __name__ == "__main__":
    main()
