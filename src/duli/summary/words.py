"""The words of a sentence that carry its content, in English and Chinese."""

from __future__ import annotations

import re
from functools import lru_cache

from duli.language.english.closed import SMALL, word_set

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_PIECE = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_HAN = re.compile(f"[{HAN}]")
_SMALL = SMALL | word_set(
    "and or but nor if then so than being has have had having us me whom whose what when where why how there here"
    " more other such own same too very just now new said says say mr mrs ms not s t"
)
_SMALL_HAN = frozenset("的了在是和与及或也都就而但并被把对从到为以于这那其他她它们我你有不没之个")
_ENDING = re.compile(r"(ies|ing|ed|es|s|e|ly)$")
ENGLISH = re.compile(
    r"\b(the|of|and|to|in|is|was|that|for|on|with|has|have|are|by|at|it|he|she|said)\b", re.I
)


def tokens(text: str) -> list[str]:
    """The words of a text in order, in lower case; of Chinese its characters.

    >>> tokens("The profit ROSE 3%"), tokens("利润增长3%")
    (['the', 'profit', 'rose', '3'], ['利', '润', '增', '长', '3'])
    """
    return [
        word for piece in _PIECE.findall(text.lower()) for word in (piece if _HAN.match(piece) else (piece,))
    ]


def content(text: str) -> list[str]:
    """The words of a text that are of no closed class, without endings; of Chinese pairs of neighbouring characters.

    >>> content("The profits of the bank rose"), content("银行的利润")
    (['profit', 'bank', 'ros'], ['银行', '利润'])
    """
    return [word for piece in _PIECE.findall(text.lower()) for word in _content(piece)]


@lru_cache(maxsize=65536)
def _content(piece: str) -> tuple[str, ...]:
    if _HAN.match(piece):
        pairs = (piece[i : i + 2] for i in range(len(piece) - 1))
        return tuple(pair for pair in pairs if not _SMALL_HAN & set(pair))
    return () if piece in _SMALL or len(piece) < 2 else (_ENDING.sub("", piece) if len(piece) > 4 else piece,)
