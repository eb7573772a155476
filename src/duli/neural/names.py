"""When two names are the same name: case, punctuation, plural, British or American spelling."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b")
_LONG_PLURAL = ("tches", "rches", "shes", "sses", "xes", "zes")
_NOT_PLURAL = ("ss", "us", "is")
_SPELLINGS = (
    (re.compile(r"ae|oe"), "e"),
    (re.compile(r"(?<=[a-z]{2})our(?=$|ed$|ing$|less$)"), "or"),
    (re.compile(r"(?<=[a-z]{3})is(?=e$|ed$|ing$|ation$)"), "iz"),
    (re.compile(r"(?<=[a-z]{3})ys(?=e$|ed$|ing$)"), "yz"),
    (re.compile(r"(fib|cent|lit|calib)re$"), r"\1er"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"^grey"), "gray"),
)


def normalise(name: str) -> str:
    """The form in which names are compared. Two spellings of one word meet; the form itself need be no word.

    >>> normalise("Kidney tumours") == normalise("kidney tumor"), normalise("Anaemia, haemolytic")
    (True, 'anemia hemolytic')
    """
    folded = name.casefold()
    if not folded.isascii():
        marked = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in marked if not unicodedata.combining(c))
    return " ".join(_spelling(word) for word in _WORD.findall(_POSSESSIVE.sub("", folded)))


def inverted(name: str) -> str | None:
    """A name with its one comma taken out, the way it is spoken: "Muscle weakness, distal"; None without one.

    >>> inverted("Muscle weakness, distal")
    'distal Muscle weakness'
    """
    head, comma, tail = name.partition(", ")
    return f"{tail} {head}" if comma and tail and "," not in tail else None


@lru_cache(maxsize=1 << 16)
def _spelling(word: str) -> str:
    word = _singular(word)
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    return word


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(_NOT_PLURAL):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(_LONG_PLURAL) else word[:-1]
