"""The sara set: cases of United States tax law, each with its facts and its question as clauses of Prolog.

A case's facts are run as a program together with ``sara.dl`` of the recipe, which says what they mean in the words of
its rules. What a case concludes beforehand, ``s63(alice, 2017, 9560).``, becomes a fact of that conclusion (``slots``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from duli import logic
from duli.errors import DataError, DuliError, InputError, Place
from duli.evaluate import slots
from duli.evaluate.slots import Slots
from duli.kb.table import lines
from duli.reason.cases import Judge
from duli.recipe.cases import Cases
from duli.types import Value

Row = tuple[Value, ...]
Facts = dict[str, list[Row]]

_ATOM = re.compile(r"(?:\\\+\s*\(?\s*)?(\w+)\(")
_TOKEN = re.compile(r'"[^"]*"|\'[^\']*\'|\[[^\]]*\]|[^,()\s]+|[,()]')
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_COMMENT = re.compile(r'("[^"]*"|\'[^\']*\')|%[^\n]*')
_CONCLUSION = re.compile(r"^(s\d\w*)(\(.*?\))(?=\s*(:-|\.|$))", re.MULTILINE)
_CHOICE = re.compile(r"\(\(\((.+?)\)->\((.+?)\)\);(.+?\))\)")
_MEMBER = re.compile(r"\bmember\((\w+),\s*\[([^\]]*)\]\)")
_EVENTS = {"s3306_c": {"service": 0}, "s3306_b": {"payment": 1, "service": 2}}
_GOVERNMENTS = (
    (
        "us_government",
        re.compile(
            r"\b(united states|u\.?s\.?a?\.?|federal)\b.*(government|department|agency|bureau)|"
            r"government of the (united states|u\.?s)|internal revenue service"
        ),
    ),
    ("state", re.compile(r"\b(state|city|county|town) of\b|\b(state|city|county) government\b")),
    ("foreign_government", re.compile(r"\bgovernment\b")),
)


@dataclass(frozen=True)
class Case:
    """A case.

    Args:
        id: of the case.
        text: the case in sentences.
        question: the question as a sentence.
        predicate, arguments: the question as an atom.
        amount: the answer where an amount is asked for; None where the question is whether the atom holds.
        holds: whether it does.
        clauses: the facts.
        place: where it stands.
    """

    id: str
    text: str
    question: str
    predicate: str
    arguments: Slots
    amount: float | None
    holds: bool
    clauses: str
    place: Place


def read(folder: Path) -> tuple[Case, ...]:
    """The cases of ``dev.jsonl`` of a folder, or of one file.

    Raises:
        InputError: there is no such file.
        DataError: with file and line, where a line is no case.
    """
    path = folder / "dev.jsonl" if folder.is_dir() else folder
    if not path.is_file():
        raise InputError(
            "there are no cases", where=str(path), hint="give a folder with dev.jsonl, or a file"
        )
    return tuple(_case(line, Place(str(path), n)) for n, line in enumerate(lines(path), 1) if line.strip())


def _case(line: str, place: Place) -> Case:
    try:
        row = json.loads(line)
        goal, label = " ".join(row["goal"]), str(row["label"])
        amount = float(label[1:].replace(",", "")) if label.startswith("$") else None
        found = _ATOM.search(goal)
        if found is None or (amount is None and label not in ("entailment", "contradiction")):
            raise ValueError(f"{goal!r} is no question, or {label!r} no answer")
        arguments = _arguments(goal[found.end() - 1 :])
        if amount is not None:
            arguments = (*arguments[:-1], None)
        return Case(
            row["id"],
            row["text"],
            row["question"],
            found[1],
            arguments,
            amount,
            label == "entailment",
            "\n".join(row["facts"]),
            place,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"this is not a case of the sara set: {error}", where=place) from error


def _arguments(text: str) -> Slots:
    """The arguments of an atom, whose bracket comes first."""
    found: list[Value | None] = []
    for word in _TOKEN.findall(text)[1:]:
        if word == ")":
            break
        if word != ",":
            found.append(_value(_member(word)))
    return tuple(found)


def _member(word: str) -> str:
    """The first member of a list; else the word."""
    return word.strip("[]").split(",")[0].strip() if word.startswith("[") else word


def _value(word: str) -> Value | None:
    if word[0] in "\"'":
        return word[1:-1]
    if re.fullmatch(r"-?\d+(\.\d+)?", word):
        return float(word) if "." in word else int(word)
    return None if word[0] == "_" or word[0].isupper() else word


def program(clauses: str) -> str:
    """A case's clauses in duli's language.

    Comments go, a last dot comes; ``(C -> A ; B)`` is written as two cases; ``nonvar(D)`` stands for the days that are
    looked at; lists become facts; what a conclusion leaves open is ``slots.ANYBODY``.
    """
    text = _COMMENT.sub(lambda m: m[1] or "", clauses).rstrip()
    text = text if text.endswith(".") else f"{text}."
    text = re.sub(r"\)\n(?=[a-z]\w*\()", ").\n", text)
    text = _CHOICE.sub(r"((\1, \2) ; (\\+ (\1), \3))", text)
    text = re.sub(r"\bnonvar\((\w+)\)", r"asked_day(\1)", text)
    text = re.sub(r"\bvar\(\w+\)", "fail", text)
    text = _CONCLUSION.sub(lambda m: m[1] + _closed(m[2], fact=m[3] != ":-"), text)
    lists = dict.fromkeys(m[2] for m in _MEMBER.finditer(text))
    numbers = {members: number for number, members in enumerate(lists)}
    text = _MEMBER.sub(lambda m: f"among_{numbers[m[2]]}({m[1]})", text)
    return text + "".join(
        f"\namong_{n}({word})." for members, n in numbers.items() for word in _elements(members)
    )


def _elements(members: str) -> list[str]:
    return [word for word in _TOKEN.findall(members) if word != ","]


def _closed(arguments: str, *, fact: bool) -> str:
    """The arguments of a conclusion; what it leaves open, in a fact every variable, is ``slots.ANYBODY``."""
    words = [_member(word) for word in _TOKEN.findall(arguments)]
    return "".join(
        slots.ANYBODY if word == "_" or (fact and re.match(r"[A-Z_]", word)) else word for word in words
    )


@dataclass(frozen=True)
class Reader:
    """Reads the facts of cases.

    Args:
        meaning: the text of ``sara.dl``.
        cases: what the recipe's predicates say.
    """

    meaning: str
    cases: Cases

    def facts(self, case: Case) -> Facts:
        """The facts of a case, in the words of the recipe; DataError, with its place, where a clause is not read."""
        text = program(case.clauses)
        days = sorted(set(_DAY.findall(f"{text} {case.arguments}")))
        heads = {(m[1], len(_arguments(m[2]))) for m in _CONCLUSION.finditer(text)}
        asked = "".join(f"asked_day('{day}').\n" for day in days)
        try:
            found = logic.compile(
                f"{text}\n{asked}{self.meaning}\n{self._queries(heads)}", name=case.id
            ).run()
            facts = {name: found.rows(name) for name in self.cases.facts if name in found.rules.arities}
            stated = [(n, row) for n, k in sorted(heads) for row in found.rows(found.rules.resolve(n, k))]
            spans = {row[0]: row for row in _rows(found, "span")}
            totals = _rows(found, "total_wages")
        except DuliError as error:
            hint = "see sara.dl of the recipe"
            raise DataError(
                f"the facts of {case.id} are not read: {error}", where=case.place, hint=hint
            ) from error
        facts = {name: list(rows) for name, rows in facts.items() if rows}
        facts["stated"] = [("s3301", who, year, amount) for who, year, amount in totals]
        facts["institution"] = [*facts.get("institution", []), *_governments(facts.get("service", ()))]
        facts |= self._asked(case, facts)
        for name, row in stated:
            self._conclude(name, row, spans, facts)
        return facts

    def of_text(self, case: Case, judge: Judge) -> Facts | None:
        """The facts that a case's sentences say, in small letters; None where they, or the question, are not read."""
        program, left = self.cases.forms.read(case.text)
        if left:
            return None
        facts = {
            name: [tuple(v.lower() if isinstance(v, str) else v for v in row) for row in rows]
            for name, rows in judge.facts(program, name=case.id).items()
        }
        known = {v for rows in facts.values() for row in rows for v in row}
        if any(isinstance(v, str) and v not in known for v in case.arguments):
            return None
        return {**facts, **self._asked(case, facts)}

    def _queries(self, heads: set[tuple[str, int]]) -> str:
        """What a program of facts is asked: the recipe's facts, and what the case concludes."""
        wanted = {said.name: len(said.arguments) for said in self.cases.facts.values()}
        asked = [*wanted.items(), *sorted(heads), ("span", 3), ("total_wages", 3)]
        return "\n".join(f"query({name}({', '.join('_' * arity)}))." for name, arity in asked)

    def _conclude(self, name: str, row: Row, spans: dict[Value, Row], facts: Facts) -> None:
        """Take over what a case concludes beforehand."""
        if name == "s151" and row[2] not in (row[0], slots.ANYBODY):
            # (taxpayer, all, individuals, amounts, year): a deduction for another is one of section 151(c).
            name, row = "s151_c_applies", (row[0], row[2], row[4])
        said = self.cases.conclusions.get(name)
        if said is None:
            return
        known = dict(slots.names(facts))
        for kind, column in _EVENTS.get(name, {}).items():
            known[kind] = known[kind] | {row[column]}
        years, days = ([value for (value,) in facts[asked]] for asked in ("asked_year", "asked_day"))
        made = list(slots.rows(said.arguments, row, known, years, days))
        if (
            not made and f"{name}_applies" in self.cases.conclusions
        ):  # an exemption of an amount that is left open
            self._conclude(f"{name}_applies", row, spans, facts)
        if name == "s152_b_2":  # the set states it of dependent and taxpayer in either order
            made += [(second, first, *rest) for first, second, *rest in made]
        facts.setdefault(name, []).extend(made)
        for values in (dict(zip(said.arguments, row, strict=True)) for row in made):
            self._work(values, spans, facts)

    @staticmethod
    def _work(values: dict[str, Value], spans: dict[Value, Row], facts: Facts) -> None:
        """The service of a conclusion about wages or employment, where the case does not state it."""
        works = {service for service, *_ in facts.get("service", ())}
        if not {"service", "employer", "employee"} <= set(values) or values["service"] in works:
            return
        span = spans.get(values["service"], (0, values.get("day"), values.get("day")))[1:]
        if None not in span:
            work = (values["service"], values["employer"], values["employee"], *span)
            facts.setdefault("service", []).append(work)

    def _asked(self, case: Case, facts: Facts) -> Facts:
        """The years, amounts and days that a case is asked about; without a year, all years of the case."""
        numbers = [a for a in case.arguments if isinstance(a, int | float)]
        days = [a for a in case.arguments if isinstance(a, str) and _DAY.fullmatch(a)]
        years = {int(a) for a in numbers if slots.is_year(a)} | {int(day[:4]) for day in days}
        if not years:
            years = {int(day[:4]) for day in _DAY.findall(case.clauses)}
        given = sorted(set(_DAY.findall(case.clauses)) | set(days))
        return {
            "asked_person": [(who,) for who in slots.people(case.arguments, slots.names(facts))],
            "asked_year": [(year,) for year in sorted(years)],
            "asked_amount": [(a,) for a in numbers],
            "asked_day": [(day,) for day in given],
        }


def _rows(found: logic.Result, name: str) -> list[Row]:
    return found.rows(name) if name in found.rules.arities else []


def _governments(services: Sequence[Row]) -> Iterator[Row]:
    """Employers that are governments by their names."""
    for employer in dict.fromkeys(str(row[1]) for row in services):
        for kind, pattern in _GOVERNMENTS:
            if pattern.search(employer.lower()):
                yield employer, kind
                break
