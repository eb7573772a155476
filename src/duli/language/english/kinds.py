"""Which kinds each word of an English sentence could be of, and what each costs: the stated rules of ambiguity.

Words of closed classes are listed (closed.py); all others are taken by their form and by how the text uses them
elsewhere (`Evidence`): what follows "does not" is a verb, what follows "is" is said of things, what follows "a" a noun.
A cost of 0 is what a word is by all that is seen; the reading of the least sum is taken, and one that is dearer than
`DOUBTFUL` is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from duli.language.english import words as forms
from duli.language.english.closed import (
    ADVERBS,
    ATTITUDES,
    DETERMINERS,
    DO,
    IS,
    MODAL,
    NOT,
    ONES,
    OPENERS,
    POSSESSIVE,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVE,
)
from duli.language.english.evidence import Evidence
from duli.language.english.verbs import JOINING, Verbs
from duli.language.phrases import Word

Kinds = tuple[tuple[str, int], ...]

DOUBTFUL = 5
"""Chosen on half of FOLIO's train part: dearer readings were wrong about as often as right."""

_BEFORE_GROUP = frozenset("if then and or , either iff unless notso forevery forsome (".split())  # noqa: SIM905


def kinds(words: Sequence[Word], known: Evidence) -> list[Kinds]:
    """Of each word the kinds that it could be of, with costs; a word that does not count is of none."""
    return _Sentence(words, known).kinds()


