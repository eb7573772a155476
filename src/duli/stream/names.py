"""The names of companies in a text: looked up as they are written, the longest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from duli.neural.relations import names_in
from duli.types import Span

_SHORTEST = 5
_INITIALS = 3
_LEGAL = frozenset(
    [
        "group",
        "plc",
        "inc",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "limited",
        "holdings",
        "holding",
        "ag",
    ]
)
_QUOTES = str.maketrans("’‘＆", "''&")


@dataclass(frozen=True)
class Named:
    """A name in a text.

    Args:
        span: where it stands.
        name: as the knowledge base has it.
        companies: that are called so.
    """

    span: Span
    name: str
    companies: tuple[str, ...]


class Names:
    """What companies are called.

    A name is found as it is written, in capitals, and, where it has five letters or more and is no common word, in
    small letters; of Chinese inside a sentence, for there are no spaces. Without its legal form, and by the initials of
    three words or more, it is found where nobody else is called so.

    Args:
        called: (company, name) of each.
        common: names that are also words.
    """

    def __init__(self, called: Iterable[tuple[str, str]], common: Collection[str] = ()) -> None:
        companies: dict[str, dict[str, None]] = defaultdict(dict)
        for company, name in called:
            companies[name.strip()][company] = None
        self._companies = {name: tuple(found) for name, found in companies.items()}
        self._names: dict[str, str] = {}
        for name in companies:
            for form in _forms(name, small=len(name) >= _SHORTEST and name not in common):
                self._names.setdefault(form, name)
        for name in companies:
            for short in _shorter(name):
                for form in _forms(short, small=False):
                    self._names.setdefault(form, name)

    def __len__(self) -> int:
        return len(self._companies)

    def find(self, text: str) -> tuple[Named, ...]:
        """The names in a text, from left to right.

        >>> [n.name for n in Names([("bolt", "Bolt & Co"), ("acme", "阿克米")]).find("Bolt & Co buys 阿克米公司")]
        ['Bolt & Co', '阿克米']
        """
        found = names_in(text.translate(_QUOTES), self._names.__contains__)
        return tuple(self._named(phrase.span) for phrase in found)

    def _named(self, span: Span) -> Named:
        name = self._names[span.text]
        return Named(span, name, self._companies[name])


def _forms(name: str, *, small: bool) -> list[str]:
    """How a name is written: as it is, in capitals, and perhaps in small letters."""
    plain = name.translate(_QUOTES)
    return [plain, plain.upper(), *([plain.lower()] if small else [])]


def _shorter(name: str) -> list[str]:
    """A name without its legal form; and its initials, "of" and the like included where they are left out or not.

    >>> _shorter("Acme Steel plc"), _shorter("Royal Bank of Scotland"), _shorter("Bolt")
    (['Acme Steel'], ['RBS', 'RBOS'], [])
    """
    words = name.split()
    kept = list(words)
    while len(kept) > 1 and kept[-1].strip(".,").lower() in _LEGAL:
        kept.pop()
    found = [" ".join(kept).rstrip(",")] if len(kept) < len(words) else []
    large = [word for word in words if word[0].isupper()]
    if len(large) >= _INITIALS:
        found += dict.fromkeys(["".join(w[0] for w in large), "".join(w[0] for w in words).upper()])
    return found
