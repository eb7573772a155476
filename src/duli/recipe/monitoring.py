"""The ``[monitor]`` table of a recipe: what is watched in a stream of texts, and when an alert is due."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from duli.recipe.labels import Labels
from duli.recipe.tomlfile import TomlFile

MENTION, BETWEEN = "mention", "between"
"""The predicates that reading fills: (text, piece, company, name, share) and (text, company, company, word)."""
INPUTS = {MENTION: 5, BETWEEN: 4}

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])\Z")
_NAMES = {"names": "called", "common": "", "labels": "", "toward": "toward", "topic": "topic", "mood": "mood"}
_WORDS = {"good": "positive", "bad": "negative"}
_SPANS = {"window": "1h", "lateness": "10m", "memory": "14d"}
_NUMBERS = {"false_alarms": (0.1, 1e-6, 1e4), "least": (3, 1, 1e6)}
KEYS = (*_NAMES, *_WORDS, *_SPANS, *_NUMBERS)


@dataclass(frozen=True)
class Watch:
    """What is watched.

    Args:
        names: the predicate (company, name): what texts call companies.
        common: the predicate (name): names that are also words, which count as written with a capital only; or empty.
        labels: the predicate (company, label) that puts companies in words; or empty.
        toward: the predicate (text, company, mood) that the rules derive.
        topic, mood: the ``[[classify]]`` tables of topics and of moods.
        good, bad: the moods that count 1 and -1; others count 0.
        window: seconds over which texts are counted together.
        lateness: seconds by which a text may be older than the newest one and still count as news.
        memory: seconds after which what is usual is half forgotten.
        false_alarms: how many a day are accepted, over all companies.
        least: bad texts that a surge has at least.
    """

    names: str
    common: str
    labels: str
    toward: str
    topic: str
    mood: str
    good: str
    bad: str
    window: float
    lateness: float
    memory: float
    false_alarms: float
    least: float


def seconds(text: str) -> float | None:
    """A span of time in seconds; None where it is none.

    >>> seconds("90s"), seconds("1.5h"), seconds("soon")
    (90.0, 5400.0, None)
    """
    found = _SPAN.match(text)
    return float(found[1]) * _SECONDS[found[2]] if found else None


def read(file: TomlFile, tables: Sequence[Labels]) -> Watch | None:
    """The ``[monitor]`` table; None where there is none.

    Args:
        file: of the recipe.
        tables: its tables of labels.

    Raises:
        RecipeError: with the line: a key is not known, or not of the right kind, or names what is not there.
    """
    if "monitor" not in file.tables:
        return None
    table = file.table("monitor")
    file.check_known(table, KEYS, "key of [monitor]")
    texts: dict[str, str] = {}
    for key, usual in {**_NAMES, **_WORDS, **_SPANS}.items():
        texts[key] = table.get(key, usual)
        if not isinstance(texts[key], str):
            raise file.error(f'[monitor] needs {key} = "a text"', "monitor", key)
    spans: dict[str, float] = {}
    for key in _SPANS:
        span = seconds(texts[key])
        if not span and (key != "lateness" or span is None):
            raise file.error(f"{key} must be a span of time", "monitor", key, hint=f'{key} = "{_SPANS[key]}"')
        spans[key] = span
    numbers: dict[str, float] = {}
    for key, (usual_number, least, most) in _NUMBERS.items():
        value = table.get(key, usual_number)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise file.error(f"{key} must be a number from {least:g} to {most:g}", "monitor", key)
        numbers[key] = float(value)
    if spans["memory"] < spans["window"]:
        raise file.error("memory must not be shorter than the window", "monitor", "memory")
    labels = {table.predicate: table.names for table in tables if table.kind == "classify"}
    for key in ("topic", "mood"):
        if texts[key] not in labels:
            raise file.error(f"there is no [[classify]] of {texts[key]!r}", "monitor", hint="write one")
    for key in _WORDS:
        if texts[key] not in labels[texts["mood"]]:
            raise file.error(f"{texts[key]!r} is no label of {texts['mood']}", "monitor", key)
    named = {key: texts[key] for key in (*_NAMES, *_WORDS)}
    given: dict[str, Any] = {**named, **spans, **numbers}
    return Watch(**given)
