"""A recipe: the folder that says what is read, what is known, and what follows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from duli.errors import InputError, Place, RecipeError
from duli.files import settle
from duli.kb import Source
from duli.recipe import cases, converse, labels, media, monitoring, recommend, summaries, support
from duli.recipe.cases import Cases
from duli.recipe.converse import Converse
from duli.recipe.labels import Labels
from duli.recipe.monitoring import Watch
from duli.recipe.recommend import Recommend
from duli.recipe.summaries import Summaries
from duli.recipe.support import Support
from duli.recipe.tomlfile import TomlFile

_BUILT_IN = Path(__file__).parents[1] / "recipes"
_TABLES = (
    "recipe",
    "model",
    "link",
    *labels.KEYS,
    "case",
    "monitor",
    "learn",
    "answer",
    "evaluate",
    "knowledge",
    "prove",
    "support",
    "slot",
    "summarise",
    "recommend",
    "converse",
    "tool",
    *labels.MEDIA,
)
_RULES = "rules.dl"
_OWN = ("case", "converse", "monitor", "prove", "recommend", "summarise", "support")
_READING = ("text", "case", "converse", "monitor", "support")
_ASKS_WORDS = re.compile(r"\bword\s*\(")
WORD = "word"
"""The predicate (text, word) that labelling functions read."""
_KEYS = {
    "prove": ("examples",),
    "recipe": ("name", "version", "description", "notice", "rules", "example"),
    "model": ("encoder", "folder", "adapter", "url", "model", "key", "revision"),
    "link": ("names", "present", "absent"),
    "case": ("sentences", "forms"),
    "monitor": monitoring.KEYS,
    "learn": ("always", "never"),
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
    """A recipe as it was read. Its kind says what it becomes when it is loaded: see ``duli.applications``."""

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
    tables: tuple[Labels, ...]
    always: tuple[str, ...]
    never: tuple[str, ...]
    kind: str
    cases: Cases | None
    watch: Watch | None
    summaries: Summaries | None
    answer: Question
    evaluate: Mapping[str, str]
    sources: tuple[Source, ...]
    support: Support | None = None
    recommend: Recommend | None = None
    converse: Converse | None = None
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def place(self, key: str) -> Place | str:
        """Where a key stands in the recipe's file."""
        return TomlFile(self.folder / "recipe.toml").place(key)

    @property
    def for_learning(self) -> Recipe:
        """The recipe, asked for the labels that are learned: of one that watches, for moods."""
        return self if self.watch is None else replace(self, answer=Question(self.watch.mood))

    @property
    def pairs(self) -> bool:
        """Whether two texts are read, not one."""
        return any(table.kind == "match" for table in self.tables)

    @property
    def fields(self) -> int:
        """How many columns are learned from: a text; two texts; a text, a head and a tail."""
        return max([1, *({"match": 2, "extract": 3}.get(table.kind, 1) for table in self.tables)])

    @property
    def changing(self) -> dict[str, int]:
        """The predicates that a question fills, with arity."""
        link = {} if self.link is None else {self.link.present: 3, self.link.absent: 3}
        words = {WORD: 2} if self.tables and _ASKS_WORDS.search(self.rules) else {}
        stated = {} if self.cases is None else self.cases.inputs
        watched = {} if self.watch is None else monitoring.INPUTS
        named = {t.predicate: 3 if t.kind == "extract" else 2 for t in self.tables}
        told = {} if self.support is None else support.INPUTS
        wanted = {} if self.recommend is None else self.recommend.inputs
        return {**link, **named, **words, **stated, **watched, **told, **wanted, **self.answer.inputs}


def built_in() -> tuple[str, ...]:
    """The names of the recipes that come with duli."""
    return tuple(sorted(p.parent.name for p in _BUILT_IN.glob("*/recipe.toml")))


