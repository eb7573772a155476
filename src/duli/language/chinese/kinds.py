"""Which kinds each word of a Chinese sentence could be of, and what each costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from duli.language.chinese.words import CLOSED, THINGS, Evidence, closed
from duli.language.phrases import Word

Kinds = tuple[tuple[str, int], ...]
DOUBTFUL = 6
_PREDICATES = frozenset(
    {"IS", "ISNOT", "NOT", "VERY", "MODAL", "BI", "NEITHER", "BOTH", "EITHER", "V", "QUALITY"}
)
_BREAKS = frozenset({"COMMA", "THEN", "AND", "OR", "IF"})
_OPENS_VERB = frozenset({"NOT", "MODAL", "NEITHER", "NEITHER_E", "PRONOUN"})
_SUBJECTS = frozenset(
    {"W", "PRONOUN", "EVERY", "SOME", "NO", "THE", "EXISTS", "SOMEONE", "EVERYONE", "NOONE"}
)
_ONES = frozenset({"SOMEONE", "EVERYONE", "NOONE"})

_BEFORE_GROUP = frozenset({"", "COMMA", "IF", "THEN", "IFF", "UNLESS", "AND", "OR", "EITHER", "FOR", "OPEN"})

_SIDE = re.compile(r"^(?:左|右|前|后|上|下)(?:边|面|方)$")

_Piece = tuple[Word, str]


def kinds(words: Sequence[Word], known: Evidence) -> tuple[list[Word], list[Kinds]]:
    """The words that count, pieces parted into subject, verb and object, and of each the kinds that it could be of."""
    pieces = _owned([piece for at in range(len(words)) for piece in _parted(words, at, known)], known)
    found = [(word, kind) for at in range(len(pieces)) for word, kind in _kinds(pieces, at) if kind]
    return [word for word, _ in found], [kind for _, kind in found]


def _owned(pieces: list[_Piece], known: Evidence) -> list[_Piece]:
    """鲍勃的猫 is one piece, where 鲍勃 is a name."""
    made: list[_Piece] = []
    for word, kind in pieces:
        if kind == "W" and len(made) > 1 and made[-1][1] == "DE" and word.text not in THINGS:
            owner = made[-2][0]
            if made[-2][1] == "W" and owner.text.strip("「」") in known.names - known.qualities:
                made[-2:] = []
                text = f"{owner.text.strip('「」')}的{word.text}"
                word = Word(text, text, owner.start)
        made.append((word, kind))
    return made


def _parted(words: Sequence[Word], at: int, known: Evidence) -> list[_Piece]:
    """A piece between closed words: what is spoken of, a verb, and its object."""
    word, text = words[at], words[at].text
    if text in CLOSED:
        kind = CLOSED[text]
        plain = text.removeprefix("一定").removeprefix("都") if kind == "MODAL" else text
        return [(word._replace(text=plain, low=plain), kind)]
    if text.startswith("「"):
        return [(word, "W")]
    if text.startswith("对") and text.endswith("，"):
        return [(word, "FOR")]
    before = closed(words[at - 1]) if at else ""
    if before in ("VERY", "BI"):
        return [(word, "W")]
    verb = _verb(text, known, starts=before in _OPENS_VERB)
    if verb is not None:
        start, end = verb
        return [*_piece(word, 0, start), *_piece(word, start, end, "V"), *_piece(word, end, len(text))]
    if before == "MODAL":
        return [(word, "V")]
    late = before == "THEN" and words[at - 1].text == "就" and at > 1 and closed(words[at - 2]) != "COMMA"
    if (late or before in _ONES | {"PRONOUN"}) and (at + 1 == len(words) or closed(words[at + 1]) in _BREAKS):
        return [(word, "QUALITY")]
    quality = _quality(text, known) if before not in ("IS", "ISNOT") else None
    if quality is not None:
        return [*_piece(word, 0, quality), *_piece(word, quality, len(text), "QUALITY")]
    return _piece(word, 0, len(text))


def _piece(word: Word, start: int, end: int, kind: str = "W") -> list[_Piece]:
    text = word.text[start:end]
    if kind == "W":
        text = text.rstrip("都也还") or text
    return [(Word(text, text, word.start + start), kind)] if text else []


def _verb(text: str, known: Evidence, *, starts: bool) -> tuple[int, int] | None:
    """Where the first verb of a piece stands: the longest that is known; not inside a name or a quality."""
    if text in known.names or text in known.qualities:
        return None
    for start in range(1 if starts else len(text)):
        for end in range(min(len(text), start + 4), start, -1):
            if text[start:end] in known.verbs:
                return start, end
    return None


def _quality(text: str, known: Evidence) -> int | None:
    """Where a known quality stands at the end of a piece, after a subject."""
    if text in known.names or text in known.qualities:
        return None
    return next((start for start in range(1, len(text)) if text[start:] in known.qualities), None)


def _kinds(pieces: Sequence[_Piece], at: int) -> list[tuple[Word, Kinds]]:
    word, kind = pieces[at]
    after = pieces[at + 1][1] if at + 1 < len(pieces) else ""
    before = pieces[at - 1][1] if at else ""
    earlier = {name for _, name in pieces[:at]}
    made: Kinds = ((kind, 0),)
    if kind in _ONES:
        made = (("ONE", 0),)
    elif kind == "V":
        made = (("V", 0), ("W", 3))
        if after == "DE" and before in ("W", "PRONOUN"):
            made = (("V_OF", 0), *made)
    elif kind == "QUALITY":
        made = (("QUALITY", 0), ("W", 2))
    elif kind == "ISNOT" and word.text == "并非" and after == "OPEN":
        made = (("NOT_SO", 0),)
    elif kind == "ISNOT":
        return [(word, (("IS", 0),)), (word, (("NOT", 0),))]
    elif kind == "DE":
        beside = at + 1 < len(pieces) and _SIDE.match(pieces[at + 1][0].text)
        made = made if after in ("W", "V", "QUALITY") and not beside else ()
    elif kind == "OPEN":
        made = (("OPEN", 0),) if before in _BEFORE_GROUP or pieces[at - 1][0].text == "并非" else (("W", 0),)
    elif kind == "CLOSE":
        made = (("CLOSE", 0), ("W", 1))
    elif kind == "COMMA":
        made = _comma(pieces, at, after, earlier)
    elif kind in ("AND", "OR"):
        made = _joint(pieces, at, kind)
    elif kind == "EITHER":
        clause = after in _SUBJECTS and _begins_clause(pieces, at + 1)
        made = (("EITHER_C", 0), ("EITHER_P", 1)) if clause else (("EITHER_P", 0), ("EITHER_C", 2))
    elif kind == "NEITHER_E" and "NEITHER" not in earlier:
        made = (("NOT", 0),)
        if before not in ("W", "PRONOUN", "COMMA"):
            return [(word, (("AND_P", 0),)), (word, made)]
    elif kind == "NOT" and word.text in ("没有", "都没有") and after not in ("V", "MODAL", "IS"):
        if before in ("", "COMMA", "IF", "THEN"):
            made = (("NO", 0),)
        else:
            return [(word, made), (Word("有", "有", word.start), (("V", 0),))]
    elif kind == "THEN" and (not earlier & {"IF", "UNLESS"} or (word.text == "就" and before != "COMMA")):
        made = ()
    elif kind == "BOTH_E" and "BOTH" not in earlier:
        made = (("AND_P", 0),) if before else ()
    return [(word, made)]


def _comma(pieces: Sequence[_Piece], at: int, after: str, earlier: set[str]) -> Kinds:
    if "COLON" in earlier:
        return (("AND_I", 0),) if after != "AND" else ()
    if after in ("AND", "OR", "THEN", "EITHER", "NEITHER_E", "BOTH_E", "IFF"):
        return ()
    later = {name for before, (_, name) in pairwise(pieces[at:]) if before[1] == "COMMA"}
    waits = earlier & {"IF", "UNLESS"} and "THEN" not in earlier | later
    then = (("THEN", 0),) if waits else ()
    clause = _begins_clause(pieces, at + 1)
    return (*then, ("AND_C", 0 if clause and not then else 2), ("AND_P", 0 if after in _PREDICATES else 2))


def _joint(pieces: Sequence[_Piece], at: int, kind: str) -> Kinds:
    after = pieces[at + 1][1] if at + 1 < len(pieces) else ""
    before = pieces[at - 1][1] if at else ""
    earlier = {name for _, name in pieces[:at]}
    if "COLON" in earlier:
        return (("AND_I", 0),)
    clause = _begins_clause(pieces, at + 1)
    predicate = after in _PREDICATES
    subject = not earlier - {"W", "AND", "THE", "IF", "COMMA"} or before in ("COMMA", "THEN")
    costs = [
        (f"{kind}_C", 0 if clause and not subject else 3),
        (f"{kind}_P", 0 if predicate and not clause else 2),
    ]
    if kind == "AND":
        costs.append(("AND_S", 0 if subject else 3))
    inside = (("W", 1),) if after else ()
    return (*costs, (f"{kind}_K", 1), *inside)


def _begins_clause(pieces: Sequence[_Piece], at: int) -> bool:
    """Whether a subject and what is said of it stand here, before the next joint."""
    if at < len(pieces) and (pieces[at][1] in ("OPEN", "FOR") or pieces[at][0].text == "并非"):
        return True
    if at >= len(pieces) or pieces[at][1] not in _SUBJECTS:
        return False
    for _, kind in pieces[at + 1 :]:
        if kind in _PREDICATES:
            return True
        if kind in _BREAKS:
            return False
    return False
