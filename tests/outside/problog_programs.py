"""A folder of ProbLog programs, run by ProbLog and by us: ``python -m tests.outside.problog_programs FOLDER``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from duli import logic
from duli.errors import DuliError, InconsistentEvidenceError
from duli.types import Limits
from tests.outside.compare import different
from tests.outside.engines import INCONSISTENT, Answers, problog_text

SECONDS = 30.0
# What our errors say of what the language leaves out: functors, lists, directives, libraries and their predicates.
LEFT_OUT = (
    "part of the language",
    "no arguments of their own",
    "is not known",
    "the operator",
    "has no value yet",
)


def ours(text: str) -> Answers | str:
    """Our answers, or our refusal."""
    try:
        found = logic.compile(text).run(limits=Limits(seconds=SECONDS)).probabilities
    except InconsistentEvidenceError:
        return INCONSISTENT
    except DuliError as error:
        return f"refused: {error.message}"
    return {str(atom): p for atom, p in found.items()}


def verdict(here: Answers | str, there: Answers | str) -> str:
    """How our outcome stands to ProbLog's."""
    if isinstance(here, str) and any(part in here for part in LEFT_OUT):
        return "left out of the language"
    if here != INCONSISTENT != there and isinstance(here, str) and isinstance(there, str):
        return "refused by both"
    if not different(here, there):
        return "the same answers"
    return "DIFFERENT"


def main() -> int:
    """Print each program that is not answered alike, and how many are of each kind; 1 where some differ."""
    parser = argparse.ArgumentParser(prog="tests.outside.problog_programs", description=__doc__)
    parser.add_argument("folder", type=Path)
    counts = Counter[str]()
    for path in sorted(parser.parse_args().folder.rglob("*.pl")):
        text = path.read_text("utf-8")
        here, there = ours(text), problog_text(text)
        kind = verdict(here, there)
        counts[kind] += 1
        if kind != "the same answers":
            print(f"{path.name}: {kind}\n    ours    {here}\n    ProbLog {there}")
    print("\n".join(f"{count:>5} {kind}" for kind, count in counts.most_common()))
    return 1 if counts["DIFFERENT"] else 0


if __name__ == "__main__":
    sys.exit(main())
