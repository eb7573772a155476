"""Recipes that talk: who the persona is, what it knows, what it may not do, and its tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from duli.kb import page
from duli.recipe import questions
from duli.recipe.labels import Labels
from duli.recipe.questions import Entry
from duli.recipe.tomlfile import TomlFile

KEYS = ("names", "persona", "knowledge", "phrases", "sure", "outside", "deny", "generator", "say")
TOOL_KEYS = ("name", "recipe", "intent")
LANGUAGES = ("en", "zh")
INPUTS: dict[str, int] = {}
GUEST = "Guest"
"""Who talks, where nobody said."""

_SAID = {
    "en": {
        "yes": "Yes.",
        "no": "That is not so.",
        "why": "This is why.",
        "known": "You told me already.",
        "noted": "I will remember this.",
        "against": "That cannot be, for I know this.",
        "unknown": "I do not know this: {sentence}",
        "unread": "I do not know what to say to this.",
        "tool": "{tool} says: {sentence}",
        "keep": "I keep only what you tell me about yourself.",
    },
    "zh": {
        "yes": "是的。",
        "no": "不是。",
        "why": "原因如下。",
        "known": "您已经告诉过我了。",
        "noted": "我会记住。",
        "against": "这不可能，因为我知道下面这些。",
        "unknown": "这个我不知道：{sentence}",
        "unread": "这句话我不知道怎么回答。",
        "tool": "{tool} 说：{sentence}",
        "keep": "我只记您讲的关于您自己的事。",
    },
}


@dataclass(frozen=True)
class Tool:
    """Another recipe that is asked: what it is called, and the intent that calls it."""

    name: str
    recipe: str
    intent: str


@dataclass(frozen=True)
class Converse:
    """The table ``[converse]`` and the ``[[tool]]`` tables.

    Args:
        entries: what people say, and how it is answered.
        names: what the persona is called, by language.
        persona: sentences about it, by language: the grammar of ``duli.language`` reads them.
        knowledge: what else it knows, the same way.
        phrases: sentences of answers that claim nothing.
        sure: the probability from which an intent counts.
        outside: how many messages are about none of them, as a share, before they are read.
        deny: the predicate (text, name of an answer) of what must not be done.
        generator: what makes answers fluent, as of ``lm.generator``; None for none.
        say: sentences of its own, by language and occasion.
        tools: other recipes.
        files: that persona and knowledge were read from, seen from the recipe.
    """

    entries: tuple[Entry, ...]
    names: Mapping[str, str]
    persona: Mapping[str, str]
    knowledge: Mapping[str, str]
    phrases: tuple[str, ...]
    sure: float
    outside: float
    deny: str
    generator: Mapping[str, Any] | None
    say: Mapping[str, Mapping[str, str]]
    tools: tuple[Tool, ...]
    files: tuple[str, ...] = ()


def read(file: TomlFile, tables: tuple[Labels, ...]) -> Converse | None:
    """What ``[converse]`` says; None where there is no such table.

    Raises:
        RecipeError: with the line: something is unknown, missing, or of the wrong kind.
        DataError: a file breaks its format.
    """
    if "converse" not in file.tables:
        if "tool" in file.tables:
            raise file.error("[[tool]] is for recipes with [converse]", "tool")
        return None
    table = file.table("converse")
    file.check_known(table, KEYS, "key of [converse]")
    folder = file.path.parent
    asked = [labels for labels in tables if labels.file and questions.holds(folder / labels.file)]
    if len(asked) != 1:
        raise file.error(
            "[converse] needs what people say", "converse", hint='[[classify]] labels_file = "talk.md"'
        )
    names = table.get("names")
    if not isinstance(names, dict) or set(names) != set(LANGUAGES) or not all(map(_is_text, names.values())):
        hint = 'names = { en = "Duli", zh = "独立" }'
        raise file.error("the persona needs a name in each language", "names", hint=hint)
    generator = table.get("generator")
    if generator is not None and not (isinstance(generator, dict) and _is_text(generator.get("name"))):
        raise file.error(
            "generator needs a name", "generator", hint='generator = { name = "gguf", folder = "model" }'
        )
    entries = tuple(questions.read(folder / asked[0].file))
    return Converse(
        entries,
        names,
        _sentences(file, table, "persona"),
        _sentences(file, table, "knowledge"),
        tuple(file.texts(table.get("phrases", []), "phrases")),
        file.share(table, "sure", 0.5),
        file.share(table, "outside", 0.2),
        str(table.get("deny", "deny")),
        generator,
        file.sayings(table, "converse", _SAID),
        _tools(file, {entry.intent for entry in entries}),
        tuple(name for key in ("persona", "knowledge") for name in file.texts(table.get(key, []), key)),
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _sentences(file: TomlFile, table: Mapping[str, Any], key: str) -> dict[str, str]:
    """The paragraphs of the files that a key names, by language."""
    found: dict[str, list[str]] = {name: [] for name in LANGUAGES}
    for name in file.texts(table.get(key, []), key):
        if not (file.path.parent / name).is_file():
            raise file.error(f"the file {name} is not there", key)
        for block in page.blocks(file.path.parent / name):
            if not block.heading:
                found[questions.language(block.text)].append(block.text)
    return {name: " ".join(texts) for name, texts in found.items()}


def _tools(file: TomlFile, intents: set[str]) -> tuple[Tool, ...]:
    tables = file.tables.get("tool", [])
    if not isinstance(tables, list):
        raise file.error("[tool] must be [[tool]]: there may be several", "tool")
    found = []
    for number, table in enumerate(tables):
        file.check_known(table, TOOL_KEYS, "key of [[tool]]")
        for key in TOOL_KEYS:
            if not _is_text(table.get(key)):
                raise file.error(f'[[tool]] needs {key} = "a text"', "tool", key, nth=number)
        if table["intent"] not in intents:
            raise file.error(f"nobody asks for {table['intent']!r}", "tool", "intent", nth=number)
        found.append(Tool(table["name"], table["recipe"], table["intent"]))
    return tuple(found)
