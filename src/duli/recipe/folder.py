"""A recipe: the folder that says what is read, what is known, and what follows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from duli.errors import InputError, Place, RecipeError
from duli.kb import Source
from duli.recipe import cases, labels
from duli.recipe.cases import Cases
from duli.recipe.labels import Labels
from duli.recipe.tomlfile import TomlFile

_BUILT_IN = Path(__file__).parents[1] / "recipes"
_TABLES = ("recipe", "model", "link", "classify", "case", "answer", "evaluate", "knowledge", "prove")
_RULES = "rules.dl"
_ASKS_WORDS = re.compile(r"\bword\s*\(")
WORD = "word"
"""The predicate (text, word) that labelling functions read."""
_KEYS = {
    "prove": ("examples",),
    "recipe": ("name", "version", "description", "notice", "rules", "example"),
    "model": ("encoder", "folder", "adapter", "url", "model", "key", "revision"),
    "link": ("names", "present", "absent"),
    "case": ("sentences",),
    "evaluate": ("annotation", "hidden", "above", "shows", "left", "current", "facts"),
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
        predicate: whose last argument is the answer; where there is one before it, it is the number of the text.
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
    link: Link | None
    classify: tuple[Labels, ...]
    cases: Cases | None
    answer: Question
    evaluate: Mapping[str, str]
    sources: tuple[Source, ...]

    def place(self, key: str) -> Place | str:
        """Where a key stands in the recipe's file."""
        return TomlFile(self.folder / "recipe.toml").place(key)

    @property
    def changing(self) -> dict[str, int]:
        """The predicates that a question fills, with arity."""
        link = {} if self.link is None else {self.link.present: 3, self.link.absent: 3}
        words = {WORD: 2} if self.classify and _ASKS_WORDS.search(self.rules) else {}
        stated = {} if self.cases is None else self.cases.inputs
        labels = {table.predicate: 2 for table in self.classify}
        return {**link, **labels, **words, **stated, **self.answer.inputs}


def built_in() -> tuple[str, ...]:
    """The names of the recipes that come with duli."""
    return tuple(sorted(p.parent.name for p in _BUILT_IN.glob("*/recipe.toml")))


def examples(name: str) -> dict[str, Path]:
    """The example problems of a recipe that takes problems, by name."""
    folder = find(name)
    inside = folder / str(TomlFile(folder / "recipe.toml").table("prove").get("examples", "examples"))
    return {path.stem: path for path in sorted(inside.iterdir())}


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
    file = TomlFile(folder / "recipe.toml")
    _check(file)
    head, classify = file.table("recipe"), labels.read(file)
    made = Recipe(
        name=head.get("name", folder.name),
        folder=folder,
        version=str(head.get("version", "0")),
        description=head.get("description", ""),
        notice=head.get("notice", ""),
        example=head.get("example", ""),
        rules=_rules(file, classify),
        rules_file=head.get("rules", _RULES),
        model=_model(file),
        link=Link(**file.table("link")) if "link" in file.tables else None,
        classify=classify,
        cases=cases.read(file),
        answer=_question(file, classify),
        evaluate=file.table("evaluate"),
        sources=tuple(Source.from_dict(table, folder) for table in file.tables.get("knowledge", ())),
    )
    filled = [made.link.present, made.link.absent] if made.link else []
    for number, table in enumerate(classify):
        if table.predicate in (*filled, WORD, *made.answer.inputs):
            raise file.error(
                f"the predicate {table.predicate!r} is filled twice", "classify", "predicate", nth=number
            )
    return made


def _check(file: TomlFile) -> None:
    file.check_known(file.tables, _TABLES, "table")
    if "recipe" not in file.tables:
        raise file.error("the table [recipe] is missing")
    if "prove" in file.tables:
        raise file.error("this recipe takes problems, not texts", hint="duli prove NAME, or your own FILE")
    if not any(file.tables.get(name) for name in ("link", "classify", "case")):
        raise file.error(
            "the recipe says nothing of how text is read",
            hint="write [[classify]], [link], or both; or [case] where facts are given",
        )
    for name, keys in _KEYS.items():
        file.check_known(file.table(name), keys, f"key of [{name}]")
    wanted = [("link", key) for key in _KEYS["link"] if "link" in file.tables]
    if not (file.tables.get("classify") or "case" in file.tables) or "answer" in file.tables:
        wanted.append(("answer", "predicate"))
    for name, key in wanted:
        if name not in file.tables:
            raise file.error(f"the table [{name}] is missing")
        if not isinstance(file.table(name).get(key), str):
            raise file.error(f'[{name}] needs {key} = "a predicate"')


def _question(file: TomlFile, classify: tuple[Labels, ...]) -> Question:
    """What is answered: without [answer], what the first [[classify]] fills; of a case, what is asked each time."""
    table = file.table("answer")
    return Question(
        table["predicate"] if table else classify[0].predicate if classify else "",
        tuple(table.get("labels", ())),
        table.get("counts"),
        table.get("path"),
        tuple(table.get("stated", ())),
        table.get("inputs", {}),
    )


def _rules(file: TomlFile, classify: tuple[Labels, ...]) -> str:
    """The text of the rules; where labels are all there is, the query for them."""
    named = str(file.table("recipe").get("rules", _RULES))
    path = file.path.parent / named
    if path.is_file():
        return path.read_text("utf-8")
    if "rules" in file.table("recipe") or not classify:
        raise file.error(f"the rules {named} are not there", hint="write them beside recipe.toml")
    return f"query({classify[0].predicate}(Text, Label)).\n"


def _model(file: TomlFile) -> dict[str, Any]:
    """The arguments of ``lm.encoder``; folders are seen from the recipe's."""
    table = file.table("model")
    for key, value in table.items():
        if not isinstance(value, str):
            raise file.error(f'[model] needs {key} = "a text"', key)
    named: dict[str, Any] = {"name": table.get("encoder", "embedded")}
    for key in set(table) - {"encoder"}:
        named[key] = file.path.parent / table[key] if key in ("folder", "adapter") else table[key]
    return named


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
