"""Articles: a text's title and sentences, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from duli.errors import InputError
from duli.files import content_key
from duli.language.texts import Language, pieces
from duli.summary.words import ENGLISH, HAN, tokens

LONGEST = 1_000_000
"""Characters of an article."""

MOST = 2_000
"""Sentences of all articles together."""

_LETTERS = re.compile(f"[^\\W\\d_{HAN}]+|[{HAN}]")
_LEAST = 4
_TITLE = 25
_ENDED = re.compile(r"[.!?。！？…:：;；,，][\"'”’」』)]*\s*$")
_LATIN = re.compile(r"[a-z]", re.I)
_FEW = 0.04


@dataclass(frozen=True)
class Sentence:
    """A sentence as it stands in an article.

    Args:
        text: of it.
        article: the number of the article, from 1.
        number: of the sentence in the article, from 1.
        start, end: characters [start, end) of the article's text.
        paragraph: its number, from 1.
        source: what the article is called.
    """

    text: str
    article: int
    number: int
    start: int
    end: int
    paragraph: int
    source: str

    @property
    def place(self) -> str:
        """Where it stands, for people: ``article.txt, sentence 3``."""
        return f"{self.source}, sentence {self.number}"

    @property
    def length(self) -> int:
        """How many words it has; a Chinese character counts as one."""
        return max(1, len(tokens(self.text)))


@dataclass(frozen=True)
class Article:
    """An article as it was given.

    Args:
        text: of it.
        source: what it is called: a file's name.
        date: when it was published, ``YYYY-MM-DD`` and perhaps a time; empty: not known.
        title: where it is given apart; else the first line is, when it is short and no sentence.
    """

    text: str
    source: str = "text"
    date: str = ""
    title: str = ""

    @property
    def key(self) -> str:
        """The same for articles that differ in spaces, capitals and punctuation alone."""
        return content_key(" ".join(tokens(self.text)))

    @property
    def language(self) -> Language | None:
        """The language that it is in; None where it is neither English nor Chinese."""
        han, latin = len(re.findall(f"[{HAN}]", self.text)), len(_LATIN.findall(self.text))
        words = tokens(self.text)
        if 3 * han > latin:
            kana = len(re.findall(r"[\u3040-\u30ff\uac00-\ud7af]", self.text))
            return "zh" if 5 * kana < han else None
        known = len(ENGLISH.findall(self.text))
        return "en" if latin and known >= _FEW * len(words) else None

    def split(self, number: int = 1) -> tuple[str, tuple[Sentence, ...]]:
        """The title, empty where there is none, and the sentences.

        A piece without four words of letters is no sentence (a dateline, a lone number); one that stands in the article
        before is left out.

        Args:
            number: of the article.
        """
        title, start = self.title, 0
        lead = re.match(r"\s*([^\n]+)\n", self.text)
        first = lead[1].strip() if lead else ""
        if lead and len(tokens(first)) <= _TITLE and not _ENDED.search(first):
            title, start = title or first, lead.end()
        return title, tuple(self._sentences(start, number))

    def _sentences(self, begin: int, number: int) -> Iterator[Sentence]:
        seen: set[str] = set()
        count = 0
        for piece in pieces(self.text[begin:]):
            start = begin + piece.start
            key = " ".join(tokens(piece.text))
            if len(_LETTERS.findall(piece.text)) < _LEAST or key in seen:
                continue
            seen.add(key)
            count += 1
            paragraph = 1 + len(re.findall(r"\n\s*", self.text[:start].lstrip()))
            end = start + len(piece.text)
            text = re.sub(r"\s+", " ", piece.text)
            yield Sentence(text, number, count, start, end, paragraph, self.source)


def checked(articles: Sequence[Article]) -> tuple[list[Article], list[str]]:
    """The articles that can be read, in the order of their dates, each once; and notes on the others.

    Articles without a date stay where they were given.

    Raises:
        InputError: none can be read; the reason is that of the first.
    """
    kept: dict[str, Article] = {}
    notes: list[str] = []
    errors: list[InputError] = []
    for article in articles:
        reason = _unreadable(article)
        if reason is not None:
            errors.append(reason)
            notes.append(f"{article.source} is left out: {reason.message}")
        elif article.key in kept:
            notes.append(f"{article.source} says the same as {kept[article.key].source}, and is left out")
        else:
            kept[article.key] = article
    if not kept:
        raise errors[0] if errors else InputError("there is no article", hint="give a text, or --file")
    found = list(kept.values())
    dated = sorted((a for a in found if a.date), key=lambda a: a.date)
    ordered = iter(dated)
    in_time = [next(ordered) if article.date else article for article in found]
    if in_time != found:
        notes.append("the articles were not in the order of their dates, and are put in it")
    return in_time, notes


def _unreadable(article: Article) -> InputError | None:
    """Why an article cannot be read, if so."""
    text, where = article.text, article.source
    if not text.strip():
        return InputError("there is no text", where=where, hint="give an article of some sentences")
    if len(text) > LONGEST:
        return InputError(
            f"the text has {len(text):,} characters; {LONGEST:,} is the limit",
            where=where,
            hint="give its parts as several files",
        )
    odd = sum((c < " " and c not in "\t\n\r\f") or c == "\ufffd" for c in text)
    if odd:
        return InputError(
            f"this is not text: {odd} broken or control characters", where=where, hint="save it in UTF-8"
        )
    return None
