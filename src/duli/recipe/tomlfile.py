"""A TOML file whose mistakes are told with their line."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from duli.errors import Place, RecipeError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LINE = re.compile(r" \(at line (\d+), column (\d+)\)")


class TomlFile:
    """A file as it was read.

    Args:
        path: of the file.

    Raises:
        RecipeError: it is not there, not UTF-8, or not TOML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._lines = path.read_text("utf-8").split("\n")
            self.tables: dict[str, Any] = tomllib.loads("\n".join(self._lines))
        except tomllib.TOMLDecodeError as error:
            raise self._broken(str(error)) from error
        except UnicodeDecodeError as error:
            raise RecipeError("this is not UTF-8", where=str(path)) from error

    def place(self, *keys: str, nth: int = 0) -> Place | str:
        """Where a key stands.

        Args:
            keys: the table's name, if it matters which, then the key; or the key alone.
            nth: in which of the tables of that name, from 0.
        """
        start = 0
        for key in keys[:-1]:
            found = [row for row in range(len(self._lines)) if self._column(row, key, table=True) is not None]
            start = found[nth] if nth < len(found) else 0
        for row in range(start, len(self._lines)):
            column = self._column(row, keys[-1])
            if column is not None:
                return Place(str(self.path), row + 1, column + 1, self._lines[row])
        return str(self.path)

    def error(self, message: str, *keys: str, nth: int = 0, hint: str | None = None) -> RecipeError:
        """An error at a key; without keys, in the file."""
        where = self.place(*keys, nth=nth) if keys else str(self.path)
        return RecipeError(message, where=where, hint=hint)

    def check_known(self, names: Collection[str], known: Collection[str], what: str) -> None:
        """RecipeError where a name is not among those that are known."""
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                raise self.error(f"{name!r} is not a {what}", name, hint=hint)

    def table(self, name: str) -> Mapping[str, Any]:
        """The table of this name, empty where there is none; RecipeError where it is something else."""
        found = self.tables.get(name, {})
        if not isinstance(found, dict):
            raise self.error(f"{name} must be a table", name, hint=f"write [{name}]")
        return found

    def _column(self, row: int, key: str, *, table: bool = False) -> int | None:
        line = self._lines[row]
        name = re.escape(key)
        pattern = (
            rf"^\s*\[+({name})\]+" if table else rf"^\s*\[*({name})\]|(?:^|[{{,])\s*[\"']?({name})[\"']?\s*="
        )
        match = re.search(pattern, line)
        if match is None:
            return None
        return line.index(key) if line.strip().startswith("[") else match.start(match.lastindex or 0)

    def _broken(self, message: str) -> RecipeError:
        found = _LINE.search(message)
        where: Place | str = str(self.path)
        if found is not None:
            line, column = int(found[1]), int(found[2])
            where = Place(str(self.path), line, column, self._lines[line - 1])
        return RecipeError(f"this is not TOML: {_LINE.sub('', message)}", where=where)
