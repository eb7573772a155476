"""Documents in passages; answers made of their sentences alone, each cited; and the checker of that."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from duli import lm
from duli.files import file_hash
from duli.kb.page import blocks
from duli.language.texts import pieces
from duli.learn.functions import words
from duli.neural.search import Search, search
from duli.recipe.questions import language
from duli.types import Floats

NEAR = 5
"""Passages that are looked at."""
MOST = 3
"""Sentences of an answer."""
SHARE = 0.8
"""Of the best sentence's score: what a further sentence needs."""

_MARK = re.compile(r"\s*\[(\d+)\]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Citation:
    """A passage that is cited.

    Args:
        number: in the answer, from 1.
        file: seen from the recipe.
        line: where the passage begins.
        heading: above it.
        text: of the passage.
    """

    number: int
    file: str
    line: int
    heading: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self)


@dataclass(frozen=True)
class Passage:
    """A paragraph of a document under its heading."""

    file: str
    line: int
    heading: str
    text: str


@dataclass(frozen=True)
class Composed:
    """An answer made of sentences of passages.

    Args:
        text: the sentences, each with the number of its passage.
        citations: the passages.
        score: how like the question the best sentence is, at most 1.
    """

    text: str
    citations: tuple[Citation, ...]
    score: float


class Passages:
    """The documents of a recipe, ready to be searched; read again when a file changes.

    Args:
        folder: of the recipe.
        files: seen from it.
        encoder: the frozen model.
    """

    def __init__(self, folder: Path, files: Sequence[str], encoder: lm.Encoder) -> None:
        self.folder, self.files, self.encoder = folder, tuple(files), encoder
        self.key = self._key()
        self._read: dict[int, tuple[list[str], lm.Vectors]] = {}

    def _key(self) -> tuple[str, ...]:
        """What the files hold; a file that is gone counts as empty."""
        return tuple(file_hash(p) if (p := self.folder / name).is_file() else "" for name in self.files)

    @cached_property
    def all(self) -> list[Passage]:
        """Every passage."""
        return [
            passage for name in self.files if (self.folder / name).is_file() for passage in self._of(name)
        ]

    def _of(self, name: str) -> Iterator[Passage]:
        heading = ""
        for block in blocks(self.folder / name):
            if block.heading:
                heading = block.text
            else:
                yield Passage(name, block.place.line or 1, heading, block.text)

    @cached_property
    def _vectors(self) -> lm.Vectors:
        texts = [f"{p.heading}. {p.text}" if p.heading else p.text for p in self.all]
        return lm.encode(self.encoder, texts).vectors

    @cached_property
    def _search(self) -> Search:
        return search(self._vectors)

    @cached_property
    def _middle(self) -> dict[str, lm.Vectors]:
        """The mean of all passages, by language: models of one language put all texts of another close together."""
        tongues = np.array([language(p.text) for p in self.all])
        return {tongue: self._vectors[tongues == tongue].mean(0) for tongue in set(tongues.tolist())}

    @cached_property
    def _rare(self) -> Words:
        return Words([f"{p.heading} {p.text}" for p in self.all])

    def _sentences(self, number: int) -> tuple[list[str], lm.Vectors]:
        """The sentences of a passage, and what the model says of them under its heading; read once."""
        if number not in self._read:
            passage = self.all[number]
            texts = [piece.text for piece in pieces(passage.text)] or [passage.text]
            said = lm.encode(self.encoder, [f"{passage.heading}: {text}" for text in texts], cache=False)
            self._read[number] = texts, said.vectors
        return self._read[number]

    def fresh(self) -> Passages:
        """This, or the documents as they are now where a file has changed."""
        return self if self._key() == self.key else Passages(self.folder, self.files, self.encoder)

    def answer(self, question: str, least: float) -> Composed | None:
        """The sentences that answer a question, in the order of their passages; None where none is like it.

        Args:
            question: a text.
            least: the score that the best sentence needs.
        """
        if not self.all:
            return None
        asked = lm.encode(self.encoder, [question], cache=False).vectors
        rows, cosines = self._search.nearest(asked, min(NEAR, len(self.all)))
        shared = self._rare.shared(question)
        near = {int(row): float(c) for row, c in zip(rows[0], cosines[0], strict=True) if row >= 0}
        by_words = np.argsort(-shared, kind="stable")[:NEAR].tolist()
        each = [(number, *self._sentences(number)) for number in dict.fromkeys([*near, *by_words])]
        found = [(number, sentence) for number, sentences, _ in each for sentence in sentences]
        vectors = np.vstack([own for _, _, own in each])
        overlap = Words([f"{self.all[n].heading} {s}" for n, s in found], self._rare).shared(question)
        usual = float(asked[0] @ self._middle.get(language(question), asked[0] * 0))
        scores: Floats = ((vectors @ asked[0] - usual) / (1 - usual) + overlap) / 2
        best = float(scores.max())
        if best < least:
            return None
        chosen = [
            r for r in np.argsort(-scores, kind="stable").tolist() if scores[r] >= max(least, SHARE * best)
        ]
        return self._composed([found[row] for row in sorted(chosen[:MOST])], best)

    def _composed(self, chosen: Sequence[tuple[int, str]], score: float) -> Composed:
        numbers = {number: n for n, number in enumerate(dict.fromkeys(number for number, _ in chosen), 1)}
        text = " ".join(f"{sentence} [{numbers[number]}]" for number, sentence in dict.fromkeys(chosen))
        cited = tuple(
            Citation(n, (p := self.all[number]).file, p.line, p.heading, p.text)
            for number, n in numbers.items()
        )
        return Composed(text, cited, score)


