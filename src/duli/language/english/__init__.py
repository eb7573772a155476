"""English: words, their kinds, the grammar, phrases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache, lru_cache

from duli.language.english.build import ACTIONS
from duli.language.english.evidence import Evidence, settled, split
from duli.language.english.kinds import DOUBTFUL, kinds
from duli.language.english.phrasing import Phrasing
from duli.language.english.questions import stated
from duli.language.english.words import article
from duli.language.english.writing import Writer
from duli.language.path import Choices, Grammar
from duli.language.phrases import Word

_FORMS = (
    "Bob is kind.",
    "Bob is not kind and quiet.",
    "Bob is a student who likes tea.",
    "The cat sees the dog.",
    "The cat does not see the dog.",
    "All red things are rough.",
    "Every student is kind or quiet.",
    "No student is rich.",
    "Some students are rich.",
    "No one who is rich is kind.",
    "There is a student who is kind.",
    "If someone is kind then they are quiet.",
    "If Bob is kind and the cat is red, then Bob sees the cat.",
    "Bob is either kind or quiet.",
    "Bob is neither kind nor quiet.",
    "Bob either sings or dances.",
    "Bob is older than Ann.",
    "Bob is the second from the left.",
    "Bob finished first.",
    "There are three books: a red book, a blue book and a green book.",
    "The ring costs more than 5 dollars.",
)


_VAGUE = {"most", "few", "many", "several", "fewer", "more"}
_NEARLY = {"almost", "nearly", "a", "very"}
_BEFORE_CLAUSES = {"if", "when", "whenever", "unless", "then", "and", "or", "but", ",", "that"}


@lru_cache(maxsize=20_000)
def _split(sentence: str) -> tuple[Word, ...]:
    return tuple(split(sentence))


class English:
    """English for the reader."""

    forms: Sequence[str] = _FORMS
    doubtful = DOUBTFUL

    @staticmethod
    @cache
    def grammar() -> Grammar:
        """The grammar, compiled once."""
        return Grammar("duli.language.english", ACTIONS)

    def split(self, sentence: str) -> list[Word]:
        """The words of a sentence."""
        return list(_split(sentence))

    def stated(self, question: str, text: Sequence[Sequence[Word]]) -> list[Word]:
        """The words of the statement that a question asks about."""
        return stated(split(question), text)

    def evidence(self, sentences: Sequence[Sequence[Word]]) -> Evidence:
        """How the sentences of a text use their words."""
        known = Evidence()
        for sentence in sentences:
            known.add(sentence)
        return known

    def kinds(self, words: Sequence[Word], known: Evidence) -> tuple[list[Word], Choices]:
        """The words that count, and of each the kinds that it could be of."""
        words = settled(words, known)
        found = kinds(words, known)
        return [word for word, kind in zip(words, found, strict=True) if kind], [
            kind for kind in found if kind
        ]

    def vague(self, words: Sequence[Word]) -> Word | None:
        """The first of most, few and the like where a clause begins; elsewhere they belong to a phrase."""
        low = [word.low.lower() for word in words]
        for at, word in enumerate(words):
            begins = at == 0 or low[at - 1] in _BEFORE_CLAUSES
            opened = at == 1 or (at > 1 and low[at - 2] in _BEFORE_CLAUSES)
            if low[at] in _VAGUE and (begins or (opened and low[at - 1] in _NEARLY)):
                return word
            if low[at] in _NEARLY and begins and low[at + 1 : at + 2] in (["all"], ["every"], ["no"]):
                return word
        return None

    def wider(self, kind: str, of: str) -> str:
        """The sentence that every one of a kind is of a wider one."""
        return f"Every {kind} is {article(of)} {of}."

    def owned(self, thing: str, kind: str) -> str:
        """The sentence that a thing is of a kind."""
        return f"{thing if thing[:1].isupper() else f'The {thing}'} is {article(kind)} {kind}."

    def phrases(self, known: Evidence, subjects: set[str], topic: str | None) -> Phrasing:
        """What the words of a phrase mean."""
        return Phrasing(known, subjects, topic)

    def writer(self, kinds: Collection[str], things: int | None) -> Writer:
        """What writes formulas as sentences."""
        return Writer(kinds, things)
