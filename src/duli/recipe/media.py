"""What a recipe reads beside text: the tables ``[image]`` and ``[speech]``, each naming a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duli.recipe.labels import MEDIA, Labels
from duli.recipe.tomlfile import TomlFile

KEYS = ("folder", "model", "revision")
_HINT = '{0} = {{ folder = "models/…" }}, or model = "owner/name" and revision = "40 digits of a commit"'


def read(file: TomlFile, tables: tuple[Labels, ...]) -> Mapping[str, Mapping[str, Any]]:
    """The arguments of each medium's model; folders are seen from the recipe's.

    Raises:
        RecipeError: a table reads a medium whose model is not named, or a model is named wrongly.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name in MEDIA:
        table = file.table(name)
        if name not in file.tables:
            if any(name in labels.inputs for labels in tables):
                raise file.error(f"the table [{name}] is missing: it names the model", "inputs")
            continue
        file.check_known(table, KEYS, f"key of [{name}]")
        whole = set(table) in ({"folder"}, {"model", "revision"})
        if not whole or not all(isinstance(value, str) for value in table.values()):
            raise file.error(f"[{name}] must name a model", name, hint=_HINT.format(name))
        made: dict[str, Path | str] = {**table}
        if "folder" in made:
            made["folder"] = file.path.parent / str(made["folder"])
        found[name] = made
    return found
