"""The engine beside its peers: DuckDB (one thread), clingo, SWI-Prolog, egglog and pyDatalog on relations, owlrl and
reasonable on triples, ProbLog and DeepProbLog on probabilities.

    python -m bench.logic [PART OF A NAME …] [--json] [--write]        peers: pip install -e ".[bench]"

Each engine runs in a process of its own. Seconds are of the engine alone, best of three or more where a run takes less
than ten: facts are there, answers are counted. Answers must agree. A peer that is not installed (DeepProbLog and
pyDatalog are none of the extra, SWI-Prolog is the system's ``swipl``), or takes longer than the limit, is named so.
``--write`` writes RESULTS.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.logic.engines import tasks

LIMIT = 120.0
PACKAGES = (
    *("duckdb", "clingo", "egglog", "pyDatalog", "owlrl", "reasonable", "problog", "pysdd", "deepproblog"),
    *("torch", "numba", "numpy"),
)


@dataclass(frozen=True)
class Row:
    """One task on one engine; ratio: its seconds by ours; error: why there are none."""

    task: str
    engine: str
    answer: float = 0.0
    seconds: float = 0.0
    ratio: float = 0.0
    megabytes: int = 0
    error: str = ""


def one(task: str, engine: str) -> Row:
    """Measure here."""
    run = tasks()[task][engine]()
    answer, seconds, spent = 0.0, list[float](), list[float]()
    # The first run may load what the others have.
    while sum(spent) < 10 if len(spent) < 3 else sum(spent[1:]) < 0.5:
        begun = time.perf_counter()
        found = run()
        spent.append(time.perf_counter() - begun)
        answer, counted = found if isinstance(found, tuple) else (found, spent[-1])
        seconds.append(counted)
    scale = 100 if engine.startswith("each alone") else 1
    # A peer may be a program of its own.
    peak = (
        max(resource.getrusage(of).ru_maxrss for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        // 1024
    )
    return Row(task, engine, answer, min(seconds) * scale, 0.0, peak)


def apart(task: str, engine: str) -> Row:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "bench.logic", "--one", task, engine]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return Row(task, engine, error=f"more than {LIMIT:g} s")
    if done.returncode:
        error = (done.stderr.strip().splitlines() or ["failed"])[-1]
        missing = error.startswith(("ModuleNotFoundError", "FileNotFoundError"))
        return Row(task, engine, error="not installed" if missing else error)
    return Row(**json.loads(done.stdout.splitlines()[-1]))


def measure(wanted: list[str]) -> list[Row]:
    rows: list[Row] = []
    for task, engines in tasks().items():
        if wanted and not any(part in task for part in wanted):
            continue
        own: Row | None = None
        for engine in engines:
            row = apart(task, engine)
            own = own or row
            if not row.error and not own.error and own.seconds:
                row = Row(**{**asdict(row), "ratio": row.seconds / own.seconds})
                if abs(row.answer - own.answer) > 1e-6 * max(1.0, abs(own.answer)) and "alone" not in engine:
                    row = Row(
                        **{**asdict(row), "error": f"another answer: {row.answer!r}, not {own.answer!r}"}
                    )
            rows.append(row)
            print(shown(row), flush=True)
    return rows


def shown(row: Row) -> str:
    if row.error:
        return f"{row.task:42} {row.engine:36} {row.error}"
    numbers = f"{row.answer:14.6g} {row.seconds:10.4f} s {row.ratio:9.2f} {row.megabytes:6} MB"
    return f"{row.task:42} {row.engine:36} {numbers}"


def words() -> str:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    return f"Python {platform.python_version()}, {', '.join(found)}"


def write(rows: list[Row]) -> None:
    """Put the tasks that were measured in place of theirs before; the others stay."""
    page = Path(__file__).parent / "RESULTS.md"
    made: dict[tuple[str, str], str] = {}
    for line in page.read_text("utf-8").splitlines() if page.exists() else ():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 8 and cells[1] not in {row.task for row in rows}:
            made[cells[1], cells[2]] = line
    for row in rows:
        numbers = f"{row.answer:.8g} | {row.seconds:.4f} | {row.ratio:.2f} | {row.megabytes}"
        shown = f"{row.error} | | |" if row.error else numbers
        made[row.task, row.engine] = f"| {row.task} | {row.engine} | {shown} |"
    lines = [
        "# The engine beside its peers",
        "",
        f"`python -m bench.logic --write`, two cores, {platform.machine()}. {words()}.",
        "Ratio: the engine's seconds by duli's, in the same run. Memory: peak of the engine's process.",
        "Not every task was measured in the same run; the machine may have had other work: trust the ratios.",
        "",
        "| task | engine | answer | seconds | ratio | MB |",
        "|---|---|---|---|---|---|",
    ]
    places = ((task, engine) for task, engines in tasks().items() for engine in engines)
    lines += [made[place] for place in places if place in made]
    page.write_text("\n".join(lines) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="parts of the names of the tasks to run; all without")
    parser.add_argument("--json", action="store_true", help="print JSON at the end")
    parser.add_argument(
        "--write", action="store_true", help="write them into RESULTS.md, where tasks that were not run stay"
    )
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(asdict(one(*asked.one))))
        return
    rows = measure(asked.names)
    if asked.json:
        print(json.dumps([asdict(row) for row in rows]))
    if asked.write:
        write(rows)


if __name__ == "__main__":
    main()
