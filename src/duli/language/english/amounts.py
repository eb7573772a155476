"""Numbers, amounts and dates in English."""

from __future__ import annotations

import datetime
import re
from fractions import Fraction

from duli.fol.syntax import Compare, Formula, Function, Number, Term
from duli.language.english import words as forms
from duli.language.english.closed import word_set
from duli.language.english.order import measure, number
from duli.language.phrases import Words

UNITS = word_set(
    "dollar euro pound yuan yen cent percent meter metre kilometer kilometre centimeter centimetre mile"
    " foot inch year month week day hour minute second kilogram gram ton kg km cm mm g m litre liter"
    " degree point"
)
MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_BOUNDS = {
    "more than": (">",), "over": (">",), "above": (">",), "less than": ("<",), "under": ("<",), "below": ("<",),
    "fewer than": ("<",), "at least": (">=",), "at most": ("<=",), "exactly": ("=",), "after": (">",), "before": ("<",),
    "up to": ("<=",), "no more than": ("<=",), "no less than": (">=",), "on": ("=",),
}  # fmt: skip


def date(text: str) -> Fraction | None:
    """A date's day number: 4 May 1990, May 4, 1990, 1990-05-04; None where the words are no date.

    >>> date("may 4 , 1990") == date("1990-05-04")
    True
    """
    iso = re.fullmatch(r"(\d{4})\s?-\s?(\d{1,2})\s?-\s?(\d{1,2})", text)
    named = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)? ([a-z]+) ,? ?(\d{4})", text) or None
    american = re.fullmatch(r"([a-z]+) (\d{1,2})(?:st|nd|rd|th)? ?,? (\d{4})", text)
    if iso:
        parts = (int(iso[1]), int(iso[2]), int(iso[3]))
    elif named and named[2] in MONTHS:
        parts = (int(named[3]), MONTHS.index(named[2]) + 1, int(named[1]))
    elif american and american[1] in MONTHS:
        parts = (int(american[3]), MONTHS.index(american[1]) + 1, int(american[2]))
    else:
        return None
    try:
        return Fraction(datetime.date(*parts).toordinal())
    except ValueError:
        return None


def amount(words: Words) -> tuple[Number, str] | None:
    """A number with its unit, or a date: $5,000; 400 meters; 4 May 1990."""
    low = [word.low.lower() for word in words]
    day = date(" ".join(low))
    if day is not None:
        return Number(day), "days"
    if not low or (value := number(low[0] if low[0] != "$" else "".join(low[:2]))) is None:
        return None
    rest = [forms.singular(word) for word in low[1 if low[0] != "$" else 2 :]]
    if low[0].startswith("$"):
        return (Number(value), "dollar") if not rest else None
    if low[0].endswith("%"):
        return (Number(value), "percent") if not rest else None
    if not rest:
        return Number(value), ""
    return (Number(value), rest[0]) if len(rest) == 1 and rest[0] in UNITS else None


def said(words: Words, thing: Term) -> Formula | None:
    """30 years old, 400 meters high: the number that a measure has."""
    if len(words) < 2:
        return None
    found = amount(words[:-1])
    if found is None or not found[1]:
        return None
    value, unit = found
    name, turned = measure(words[-1].low)
    if turned:
        return None
    return Compare("=", Function(f"{name} in {unit}", (thing,)), value)


def counted(verb: str, words: Words, thing: Term) -> Formula | None:
    """costs $5; weighs more than 3 kg; was born before 4 May 1990: what comes after a verb is an amount."""
    low = [word.low for word in words]
    sign, at = "=", 0
    for length in (3, 2, 1):
        bound = " ".join(low[:length])
        if bound in _BOUNDS:
            sign, at = _BOUNDS[bound][0], length
            break
    found = amount(words[at:])
    if found is None or not found[1]:
        return None
    value, unit = found
    own = Function(f"{verb} in {unit}", (thing,))
    match sign:
        case ">":
            return Compare("<", value, own)
        case ">=":
            return Compare("<=", value, own)
        case "<" | "<=" | "=":
            return Compare(sign, own, value)
    return None
