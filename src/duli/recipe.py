"""A recipe: the folder that says what is read, what is known, and what follows."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from duli.errors import InputError, Place, RecipeError
from duli.kb import Source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_BUILT_IN = Path(__file__).parent / "recipes"
_TABLES = ("recipe", "model", "link", "answer", "evaluate", "knowledge")
_KEYS = {
    "recipe": ("name", "version", "description", "notice", "rules", "example"),
    "model": ("encoder", "folder", "adapter", "url", "model", "key"),
    "link": ("names", "present", "absent"),
    "evaluate": ("annotation", "hidden", "above", "shows", "left", "current"),
    "answer": ("predicate", "labels", "counts", "path", "stated", "inputs"),
}


@dataclass(frozen=True)
class Link:
    """The neural predicate that turns text into facts.

    Args:
        names: the predicate (entity, name) that lists what a phrase may stand for.
        present: the predicate (phrase, entity, probability) that it fills for what the text says is there.
        absent: the same for what the text says is not there.
    """

    names: str
    present: str
    absent: str


@dataclass(frozen=True)
class Question:
    """What a recipe answers.

    Args:
        predicate: whose single argument is the answer.
        labels: predicates (value, label) that put values in words.
        counts: the predicate (phrase, answer, log ratio) that says what each phrase counted for an answer, or
            None.
        path: the predicate (lower, upper) whose steps say how a phrase and an answer meet; or None.
        stated: predicates that an explanation states without proving them.
        inputs: further predicates, with arity, that a question may fill.
    """

    predicate: str
    labels: tuple[str, ...] = ()
    counts: str | None = None
    path: str | None = None
    stated: tuple[str, ...] = ()
    inputs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A recipe as it was read."""

    name: str
    folder: Path
    version: str
    description: str
    notice: str
    example: str
    rules: str
    rules_file: str
    model: Mapping[str, Any]
    link: Link
    answer: Question
    evaluate: Mapping[str, str]
    sources: tuple[Source, ...]

    def place(self, key: str) -> Place | str:
        """Where a key stands in the recipe's file."""
        return _place(self.folder / "recipe.toml", key)

    @property
    def changing(self) -> dict[str, int]:
        """The predicates that a question fills, with arity."""
        return {self.link.present: 3, self.link.absent: 3, **self.answer.inputs}


def built_in() -> tuple[str, ...]:
    """The names of the recipes that come with duli."""
    return tuple(sorted(p.parent.name for p in _BUILT_IN.glob("*/recipe.toml")))


def find(name: str | Path) -> Path:
    """The folder of a recipe, by the name of a built-in one or by its path; RecipeError if there is none."""
    text = str(name)
    if text in built_in():
        return _BUILT_IN / text
    folder = Path(name)
    if folder.name == "recipe.toml":
        folder = folder.parent
    if (folder / "recipe.toml").is_file():
        return folder
    near = get_close_matches(text, built_in(), 1, 0.4)
    hint = (
        f"did you mean {near[0]}?"
        if near
        else f"there are: {', '.join(built_in())}; or name a folder with a recipe.toml"
    )
    raise RecipeError(f"there is no recipe {text!r}", hint=hint)


def read(name: str | Path) -> Recipe:
    """Read a recipe; RecipeError or ProgramError say what in it is wrong, and where."""
    folder = find(name)
    file = folder / "recipe.toml"
    try:
        tables: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"this is not TOML: {error}", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise RecipeError("this is not UTF-8", where=str(file)) from error
    _check(tables, file)
    head, answer = tables["recipe"], tables["answer"]
    rules = folder / head.get("rules", "rules.dl")
    if not rules.is_file():
        raise RecipeError(
            f"the rules {rules.name} are not there", where=str(file), hint="write them beside recipe.toml"
        )
    return Recipe(
        name=head.get("name", folder.name),
        folder=folder,
        version=str(head.get("version", "0")),
        description=head.get("description", ""),
        notice=head.get("notice", ""),
        example=head.get("example", ""),
        rules=rules.read_text("utf-8"),
        rules_file=rules.name,
        model=_model(tables.get("model", {}), file),
        link=Link(**tables["link"]),
        answer=Question(
            answer["predicate"],
            tuple(answer.get("labels", ())),
            answer.get("counts"),
            answer.get("path"),
            tuple(answer.get("stated", ())),
            answer.get("inputs", {}),
        ),
        evaluate=tables.get("evaluate", {}),
        sources=tuple(Source.from_dict(table, folder) for table in tables.get("knowledge", ())),
    )


def _check(tables: Mapping[str, Any], file: Path) -> None:
    _known(tables, _TABLES, "table", file)
    for name in ("recipe", "link", "answer"):
        if not isinstance(tables.get(name), dict):
            raise RecipeError(f"the table [{name}] is missing", where=str(file))
    for name, keys in _KEYS.items():
        _known(tables.get(name, {}), keys, f"key of [{name}]", file)
    for name, needed in (("link", _KEYS["link"]), ("answer", ("predicate",))):
        for key in needed:
            if not isinstance(tables[name].get(key), str):
                raise RecipeError(f'[{name}] needs {key} = "a predicate"', where=str(file))


def _model(table: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """The arguments of ``lm.encoder``; folders are seen from the recipe's."""
    for key, value in table.items():
        if not isinstance(value, str):
            raise RecipeError(f'[model] needs {key} = "a text"', where=_place(file, key))
    named: dict[str, Any] = {"name": table.get("encoder", "embedded")}
    for key in set(table) - {"encoder"}:
        named[key] = file.parent / table[key] if key in ("folder", "adapter") else table[key]
    return named


def _known(table: Mapping[str, Any], names: tuple[str, ...], what: str, file: Path) -> None:
    for key in table:
        if key not in names:
            near = get_close_matches(key, names, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
            raise RecipeError(f"{key!r} is not a {what}", where=_place(file, key), hint=hint)


def _place(file: Path, key: str) -> Place | str:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.strip().startswith((f"{key} ", f"{key}=", f"[{key}]", f"[[{key}]]")):
            return Place(str(file), number, line.index(key) + 1, line)
    return str(file)


def text_of(text: str, *, limit: int = 100_000) -> str:
    """The text of a question, or InputError: empty, too long, or not text at all."""
    if not text.strip():
        raise InputError(
            "there is no text", hint='write it in quotes: duli ask diagnosis "seizures, no fever"'
        )
    if len(text) > limit:
        raise InputError(
            f"the text has {len(text):,} characters; {limit:,} is the limit",
            hint="ask about one case at a time; many cases go as JSONL",
        )
    odd = sum((c < " " and c not in "\t\n\r\f") or c == "\ufffd" for c in text)
    if odd:
        raise InputError(f"this is not text: {odd} control characters", hint="give plain text in UTF-8")
    return text
