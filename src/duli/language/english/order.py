"""Order in English: older than, the second from the left, finished last; each is a number that a thing has."""

from __future__ import annotations

import re
from fractions import Fraction

from duli.errors import InputError
from duli.fol.syntax import Compare, ForAll, Formula, Function, Number, Or, Term, Variable
from duli.language.phrases import Words

PLACE = "place"
"""What left and right, first and last count: from 1 at the left, the front, the first."""

_OPPOSITES = {
    "new": "old", "young": "old", "cheap": "expensive", "short": "tall", "low": "high", "small": "big",
    "light": "heavy",
    "slow": "fast", "early": "late", "weak": "strong", "poor": "rich", "bad": "good", "little": "big", "narrow": "wide",
    "near": "far", "cold": "warm", "shallow": "deep", "thin": "thick", "soft": "hard", "easy": "difficult",
    "large": "big",
}  # fmt: skip
_SAME = {"large": "big", "long": "long"}
_IRREGULAR = {
    "better": "good",
    "best": "good",
    "worse": "bad",
    "worst": "bad",
    "farther": "far",
    "farthest": "far",
    "further": "far",
}
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
_NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_ORDINAL = re.compile(
    r"(?:(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+)(?:st|nd|rd|th)?)"
)


_RANKED = frozenset([*ORDINALS, "the", "last"])


def number(text: str) -> Fraction | None:
    """A number as it is written, in digits or as a word up to twelve; None where it is none.

    >>> number("1,250.50"), number("three")
    (Fraction(2501, 2), Fraction(3, 1))
    """
    plain = text.lstrip("$").rstrip("%").replace(",", "")
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return Fraction(plain)
    return Fraction(_NUMBERS.index(text)) if text in _NUMBERS else None


def opposite(name: str) -> str | None:
    """An adjective of which more is less of a measure: new, of old."""
    return next((adjective for adjective, of in _OPPOSITES.items() if of == name), None)


def measure(adjective: str) -> tuple[str, bool]:
    """What an adjective is measured by, and whether more of it is less of that: young by how old, the other way."""
    if adjective in _SAME:
        return _SAME[adjective], False
    return (_OPPOSITES[adjective], True) if adjective in _OPPOSITES else (adjective, False)


def comparative(word: str) -> str | None:
    """The adjective of a comparative (older: old); None where the word has not that form."""
    return _graded(word, "er")


def superlative(word: str) -> str | None:
    """The adjective of a superlative (oldest: old); None where the word has not that form."""
    return _graded(word, "est")


def _graded(word: str, ending: str) -> str | None:
    if word in _IRREGULAR:
        return _IRREGULAR[word] if word.endswith(("r", "e")) == (ending == "er") else None
    if not word.endswith(ending) or len(word) < len(ending) + 3:
        return None
    stem = word[: -len(ending)]
    if stem.endswith("i"):
        return stem[:-1] + "y"
    if re.search(r"([bdgmnpt])\1$", stem):
        return stem[:-1]
    return (
        stem + "e"
        if re.search(r"(larg|clos|wid|nic|saf|lat|brav|rar|pal|strang|simpl|wis|fin|ripe|rip)$", stem)
        else stem
    )


def after(one: Term, other: Term, *, later: bool) -> Formula:
    """That the second comes later than the first; or sooner."""
    left, right = Function(PLACE, (one,)), Function(PLACE, (other,))
    return Compare("<", left, right) if later else Compare("<", right, left)


def more(adjective: str, low: Term, high: Term, *, less: bool = False) -> Formula:
    """That the second has more of it than the first; or less."""
    if less:
        low, high = high, low
    name, turned = measure(adjective)
    left, right = Function(name, (low,)), Function(name, (high,))
    return Compare("<", right, left) if turned else Compare("<", left, right)


def compared(words: Words) -> tuple[str, bool, int] | None:
    """older than …, less expensive than …: the adjective, whether it is less of it, and where … begins."""
    low = [word.low for word in words]
    for at in range(min(4, len(low))):
        if low[at] == "than" and at:
            if low[0] in ("more", "less") and at > 1:
                return " ".join(low[1:at]), low[0] == "less", at + 1
            adjective = comparative(low[at - 1])
            return (adjective, False, at + 1) if adjective and at == 1 else None
    return None


def beside(words: Words) -> tuple[bool, int] | None:
    """to the left of …, right of …, above …, behind …, after …: whether it comes later, and where … begins."""
    if len(words) < 2:
        return None
    text = " ".join(word.low for word in words)
    found = re.match(
        r"(?:immediately )?(?:to the |on the )?(left|right) of |(above|below|ahead of|behind|before|after) ",
        text,
    )
    if not found:
        return None
    later = (found[1] or found[2]) in ("right", "below", "behind", "after")
    return later, len(found[0].split())


def ranked(words: Words) -> tuple[str, int, bool] | None:
    """the oldest, the third from the left, last: the measure, the rank, and whether it is from its end."""
    first = words[0].low.partition("-")[0]
    if first not in _RANKED and not first[:1].isdigit() and not first.endswith("most"):
        return None
    text = " ".join(word.low for word in words).replace("-", " ").removeprefix("the ")
    edge = re.fullmatch(r"(left|right)most|(first|last)", text)
    if edge:
        return PLACE, 1, (edge[1] or edge[2]) in ("right", "last")
    side = re.fullmatch(_ORDINAL.pattern + r" from (?:the )?(left|right|top|bottom|end)", text)
    if side:
        return PLACE, _rank(side[1]), side[2] in ("right", "bottom", "end")
    final = re.fullmatch(_ORDINAL.pattern + r" (?:to )?last", text)
    if final:
        return PLACE, _rank(final[1]), True
    if re.fullmatch(_ORDINAL.pattern, text) and text in ORDINALS:
        return PLACE, _rank(text), False
    of = re.fullmatch(r"(?:" + _ORDINAL.pattern + r" )?(?:(most|least) (\w+)|(\w+est|best|worst))", text)
    if not of:
        return None
    adjective = of[3] if of[2] else superlative(of[4])
    if adjective is None:
        return None
    name, turned = measure(adjective)
    return name, _rank(of[1]) if of[1] else 1, (of[2] != "least") != turned


def _rank(text: str) -> int:
    return ORDINALS.index(text) + 1 if text in ORDINALS else int(text)


def at_rank(thing: Term, name: str, rank: int, from_end: bool, things: int | None) -> Formula:
    """That a thing has a rank among all.

    Raises:
        InputError: how many there are is not known, and the rank is not the first.
    """
    value = Function(name, (thing,))
    if things is not None or (not from_end and name == PLACE):
        place = (things or 0) + 1 - rank if from_end else rank
        return Compare("=", value, Number(Fraction(place)))
    if rank != 1:
        raise InputError("how many there are is not said", hint="say it: there are three books: …, … and …")
    other = Variable("O")
    theirs = Function(name, (other,))
    less = Compare("<", theirs, value) if from_end else Compare("<", value, theirs)
    return ForAll((other,), Or((Compare("=", other, thing), less)))
