"""What a text says of each company that it names: the clauses about it, told apart by the names in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from duli.learn.functions import words
from duli.stream.names import Named

_CLAUSE = re.compile(
    r"[.!?]+(?=\s|$)|[。！？；;，\n]|, |: | [-–—] "
    r"|\b(?:while|whereas|but|although|as|and)\b|(?:而|但|但是|同时)(?=[\u4e00-\u9fff])"
)
_LISTS = (",", "，", ":", "and")
_MOST_BETWEEN = 40


@dataclass(frozen=True)
class Piece:
    """A company and what is said of it.

    Args:
        company: which.
        name: as it was called first.
        share: how likely the name stands for this company.
        text: the clauses about it; the whole text where it names no other company.
    """

    company: str
    name: str
    share: float
    text: str


def pieces(text: str, named: Sequence[Named]) -> tuple[Piece, ...]:
    """What a text says of each company, in the order in which they are named first.

    A clause speaks of the companies in it; one that names none goes on about those of the clause before, the first
    ones of a text about those of the next.

    >>> from duli.stream.names import Names
    >>> names = Names([("a", "Acme"), ("b", "Bolt")])
    >>> text = "Acme soars, sales double, but Bolt sinks"
    >>> [(p.company, p.text) for p in pieces(text, names.find(text))]
    [('a', 'Acme soars, sales double, but'), ('b', 'Bolt sinks')]
    """
    first: dict[str, Named] = {}
    for one in named:
        for company in one.companies:
            first.setdefault(company, one)
    if len({one.companies for one in named}) == 1:
        return tuple(Piece(c, one.name, 1 / len(one.companies), text) for c, one in first.items())
    said: dict[str, list[str]] = {company: [] for company in first}
    waiting: list[str] = []
    current: tuple[str, ...] = ()
    for start, end in _clauses(text, named):
        clause = text[start:end].strip()
        inside = [c for one in named if start <= one.span.start < end for c in one.companies]
        current = tuple(dict.fromkeys(inside)) or current
        if not current:
            waiting.append(clause)
        for company in current:
            said[company] += [*waiting, clause]
        if current:
            waiting = []
    return tuple(
        Piece(c, one.name, 1 / len(one.companies), " ".join(said[c])) for c, one in first.items() if said[c]
    )


def between(text: str, named: Sequence[Named]) -> list[tuple[str, str, str]]:
    """(company, company, word) for the words between two names that follow one another in a clause."""
    found = []
    for one, other in pairwise(named):
        gap = text[one.span.end : other.span.start]
        if len(gap) <= _MOST_BETWEEN and not _CLAUSE.search(gap):
            found += [(a, b, w) for a in one.companies for b in other.companies if a != b for w in words(gap)]
    return found


def _clauses(text: str, named: Sequence[Named]) -> list[tuple[int, int]]:
    """Where clauses begin and end; a name is never cut, and a list of names stays with what is said of them."""
    spans = [(one.span.start, one.span.end) for one in named]
    ends = {end for _, end in spans}
    edges = [0]
    for cut in _CLAUSE.finditer(text):
        inside = any(start < cut.end() <= end for start, end in spans)
        listed = cut[0].strip() in _LISTS and len(text[: cut.start()].rstrip()) in ends
        if not inside and not listed:
            edges.append(cut.end())
    return [(a, b) for a, b in pairwise([*edges, len(text)]) if text[a:b].strip()]
