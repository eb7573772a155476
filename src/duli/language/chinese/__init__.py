"""Chinese: words, their kinds, the grammar, phrases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from duli.language.chinese.build import ACTIONS
from duli.language.chinese.kinds import DOUBTFUL, kinds
from duli.language.chinese.phrasing import Phrasing
from duli.language.chinese.questions import stated
from duli.language.chinese.words import Evidence, closed, split
from duli.language.chinese.writing import Writer
from duli.language.path import Choices, Grammar
from duli.language.phrases import Word

_FORMS = (
    "鲍勃是善良的。",
    "鲍勃不是学生。",
    "鲍勃很安静。",
    "猫看见狗。",
    "猫不喜欢狗。",
    "所有红色的东西都是粗糙的。",
    "没有人喜欢狗。",
    "有些学生是富有的。",
    "喜欢茶的人是安静的。",
    "如果有人看见猫，那么他是善良的。",
    "鲍勃要么是善良的，要么是安静的。",
    "鲍勃既不善良也不安静。",
    "鲍勃比安娜大。",
    "红书在左边第二。",
    "红书在蓝书的左边。",
    "有三本书：红书、蓝书和绿书。",
)

_VAGUE = ("大多", "多数", "绝大多数", "大部分", "少数", "几乎", "许多", "不少")


class Chinese:
    """Chinese for the reader."""

    forms: Sequence[str] = _FORMS
    doubtful = DOUBTFUL

    @staticmethod
    @cache
    def grammar() -> Grammar:
        """The grammar, compiled once."""
        return Grammar("duli.language.chinese", ACTIONS)

    def split(self, sentence: str) -> list[Word]:
        """A sentence parted at words of closed classes."""
        return split(sentence)

    def stated(self, question: str, text: Sequence[Sequence[Word]]) -> list[Word]:
        """The words of the statement that a question asks about."""
        return split(stated(question))

    def evidence(self, sentences: Sequence[Sequence[Word]]) -> Evidence:
        """How the sentences of a text use their words."""
        known = Evidence()
        for sentence in sentences:
            known.add(sentence)
        for sentence in sentences:
            known.add_verbs(sentence)
        return known

    def kinds(self, words: Sequence[Word], known: Evidence) -> tuple[list[Word], Choices]:
        """The words that count, and of each the kinds that it could be of."""
        return kinds(words, known)

    def vague(self, words: Sequence[Word]) -> Word | None:
        """The first of 大多数 and the like where a clause begins."""
        for at, word in enumerate(words):
            begins = at == 0 or closed(words[at - 1]) in ("IF", "UNLESS", "THEN", "COMMA", "AND", "OR")
            much = word.text == "很" and words[at + 1 : at + 2] and words[at + 1].text.startswith("多")
            if begins and (much or word.text.startswith(_VAGUE)):
                return word
        return None

    def wider(self, kind: str, of: str) -> str:
        """The sentence that every one of a kind is of a wider one."""
        return f"所有{kind}都是{of}。"

    def owned(self, thing: str, kind: str) -> str:
        """The sentence that a thing is of a kind."""
        return f"{thing}是{kind}。"

    def phrases(self, known: Evidence, subjects: set[str], topic: str | None) -> Phrasing:
        """What the words of a phrase mean."""
        return Phrasing(known, subjects, topic)

    def writer(self, kinds: Collection[str], things: int | None) -> Writer:
        """What writes formulas as sentences."""
        return Writer(kinds, things)
