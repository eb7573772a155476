"""Questions and answers: what a company's customers ask, and what they are told, from CSV, Markdown or HTML.

In Markdown and HTML a heading is a question and what stands under it the answer; several headings in a row share one.
``{#name}`` behind a heading (in HTML its ``id``) names what is asked; without one it is named after its first
question. A heading that is nothing but a name is an answer that only rules give. Tables have the columns question,
answer and, if wanted, intent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from duli.errors import DataError, Place
from duli.kb import Source, page
from duli.kb import table as kb_table

_TABLES = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl"}
_NEEDED, _NAMED = ("question", "answer"), "intent"
_NOT_NAME = re.compile(r"[^\w]+")
_LONGEST = 60
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Entry:
    """One question and its answer.

    Args:
        intent: the name of what is asked.
        question: in a customer's words; empty where rules alone give the answer.
        answer: a template, with ``{slot}`` where a value goes; empty where another entry of the intent has it.
        place: where it stands.
    """

    intent: str
    question: str
    answer: str
    place: Place

    @property
    def language(self) -> str:
        """The language that its letters are of: en or zh."""
        return language(self.answer or self.question)


def language(text: str) -> str:
    """zh where a text has Chinese characters, else en."""
    return "zh" if _HAN.search(text) else "en"


def holds(path: Path) -> bool:
    """Whether a file is one of questions and answers: a page, or a table with these columns."""
    if path.suffix.lower() in page.FORMATS:
        return True
    if path.suffix.lower() not in _TABLES or not path.is_file():
        return False
    head = next(iter(kb_table.lines(path)), "")
    return all(re.search(rf"\b{name}\b", head) for name in _NEEDED)


def read(path: Path) -> list[Entry]:
    """The entries of a file; each question once.

    Raises:
        DataError: with file and line: there is none, a question has no answer, or one intent has two.
    """
    found = list(_of_page(path) if path.suffix.lower() in page.FORMATS else _of_table(path))
    if not found:
        raise DataError("there are no questions and answers", where=str(path), hint="see docs/support.md")
    answers: dict[tuple[str, str], str] = {}
    kept: dict[tuple[str, str, str], Entry] = {}
    for entry in found:
        key = entry.intent, entry.language
        if entry.answer and answers.setdefault(key, entry.answer) != entry.answer:
            raise DataError(
                f"{entry.intent!r} has two answers in one language",
                where=entry.place,
                hint="give one of them a name of its own, which rules can choose",
            )
        kept.setdefault((*key, entry.question), entry)
    answered = {intent for intent, _ in answers}
    for entry in kept.values():
        if entry.intent not in answered:
            raise DataError(f"the question {entry.question[:60]!r} has no answer", where=entry.place)
    return list(kept.values())


def _of_page(path: Path) -> Iterator[Entry]:
    heads: list[page.Block] = []
    said: list[str] = []
    for block in [*page.blocks(path), None]:
        if block is not None and not block.heading:
            said.append(block.text)
            continue
        if said or block is None:
            yield from _entries(heads, "\n".join(said))
            heads, said = [], []
        if block is not None:
            # A heading above others, with nothing under it, is a title.
            heads = [head for head in heads if head.level >= block.level]
            heads.append(block)


def _entries(heads: Sequence[page.Block], answer: str) -> Iterator[Entry]:
    if not answer:
        heads = [head for head in heads if head.name]
    name = next((head.name for head in heads if head.name), "") or (_name(heads[0].text) if heads else "")
    for head in heads:
        yield Entry(name, head.text, answer, head.place)


def _of_table(path: Path) -> Iterator[Entry]:
    source = Source(_TABLES[path.suffix.lower()], path)
    try:
        cells = kb_table.read(path, source, (*_NEEDED, _NAMED))
    except DataError as error:
        if repr(_NAMED) not in error.message:
            raise
        cells = kb_table.read(path, source, _NEEDED)
    names = cells.columns.get(_NAMED, [""] * len(cells.lines))
    for line, *row in zip(cells.lines, *(cells.columns[name] for name in _NEEDED), names, strict=True):
        question, answer, name = (str(cell).strip() for cell in row)
        made = Entry(name or _name(question), question, answer, Place(str(path), line))
        if not made.intent:
            raise DataError("this row has neither a question nor an intent", where=made.place)
        yield replace(made, question=" ".join(question.split()))


def _name(question: str) -> str:
    """A name after a question.

    >>> _name("How do I pay?"), _name("怎么付款？")
    ('how_do_i_pay', '怎么付款')
    """
    return _NOT_NAME.sub("_", question.lower()).strip("_")[:_LONGEST]