def examples(name: str | Path) -> dict[str, Path]:
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
    settle(folder)
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
    head, tables = file.table("recipe"), labels.read(file)
    made = Recipe(
        name=head.get("name", folder.name),
        folder=folder,
        version=str(head.get("version", "0")),
        description=head.get("description", ""),
        notice=head.get("notice", ""),
        example=head.get("example", ""),
        rules=_rules(file, tables),
        rules_file=head.get("rules", _RULES),
        model=_model(file),
        link=Link(**file.table("link")) if "link" in file.tables else None,
        tables=tables,
        always=_names(file, "always"),
        never=_names(file, "never"),
        kind=_kind(file),
        cases=cases.read(file),
        watch=monitoring.read(file, tables),
        summaries=summaries.read(file),
        answer=_question(file, tables),
        evaluate=file.table("evaluate"),
        sources=tuple(Source.from_dict(table, folder) for table in file.tables.get("knowledge", ())),
        support=support.read(file, tables),
        recommend=recommend.read(file),
        converse=converse.read(file, tables),
        media=media.read(file, tables),
    )
    taken = {WORD, *made.answer.inputs, *([made.link.present, made.link.absent] if made.link else ())}
    for table in tables:
        named = table.names if table.kind == "extract" else ()
        twice = next((name for name in named if name in {*taken, table.predicate}), None)
        twice = table.predicate if table.predicate in taken else twice
        if twice is not None:
            number = [t for t in tables if t.kind == table.kind].index(table)
            key = "predicate" if twice == table.predicate else twice
            raise file.error(f"the predicate {twice!r} is filled twice", table.kind, key, nth=number)
        taken |= {table.predicate, *named}
    return made


def _check(file: TomlFile) -> None:
    file.check_known(file.tables, _TABLES, "table")
    if "recipe" not in file.tables:
        raise file.error("the table [recipe] is missing")
    for name, keys in _KEYS.items():
        file.check_known(file.table(name), keys, f"key of [{name}]")
    if _kind(file) not in _READING:
        return
    read = [kind for kind in ("link", *labels.KEYS, "case") if file.tables.get(kind)]
    if not read:
        raise file.error(
            "the recipe says nothing of how text is read",
            hint="write [[classify]], [[match]] or [link]; or [case] where facts are given",
        )
    for one, other in (("match", "link"), ("match", "extract")):
        if one in read and other in read:
            raise file.error(f"{one} reads two texts, {other} one: a recipe has one of them", other)
    if "extract" in read and "link" not in read:
        raise file.error("[[extract]] needs [link], which finds the entities that are related", "extract")
    if "learn" in file.tables and (not {"classify", "match"} & set(read) or "link" in read):
        raise file.error("[learn] is for rules about [[classify]] and [[match]], without [link]", "learn")
    wanted = [("link", key) for key in _KEYS["link"] if "link" in file.tables]
    if not ({"classify", "match", "case"} & set(read)) or "answer" in file.tables:
        wanted.append(("answer", "predicate"))
    for name, key in wanted:
        if name not in file.tables:
            raise file.error(f"the table [{name}] is missing")
        if not isinstance(file.table(name).get(key), str):
            raise file.error(f'[{name}] needs {key} = "a predicate"')


def _kind(file: TomlFile) -> str:
    """What the recipe becomes; see ``duli.applications.KINDS``."""
    return next((name for name in _OWN if name in file.tables), "text")


def _question(file: TomlFile, tables: tuple[Labels, ...]) -> Question:
    """What is answered: without [answer], what the first [[classify]] or [[match]] fills; of a case, what is asked."""
    table = file.table("answer")
    return Question(
        table["predicate"] if table else tables[0].predicate if tables else "",
        tuple(table.get("labels", ())),
        table.get("counts"),
        table.get("path"),
        tuple(table.get("stated", ())),
        table.get("inputs", {}),
    )


def _names(file: TomlFile, key: str) -> tuple[str, ...]:
    """The predicates that a key of [learn] names."""
    given = file.table("learn").get(key, ())
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise file.error(f'{key} must be "a predicate" or a list of them', key, hint=f'{key} = "conflict"')
    return tuple(names)


def _rules(file: TomlFile, tables: tuple[Labels, ...]) -> str:
    """The text of the rules, and a rule for each relation that is extracted; of labels alone the query for them."""
    named = str(file.table("recipe").get("rules", _RULES))
    path = file.path.parent / named
    if path.is_file():
        try:
            return path.read_text("utf-8") + "".join(_related(table) for table in tables)
        except UnicodeDecodeError as error:
            raise RecipeError("this is not UTF-8", where=str(path)) from error
    if "rules" not in file.table("recipe") and _kind(file) not in _READING:
        return ""
    if "rules" in file.table("recipe") or not tables or tables[0].kind == "extract":
        raise file.error(f"the rules {named} are not there", hint="write them beside recipe.toml")
    return f"query({tables[0].predicate}(Text, Label)).\n"


def _related(table: Labels) -> str:
    """A rule for each relation of an ``[[extract]]``: it is a predicate of its own."""
    names = table.names if table.kind == "extract" else ()
    return "".join(f"\n{name}(Head, Tail) :- {table.predicate}(Head, {name}, Tail)." for name in names)


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
