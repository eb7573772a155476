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

    def texts(self, value: object, key: str) -> list[str]:
        """A key's texts: one, or a list of them; RecipeError where it is something else."""
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(t, str) and t.strip() for t in found):
            raise self.error(f"{key} must be a list of texts", key)
        return found

    def share(self, table: Mapping[str, Any], key: str, default: float) -> float:
        """A key's number from 0 to 1; RecipeError where it is none."""
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.error(f"{key} must be a number from 0 to 1", key)
        return float(value)

    def sayings(
        self, table: Mapping[str, Any], name: str, default: Mapping[str, Mapping[str, str]]
    ) -> Mapping[str, Mapping[str, str]]:
        """The sentences of ``[name.say.en]`` and the like over those that are meant without them."""
        given = table.get("say", {})
        if not isinstance(given, dict) or not all(isinstance(own, dict) for own in given.values()):
            raise self.error("say must be a table of each language", "say", hint=f"[{name}.say.en]")
        self.check_known(given, tuple(default), f"language of [{name}.say]")
        for own in given.values():
            self.check_known(own, tuple(next(iter(default.values()))), f"sentence of [{name}.say]")
            self.texts(list(own.values()), "say")
        return {language: {**own, **given.get(language, {})} for language, own in default.items()}

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