class Words:
    """Which share of a question's rare words a text has, by inverse document frequency (Spärck Jones 1972).

    Args:
        texts: n texts.
        rare: where frequencies are taken from; None: from the texts.
    """

    def __init__(self, texts: Sequence[str], rare: Words | None = None) -> None:
        self.each = [set(words(text)) for text in texts]
        self.count: int = len(texts) if rare is None else rare.count
        self.seen: Counter[str] = Counter(w for own in self.each for w in own) if rare is None else rare.seen

    def shared(self, question: str) -> Floats:
        """Of each text the share [n], in [0, 1]."""
        asked = {word: math.log(1 + self.count / (1 + self.seen[word])) for word in words(question)}
        total = sum(asked.values())
        return np.array(
            [sum(asked[w] for w in own & asked.keys()) / total if total else 0.0 for own in self.each]
        )


def unsupported(composed: Composed, folder: Path) -> list[str]:
    """The sentences of an answer that do not stand in the passage they cite, as the documents are now.

    The check knows nothing of how the answer was made: it splits the text anew and reads the files anew.
    """
    by_number = {each.number: each for each in composed.citations}
    return [
        sentence
        for sentence, number in cited(composed.text)
        if number not in by_number or not _stands(sentence, by_number[number], folder)
    ]


def cited(text: str) -> list[tuple[str, int]]:
    """The sentences of an answer, and the number that each cites; 0 where it cites nothing."""
    found: list[tuple[str, int]] = []
    start = 0
    for mark in _MARK.finditer(text):
        *before, last = [piece.text for piece in pieces(text[start : mark.start()])] or [""]
        found += [(sentence, 0) for sentence in before]
        found.append((last, int(mark[1])))
        start = mark.end()
    return found + [(piece.text, 0) for piece in pieces(text[start:])]


def _stands(sentence: str, citation: Citation, folder: Path) -> bool:
    path = folder / citation.file
    if not sentence or not path.is_file():
        return False
    wanted, cites = _SPACE.sub("", sentence), _SPACE.sub("", citation.text)
    return wanted in cites and any(_SPACE.sub("", block.text) == cites for block in blocks(path))
