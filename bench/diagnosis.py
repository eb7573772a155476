"""How long a question takes: the first process ever, a later one, and one more question; and how much memory.

python -m bench.diagnosis [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

TEXTS = (
    "seizures, white patches on the skin, bumps on the face, kidney tumors; no fever",
    "short stature, scoliosis and hearing loss without heart defect",
    "developmental delay, low muscle tone, small head; no seizures",
    "blurred vision, night blindness, tunnel vision",
    "easy bruising, frequent nosebleeds, heavy periods",
)


def whole_process(cache: str) -> float:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "duli", "ask", "diagnosis", TEXTS[0], "--json"]
    subprocess.run(command, env={**os.environ, "DULI_CACHE": cache}, check=True, capture_output=True)
    return time.perf_counter() - begun


def questions(cache: str, rounds: int = 4) -> list[float]:
    os.environ["DULI_CACHE"] = cache
    import duli

    reasoner = duli.load("diagnosis")
    reasoner.ask(TEXTS[0])
    seconds = []
    for text in TEXTS * rounds:
        begun = time.perf_counter()
        reasoner.ask(text)
        seconds.append(time.perf_counter() - begun)
    return seconds


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as cache:
        first = whole_process(cache)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        later = statistics.median(whole_process(cache) for _ in range(3))
        asked = questions(cache)
    return {
        "first process, s": round(first, 2),
        "its peak memory, GB": round(memory, 2),
        "later process, s (median of 3)": round(later, 2),
        "one more question, s (median of 20)": round(statistics.median(asked), 4),
        "the slowest of them, s": round(max(asked), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    found = measure()
    print(
        json.dumps(found) if as_json else "\n".join(f"{name:40}{value:>10}" for name, value in found.items())
    )


if __name__ == "__main__":
    main()
