"""What the command line shows: progress, tables, errors."""

from __future__ import annotations

import json
import logging
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from duli.errors import DuliError
from duli.explain import Answer, lines
from duli.explain.answer import Reason
from duli.files import Progress
from duli.types import Mention

if TYPE_CHECKING:
    from duli.logic import Estimate
    from duli.reason.cases import Decision

_EVERY = 5.0


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on standard error with rate and time left; a line now and then where that is a file."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def _lines() -> Progress:
    begun: dict[str, tuple[float, int]] = {}
    said = [time.monotonic()]

    def show(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        start, first = begun.setdefault(what, (now, done))
        if done < first:  # the same work, begun again
            start, first = begun[what] = (now, done)
        if now - said[0] < _EVERY:
            return
        said[0] = now
        rate = (done - first) / (now - start) if now > start else 0.0
        left = f", {rate:,.0f}/s, {(total - done) / rate:,.0f} s left" if rate else ""
        print(f"{what}: {done:,} of {total:,}{left}", file=sys.stderr, flush=True)

    return show


class _Notes(logging.Handler):
    """What duli says on the way, on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"note: {record.getMessage()}", file=sys.stderr)


def recipe_names() -> list[str]:
    """What the shell completes a recipe's argument with."""
    from duli.recipe import built_in

    return list(built_in())


def show_notes() -> None:
    """Put duli's warnings on standard error, once."""
    log = logging.getLogger("duli")
    if not any(isinstance(handler, _Notes) for handler in log.handlers):
        log.addHandler(_Notes())
        log.propagate = False


def print_json(value: Any) -> None:
    """One line of JSON on standard output, written at once."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def print_error(error: DuliError, *, as_json: bool) -> None:
    """An error on standard error, and as JSON on standard output where JSON was asked for."""
    if as_json:
        print_json(error.to_dict())
    else:
        print(f"error: {error}", file=sys.stderr)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Print rows under a head; the columns in ``right`` are set to the right."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for number, name in enumerate(head):
        shown.add_column(name, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(escape(str(cell)) for cell in row))
    _console().print(shown)


def print_answer(answer: Answer, *, tree: bool = False) -> None:
    """An answer for people: what was read, the ranked values, why, and if wanted the proof of the best."""
    if answer.mentions:
        table(("text", "", "read as", "p"), [_mention(m) for m in answer.mentions], right=(3,))
        print()
    if answer.abstained:
        print(f"no answer: {answer.reason}")
        return
    ranked = [(f"{r.probability:.4f}", r.value, r.label or "") for r in answer.ranked]
    table(("probability", "answer", ""), ranked, right=(0,))
    for best, reasons in zip(answer.ranked, answer.reasons, strict=False):
        if not reasons:
            continue
        print(f"\nwhy {best.value} {best.label or ''}".rstrip())
        table(("phrase", "counts", "as", "on the path", "by"), map(_reason, reasons), right=(1,))
    if tree and answer.proof is not None:
        print()
        for line in lines(answer.proof):
            print(line)
    print(f"\nof {answer.total:,} in {answer.seconds:.2f} s. {answer.notice}".rstrip())


def print_decision(made: Decision, *, tree: bool = False) -> None:
    """What holds in a case, with the sections and the steps of the proof, premises first."""
    for finding in made.findings:
        print(f"{finding.sentence}\n  {' '.join(finding.sections)}")
        for step in finding.steps:
            because = f" ({', '.join(map(str, step.because))})" if step.because else ""
            print(f"{step.number:4}. {step.sentence}{because}{'  ' * bool(step.cited)}{step.cited}")
        for line in lines(finding.proof, depth=1) if tree else ():
            print(line)
        print()
    if not made.findings:
        print(f"nothing in the case shows {made.query}\n")
    print(f"{made.seconds:.2f} s. {made.notice}".rstrip())


def print_sizes(estimated: Estimate) -> None:
    """How large a run will be."""
    rows = []
    for size in (*estimated.rows, estimated.instances):
        between = "" if size.kind == "exact" else f"{_rounded(size.low)} to {_rounded(size.high)}"
        rows.append((size.name, "" if size.kind == "bounds" else _rounded(size.n), between, size.kind))
    table(("", "rows", "between", ""), rows, right=(1, 2))
    print(f"about {estimated.bytes / 2**20:,.0f} MiB")


def _rounded(number: float) -> str:
    return "any number" if math.isinf(number) else f"{number:,.0f}"


def _mention(mention: Mention) -> tuple[str, ...]:
    sign = "absent" if mention.negated else ""
    if not mention.candidates:
        return mention.span.text, sign, f"nothing ({mention.note or 'no similar name'})", ""
    _, name, p = mention.candidates[0]
    others = len(mention.candidates) - 1
    return mention.span.text, sign, f"{name} and {others} more" if others else name, f"{p:.2f}"


def _reason(reason: Reason) -> tuple[str, ...]:
    ground = reason.ground
    paths = "; ".join(" → ".join(path) for path in ground.paths)
    return reason.phrase, f"{reason.log_ratio:+.2f}", ground.label or "", paths, ", ".join(ground.sources)


def _console() -> Console:
    """As wide as the terminal; where there is none, wide enough not to break words."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(width=160, highlight=False)
