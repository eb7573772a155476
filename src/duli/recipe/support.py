"""Recipes of customer service: what is answered, what is searched, what a dialogue remembers of what it was told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from duli.errors import RecipeError
from duli.kb import page
from duli.recipe import questions
from duli.recipe.labels import Labels
from duli.recipe.questions import Entry
from duli.recipe.tomlfile import TomlFile

KEYS = (
    "documents",
    "corrections",
    "sure",
    "tie",
    "found",
    "outside",
    "reply",
    "need",
    "fill",
    "person",
    "say",
)
SLOT_KEYS = ("name", "kind", "patterns", "names", "words", "full", "ask")
INPUTS = {"said": 2, "today": 1, "tried": 1, "turn": 1, "language": 1}
"""What a dialogue tells the rules: said(Slot, Value), today(Date), tried(Intent), turn(Number), language(en)."""
FIELDS = {"text": ("value",), "date": ("year", "month", "day", "ago")}
"""What a pattern of each kind may hold in braces."""

_BRACES = re.compile(r"\{([^{}]*)\}")
_SHARES = {"sure": 0.5, "tie": 0.7, "found": 0.4, "outside": 0.2}
_PREDICATES = ("reply", "need", "fill", "person")
_SAID = {
    "en": {
        "choose": "Do you mean one of these?",
        "found": "This is what our documents say:",
        "person": "I am not sure, so I pass this on to a colleague.",
        "ask": "Please tell me: {slot}.",
        "neither": "None of these",
    },
    "zh": {
        "choose": "您问的是下面哪一个？",
        "found": "我们的文档是这样说的：",
        "person": "这个我没有把握，为您转给同事。",
        "ask": "请告诉我：{slot}。",
        "neither": "都不是",
    },
}


@dataclass(frozen=True)
class Slot:
    """Something that customers tell: an order number, a product, a date.

    Args:
        name: of the slot, in templates and in said(Slot, Value).
        kind: ``text`` or ``date``.
        patterns: how it is written: ``#`` a digit, ``@`` a letter, ``#+`` and ``@+`` one or more, ``{…}`` around what
            counts where that is not all; of a date ``{year}``, ``{month}``, ``{day}``, ``{ago}`` (days).
        names: a predicate of the knowledge, value first and name last, whose names are looked for.
        words: of a date, words for numbers: ``may = 5``, ``yesterday = 1``.
        full: how a value is written in full, where ``{}`` is what was written: ``SO-{}``; empty where it always is.
        ask: how it is asked for, by language.
    """

    name: str
    kind: str = "text"
    patterns: tuple[str, ...] = ()
    names: str = ""
    full: str = ""
    words: Mapping[str, int] = field(default_factory=dict)
    ask: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Support:
    """The tables ``[support]`` and ``[[slot]]``, with the answers of the questions' file.

    Args:
        entries: questions and answers.
        documents: files that are searched, seen from the recipe.
        corrections: the file of corrections, seen from the recipe.
        sure: the probability from which a template is given.
        tie: from which ratio of the second to the first two intents tie.
        found: the score from which a sentence of a document answers (``dialogue.passages``).
        outside: how many of the messages are about nothing that is known, as a share, before they are read.
        predicates: what the rules call what is replied, needed, filled in, and given to a person.
        say: sentences of its own, by language and occasion.
        slots: what is remembered.
    """

    entries: tuple[Entry, ...]
    documents: tuple[str, ...] = ()
    corrections: str = "corrections.jsonl"
    sure: float = 0.5
    tie: float = 0.7
    found: float = 0.4
    outside: float = 0.2
    predicates: Mapping[str, str] = field(default_factory=lambda: {name: name for name in _PREDICATES})
    say: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _SAID)
    slots: tuple[Slot, ...] = ()

    @cached_property
    def answers(self) -> dict[str, dict[str, str]]:
        """The template of each intent, by language."""
        found: dict[str, dict[str, str]] = {}
        for entry in self.entries:
            if entry.answer:
                found.setdefault(entry.intent, {}).setdefault(entry.language, entry.answer)
        return found

    def question(self, intent: str, language: str) -> str:
        """An intent as a customer asks it, in the language if there is such a question."""
        asked = [entry.question for entry in self.entries if entry.intent == intent and entry.question]
        return next((text for text in asked if questions.language(text) == language), (asked or [intent])[0])


def read(file: TomlFile, tables: tuple[Labels, ...]) -> Support | None:
    """What ``[support]`` says; None where there is no such table.

    Raises:
        RecipeError: with the line: something is unknown, missing, or of the wrong kind.
        DataError: the questions and answers break their format.
    """
    if "support" not in file.tables:
        if "slot" in file.tables:
            raise file.error("[[slot]] is for recipes with [support]", "slot")
        return None
    table = file.table("support")
    file.check_known(table, KEYS, "key of [support]")
    asked = [labels for labels in tables if labels.file and questions.holds(file.path.parent / labels.file)]
    if len(asked) != 1:
        raise file.error(
            "[support] needs questions and answers",
            "support",
            hint='[[classify]] labels_file = "questions.md"',
        )
    shares = {key: file.share(table, key, default) for key, default in _SHARES.items()}
    made = Support(
        entries=tuple(questions.read(file.path.parent / asked[0].file)),
        documents=tuple(_documents(file, table)),
        corrections=_text(file, table, "corrections", "corrections.jsonl"),
        predicates={name: _text(file, table, name, name) for name in _PREDICATES},
        say=file.sayings(table, "support", _SAID),
        slots=_slots(file),
        **shares,
    )
    _check_templates(file, made)
    return made


def parts(pattern: str) -> list[tuple[bool, str]]:
    """A pattern's pieces in order: whether each stood in braces, and what it says.

    >>> parts("order {#+}")
    [(False, 'order '), (True, '#+')]
    """
    found, start = [], 0
    for match in _BRACES.finditer(pattern):
        found += [(False, pattern[start : match.start()]), (True, match[1])]
        start = match.end()
    return [(braced, text) for braced, text in (*found, (False, pattern[start:])) if text]


def _documents(file: TomlFile, table: Mapping[str, Any]) -> list[str]:
    """The files of all pages that are searched; of a folder those in it, also in folders of it."""
    found = []
    for name in file.texts(table.get("documents", []), "documents"):
        path = file.path.parent / name
        if not path.exists():
            raise file.error(f"the documents {name} are not there", "documents")
        inside = (
            sorted(p for p in path.rglob("*") if p.suffix.lower() in page.FORMATS)
            if path.is_dir()
            else [path]
        )
        found += [str(p.relative_to(file.path.parent)) for p in inside]
    return found


def _slots(file: TomlFile) -> tuple[Slot, ...]:
    tables = file.tables.get("slot", [])
    if not isinstance(tables, list):
        raise file.error("[slot] must be [[slot]]: there may be several", "slot")
    found: dict[str, Slot] = {}
    for number, table in enumerate(tables):

        def error(message: str, key: str, hint: str | None = None, *, n: int = number) -> RecipeError:
            return file.error(message, "slot", key, nth=n, hint=hint)

        file.check_known(table, SLOT_KEYS, "key of [[slot]]")
        name, kind = table.get("name"), table.get("kind", "text")
        if not isinstance(name, str) or not re.fullmatch(r"[a-z]\w*", name) or name in found:
            raise error('[[slot]] needs a name of its own: name = "order"', "name")
        if kind not in FIELDS:
            raise error(f"a slot is of the kind {' or '.join(FIELDS)}", "kind")
        patterns = tuple(file.texts(table.get("patterns", []), "patterns"))
        if not (patterns or table.get("names")):
            raise error(f"nothing says how {name} is written", "name", 'patterns = ["SO-#####"]')
        for pattern in patterns:
            _check_pattern(pattern, kind, error)
        words = table.get("words", {})
        if not isinstance(words, dict) or not all(isinstance(n, int) for n in words.values()):
            raise error("words must be a table of numbers", "words", "words = { may = 5 }")
        ask = table.get("ask", {})
        if not isinstance(ask, dict) or not all(isinstance(t, str) and t.strip() for t in ask.values()):
            raise error("ask must be a question in each language", "ask", 'ask = { en = "Which order?" }')
        full = table.get("full", "")
        if not isinstance(full, str) or (full and not full.endswith("{}")):
            raise error("full ends with {}", "full", 'full = "SO-{}"')
        found[name] = Slot(name, kind, patterns, str(table.get("names", "")), full, words, ask)
    return tuple(found.values())


def _check_pattern(pattern: str, kind: str, error: Any) -> None:
    braced = [text for inside, text in parts(pattern) if inside]
    fields = FIELDS[kind]
    if kind == "date" and (not braced or not set(braced) <= set(fields) or len(set(braced)) < len(braced)):
        raise error(f"a date is written with {', '.join('{' + f + '}' for f in fields)}", "patterns")
    if kind == "text" and (len(braced) > 1 or not re.search("[#@]", pattern)):
        raise error(
            f"the pattern {pattern!r} needs # (digit) or @ (letter), and braces once at most", "patterns"
        )


def _check_templates(file: TomlFile, made: Support) -> None:
    """Each slot of a template is one that is declared, or one that the rules fill."""
    path = file.path.parent / str(file.table("recipe").get("rules", "rules.dl"))
    rules = path.read_text("utf-8") if path.is_file() else ""
    filled = set(re.findall(rf"\b{re.escape(made.predicates['fill'])}\(\s*'?(\w+)", rules))
    known = {slot.name for slot in made.slots} | filled
    for entry in made.entries:
        for name in _BRACES.findall(entry.answer):
            if name not in known:
                raise RecipeError(
                    f"nothing fills the slot {{{name}}} of the answer {entry.intent!r}",
                    where=entry.place,
                    hint=f"write [[slot]] name = {name!r}, or a rule {made.predicates['fill']}({name}, Value)",
                )


def _text(file: TomlFile, table: Mapping[str, Any], key: str, default: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise file.error(f'{key} must be "a text"', key)
    return value
