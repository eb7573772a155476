"""Hold our answers against those of the others, for many programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.outside.engines import Answers, TooManyWorldsError, ours, problog, worlds
from tests.outside.generate import generate
from tests.outside.program import Program

TOLERANCE = 1e-9


@dataclass
class Tally:
    """What came of some programs; a failure is the program's seed and what is wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another's too."""
        self.counts += other.counts
        self.failures += other.failures


def different(a: Answers | str, b: Answers | str) -> bool:
    """Whether two answers are not the same; an atom that is not there has the probability 0."""
    if isinstance(a, str) or isinstance(b, str):
        return a != b
    return any(abs(a.get(atom, 0.0) - b.get(atom, 0.0)) > TOLERANCE for atom in {*a, *b})


def failure(program: Program, expected: Answers | str) -> str | None:
    """How our answers differ from those of the worlds; None when they do not."""
    try:
        found = ours(program)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "differs from the worlds" if different(found, expected) else None


def small(seed: str) -> tuple[Program, Answers | str, str]:
    """The first program of a seed that has few worlds, with the answers by these, and its own seed."""
    attempt = 0
    while True:
        program = generate(f"{seed}/{attempt}")
        try:
            return program, worlds(program), f"{seed}/{attempt}"
        except TooManyWorldsError:
            attempt += 1


def check(seed: str, with_problog: bool) -> Tally:
    """One program."""
    tally = Tally()
    program, expected, place = small(seed)
    tally.counts["programs"] += 1
    tally.counts["with evidence"] += bool(program.evidence)
    tally.counts["inconsistent"] += isinstance(expected, str)
    wrong = failure(program, expected)
    if wrong is not None:
        tally.failures.append((place, wrong))
    if with_problog:
        second = problog(program)
        refused = isinstance(second, str) and second.startswith("refused")
        tally.counts[f"ProbLog {second}" if refused else "ProbLog answered"] += 1
        if not refused and different(expected, second):
            # Such as query(g(X,X,X)) in a recursion, for which it misses answers.
            tally.counts["ProbLog alone differs"] += 1
    return tally


def batch(seed: int, start: int, stop: int, problog_every: int) -> Tally:
    """The programs start ≤ i < stop of a seed; every how-manieth is asked of ProbLog too."""
    tally = Tally()
    for i in range(start, stop):
        tally.add(check(f"{seed}/{i}", problog_every > 0 and i % problog_every == 0))
    return tally


def run(count: int, seed: int, jobs: int, problog_every: int, size: int = 100) -> Iterator[Tally]:
    """All programs of a seed below a count, batch by batch, over some processes."""
    pieces = [(start, min(start + size, count)) for start in range(0, count, size)]
    if jobs == 1:
        for start, stop in pieces:
            yield batch(seed, start, stop, problog_every)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        futures = [pool.submit(batch, seed, start, stop, problog_every) for start, stop in pieces]
        for future in futures:
            yield future.result()