class _Sentence:
    """One sentence being looked at."""

    def __init__(self, words: Sequence[Word], known: Evidence) -> None:
        self.words, self.known = words, known
        found = Verbs(words, known)
        self.low, self.seen, self.verbs, self.named = found.low, found.seen, found.costs, found.named

    def kinds(self) -> list[Kinds]:
        return [self._kinds(at) for at in range(len(self.words))]

    def at(self, at: int) -> str:
        """A word in lower case, empty past the ends."""
        return self.low[at] if 0 <= at < len(self.low) else ""

    def _kinds(self, at: int) -> Kinds:
        low = self.low[at]
        closed = _CLOSED.get(low) if not self.named[at] else None
        if closed is not None:
            return closed(self, at)
        if low in ONES:
            is_object = at > 0 and (self.low[at - 1] in PREPOSITIONS or self.verbs[at - 1] is not None)
            return (("ONE", 0), ("W", 0 if is_object else 3))
        if low in PRONOUNS:
            inside = 0 if at and low in ("him", "them", "her", "it") else 3
            return (("PRONOUN", 0 if low not in ("him", "them") else 5), ("SAME", 1), ("W", inside))
        if low in PREPOSITIONS and self.verbs[at] is None:
            opens = (
                low in OPENERS
                and (at == 0 or self.at(at - 1) in ("if", ",", "then"))
                and "," in self.low[at:]
            )
            return (("W", 0), ("PRE", 0)) if opens else (("W", 0),)
        if low.endswith("ly") or low in ADVERBS:
            verb = self.verbs[at + 1] if at + 1 < len(self.low) else None
            if verb is None or verb > 2:
                return (("W", 0),)
            late = any(word in RELATIVE for word in self.low[: at - 1])
            return (("W", 0), ("ADV", 1)) if late else (("ADV", 0), ("W", 1))
        cost = self.verbs[at]
        if cost is None:
            return (("W", 0),)
        if cost <= 0:
            return (("V", 0), ("W", 2 - cost))
        return (("W", 0), ("V", cost))

    def joint(self, at: int, kind: str) -> Kinds:
        """What "and" and "or" join here: by what comes after."""
        after = at + 1
        while self.at(after) in ("also", "then", "not", "never", "always", "usually", ",") or self.at(
            after
        ).endswith("ly"):
            after += 1
        low = self.at(after)
        clause = self.begins_clause(after)
        predicate = (
            low in IS
            or low in DO
            or low in MODAL
            or low in ("either", "neither", "both")
            or low in ("has", "have")
        )
        verb = self.verbs[after] if after < len(self.low) else None
        adjective = low in self.known.said
        adjective = adjective or (forms.is_participle(low) and self.at(after + 1) in PREPOSITIONS)
        costs = {"C": 0 if clause else 4, "P": 3, "B": 4, "K": 1, "S": 2}
        words = 1
        if predicate and not clause:
            costs |= {"P": 0, "K": 0 if low in ("either", "neither", "both") else 3}
            words = 4
        elif verb is not None and verb <= 3 and not clause and not (adjective and verb > 0):
            costs |= {
                "P": 0 if verb <= 1 else 1,
                "B": (0 if verb <= 1 else 1) + (0 if self._is_base(after) else 3),
            }
            words, costs["K"] = (3, 3) if verb <= 0 else (2, 3) if verb == 1 else (1, 2)
        elif adjective or (low in ("a", "an", "no", "not") and not clause):
            costs["K"], words = 0, 2
        elif clause:
            words, costs["K"] = 3, 2
        elif low in POSSESSIVE:
            words, costs["K"] = 0, 2
        if self.at(at - 1) == "," or (words == 1 and self._is_plainly_said(at)):
            words += 1
        ends = ((f"{kind}_E", 0), (f"{kind}_M", 0)) if self._is_open(kind, at) else ()
        return (*ends, *((f"{kind}_{level}", cost) for level, cost in costs.items()), ("W", words))

    def _is_plainly_said(self, at: int) -> bool:
        """Whether what stands before is a word or two after "is": kind and …."""
        for before in range(at - 1, max(-1, at - 4), -1):
            low = self.low[before]
            if low in IS or low in ("either", "neither", "both"):
                return True
            if low in PREPOSITIONS:
                return False
        return False

    def _is_base(self, at: int) -> bool:
        return not forms.is_third(self.low[at]) and not forms.is_past(self.low[at])

    def _is_open(self, kind: str, at: int) -> bool:
        """Whether a pair waits for its second half."""
        opener, closer = {"OR": ("either", "or"), "NOR": ("neither", "nor"), "AND": ("both", "and")}[kind]
        if kind == "OR" and "neither" in self.seen and "nor" not in self.seen:
            opener = "neither"
        return opener in self.low[:at] and closer is not None

    def begins_clause(self, at: int) -> bool:
        """Whether a subject begins here, with what is said of it before the next joint."""
        low = self.at(at)
        if low == "(":
            return self.groups(at)
        if low in PRONOUNS or low in ONES or low in ("there", "if", "notso", "forevery", "forsome"):
            return low not in ("him", "them", "her")
        if not (low in DETERMINERS or (at < len(self.words) and (self.named[at] or forms.is_plural(low)))):
            return False
        for further in range(at + 1, len(self.low)):
            word = self.low[further]
            if word in IS or word in DO or word in MODAL or word in ("has", "have", "either", "neither"):
                return True
            if word in ("and", "or", ",", "then", "who", "that", "which"):
                return False
            verb = self.verbs[further]
            if verb is not None and verb <= 1:
                return True
        return False

    def groups(self, at: int) -> bool:
        """Whether a bracket stands where a sentence begins, or is the other half of one that does."""
        if self.low[at] == "(":
            return at == 0 or self.low[at - 1] in _BEFORE_GROUP
        depth = 0
        for before in range(at, -1, -1):
            depth += {")": 1, "(": -1}.get(self.low[before], 0)
            if depth == 0:
                return self.groups(before)
        return False

    def in_complement(self, at: int) -> bool:
        """Whether a word stands in what "that" opens after an adjective or a verb: unaware that tea is a drug."""
        for before in range(at - 1, 0, -1):
            if self.low[before] == "that":
                return self.is_complement(before)
            if self.low[before] in (",", "and", "or", "then"):
                return False
        return False

    def is_complement(self, at: int) -> bool:
        """Whether "that" opens what is known, said or felt."""
        before = self.at(at - 1)
        if self.at(at + 1) in IS or self.at(at + 1) in MODAL:
            return False
        return before not in self.known.nouns and (
            before in self.known.said or forms.base(before) in ATTITUDES
        )


Of = Callable[[_Sentence, int], Kinds]


