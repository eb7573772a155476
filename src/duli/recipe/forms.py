"""Sentence forms: what a sentence of a case says, for the forms that a recipe lists. What has no form is not read.

A form is a sentence with slots: ``{a}`` to ``{f}`` a name, ``{day}`` a date, ``{from}`` and ``{to}`` a date or a year,
``{year}``, ``{amount}``, ``{percent}``; a second one is ``{amount2}``. ``<x|y>`` is either, ``[x]`` may be left out.
What it says is a piece of a program with the same slots, ``{n}`` a new number, and ``{from_year}`` the year of a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property

from duli.errors import InputError, RecipeError
from duli.recipe.tomlfile import TomlFile

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAY = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{4}-\d\d-\d\d|\d{4}年\d{1,2}月\d{1,2}日"
)
_YEAR = r"\d{4}年?"
_NAME = r"[A-Z][A-Za-z]+|[\u4e00-\u9fff]{1,4}?"
_SLOTS = {
    **dict.fromkeys("abcdef", _NAME),
    "day": _DAY,
    "from": f"{_DAY}|{_YEAR}",
    "to": f"{_DAY}|{_YEAR}",
    "year": r"\d{4}",
    "amount": r"\$?\d[\d,]*(?:\.\d+)?",
    "percent": r"\d+",
}
_SLOT = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(?<=[.。?？])\s*(?=[A-Z\u4e00-\u9fff\d])(?<!St\. )")
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Form:
    """One form: its sentence, and what it says."""

    sentence: str
    says: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The sentences that have this form."""
        text = re.escape(self.sentence)
        text = re.sub(r"<(.*?)>", r"(?:\1)", text).replace(r"\|", "|")
        text = text.replace(r"\[", "(?:").replace(r"\]", ")?").replace(r"\ ", " ")
        seen: set[str] = set()

        def slot(match: re.Match[str]) -> str:
            name = match[1]
            if name in seen:
                return f"(?P={name})"
            seen.add(name)
            return f"(?P<{name}>{_SLOTS[_kind(name)]})"

        return re.compile(re.sub(r"\\\{(\w+)\\\}", slot, text))

    def read(self, sentence: str, number: int) -> str | None:
        """What a sentence says, or None where it has another form, or a date that is none."""
        match = self.pattern.fullmatch(sentence)
        if match is None:
            return None
        try:
            values = {"n": str(number), **dict(_values(match.groupdict()))}
        except ValueError:
            return None
        return _SLOT.sub(lambda m: values[m[1]], self.says)


@dataclass(frozen=True)
class Forms:
    """The forms of a recipe, for the sentences of a case and for questions."""

    case: tuple[Form, ...] = ()
    questions: tuple[Form, ...] = ()

    def read(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The program that a text says, each sentence as a comment over it, and the sentences that have no form."""
        said, left = [], []
        for number, sentence in enumerate(filter(None, map(str.strip, _SENTENCE.split(text))), 1):
            found = next((x for form in self.case if (x := form.read(sentence, number)) is not None), None)
            if found is None:
                left.append(sentence)
            else:
                said.append(f"% {sentence}\n{found}")
        return "\n".join(said) + "\n", tuple(left)

    def program(self, text: str, where: str) -> str:
        """The program that a text says; InputError, with the nearest form, where a sentence has none."""
        program, left = self.read(text)
        if left:
            near = get_close_matches(left[0], [form.sentence for form in self.case], 1, 0.3)
            hint = f"the nearest form: {near[0]}" if near else "write the case as facts"
            raise InputError(f"this sentence is not read: {left[0]}", where=where, hint=hint)
        return program

    def question(self, text: str) -> str:
        """The atom that a question asks; a question without a form is taken as an atom."""
        return next((x for form in self.questions if (x := form.read(text.strip(), 1)) is not None), text)


def read(file: TomlFile) -> Forms:
    """The forms of a file with the tables ``case`` and ``questions``; RecipeError where one has an unknown slot."""
    file.check_known(file.tables, ("case", "questions"), "table")
    return Forms(tuple(_forms(file, "case")), tuple(_forms(file, "questions")))


def _forms(file: TomlFile, table: str) -> Iterator[Form]:
    for sentence, says in file.table(table).items():
        known = set(_SLOT.findall(sentence))
        if wrong := {name for name in known if _kind(name) not in _SLOTS}:
            raise RecipeError(f"{{{wrong.pop()}}} is no slot: {sentence}", where=str(file.path))
        known |= {"n", *(f"{name}_year" for name in known)}
        if wrong := set(_SLOT.findall(says)) - known:
            raise RecipeError(f"the form has no {{{wrong.pop()}}}: {sentence}", where=str(file.path))
        yield Form(sentence, says)


def _values(slots: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    for name, text in slots.items():
        if text is None:
            continue
        if (kind := _kind(name)) in ("day", "from", "to"):
            day = _day(text, last=kind == "to")
            yield name, day.isoformat()
            yield f"{name}_year", str(day.year)
        else:
            yield name, text.strip("$").replace(",", "") if kind == "amount" else text


def _kind(name: str) -> str:
    """What a slot is: ``amount`` of ``amount2``."""
    return name.rstrip("0123456789")


def _day(text: str, *, last: bool) -> date:
    """The date of a text; of a year its first day, or its last."""
    numbers = [int(number) for number in _NUMBERS.findall(text)]
    if len(numbers) == 1:
        return date(numbers[0], 12, 31) if last else date(numbers[0], 1, 1)
    if text[0].isalpha():
        return date(numbers[1], _MONTHS.index(text[:3].lower()) + 1, numbers[0])
    return date(*numbers)
