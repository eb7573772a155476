"""The knowledge base: relations compiled once into columns on disk, keyed by the content of their files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from duli import files
from duli.errors import InputError, RecipeError
from duli.files import Progress, silent
from duli.kb import obo, table, vocabulary
from duli.kb.columns import relation_columns
from duli.kb.source import Source
from duli.logic.values import Symbols, decode_column
from duli.types import Codes, Relation, Value

_FORMAT = "kb 2"


@dataclass(frozen=True)
class KnowledgeBase:
    """Facts by predicate.

    Args:
        relations: columns of codes, mapped from disk.
        vocabulary: the text of their symbols.
        key: what the content is: two with the same key hold the same.
        folder: where the columns lie.
    """

    relations: Mapping[str, Relation]
    vocabulary: vocabulary.MappedVocabulary
    key: str
    folder: Path

    @property
    def rows(self) -> int:
        """How many facts there are."""
        return sum(len(relation) for relation in self.relations.values())

    def describe(self) -> list[dict[str, Any]]:
        """Each relation's name, arity, rows, origin and trust."""
        return [
            {"relation": name, "arity": len(r.columns), "rows": len(r), "origin": r.origin, "trust": r.trust}
            for name, r in sorted(self.relations.items())
        ]

    def facts(self, relation: str, limit: int = 10) -> list[tuple[tuple[Value, ...], str]]:
        """The first facts of a relation, each with what cites it; InputError where there is none."""
        if relation not in self.relations:
            known = ", ".join(sorted(self.relations))
            raise InputError(f"there is no relation {relation!r}", hint=f"there are: {known}")
        return self._rows(relation, np.arange(min(limit, len(self.relations[relation]))))

    def about(self, text: str, limit: int = 10) -> Iterator[tuple[str, tuple[Value, ...], str]]:
        """Facts that mention a symbol: relation, values, what cites it; the first ones of each relation."""
        number = self.vocabulary.find(text)
        if number is None:
            return
        for name, relation in sorted(self.relations.items()):
            found = np.zeros(len(relation), bool)
            for column in relation.columns:
                found |= column == number
            for values, source in self._rows(name, np.flatnonzero(found)[:limit]):
                yield name, values, source

    def _rows(self, name: str, at: Codes) -> list[tuple[tuple[Value, ...], str]]:
        relation = self.relations[name]
        columns = [decode_column(np.asarray(column[at]), self.vocabulary) for column in relation.columns]
        cited = [relation.origin] * len(at)
        if relation.source is not None:
            cited = [str(v) for v in decode_column(np.asarray(relation.source[at]), self.vocabulary)]
        return list(zip(zip(*columns, strict=True), cited, strict=True))


def load(
    sources: Sequence[Source], *, data: Path | None = None, progress: Progress = silent
) -> KnowledgeBase:
    """The knowledge in some files: compiled when their content is new, mapped otherwise.

    Args:
        sources: the files, and what is taken from each.
        data: a folder whose files are taken in place of those inside packages.
        progress: told which file is being read.

    Raises:
        DataError: a file is not there, or breaks its format.
        MissingExtraError: a file's package, or what reads its format, is not installed.
    """
    paths = [source.locate(data) for source in sources]
    spec = [[str(part) for part in astuple(source)[2:]] for source in sources]
    hashes = [files.file_hash(path) for path in paths]
    formats = [source.format for source in sources]
    key = files.content_key(_FORMAT, json.dumps([formats, spec]), *hashes)
    folder = files.cached_folder(f"kb/{key}", lambda made: _compile(sources, paths, made, progress))
    return _map(folder, key)


def _map(folder: Path, key: str) -> KnowledgeBase:
    relations = {}
    for name, about in json.loads((folder / "relations.json").read_text("utf-8")).items():
        rows = np.load(folder / about["file"], mmap_mode="r", allow_pickle=False)
        arity = about["arity"]
        source = rows[arity] if len(rows) > arity else None
        columns = tuple(rows[i] for i in range(arity))
        relations[name] = Relation(columns, None, source, about["origin"], about["trust"])
    return KnowledgeBase(relations, vocabulary.MappedVocabulary(folder), key, folder)


