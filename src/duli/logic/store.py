"""A prepared program on disk: arrays as .npy, mapped when read; the rest as one JSON file.

Saved are the derived tables, and those given ones that runs look up, with the indexes that runs ask for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from duli.errors import DataError, InputError
from duli.files import content_key, write_atomic
from duli.logic.index import NONE, Index
from duli.logic.prepared import Prepared, check_changing, program_symbols
from duli.logic.table import Table
from duli.logic.tables import Given, Tables, facts_of
from duli.types import Relation, Vocabulary

if TYPE_CHECKING:
    from duli.logic.program import Program

_META = "prepared.json"
_VERSION = 2
_SMALL = 1 << 16
Array = NDArray[Any]


def save(prepared: Prepared, folder: Path) -> None:
    """``Prepared.save``."""
    if not isinstance(prepared.provenance, str):
        raise InputError(
            "what was prepared with an algebra of your own cannot be saved", hint="name a provenance"
        )
    folder.mkdir(parents=True, exist_ok=True)
    writer = _Writer(folder)
    needs = prepared.build_indexes()
    program = prepared.program
    derived = {rule.head.predicate for rule in program.rules.rules}
    names = sorted((derived | set(needs)) - prepared.moving)
    tables = {name: writer.table(*prepared.tables.entry(name)) for name in names}
    meta = {
        "key": _key(program, prepared.relations, prepared.vocabulary.base),
        "changing": sorted(prepared.changing),
        "provenance": prepared.provenance,
        "tables": tables,
        "files": writer.files,
    }
    text = json.dumps(meta, sort_keys=True)
    write_atomic(folder / _META, json.dumps({"check": content_key(text), "meta": text}).encode())


def load(
    folder: Path, program: Program, relations: Mapping[str, Relation], vocabulary: Vocabulary | None
) -> Prepared:
    """``Prepared.load``."""
    try:
        outer = json.loads((folder / _META).read_text("utf-8"))
        if outer["check"] != content_key(outer["meta"]):
            raise DataError("what was prepared is damaged", where=str(folder / _META))
        meta = json.loads(outer["meta"])
        if meta["key"] != _key(program, relations, vocabulary):
            raise DataError("this was prepared from another program or other relations", where=str(folder))
        reader = _Reader(folder, meta["files"])
        symbols = program_symbols(program.rules, vocabulary)
        tables = Tables(program.rules, relations, symbols)
        for name, entry in meta["tables"].items():
            given = Given(relations.get(name), facts=facts_of(program.rules, name))
            tables.put(name, *reader.table(program.rules.arities[name], entry, given))
        changing = check_changing(program, relations, meta["changing"])
        return Prepared(program, relations, symbols, changing, meta["provenance"], tables)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise DataError(f"what was prepared cannot be read ({error})", where=str(folder)) from error


def _key(program: Program, relations: Mapping[str, Relation], vocabulary: Vocabulary | None) -> str:
    sizes = {name: len(relation) for name, relation in relations.items()}
    known = 0 if vocabulary is None else len(vocabulary)
    shape = json.dumps([_VERSION, dict(program.inputs), sizes, known], sort_keys=True)
    return content_key(program.text, shape)


class _Writer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, list[Any]] = {}

    def array(self, array: Array) -> str:
        name = f"{len(self.files)}.npy"
        path = self.folder / name
        np.save(path, np.ascontiguousarray(array), allow_pickle=False)
        size = path.stat().st_size
        self.files[name] = [size, content_key(path.read_bytes()) if size <= _SMALL else ""]
        return name

    def table(self, table: Table, given: Given) -> dict[str, Any]:
        indexes = [self.index(table.index(columns)) for columns in list(table.indexes)]
        return {
            "rows": self.array(table.rows),
            "levels": None if table.levels is None else [*table.levels[:2], self.array(table.levels[2])],
            "marks": self.array(np.array(table.marks, np.int64).reshape(-1, 2)),
            "places": None if given.places is None else self.array(given.places),
            "facts": self.array(given.fact_rows),
            "indexes": indexes,
        }

    def index(self, index: Index) -> dict[str, Any]:
        return {
            "columns": index.columns.tolist(),
            "slots": self.array(index.slots),
            "counts": self.array(index.counts),
            "following": self.array(index.following),
            "keys": index.keys,
        }


class _Reader:
    def __init__(self, folder: Path, files: Mapping[str, list[Any]]) -> None:
        self.folder, self.files = folder, files

    def array(self, name: str, dtype: type, shape: tuple[int | None, ...]) -> Array:
        """A file's array; DataError when it is not as it was written."""
        path = self.folder / Path(name).name
        size, digest = self.files[name]
        small = size <= _SMALL
        if path.stat().st_size != size or (small and content_key(path.read_bytes()) != digest):
            raise DataError("a file of what was prepared is damaged", where=str(path))
        array = np.asarray(np.load(path, mmap_mode=None if small else "r", allow_pickle=False))
        fits = len(array.shape) == len(shape) and all(
            b in (None, a) for a, b in zip(array.shape, shape, strict=True)
        )
        if array.dtype != dtype or not fits or not array.flags.c_contiguous:
            raise DataError("a file of what was prepared holds something else", where=str(path))
        return array

    def table(self, arity: int, entry: Mapping[str, Any], given: Given) -> tuple[Table, Given]:
        table = Table(arity, self.array(entry["rows"], np.int64, (None, arity)))
        table.marks = [(a, b) for a, b in self.array(entry["marks"], np.int64, (None, 2)).tolist()]
        if entry["levels"] is not None:
            start, batch, name = entry["levels"]
            table.levels = int(start), int(batch), self.array(name, np.int32, (None,))
        given.fact_rows = self.array(entry["facts"], np.int64, (len(given.facts),))
        if entry["places"] is not None:
            given.places = self.array(entry["places"], np.int64, (None,))
        for saved in entry["indexes"]:
            columns = tuple(int(c) for c in saved["columns"])
            table.indexes[columns] = self.index(columns, saved, table)
        return table, given

    def index(self, columns: tuple[int, ...], saved: Mapping[str, Any], table: Table) -> Index:
        slots = self.array(saved["slots"], np.uint64, (None,))
        whole = len(columns) == table.arity
        counts = self.array(saved["counts"], np.int64, (0 if whole else len(slots),))
        following = self.array(saved["following"], np.int64, (None,))
        size = len(slots)
        if size & (size - 1) or not size or (not whole and len(following) < table.n):
            raise DataError("a saved index does not fit its table", where=str(self.folder))
        made = Index(np.array(columns, np.int64), slots, counts if not whole else NONE, following)
        made.keys, made.upto = int(saved["keys"]), table.n
        return made