def _fixed(*options: tuple[str, int]) -> Of:
    return lambda sentence, at: options


def _and(sentence: _Sentence, at: int) -> Kinds:
    items = (("AND_I", 0),) if ":" in sentence.seen else ()
    return (*items, *sentence.joint(at, "AND"))


def _or(sentence: _Sentence, at: int) -> Kinds:
    made = sentence.joint(at, "OR")
    if "neither" in sentence.seen and "nor" not in sentence.seen:
        return (*((("NOR_E", 0),) if "neither" in sentence.low[:at] else ()), *made)
    return made


def _nor(sentence: _Sentence, at: int) -> Kinds:
    return (("NOR_E", 0), ("NOR_M", 0))


def _between(kind: str) -> Of:
    def of(sentence: _Sentence, at: int) -> Kinds:
        verb = sentence.verbs[at + 1] if at + 1 < len(sentence.low) else None
        if verb is None and sentence.at(at + 1).endswith("ly") and at + 2 < len(sentence.low):
            verb = sentence.verbs[at + 2]
        following = sentence.at(at + 1)
        predicate = following in IS or following in DO or following in MODAL or following in ("has", "have")
        starts = at == 0 or sentence.at(at - 1) in ("if", "then", ",", "(", "forevery", "forsome")
        options = [
            (f"{kind}_K", 0),
            (f"{kind}_P", 0 if predicate or verb is not None else 1),
            (f"{kind}_S", 1 if starts else 4),
        ]
        if kind != "NEITHER":
            options.append((f"{kind}_B", 0))
        if kind != "BOTH":
            options.append((f"{kind}_M", 1))
        if kind == "EITHER":
            options.append(("EITHER_C", 0 if starts and sentence.begins_clause(at + 1) else 3))
        if kind == "BOTH":
            options.append(("W", 3))
        return tuple(options)

    return of


def _is(sentence: _Sentence, at: int) -> Kinds:
    low, before = sentence.low[at], sentence.at(at - 1)
    if low in ("be", "been"):
        return (("BE", 0), ("W", 1))
    repeated = 1 if before in JOINING else 4
    return (("IS", 0), ("IS_K", repeated), ("W", 1 if sentence.in_complement(at) else 5))


def _do(sentence: _Sentence, at: int) -> Kinds:
    inside = 2 if sentence.in_complement(at) else 5
    if sentence.low[at] in ("do", "does", "did") and sentence.at(at + 1) not in NOT:
        return (("DO", 0), ("V", 0), ("W", inside))
    return (("DO", 0), ("W", inside))


def _have(sentence: _Sentence, at: int) -> Kinds:
    after = at + 1
    while sentence.at(after) in NOT or sentence.at(after) in ADVERBS or sentence.at(after).endswith("ly"):
        after += 1
    low = sentence.at(after)
    if sentence.at(at - 1) == "to":
        return (("W", 0),)
    if low == "been" or forms.is_participle(low):
        return (("DO", 0), ("V", 1), ("W", 4))
    return (("V", 0), ("W", 3))


def _that(sentence: _Sentence, at: int) -> Kinds:
    before, low = sentence.at(at - 1), sentence.low[at]
    if at == 0 or before in ("if", "then", "and", "or", ",", "iff", "("):
        return (("THE", 0), ("REL", 1), ("W", 2)) if low == "that" else (("REL", 0),)
    if low == "that" and before in ("of", "in", "to", "by", "for", "with"):
        return (("W", 0),)
    return (("W", 0), ("REL", 1)) if low == "that" and sentence.is_complement(at) else (("REL", 0), ("W", 3))