@dataclass
class _Part:
    """What one source gives to one relation: the arguments, and what cites each row, or None."""

    columns: list[Codes]
    cited: Codes | None
    origin: str
    trust: float


def _compile(sources: Sequence[Source], paths: Sequence[Path], folder: Path, progress: Progress) -> None:
    symbols = Symbols()
    parts: dict[str, list[_Part]] = {}
    tables: dict[tuple[object, ...], table.Table] = {}
    for done, (source, path) in enumerate(zip(sources, paths, strict=True)):
        progress(f"reading {path.name}", done, len(sources))
        for name, part in _parts(source, path, sources, paths, tables, symbols):
            parts.setdefault(name, []).append(part)
    about = {}
    for number, (name, given) in enumerate(parts.items()):
        rows, origin, trust = _joined(name, given, symbols)
        about[name] = {
            "file": f"{number}.npy",
            "arity": len(given[0].columns),
            "origin": origin,
            "trust": trust,
        }
        np.save(folder / f"{number}.npy", rows)
    (folder / "relations.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
    vocabulary.write(symbols.added, folder)
    progress("reading the knowledge", len(sources), len(sources))


def _parts(
    source: Source,
    path: Path,
    sources: Sequence[Source],
    paths: Sequence[Path],
    tables: dict[tuple[object, ...], table.Table],
    symbols: Symbols,
) -> Iterator[tuple[str, _Part]]:
    if source.format == "obo":
        rows, version = obo.read(path)
        origin = source.origin or f"{path.name} {version}".strip()
        for name, given in rows.items():
            codes = [symbols.add_many(column) for column in zip(*given, strict=True)]
            empty = [np.zeros(0, np.int64)] * obo.ARITIES[name]
            yield name, _Part(codes or empty, None, origin, source.trust)
        return
    shared = _reading(source, path)
    if shared not in tables:
        alike = [s for s, p in zip(sources, paths, strict=True) if _reading(s, p) == shared]
        tables[shared] = table.read(path, source, tuple(dict.fromkeys(n for s in alike for n in s.needed)))
    found = tables[shared]
    origin = source.origin or f"{path.name} {found.version}".strip()
    codes = relation_columns(source, found, symbols, path)
    arity = sum(column.arity for column in source.columns)
    yield (
        source.relation,
        _Part(codes[:arity], codes[arity] if source.reference else None, origin, source.trust),
    )


def _reading(source: Source, path: Path) -> tuple[object, ...]:
    """What is the same for sources that read a file in one way; without a header they name the columns."""
    named = source.header if source.header is not False else source.columns
    return path, source.format, source.comment, named


def _joined(name: str, parts: Sequence[_Part], symbols: Symbols) -> tuple[Codes, str, float]:
    """The rows of a relation [arity, or one more for what cites them, n], each once."""
    first = parts[0]
    for part in parts[1:]:
        if len(part.columns) != len(first.columns) or part.trust != first.trust:
            raise RecipeError(
                f"the sources of {name} differ in their number of columns or in trust",
                hint="give them different names, and join them in a rule",
            )
    cited = any(part.cited is not None for part in parts) or len({part.origin for part in parts}) > 1
    blocks = []
    for part in parts:
        columns = list(part.columns)
        if cited:
            whole = np.full(len(columns[0]), symbols.add(part.origin), np.int64)
            columns.append(whole if part.cited is None else part.cited)
        blocks.append(np.stack(columns))
    rows = np.concatenate(blocks, 1)
    _, kept = np.unique(rows, axis=1, return_index=True)
    return np.ascontiguousarray(rows[:, np.sort(kept)]), first.origin, first.trust
