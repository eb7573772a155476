"""Files of a recipe that change while it talks: what can be used is used, what cannot leaves the old in use."""

from __future__ import annotations

from collections.abc import Callable

from duli import files, recipe
from duli.errors import DuliError
from duli.reason import Reasoner

Key = tuple[str, ...]


def key(source: recipe.Recipe) -> Key:
    """What a recipe's own files hold."""
    known = [each.path for each in source.sources if each.path is not None]
    told = () if source.converse is None else source.converse.files
    names = ("recipe.toml", source.rules_file, *(table.file for table in source.tables), *told)
    paths = dict.fromkeys([*(source.folder / name for name in names), *known])
    return tuple(files.file_hash(path) for path in paths if path.is_file())


def taken(
    again: Callable[[], Reasoner] | None, source: recipe.Recipe, before: Key
) -> tuple[Key, Reasoner | None]:
    """The key of the files as they are now, and a new reasoner where they have changed and can be read.

    Args:
        again: makes the reasoner anew; None: it stays as it is.
        source: the recipe in use.
        before: the key that was seen last.
    """
    now = before if again is None else key(source)
    if again is None or now == before:
        return now, None
    try:
        made = again()
        _ = made.prepared
    except DuliError as error:
        files.warn_once(f"the recipe has changed and cannot be used: {error}; going on with the old one")
        return now, None
    return now, made
