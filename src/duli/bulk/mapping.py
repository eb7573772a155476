"""``map_file``: a data set to answers, by one process or by Ray."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from duli import recipe
from duli.bulk import rows
from duli.bulk.answering import Answerer, Settings, fingerprint
from duli.bulk.journal import Journal
from duli.bulk.rows import Row
from duli.errors import InputError, MissingExtraError
from duli.files import Progress, content_key, file_hash, silent

Batch = tuple[int, list[Row]]
Engine = Callable[[Settings, Iterator[Batch]], Iterator[list[dict[str, Any]]]]
_FLAT = ("row", "answer", "probability", "abstained", "reason", "error")


@dataclass(frozen=True)
class Mapped:
    """What was done.

    Args:
        rows: how many answers the result has: as many as the input has rows.
        errors: how many of them are errors.
        resumed: how many were there already from a run that stopped.
    """

    rows: int
    errors: int
    resumed: int


def map_file(
    settings: Settings, source: Path, target: Path, *, engine: str = "one", progress: Progress = silent
) -> Mapped:
    """Answer each row of a data set: one line or row of the result for each, in the same order.

    The answers are first written to ``TARGET.part``, batch by batch, each on the disk before the next; so the same call
    goes on where one was stopped or killed. The result appears whole.

    Args:
        settings: how.
        source: what ``rows.read`` reads.
        target: ``.jsonl`` (each answer as ``duli ask --json`` gives it), ``.csv`` or ``.parquet`` (the best answer in
            columns, all of it as JSON in the last).
        engine: ``one`` process; or ``ray``: as many as a Ray cluster has free processors.
        progress: told how many rows are done.

    Raises:
        InputError: the target is there already or of a kind that is not written, or another process makes it.
        DataError: the source cannot be read at all.
        DuliError: the recipe cannot be loaded.
    """
    if target.suffix not in _WRITERS:
        raise InputError(
            f"files {target.suffix!r} are not written",
            where=str(target),
            hint=f"known: {', '.join(_WRITERS)}",
        )
    if engine not in ENGINES:
        raise InputError(f"the engine {engine} is not known", hint=f"known: {', '.join(ENGINES)}")
    if target.exists():
        raise InputError("the file is there already", where=str(target), hint="give another name")
    given = rows.read(source)
    key = content_key("1", file_hash(source), fingerprint(settings, recipe.read(settings.recipe)))
    target.parent.mkdir(parents=True, exist_ok=True)
    with Journal(target.with_name(target.name + ".part"), key) as journal:
        resumed, total = journal.done, rows.count(source)
        batches = _batches(islice(given, resumed, None), resumed + 1, settings.batch)
        for answers in ENGINES[engine](settings, batches):
            journal.add(answers)
            progress("answering", journal.done, max(total, journal.done))
        errors = sum(_is_error(line) for line in journal.answers())
        _publish(journal, target)
        return Mapped(journal.done, errors, resumed)


def _batches(given: Iterator[Row], first: int, size: int) -> Iterator[Batch]:
    while batch := list(islice(given, size)):
        yield first, batch
        first += len(batch)


def _here(settings: Settings, batches: Iterator[Batch]) -> Iterator[list[dict[str, Any]]]:
    """In this process."""
    answerer: Answerer | None = None
    for first, batch in batches:
        answerer = answerer or Answerer(settings)
        yield answerer.answer(first, batch)


def _ray(settings: Settings, batches: Iterator[Batch]) -> Iterator[list[dict[str, Any]]]:
    """By Ray's processes."""
    try:
        from duli.bulk.ray import answered
    except ImportError as error:
        raise MissingExtraError("ray", "ray") from error
    return answered(settings, batches)


ENGINES: dict[str, Engine] = {"one": _here, "ray": _ray}


def _is_error(line: bytes) -> bool:
    return b'"error": ' in line and "error" in json.loads(line)


def _publish(journal: Journal, target: Path) -> None:
    """The result at its place, whole, and then the journal gone."""
    handle, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
    os.close(handle)
    try:
        _WRITERS[target.suffix](journal.answers(), Path(made))
        with Path(made).open("rb") as file:
            os.fsync(file.fileno())
        Path(made).replace(target)
    finally:
        Path(made).unlink(missing_ok=True)
    journal.path.unlink()


def _flat(line: bytes) -> dict[str, Any]:
    """An answer in columns."""
    whole = json.loads(line)
    answers = [] if whole.get("abstained") else whole.get("answers") or []
    # Of a problem the answer is one word.
    best = answers[0] if answers else {"value": whole.get("answer")}
    error = whole.get("error")
    columns = {
        "row": whole.pop("row"),
        "answer": None if best.get("value") is None else str(best["value"]),
        "probability": best.get("probability"),
        "abstained": whole.get("abstained"),
        "reason": whole.get("reason"),
        "error": None if error is None else error["message"],
    }
    return {**columns, "json": json.dumps(whole, ensure_ascii=False)}


def _jsonl(lines: Iterator[bytes], path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(lines)


def _csv(lines: Iterator[bytes], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*_FLAT, "json"])
        writer.writeheader()
        writer.writerows(map(_flat, lines))


def _parquet(lines: Iterator[bytes], path: Path) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet") from error
    types = (pa.int64(), pa.string(), pa.float64(), pa.bool_(), pa.string(), pa.string(), pa.string())
    schema = pa.schema(list(zip((*_FLAT, "json"), types, strict=True)))
    with pq.ParquetWriter(path, schema) as writer:
        while batch := list(map(_flat, islice(lines, 1000))):
            writer.write_table(pa.Table.from_pylist(_plain(batch), schema))


def _plain(batch: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """With reasons as text, whatever an application gives."""
    return [{**row, "reason": None if row["reason"] is None else str(row["reason"])} for row in batch]


_WRITERS: dict[str, Callable[[Iterator[bytes], Path], None]] = {
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".parquet": _parquet,
}