def _comma(sentence: _Sentence, at: int) -> Kinds:
    before, after = sentence.at(at - 1), sentence.at(at + 1)
    if after in ("and", "or", "but", "then", "nor") or after in ("who", "which"):
        return ()
    opened = any(sentence.at(k) == "," and sentence.at(k + 1) in ("who", "which") for k in range(at))
    verb = at + 1 < len(sentence.low) and sentence.verbs[at + 1] is not None
    if opened and (after in IS or after in DO or after in MODAL or verb):
        return ()
    if ":" in sentence.seen and sentence.low.index(":") < at:
        return (("AND_I", 0),)
    then = (("THEN", 0),) if sentence.seen & {"if", "when", "whenever", "unless"} else ()
    opening = (("COMMA", 0),) if set(sentence.low[:at]) & OPENERS else ()
    joints = {
        name: cost + 1 for name, cost in sentence.joint(at, "AND") if name not in ("W", "AND_E", "AND_M")
    }
    names = sentence.named[at - 1] and at + 1 < len(sentence.words) and sentence.named[at + 1]
    names = names and sentence.at(at + 2) not in IS and at > 0
    listed = before.isalpha() and after.isalpha() and after not in DETERMINERS and after not in PRONOUNS
    return (*then, *opening, *joints.items(), ("W", 0 if names else 1 if listed else 3))


def _determiner(name: str, inside: int) -> Of:
    return _fixed((name, 0), ("W", inside))


def _bracket(sentence: _Sentence, at: int) -> Kinds:
    return (("OPEN" if sentence.low[at] == "(" else "CLOSE", 0),) if sentence.groups(at) else (("W", 0),)


def _if(sentence: _Sentence, at: int) -> Kinds:
    if at and sentence.at(at - 1) not in (",", "and", "or", "then", "(", "forevery", "forsome"):
        return (("MID_IF", 0), ("W", 5))
    return (("IF", 0), ("MID_IF", 1), ("W", 5))


def _then(sentence: _Sentence, at: int) -> Kinds:
    if not sentence.seen & {"if", "when", "whenever", "unless"}:
        return ()
    return (("THEN", 0),)


def _only(sentence: _Sentence, at: int) -> Kinds:
    return (
        (("ONLY", 0), ("W", 2))
        if at == 0 or sentence.at(at - 1) in ("if", "then")
        else (("W", 0), ("ADV", 0))
    )


def _one(sentence: _Sentence, at: int) -> Kinds:
    following = sentence.at(at + 1)
    alone = following in IS or following in MODAL or following in DO or following in RELATIVE
    return (("ONE", 0), ("W", 3)) if alone else (("W", 0),)


def _also(sentence: _Sentence, at: int) -> Kinds:
    return () if sentence.at(at - 1) in ("and", "but") else (("ADV", 0), ("W", 1))


_CLOSED: dict[str, Of] = {
    "and": _and, "but": _and, "or": _or, "nor": _nor, ",": _comma, "then": _then, "also": _also, "one": _one,
    "if": _if, "when": _if, "whenever": _if, "unless": _fixed(("UNLESS", 0), ("MID_UNLESS", 0)),
    "either": _between("EITHER"), "neither": _between("NEITHER"), "both": _between("BOTH"),
    **dict.fromkeys(IS, _is), **dict.fromkeys(DO, _do), **dict.fromkeys(MODAL, _fixed(("MODAL", 0), ("W", 5))),
    **dict.fromkeys(("has", "have", "had"), _have), **dict.fromkeys(NOT, _fixed(("NOT", 0), ("W", 3))),
    **dict.fromkeys(RELATIVE, _that), **dict.fromkeys(("every", "each", "all", "any"), _determiner("EVERY", 0)),
    "no": _determiner("NO", 2), **dict.fromkeys(("some", "several", "many"), _determiner("SOME", 0)),
    **dict.fromkeys(("a", "an", "another"), _determiner("A", 0)),
    "the": _determiner("THE", 0),
    **dict.fromkeys(("this", "these", "those"), _determiner("THE", 3)),
    "only": _only, "there": _fixed(("THERE", 0), ("W", 5)), ":": _fixed(("COLON", 0)), "iff": _fixed(("IFF", 0)),
    "exists": _fixed(("V", 0)), "exist": _fixed(("V", 0)), "notso": _fixed(("NOT_SO", 0)),
    "(": _bracket, ")": _bracket, **dict.fromkeys(("forevery", "forsome"), _fixed(("FOR", 0))),
}  # fmt: skip
