"""Clinical free text to candidate phrases: where each finding stands, if it is denied, of whom it is said.

What it must do: offsets point into the original text; names that contain separators survive; what is denied
is told apart by scope, as in NegEx (Chapman et al., 2001); no spaces between words are assumed; any text is
answered in time linear in its length. Without a parser the scope of a denial is a choice:

- "no a, b or c" denies all three. A list stays denied until a new clause, "but", ", with", ";" or the end of
  the sentence.
- "x, no a, b" denies a alone: in a list of findings that are there, "no" speaks of its own item, unless an
  "or" follows. "x, denies a, b" denies both, for a verb begins a list of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from duli.neural import cues
from duli.types import Span

Known = Callable[[str], bool]

_MOST_JOINED = 6
_LONGEST_NAME = 160
_TAIL = 80
_EDGES = " \t\r\n\"'“”‘’.,*•·=_|"
_DASHES = "-–—/+"
_LIST_EDGES = " \t\r\n\f\v\u00a0\u3000,，、"
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Phrase:
    """A candidate finding.

    Args:
        span: where it stands.
        negated: said to be absent.
        cue: the words that deny it.
        other: said of a relative, not of the patient.
    """

    span: Span
    negated: bool
    cue: str | None = None
    other: bool = False


@dataclass(frozen=True)
class _Piece:
    """Text between separators: [start, end), the gap before it, and the known name it ends with."""

    start: int
    end: int
    gap: str
    kind: str
    name: int | None = None


@dataclass(frozen=True)
class _Scope:
    """The denial that reaches here: its words, and whether it goes on over a comma."""

    cue: str | None = None
    wide: bool = False


_OPEN = _Scope()


def split(text: str, known: Known | None = None) -> tuple[Phrase, ...]:
    """Phrases in the order of the text; empty when it has only stop words.

    >>> [(p.span.text, p.negated) for p in split("seizures, kidney tumors; no fever or chills")]
    [('seizures', False), ('kidney tumors', False), ('fever', True), ('chills', True)]

    Args:
        text: free text.
        known: tells whether a text is a name, so that names with separators or cues in them stay whole
            ("Muscle weakness, distal", "Absent speech"); the longest wins.
    """
    return tuple(_Reader(text, known or _none_known).read())


def _none_known(_: str) -> bool:
    return False


class _Reader:
    """One pass over the pieces of one text."""

    def __init__(self, text: str, known: Known) -> None:
        self._text = text
        self._known = known
        self._found: list[Phrase] = []
        self._list_from = 0
        self._stated = 0
        self._scope = _OPEN
        self._own_item = False

    def read(self) -> list[Phrase]:
        """All phrases."""
        pieces = self._joined(list(_pieces(self._text)))
        others = _others(self._text, pieces)
        before_or = _before_or(pieces)
        skip = False
        for i, piece in enumerate(pieces):
            answer = pieces[i + 1] if i + 1 < len(pieces) and _asks(pieces[i + 1]) else None
            self._enter(piece)
            self._own_item = not before_or[i] and self._is_item(piece)
            if skip:
                skip = False
                continue
            if answer is not None and piece.name is None and self._heading(piece):
                continue
            skip = answer is not None and self._answered(piece, answer, i in others)
            if not skip:
                self._piece(piece, i in others)
            if self._begins_clause(piece):
                self._list_from = len(self._found)
        return self._found

    def _joined(self, pieces: list[_Piece]) -> list[_Piece]:
        """The longest run of pieces that is a known name becomes one piece."""
        result, i = [], 0
        while i < len(pieces):
            piece, used = self._longest(pieces, i)
            result.append(piece)
            i += used
        return result

    def _longest(self, pieces: list[_Piece], i: int) -> tuple[_Piece, int]:
        first = pieces[i]
        starts = self._starts(first)
        last = i
        while last + 1 < min(len(pieces), i + _MOST_JOINED) and pieces[last + 1].kind == "soft":
            last += 1
        for j in range(last, i - 1, -1):
            for start in starts:
                end = self._closed(start, pieces[j].end)
                if self._is_name(start, end):
                    return replace(first, end=end, name=start), j - i + 1
        return first, 1

    def _starts(self, piece: _Piece) -> list[int]:
        """Where a name may begin: at the piece, after filler words, after a denial."""
        places = [piece.start, self._lead(piece.start, piece.end)]
        denial = cues.DENIAL.search(self._text, piece.start, piece.end)
        if denial:
            places.append(self._lead(denial.end(), piece.end))
        relative = cues.RELATIVE.search(self._text, piece.start, piece.end)
        if relative:
            places.append(self._lead(relative.end(), piece.end))
        return [p for p in dict.fromkeys(places) if p < piece.end]

    def _closed(self, start: int, end: int) -> int:
        inside = self._text[start:end]
        return end + 1 if inside.count("(") > inside.count(")") and self._text[end : end + 1] == ")" else end

    def _enter(self, piece: _Piece) -> None:
        """What the gap before a piece, and the way it begins, do to the denial in force."""
        ends = piece.kind in ("hard", "contrast") or cues.RESUMES.search(piece.gap) is not None
        comma = any(c in piece.gap for c in ",，")
        if ends or (comma and not self._scope.wide) or self._new_clause(piece, comma):
            self._scope = _OPEN
        if piece.kind in ("hard", "contrast"):
            self._stated = 0
        if piece.kind != "soft" or not cues.LISTS.match(piece.gap.strip(_LIST_EDGES)):
            self._list_from = len(self._found)

    def _new_clause(self, piece: _Piece, comma: bool) -> bool:
        return self._begins_clause(piece) and (comma or "and" in piece.gap.casefold())

    def _begins_clause(self, piece: _Piece) -> bool:
        named = piece.name == piece.start
        return not named and cues.NEW_CLAUSE.match(self._text, piece.start, piece.end) is not None

    def _is_item(self, piece: _Piece) -> bool:
        """Whether a bare denial here is one item in a list of findings that are there."""
        gap = piece.gap.strip()
        comma = gap[:1] in (",", "，") and cues.LISTS.match(gap.strip(_LIST_EDGES))
        bare = comma and cues.BARE.match(self._text, piece.start)
        # "no a, no b, c": whoever denies one by one denies no more.
        return bool(bare) and (self._stated > 0 or self._scope.cue is not None)

    def _heading(self, piece: _Piece) -> bool:
        """Whether a piece before a colon only heads what follows."""
        words = self._text[piece.start : piece.end].strip()
        if cues.DENYING_HEAD.match(words):
            self._scope = _Scope(words, wide=True)
            return True
        if cues.HEAD.match(words):
            self._scope = _OPEN
            return True
        return False

    def _answered(self, piece: _Piece, answer: _Piece, other: bool) -> bool:
        """``Fever: no`` and ``Fever: yes``."""
        words = self._text[answer.start : answer.end].strip()
        if cues.NO.match(words):
            self._emit(piece.start, piece.end, _Scope(words), other)
        elif cues.YES.match(words):
            self._emit(piece.start, piece.end, _OPEN, other)
        else:
            return False
        return True

    def _piece(self, piece: _Piece, other: bool) -> None:
        start, end = piece.start, piece.end
        limit = end if piece.name is None else piece.name
        relative = cues.RELATIVE.search(self._text, start, limit)
        if relative:
            self._denials(start, relative.start(), other=False, last=False)
            self._rest(relative.end(), end, piece.name, other=True)
            return
        trailing = cues.IN_RELATIVE.search(self._text, max(start, end - _TAIL), end)
        if trailing and piece.name is None:
            end, other = trailing.start(), True
        self._rest(start, end, piece.name, other)

    def _rest(self, start: int, end: int, name: int | None, other: bool) -> None:
        if name is not None:
            self._denials(start, name, other, last=False)
            self._emit(name, end, self._scope, other)
            return
        after = cues.DENIED_AFTER.search(self._text, max(start, end - _TAIL), end)
        if after and after.start() > start:
            self._denied_after(start, after, other)
            return
        self._denials(start, end, other)

    def _denied_after(self, start: int, after: re.Match[str], other: bool) -> None:
        head = self._text[self._lead(start, after.start()) : after.start()].strip()
        if len(head) <= _LONGEST_NAME and self._known(f"absent {head}"):
            self._emit(start, after.end(), self._scope, other)
            return
        cue = after.group().strip()
        if cues.PLURAL.search(cue):
            self._deny_list(cue)
        self._denials(start, after.start(), other, scope=_Scope(cue))
        # The verb closes its list: what was denied once is not looked at again.
        self._list_from = len(self._found)

    def _deny_list(self, cue: str) -> None:
        listed = self._found[self._list_from :]
        self._stated -= sum(not phrase.negated for phrase in listed)
        self._found[self._list_from :] = [replace(p, negated=True, cue=p.cue or cue) for p in listed]

    def _denials(
        self, start: int, end: int, other: bool, *, last: bool = True, scope: _Scope | None = None
    ) -> None:
        """Emit what stands before, between and after the denials in [start, end)."""
        while match := cues.DENIAL.search(self._text, start, end):
            before = self._text[self._lead(start, match.start()) : match.start()].strip(_EDGES)
            if match["narrow"] and before and last:
                self._emit(start, end, _Scope(match.group()), other)
                return
            if before and not cues.SUBJECT_ONLY.search(f" {before}"):
                self._emit(start, match.start(), scope or self._scope, other)
            self._scope = _Scope(match.group(), wide=match["narrow"] is None and not self._own_item)
            start = match.end()
        if last:
            self._emit(start, end, scope or self._scope, other)

    def _emit(self, start: int, end: int, scope: _Scope, other: bool) -> None:
        start = self._lead(start, end)
        end = self._trail(start, end)
        while start < end and self._text[start] in _DASHES:
            start = self._lead(start + 1, end)
        while end > start and self._text[end - 1] in _DASHES:
            end = self._trail(start, end - 1)
        words = _WORD.findall(self._text[start:end].casefold())
        letters = "".join(w for w in words if not w.isdigit())
        if not self._is_name(start, end) and (
            all(w in cues.STOP or w.isdigit() for w in words) or _too_short(letters)
        ):
            return
        span = Span(start, end, self._text[start:end])
        self._stated += scope.cue is None
        self._found.append(Phrase(span, scope.cue is not None, scope.cue, other))

    def _lead(self, start: int, end: int) -> int:
        """The place after the words that only introduce a finding."""
        start = _skip(self._text, start, end)
        while start < end and not self._is_name(start, end):
            match = cues.LEAD.match(self._text, start, end)
            if not match:
                break
            start = _skip(self._text, match.end(), end)
        return start

    def _trail(self, start: int, end: int) -> int:
        while end > start and self._text[end - 1] in _EDGES:
            end -= 1
        while end > start and not self._is_name(start, end):
            match = cues.TRAIL.search(self._text, max(start, end - _TAIL), end)
            if not match:
                break
            end = match.start()
        return end

    def _is_name(self, start: int, end: int) -> bool:
        return end - start <= _LONGEST_NAME and self._known(self._text[start:end])


def _pieces(text: str) -> Iterator[_Piece]:
    """What stands between separators, with the strongest separator before it."""
    rank = {"soft": 0, "contrast": 1, "hard": 2}
    place, gap_from, kind = 0, 0, "hard"
    for match in cues.SEPARATOR.finditer(text):
        if match.group() == "." and _abbreviated(text, match.start()):
            continue
        start, end = _trimmed(text, place, match.start())
        if start < end:
            yield _Piece(start, end, text[gap_from:start], kind)
            gap_from, kind = end, "soft"
        kind = max(kind, str(match.lastgroup), key=rank.__getitem__)
        place = match.end()
    start, end = _trimmed(text, place, len(text))
    if start < end:
        yield _Piece(start, end, text[gap_from:start], kind)


def _abbreviated(text: str, dot: int) -> bool:
    short = cues.ABBREVIATION.search(text, max(0, dot - 8), dot)
    return bool(short or cues.NUMBERED.match(text, max(0, dot - 2)))


def _others(text: str, pieces: list[_Piece]) -> set[int]:
    """Numbers of the pieces that follow, in the same sentence, the mention of a relative."""
    result, inside = set(), False
    for i, piece in enumerate(pieces):
        if piece.kind != "soft" or cues.PATIENT.search(text, piece.start, piece.end):
            inside = False
        if inside:
            result.add(i)
        # A relative may be named across a separator: "mother with epilepsy".
        limit = pieces[i + 1].start if i + 1 < len(pieces) and pieces[i + 1].kind == "soft" else piece.end
        if cues.RELATIVE.search(text, piece.start, limit):
            inside = True
    return result


def _before_or(pieces: list[_Piece]) -> list[bool]:
    """Of each piece whether an "or" comes after it in the same sentence."""
    result = [False] * len(pieces)
    for i in range(len(pieces) - 2, -1, -1):
        following = pieces[i + 1]
        joined = result[i + 1] or cues.ALTERNATIVE.search(following.gap) is not None
        result[i] = following.kind == "soft" and joined
    return result


def _asks(piece: _Piece) -> bool:
    return any(c in piece.gap for c in ":：")


def _too_short(letters: str) -> bool:
    return not letters or (len(letters) == 1 and letters.isascii())


def _skip(text: str, start: int, end: int) -> int:
    while start < end and text[start] in _EDGES:
        start += 1
    return start


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    start = _skip(text, start, end)
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return start, end
