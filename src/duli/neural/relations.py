"""``extract``: two names in a sentence, as text that can be compared with what is said of relations in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from duli.errors import InputError
from duli.neural.phrases import Phrase
from duli.types import Span

HEAD, TAIL = "{head}", "{tail}"
FIRST, SECOND = "A", "B"
"""What the names are called where they stand: by their order in the sentence."""

AROUND = 60
"""Characters of the sentence that are kept before the first name and behind the second."""

LONGEST = 12
"""Words, or characters of Chinese, that a name has at most."""

_END = re.compile(r"[.!?](?=\s|$)|[。！？；;\n]")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_UNIT = re.compile(f"[{_HAN}]|[^\\W{_HAN}]+")


def names_in(text: str, known: Callable[[str], bool]) -> tuple[Phrase, ...]:
    """The names in a text, from left to right; of those that overlap the first, and of these the longest.

    Args:
        text: free text.
        known: tells whether a text is a name.
    """
    units = [match.span() for match in _UNIT.finditer(text)]
    found: list[Phrase] = []
    at = 0
    while at < len(units):
        for last in range(min(at + LONGEST, len(units)) - 1, at - 1, -1):
            start, end = units[at][0], units[last][1]
            if known(text[start:end]):
                found.append(Phrase(Span(start, end, text[start:end]), negated=False))
                at = last
                break
        at += 1
    return tuple(found)


def pairs(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """The numbers of each two spans, in their order in the text, that stand in one sentence."""
    order = sorted(range(len(spans)), key=lambda i: spans[i].start)
    for at, one in enumerate(order):
        for other in order[at + 1 :]:
            between = text[spans[one].end : spans[other].start]
            if spans[other].start >= spans[one].end and not _END.search(between):
                yield one, other


def located(text: str, head: str, tail: str) -> tuple[Span, Span]:
    """Where a head and a tail stand in a text: the nearest two of the places where they do.

    Raises:
        InputError: one of them is not in the text, or only inside the other.
    """
    found = []
    for name in (head, tail):
        places = [match.span() for match in re.finditer(re.escape(name), text, re.IGNORECASE)]
        if not places:
            raise InputError(f"the text does not name {name!r}", hint="head and tail are words of the text")
        found.append([Span(start, end, text[start:end]) for start, end in places])
    apart = [(h, t) for h in found[0] for t in found[1] if h.end <= t.start or t.end <= h.start]
    if not apart:
        raise InputError(f"{head!r} and {tail!r} must be two places of the text")
    return min(apart, key=lambda both: abs(both[0].start - both[1].start))


def sentence(text: str, first: Span, second: Span) -> str:
    """What is said of two names: their sentence, cut to what is near, with A and B in their places.

    >>> sentence("It rains. Acme Ltd supplies Bolt.", Span(10, 18, "Acme Ltd"), Span(28, 32, "Bolt"))
    'A supplies B'
    """
    before = _END.split(text[max(0, first.start - AROUND) : first.start])[-1]
    behind = _END.split(text[second.end : second.end + AROUND])[0]
    return f"{before}{FIRST}{text[first.end : second.start]}{SECOND}{behind}".strip()


def described(template: str, forward: bool) -> str:
    """A sentence about {head} and {tail}, where the head is the first of the two in the text, or the second."""
    head, tail = (FIRST, SECOND) if forward else (SECOND, FIRST)
    return template.replace(HEAD, head).replace(TAIL, tail)


def both_ways(templates: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is said where the head comes first, and where the tail does.

    A sentence says how one order looks; where none has an order, it is described by the sentences of the other.

    >>> both_ways(["{head} supplies {tail}", "{tail} is supplied by {head}"])
    (['A supplies B'], ['A is supplied by B'])
    >>> both_ways(["{head} supplies {tail}"])
    (['A supplies B'], ['B supplies A'])
    """
    found = []
    for forward in (True, False):
        own = [t for t in templates if (t.index(HEAD) < t.index(TAIL)) == forward] or list(templates)
        found.append([described(t, forward) for t in own])
    return found[0], found[1]
