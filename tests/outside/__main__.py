"""Random programs against clingo and ProbLog: ``python -m tests.outside 100000 --seed 7``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.outside.compare import Tally, run
from tests.outside.engines import ours, worlds
from tests.outside.generate import generate
from tests.outside.program import Program
from tests.outside.shrink import shrink, still_fails


def main() -> int:
    """Run the comparison; the exit code is 1 when a program failed."""
    parser = argparse.ArgumentParser(prog="tests.outside", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--problog", type=int, default=17, help="every how-manieth is asked of ProbLog; 0 for none"
    )
    parser.add_argument("--keep", type=Path, help="a folder for the failing programs, made small")
    parser.add_argument("--one", help="the seed of one program: show it and all answers")
    given = parser.parse_args()
    if given.one:
        return _show(generate(given.one))
    total, began = Tally(), time.monotonic()
    for tally in run(given.count, given.seed, given.jobs, given.problog):
        total.add(tally)
        for place, wrong in tally.failures:
            print(f"{place}: {wrong[:200]}", file=sys.stderr)
        seconds = time.monotonic() - began
        line = f"{total.counts['programs']:>7} programs, {len(total.failures)} failures, {seconds:.0f} s"
        print(line, file=sys.stderr, flush=True)
    print("\n".join(f"{count:>7} {what}" for what, count in sorted(total.counts.items())))
    print(f"{len(total.failures):>7} failures")
    return _report(total.failures, given.keep) if total.failures else 0


def _report(failures: list[tuple[str, str]], keep: Path | None) -> int:
    """Print the smallest failing program, and keep the first of each kind."""
    smallest: tuple[Program, str, str] | None = None
    for place, wrong in failures[:20]:
        program = shrink(generate(place), still_fails(wrong))
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            text = f"% {place}: {wrong[:200]}\n% by worlds: {worlds(program)}\n{program}\n"
            (keep / f"{place.replace('/', '_')}.dl").write_text(text, "utf-8")
        if smallest is None or program.size < smallest[0].size:
            smallest = program, place, wrong
    if smallest is not None:
        print(f"\n% {smallest[1]}: {smallest[2]}")
        _show(smallest[0])
    return 1


def _show(program: Program) -> int:
    print(program)
    print("% by worlds:", worlds(program))
    try:
        print("% ours:     ", ours(program))
    except Exception as error:
        print("% ours:     ", type(error).__name__, error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
