"""Articles from files and folders, and reference summaries where there are any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duli.errors import DataError, InputError, Place
from duli.files import warn_once
from duli.kb.table import lines, objects
from duli.summary.article import Article

TEXTS = ("text", "article", "document", "content", "body")
SUMMARIES = ("summary", "highlights", "reference")
_PLAIN, _ROWS = (".txt", ".md"), (".jsonl", ".json")
_FILES = 1_000


@dataclass(frozen=True)
class Told:
    """An article and its summary by a person, in one or several pieces."""

    article: Article
    summary: tuple[str, ...]


def read(paths: Sequence[Path]) -> list[Article]:
    """The articles of files and folders: a text a file (``.txt``, ``.md``), or a row of JSON each (``.jsonl``).

    In a row ``text`` is the article; ``title``, ``source`` and ``date`` may stand beside it. A file that cannot be read
    is left aside with a warning, where others can.

    Raises:
        InputError: nothing is there.
        DataError: a file is damaged or not UTF-8, and no other can be read.
    """
    found: list[Article] = []
    damaged: list[DataError] = []
    for path in _files(paths):
        try:
            found += _articles(path)
        except DataError as error:
            damaged.append(error)
    if not found:
        raise damaged[0] if damaged else InputError("there is no article", where=", ".join(map(str, paths)))
    for each in damaged:
        warn_once(f"left out: {each}")
    return found


def told(path: Path) -> list[Told]:
    """Articles with reference summaries, from lines of JSON (``.jsonl``, ``.gz`` of it, or a folder of these).

    Raises:
        DataError: with file and line, what is missing or of another kind; or there are none.
    """
    found = []
    for file in _files([path]) if path.is_dir() else [path]:
        if not file.is_file():
            raise DataError("the file is not there", where=str(file))
        for place, row in objects(file) if _kind(file) in _ROWS else ():
            summary = _first(row, SUMMARIES, place)
            pieces = [summary] if isinstance(summary, str) else summary
            if not isinstance(pieces, list) or not all(isinstance(p, str) for p in pieces):
                raise DataError("the summary must be a text, or a list of texts", where=place)
            if any(p.strip() for p in pieces):
                found.append(Told(_article(row, place), tuple(pieces)))
    if not found:
        raise DataError(
            "there is no article with a summary", where=str(path), hint='lines of {"text": …, "summary": …}'
        )
    return found


def _kind(path: Path) -> str:
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = [p for p in sorted(path.iterdir()) if p.is_file() and _kind(p) in (*_PLAIN, *_ROWS)]
            if len(inside) > _FILES:
                raise InputError(
                    f"the folder has {len(inside):,} files; {_FILES:,} is the limit", where=str(path)
                )
            yield from inside
        elif path.is_file():
            yield path
        else:
            raise InputError("the file is not there", where=str(path))


def _articles(path: Path) -> list[Article]:
    if _kind(path) in _ROWS:
        return [_article(row, place) for place, row in objects(path)]
    return [Article("".join(lines(path)), path.name)]


def _article(row: Mapping[str, Any], place: Place) -> Article:
    text = _first(row, TEXTS, place)
    rest = {name: row.get(name) or "" for name in ("title", "source", "date")}
    for name, value in {"the text": text, **rest}.items():
        if not isinstance(value, str):
            raise DataError(f"{name} must be a text", where=place)
    called = rest["source"] or f"{Path(place.file).name}:{place.line}"
    return Article(text, called, rest["date"], rest["title"])


def _first(row: Mapping[str, Any], names: Sequence[str], place: Place) -> Any:
    """The value of the first of the names that the row has."""
    name = next((name for name in names if name in row), None)
    if name is None:
        raise DataError(f"this row has no {names[0]!r}", where=place, hint=f"it has: {', '.join(row)}")
    return row[name]
