"""The names of companies in a text: looked up as they are written, the longest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from duli.neural.relations import names_in
from duli.types import Span

_SHORTEST = 5
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
    small letters; of Chinese inside a sentence, for there are no spaces.

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
            plain = name.translate(_QUOTES)
            forms = [plain, plain.upper()]
            if len(name) >= _SHORTEST and name not in common:
                forms.append(plain.lower())
            for form in forms:
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
