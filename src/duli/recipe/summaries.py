"""The table ``[summarise]`` of a recipe: how long a summary is, and phrases that mark a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duli.recipe.tomlfile import TomlFile

_KEYS = ("words", "chinese", "marks", "generator")
_OPTIONS = ("name", "folder", "url", "model", "key", "revision")


@dataclass(frozen=True)
class Summaries:
    """What a recipe says of summaries.

    Args:
        words: how many a summary has at most, where none are asked for; a Chinese character counts as one.
        chinese: the encoder that reads Chinese.
        marks: phrases by the name of the mark that a sentence with one of them gets.
        generator: the options of ``lm.generator`` for the model that rewrites; None for none.
    """

    words: int = 100
    chinese: str = "fake"
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    generator: Mapping[str, Any] | None = None


def read(file: TomlFile) -> Summaries | None:
    """The table, None where there is none; RecipeError where something in it is not as it should be."""
    if "summarise" not in file.tables:
        return None
    table = file.table("summarise")
    file.check_known(table, _KEYS, "key of [summarise]")
    words, chinese = table.get("words", 100), table.get("chinese", "fake")
    if not isinstance(words, int) or isinstance(words, bool) or words < 1:
        raise file.error("words must be a number of 1 or more", "summarise", "words")
    if not isinstance(chinese, str):
        raise file.error('chinese must be "an encoder"', "summarise", "chinese")
    marks = table.get("marks", {})
    if not isinstance(marks, dict):
        raise file.error("marks must be a table of lists", "summarise", "marks")
    for name, phrases in marks.items():
        if not isinstance(phrases, list) or not all(isinstance(p, str) and p.strip() for p in phrases):
            raise file.error(f"{name} must be a list of phrases", name)
    return Summaries(words, chinese, {n: tuple(p) for n, p in marks.items()}, _generator(file, table))


def _generator(file: TomlFile, table: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments of ``lm.generator``; a folder is seen from the recipe's."""
    given = table.get("generator")
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise file.error(
            "generator must be a table of texts", "generator", hint='generator = { name = "hf", … }'
        )
    file.check_known(given, _OPTIONS, "key of generator")
    if "name" not in given:
        raise file.error("generator needs its name", "generator", hint="openai, gguf or hf")
    folder = {"folder": file.path.parent / given["folder"]} if "folder" in given else {}
    return {**given, **folder}
