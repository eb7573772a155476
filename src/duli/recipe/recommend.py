"""Recipes that recommend: where items and histories stand, what is read of an item, which facts rules get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duli.recipe.labels import PREDICATE
from duli.recipe.tomlfile import TomlFile

KEYS = ("items", "taken", "text", "facts", "numbers", "follow", "diversity", "again")
INPUTS = {"chance": 2, "taken": 1, "returned": 1, "user": 1}
"""What the rules are told: chance(Item, P), taken(Item), returned(Item), user(Name)."""
BECAUSE = "because"
"""The predicate (item, words) by which rules may say why."""


@dataclass(frozen=True)
class Recommend:
    """The table ``[recommend]``.

    Args:
        items: the file of items, seen from the recipe; its ending may be another.
        taken: the file of who took what.
        text: the columns of an item that are read as text.
        facts: by predicate (item, value), the column that fills it.
        numbers: columns of numbers that learned weights combine.
        follow: of the facts those whose values tie items together: what shares one with something taken is always
            looked at by the rules.
        diversity: how much it counts that recommended items differ, from 0, not at all.
        again: whether what was taken may be recommended again.
    """

    items: str = "items.jsonl"
    taken: str = "taken.jsonl"
    text: tuple[str, ...] = ("title", "genres", "description")
    facts: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    follow: tuple[str, ...] = ()
    diversity: float = 0.0
    again: bool = False

    @property
    def inputs(self) -> dict[str, int]:
        """The predicates that a question fills, with arity."""
        return {**INPUTS, **dict.fromkeys(self.facts, 2)}


def read(file: TomlFile) -> Recommend | None:
    """What ``[recommend]`` says; None where there is no such table.

    Raises:
        RecipeError: with the line: something is unknown or of the wrong kind.
    """
    if "recommend" not in file.tables:
        return None
    table = file.table("recommend")
    file.check_known(table, KEYS, "key of [recommend]")
    facts = table.get("facts", {})
    if not isinstance(facts, dict) or not all(isinstance(column, str) for column in facts.values()):
        raise file.error(
            "facts must be a table of columns", "recommend", "facts", hint='facts = { genre = "genres" }'
        )
    for name in facts:
        if not PREDICATE.match(name) or name in INPUTS:
            raise file.error(f"{name!r} cannot be a predicate of facts", "recommend", "facts")
    made = Recommend(
        items=_text(file, table, "items", Recommend.items),
        taken=_text(file, table, "taken", Recommend.taken),
        text=_texts(file, table, "text", Recommend.text),
        facts=facts,
        numbers=_texts(file, table, "numbers", ()),
        follow=_texts(file, table, "follow", ()),
        diversity=_amount(file, table),
        again=_switch(file, table),
    )
    for name in made.follow:
        if name not in facts:
            raise file.error(f"follow names {name!r}, which is none of the facts", "recommend", "follow")
    return made


def _text(file: TomlFile, table: Mapping[str, Any], key: str, default: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise file.error(f'{key} must be "a file"', "recommend", key)
    return value


def _texts(file: TomlFile, table: Mapping[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = table.get(key, list(default))
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise file.error(f"{key} must be a list of names", "recommend", key, hint=f'{key} = ["title"]')
    return tuple(value)


def _amount(file: TomlFile, table: Mapping[str, Any]) -> float:
    value = table.get("diversity", 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise file.error("diversity must be a number from 0 to 100", "recommend", "diversity")
    return float(value)


def _switch(file: TomlFile, table: Mapping[str, Any]) -> bool:
    value = table.get("again", False)
    if not isinstance(value, bool):
        raise file.error("again must be true or false", "recommend", "again")
    return value
