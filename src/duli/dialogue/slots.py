"""What a customer tells, by the patterns and names that a recipe declares: order numbers, products, dates.

Patterns are a small notation, not regular expressions, so that none takes long on any text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from duli.recipe.support import Slot, parts

READ = 10_000
"""Characters of a message in which slots are looked for."""

_MARKS = {"#+": r"\d{1,40}", "@+": "[A-Za-z]{1,40}", "#": r"\d", "@": "[A-Za-z]"}
_PIECE = re.compile(r"#\+|@\+|#|@|\s+|[^#@\s]+")
_NUMBER = {"year": r"\d{2,4}", "day": r"\d{1,2}"}
_LATIN = "[0-9A-Za-z]"
_CENTURY = 2000


@dataclass(frozen=True)
class Finder:
    """Finds the value of one slot.

    Args:
        slot: what is looked for.
        names: (name, value) of the knowledge, where it lists them.
    """

    slot: Slot
    names: Mapping[str, str]
    patterns: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, slot: Slot, names: Iterable[tuple[str, str]] = ()) -> Finder:
        """A slot, with its names of the knowledge (value, name)."""
        known = {_plain(name).casefold(): value for value, name in names if name.strip()}
        return cls(slot, known, tuple(_compiled(pattern, slot) for pattern in slot.patterns))

    def find(self, text: str, today: date) -> str | None:
        """The slot's value in a text, the first that there is; of names the longest. None where there is none.

        >>> order = Finder.of(Slot("order", patterns=("SO-#####",)))
        >>> order.find("it is so-10482, I think", date(2026, 5, 1))
        'SO-10482'
        >>> bought = Finder.of(Slot("bought", "date", ("{year}年{month}月{day}日", "{ago} days ago")))
        >>> bought.find("2026年4月3日买的", date(2026, 5, 1)), bought.find("10 days ago", date(2026, 5, 1))
        ('2026-04-03', '2026-04-21')
        """
        plain = _plain(text[:READ])
        found = [(m.start(), -m.end(), i, m) for i, p in enumerate(self.patterns) for m in p.finditer(plain)]
        for *_, number, match in sorted(found, key=lambda each: each[:3]):
            value = self._value(match, self.slot.patterns[number], today)
            if value is not None:
                return value
        return self._named(plain.casefold())

    def _value(self, match: re.Match[str], pattern: str, today: date) -> str | None:
        if self.slot.kind == "date":
            return _day(match.groupdict(), self.slot.words, today)
        value = match["value"]
        start = self.slot.full.removesuffix("{}")
        value = value if value.casefold().startswith(start.casefold()) else start + value
        return value.upper() if any(c.isupper() for c in pattern + start) else value

    def _named(self, text: str) -> str | None:
        for name in sorted(self.names, key=len, reverse=True):
            start = text.find(name)
            while start >= 0:
                if not (_joins(text, start) or _joins(text, start + len(name))):
                    return self.names[name]
                start = text.find(name, start + 1)
        return None


def found(finders: Iterable[Finder], text: str, today: date) -> Iterator[tuple[str, str]]:
    """The slots that a text fills, with their values."""
    for finder in finders:
        value = finder.find(text, today)
        if value is not None:
            yield finder.slot.name, value


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _joins(text: str, place: int) -> bool:
    """Whether a Latin word goes on over a place."""
    return 0 < place < len(text) and bool(re.fullmatch(_LATIN * 2, text[place - 1 : place + 1]))


def _compiled(pattern: str, slot: Slot) -> re.Pattern[str]:
    pieces = parts(pattern)
    if slot.kind == "date":
        words = [re.escape(word) for word in sorted(slot.words, key=len, reverse=True)]
        # A number that stands alone is no date.
        months = "|".join([*([r"\d{1,4}"] if len(pieces) > 1 else []), *words]) or "(?!)"
        fields = {**_NUMBER, "month": months, "ago": months}
        text = "".join(
            f"(?P<{piece}>{fields[piece]})" if braced else _literal(piece) for braced, piece in pieces
        )
    else:
        inner = any(braced for braced, _ in pieces)
        text = "".join(
            f"(?P<value>{_literal(p)})" if braced or not inner else _literal(p) for braced, p in pieces
        )
    return re.compile(f"(?<!{_LATIN}){text}(?!{_LATIN})", re.IGNORECASE)


def _literal(text: str) -> str:
    return "".join(
        _MARKS[piece] if piece in _MARKS else r"\s+" if piece.isspace() else re.escape(piece)
        for piece in _PIECE.findall(_plain(text))
    )


def _day(fields: Mapping[str, str | None], words: Mapping[str, int], today: date) -> str | None:
    """The date of what was matched; None where there is none. Without a year it is the last such day."""
    known = {word.casefold(): number for word, number in words.items()}
    numbers = {n: known.get(t.casefold(), int(t) if t.isdigit() else -1) for n, t in fields.items() if t}
    try:
        if "ago" in numbers:
            return (today - timedelta(days=numbers["ago"])).isoformat()
        year = numbers.get("year", today.year)
        made = date(year + _CENTURY if year < 100 else year, numbers["month"], numbers.get("day", 1))
        if "year" not in numbers and made > today:
            made = made.replace(year=made.year - 1)
    except (ValueError, OverflowError, KeyError):
        return None
    return made.isoformat()
