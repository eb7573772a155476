"""What the reader needs of a language."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Protocol

from duli.fol.syntax import Formula
from duli.language.meaning import Phrases
from duli.language.path import Choices, Grammar
from duli.language.phrases import Word


class Writer(Protocol):
    """Writes formulas."""

    def sentences(self, formula: Formula) -> Iterator[str]:
        """Sentences with their full stops that should be read as a formula, the most natural first; perhaps none."""
        ...


class Tongue(Protocol):
    """A language: its words, their kinds, its grammar, its phrases."""

    forms: Sequence[str]
    """One sentence of each form that is read, for "the nearest form"."""

    doubtful: int
    """A reading that costs as much or more is none."""

    def grammar(self) -> Grammar:
        """The grammar, compiled once."""
        ...

    def split(self, sentence: str) -> list[Word]:
        """The words of a sentence."""
        ...

    def stated(self, question: str, text: Sequence[Sequence[Word]]) -> list[Word]:
        """The words of the statement that a question asks about.

        Args:
            question: is it so?
            text: the words of the sentences that it is about.

        Raises:
            InputError: the question is not answered by yes or no.
        """
        ...

    def evidence(self, sentences: Sequence[Sequence[Word]]) -> Any:
        """How the sentences of a text use their words."""
        ...

    def kinds(self, words: Sequence[Word], known: Any) -> tuple[list[Word], Choices]:
        """The words that count, and of each the kinds that it could be of."""
        ...

    def vague(self, words: Sequence[Word]) -> Word | None:
        """The first word that counts things neither as all, some nor none: most, few, 大多数."""
        ...

    def wider(self, kind: str, of: str) -> str:
        """The sentence that every one of a kind is of a wider one."""
        ...

    def owned(self, thing: str, kind: str) -> str:
        """The sentence that a thing is of a kind."""
        ...

    def phrases(self, known: Any, subjects: set[str], topic: str | None) -> Phrases:
        """What the words of a phrase mean; the topic is a kind that all things of the text are of."""
        ...

    def writer(self, kinds: Collection[str], things: int | None) -> Writer:
        """What writes formulas as sentences.

        Args:
            kinds: predicates that are nouns.
            things: how many things there are, where an order is described.
        """
        ...
