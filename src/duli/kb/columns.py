"""Cells to codes: what the types of columns mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from pathlib import Path

import numpy as np

from duli.errors import DataError, InputError, Place
from duli.kb.source import Column, Source
from duli.kb.table import Cell, Table
from duli.logic.values import Symbols, encode
from duli.types import Codes, Value

_RATIO = re.compile(r"\s*(\d+)\s*/\s*(\d+)\s*\Z")
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*\Z")


def relation_columns(source: Source, table: Table, symbols: Symbols, path: Path) -> list[Codes]:
    """The arguments of a source's relation [arity] of codes [n]; last what cites each row, if anything.

    Raises:
        DataError: a cell is not of its column's type; file and line are told.
    """
    taken = _taken(source, table)
    lines = list(compress(table.lines, taken))
    out: list[Codes] = []
    for column in source.columns:
        cells = list(compress(table.columns[column.name], taken))
        out += _column(column, cells, lines, symbols, path)
    if source.reference:
        out += _column(
            Column(source.reference),
            list(compress(table.columns[source.reference], taken)),
            lines,
            symbols,
            path,
        )
    return out


def _taken(source: Source, table: Table) -> list[bool]:
    out = [True] * len(table.lines)
    for name in {*source.keep, *source.skip}:
        cells = table.columns[name]
        verdict = {cell: source.takes(name, str(cell)) for cell in set(cells)}
        out = [kept and verdict[cell] for kept, cell in zip(out, cells, strict=True)]
    return out


def _column(
    column: Column, cells: Sequence[Cell], lines: Sequence[int], symbols: Symbols, path: Path
) -> list[Codes]:
    """Each distinct cell is read once."""
    meaning = _TYPES[column.type]
    codes: dict[Cell, tuple[int, ...]] = {}
    for cell, line in zip(cells, lines, strict=True):
        if cell not in codes:
            try:
                codes[cell] = tuple(encode(value, symbols) for value in meaning(cell))
            except (ValueError, InputError) as error:
                message = f"{cell!r} in the column {column.name!r} is not {_WANTED[column.type]}"
                raise DataError(message, where=Place(str(path), line)) from error
    found = np.array([codes[cell] for cell in cells], np.int64).reshape(len(cells), column.arity)
    return [np.ascontiguousarray(part) for part in found.T]


def _fraction(cell: Cell) -> tuple[Value, ...]:
    text = str(cell)
    if ratio := _RATIO.match(text):
        return int(ratio.group(1)), int(ratio.group(2))
    if percent := _PERCENT.match(text):
        return float(percent.group(1)), 100
    return text, 0


_TYPES: Mapping[str, Callable[[Cell], tuple[Value, ...]]] = {
    "symbol": lambda cell: (str(cell),),
    "integer": lambda cell: (int(cell),),
    "number": lambda cell: (float(cell),),
    "fraction": _fraction,
}
_WANTED = {"symbol": "a text", "integer": "an integer", "number": "a number", "fraction": "a fraction"}
