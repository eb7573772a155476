"""Recipes about cases whose facts are given: what their predicates say, by name of argument and in each language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duli.recipe import forms
from duli.recipe.forms import Forms
from duli.recipe.tomlfile import TomlFile
from duli.types import Value

LANGUAGES = ("en", "zh")
_NOT = {"en": "nothing shows that {}", "zh": "没有什么表明{}"}
_ANY = {"en": "any", "zh": "任何"}
_OPEN = ("0001-01-01", "9999-12-31")
MONEY = frozenset(("amount", "income", "tax", "wages", "reduced", "reduction"))
THINGS = frozenset(
    ("year", "day", "from", "to", "percent", "home", "service", "payment", "marriage", "deduction", "plan")
)
"""What arguments are called that are no amount and nobody."""
_SLOT = re.compile(r"\{(\w+)\}")
_SECTION = re.compile(r"s(\d+)((?:_[A-Za-z0-9]+)*)\Z")


@dataclass(frozen=True)
class Said:
    """One predicate.

    Args:
        name: of the predicate.
        arguments: what its arguments are called, in order.
        sentences: by language, with ``{argument}`` where a value goes.
    """

    name: str
    arguments: tuple[str, ...]
    sentences: Mapping[str, str]

    def people(self, values: Sequence[Value]) -> list[Value]:
        """Those among the values of a row that are somebody."""
        return [v for name, v in zip(self.arguments, values, strict=True) if name not in MONEY | THINGS]

    def sentence(self, values: Sequence[Value], language: str = "en") -> str:
        """The sentence of a row.

        >>> said = Said("s63", ("taxpayer", "year", "amount"), {"en": "{taxpayer} has {amount} in {year}"})
        >>> said.sentence(("alice", 2017, 9560.5))
        'alice has $9,560.50 in 2017'
        """
        shown = dict(zip(self.arguments, values, strict=True))
        return _SLOT.sub(lambda m: _shown(m[1], shown[m[1]], language), self.sentences[language])


def section(predicate: str) -> str:
    """The section that a predicate is named after, as it is cited; empty where it is none.

    >>> section("s152_c_1_B"), section("s7703"), section("spouses")
    ('§152(c)(1)(B)', '§7703', '')
    """
    match = _SECTION.match(predicate)
    parts = [part for part in match[2].split("_")[1:] if part != "applies"] if match else []
    return f"§{match[1]}" + "".join(f"({part})" for part in parts) if match else ""


@dataclass(frozen=True)
class Cases:
    """What a recipe knows of its cases: what follows, what a case states, and forms of sentences."""

    conclusions: Mapping[str, Said]
    facts: Mapping[str, Said]
    forms: Forms = field(default_factory=Forms)

    @property
    def inputs(self) -> dict[str, int]:
        """What a case may state, with arity: facts, and conclusions that are not worked out."""
        return {said.name: len(said.arguments) for said in (*self.facts.values(), *self.conclusions.values())}

    def say(self, predicate: str, values: tuple[Value, ...], language: str = "en") -> tuple[str, str] | None:
        """A row as a sentence, with the section that it is of, if any; None for an inner predicate.

        ``\\+p`` is the absence of p, which is told of conclusions alone.
        """
        absent = predicate.startswith("\\+")
        said = self.conclusions.get(predicate.removeprefix("\\+")) or (
            None if absent else self.facts.get(predicate)
        )
        if said is None or not said.sentences[language]:
            return None
        sentence = said.sentence(values, language)
        return (_NOT[language].format(sentence) if absent else sentence), section(said.name)


def read(file: TomlFile) -> Cases | None:
    """The sentences and forms that ``[case]`` of a recipe names; None where there is no such table.

    Raises:
        RecipeError: the file is not there, or a sentence is not as it should be.
    """
    if "case" not in file.tables:
        return None
    sentences = _named(file, "sentences")
    sentences.check_known(sentences.tables, ("conclusions", "facts"), "table")
    said = _table(sentences, "conclusions"), _table(sentences, "facts")
    return Cases(*said, forms.read(_named(file, "forms")) if "forms" in file.table("case") else Forms())


def _named(file: TomlFile, key: str) -> TomlFile:
    """The file that a key of ``[case]`` names."""
    named = file.table("case").get(key)
    if not isinstance(named, str) or not (path := file.path.parent / named).is_file():
        raise file.error(f'[case] needs {key} = "a file" that is there', "case", key)
    return TomlFile(path)


def _table(file: TomlFile, table: str) -> dict[str, Said]:
    found = {}
    for name, given in file.table(table).items():
        if not (isinstance(given, list) and len(given) == 1 + len(LANGUAGES)):
            raise file.error(f"{name} needs its arguments and a sentence in {' and '.join(LANGUAGES)}", name)
        arguments = tuple(given[0].split())
        for text in given[1:]:
            if missing := set(_SLOT.findall(text)) - set(arguments):
                raise file.error(f"{name} has no argument {missing.pop()}", name)
        found[name] = Said(name, arguments, dict(zip(LANGUAGES, given[1:], strict=True)))
    return found


def _shown(argument: str, value: Value, language: str) -> str:
    if value in ("_", *_OPEN):
        return _ANY[language] if value == "_" else "…"
    if argument in MONEY:
        amount = float(value)
        return f"${amount:,.0f}" if amount.is_integer() else f"${amount:,.2f}"
    return f"{value}%" if argument == "percent" else str(value)
