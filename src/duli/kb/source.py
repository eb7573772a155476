"""Where knowledge comes from, and which of it is taken: one ``[[knowledge]]`` table of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from duli.errors import DataError, MissingExtraError, RecipeError

FORMATS = ("csv", "jsonl", "obo", "parquet", "tsv")
TYPES = ("symbol", "integer", "number", "fraction")
_COLUMN_KEYS = ("name", "type")


@dataclass(frozen=True)
class Column:
    """A column of a file that becomes an argument of the relation.

    Args:
        name: in the file's header.
        type: ``symbol`` (text as it stands), ``integer``, ``number``, or ``fraction``, which becomes two
            arguments: "3/7" is 3, 7; "12%" is 12, 100; an empty cell is '' and 0; anything else is that symbol
            and 0.
    """

    name: str
    type: str = "symbol"

    @property
    def arity(self) -> int:
        """How many arguments it becomes."""
        return 2 if self.type == "fraction" else 1


@dataclass(frozen=True)
class Source:
    """A file of facts.

    Args:
        format: one of csv, jsonl, obo, parquet, tsv.
        path: the file; None where it lies in a package.
        package: the installed package that the file lies in. The package is not imported.
        file: the file's path in the package.
        extra: of duli, that brings the package.
        relation: the predicate that is filled. An OBO file fills its own: see ``duli.kb.obo``.
        columns: taken from the file, in the order of the arguments.
        keep: rows whose column matches one of these patterns (``OMIM:*``) are taken.
        skip: rows whose column matches one of these are not.
        comment: lines that begin with this, before the header, are comments.
        header: whether the first row names the columns; or their names, where the file does not.
        reference: the column that says what cites a row.
        trust: how far the file is trusted, in (0, 1].
        origin: what the file is called in proofs; its name and version where nothing is said.
    """

    format: str
    path: Path | None = None
    package: str = ""
    file: str = ""
    extra: str = ""
    relation: str = ""
    columns: tuple[Column, ...] = ()
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    comment: str = ""
    header: bool | tuple[str, ...] = True
    reference: str = ""
    trust: float = 1.0
    origin: str = ""

    @staticmethod
    def from_dict(table: Mapping[str, Any], folder: Path) -> Source:
        """Read a ``[[knowledge]]`` table; paths are relative to the recipe's folder.

        Raises:
            RecipeError: it says something that is not known, or not enough.
        """
        names = tuple(f.name for f in fields(Source))
        for key in table:
            _check_name(key, names, "key of [[knowledge]]")
        values = dict(table)
        _check_name(str(values.get("format")), FORMATS, "format of [[knowledge]]")
        if bool(values.get("path")) == bool(values.get("package")):
            raise RecipeError("[[knowledge]] needs either a path, or a package and a file in it")
        if "path" in values:
            values["path"] = folder / str(values["path"])
        values["columns"] = tuple(_column(c) for c in values.get("columns", ()))
        for key in ("keep", "skip"):
            values[key] = {column: tuple(patterns) for column, patterns in values.get(key, {}).items()}
        if isinstance(values.get("header"), list):
            values["header"] = tuple(values["header"])
        source = Source(**values)
        source.check()
        return source

    def check(self) -> None:
        """Raise RecipeError when it contradicts itself."""
        if self.format != "obo" and not (self.relation and self.columns):
            raise RecipeError(
                f"the knowledge in {self.name} needs a relation and its columns",
                hint='relation = "likes", columns = [{ name = "who" }, { name = "what" }]',
            )
        if not 0 < self.trust <= 1:
            raise RecipeError(f"the trust in {self.name} must be above 0 and at most 1, not {self.trust}")

    @property
    def name(self) -> str:
        """The file's name, without folders."""
        return Path(self.file).name if self.path is None else self.path.name

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns of the file that are looked at, each once."""
        reference = (self.reference,) if self.reference else ()
        return tuple(dict.fromkeys([*(c.name for c in self.columns), *self.keep, *self.skip, *reference]))

    def locate(self, data: Path | None = None) -> Path:
        """The file.

        Args:
            data: a folder whose files are taken in place of those inside packages.

        Raises:
            DataError: it is not there.
            MissingExtraError: its package is not installed.
        """
        if self.path is not None:
            return _there(self.path, f"put the file {self.name} there")
        if data is not None:
            return _there(data / self.name, f"the folder must hold {self.name}")
        found = find_spec(self.package)
        if found is None or not found.submodule_search_locations:
            raise MissingExtraError(self.package, self.extra or self.package)
        return _there(Path(found.submodule_search_locations[0]) / self.file, f"install {self.package} again")

    def takes(self, column: str, value: str) -> bool:
        """Whether a row with this value in this column is taken."""
        kept = column not in self.keep or any(fnmatchcase(value, p) for p in self.keep[column])
        return kept and not any(fnmatchcase(value, p) for p in self.skip.get(column, ()))


def _there(path: Path, hint: str) -> Path:
    if not path.is_file():
        raise DataError("the file is not there", where=str(path), hint=hint)
    return path


def _column(table: Any) -> Column:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise RecipeError('each of the columns of [[knowledge]] is { name = "…", type = "symbol" }')
    for key in table:
        _check_name(key, _COLUMN_KEYS, "key of a column")
    column = Column(**table)
    _check_name(column.type, TYPES, "type of a column")
    return column


def _check_name(name: str, known: tuple[str, ...], what: str) -> None:
    if name not in known:
        near = get_close_matches(name, known, 1)
        raise RecipeError(
            f"{name!r} is not a {what}",
            hint=f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}",
        )
