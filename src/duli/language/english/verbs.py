"""Which words of an English sentence are verbs, by form and by neighbours: the costs that kinds.py builds on."""

from __future__ import annotations

from collections.abc import Sequence

from duli.language.english import words as forms
from duli.language.english.closed import (
    ADVERBS,
    ARTICLES,
    DETERMINERS,
    DO,
    IS,
    MODAL,
    NOT,
    ONES,
    POSSESSIVE,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVE,
    word_set,
)
from duli.language.english.evidence import Evidence
from duli.language.phrases import LETTER, Word

_SAID_ABOUT = {"notso", "forevery", "forsome", "iff", "("}
"""Words before a sentence as a whole."""
_SEGMENT = frozenset(
    {
        *_SAID_ABOUT,
        "and",
        "or",
        "but",
        "nor",
        ",",
        "then",
        "if",
        "either",
        "neither",
        "both",
        ":",
        *RELATIVE,
        *IS,
        *DO,
        *MODAL,
    }
)
JOINING = word_set("and or but nor either neither both")

_AFTER_VERB = DETERMINERS | PREPOSITIONS | PRONOUNS | ONES | {",", "then"}
_NEVER = (
    _SAID_ABOUT
    | MODAL
    | PREPOSITIONS
    | DETERMINERS
    | IS
    | PRONOUNS
    | JOINING
    | {",", ":", "(", ")", "if", "then", "there", "other", "others", "such", "same", "own", "more", "less"}
)


class Verbs:
    """Of each word of a sentence what it costs to take it for a finite verb.

    Args:
        words: of the sentence.
        known: how the text uses its words.
    """

    def __init__(self, words: Sequence[Word], known: Evidence) -> None:
        self.words, self.known = words, known
        self.low = [word.low.lower() for word in words]
        self.named = [word.name for word in words]
        self.seen = set(self.low)
        self.plural = self._is_plural(0)
        self.costs = self._verbs()

    def at(self, at: int) -> str:
        """A word in lower case, empty past the ends."""
        return self.low[at] if 0 <= at < len(self.low) else ""

    def _is_plural(self, start: int) -> bool:
        """Whether the subject that begins here speaks of several things."""
        first = self.at(start)
        if first in ("if", "when", "whenever", "no", "some", "only", "then", ",", *_SAID_ABOUT):
            return self._is_plural(start + 1)
        if first in ("all", "these", "those", "many", "several", "both"):
            return True
        for at in range(start, len(self.low)):
            low = self.low[at]
            if self.named[at] and LETTER.fullmatch(low.upper()):
                return False
            if low in ONES or low in ("a", "an", "every", "each", "the", "this") or low in PRONOUNS:
                return low in ("they", "you", "we")
            if forms.is_plural(low) and not self.named[at]:
                return not self.at(at - 1).endswith("ly") and (
                    not any(word.name for word in self.words[start:at]) or not self._has_object(at)
                )
            if low in IS or low in PREPOSITIONS or low in RELATIVE:
                break
        return False

    def _has_object(self, at: int) -> bool:
        """Whether what follows a word is what follows a verb: an object, a preposition, or nothing."""
        low = self.at(at + 1)
        named = at + 1 < len(self.words) and self.named[at + 1]
        return named or not low or low in JOINING or low in _AFTER_VERB

    def _verbs(self) -> list[int | None]:
        """Of each word what it costs to take it for a verb; after one that may be it, a later one is less so."""
        costs: list[int | None] = []
        earlier = 0
        for at, low in enumerate(self.low):
            if low in _SEGMENT:
                earlier = 0
                if low == "then" or (low == "," and self._is_clause_mark(at)):
                    self.plural = self._is_plural(at + 1)
            cost = self._verb(at)
            costs.append(cost if cost is None else cost + earlier)
            if cost is not None and 0 <= cost <= 2:
                earlier += 2
        return costs

    def _is_clause_mark(self, at: int) -> bool:
        return bool(self.seen & {"if", "when", "whenever"}) and self.at(at + 1) not in JOINING

    def _verb(self, at: int) -> int | None:
        """What it costs to take a word for a verb: 0 or less where all speaks for it, None where it cannot be one."""
        low = self.low[at]
        if low in _NEVER:
            return None
        low, before, following = self.low[at], self.at(at - 1), self.at(at + 1)
        skipped = at - 1
        while skipped >= 0 and (
            self.low[skipped] in NOT or self.low[skipped] in ADVERBS or self.low[skipped].endswith("ly")
        ):
            skipped -= 1
        governor = self.at(skipped)
        if governor in DO or governor in MODAL:
            return (
                None
                if low in IS or low in NOT or low in ADVERBS or low.endswith("ly") or low in JOINING
                else -1
            )
        if (
            not low[:1].isalpha()
            or low in PREPOSITIONS
            or low in DETERMINERS
            or low in IS
            or low in PRONOUNS
            or low in JOINING
        ):
            return None
        name = self.named[at]
        if (
            (name and (at > 0 or forms.base(low) not in self.known.verbs))
            or low.endswith("ly")
            or forms.is_doing(low)
        ):
            return None
        if at and self.named[at - 1]:
            before = ""
        if (
            before in ARTICLES
            or before in POSSESSIVE
            or before in ("of", "every", "each", "very", "more", "most")
        ):
            return None
        if governor in ("who", "that", "which", "they", "he", "she", "it", "you") or governor in ONES:
            return (
                -1
                if governor not in ("that", "it") or forms.is_third(low) or forms.is_past(low) or self.plural
                else 1
            )
        if before in PREPOSITIONS:
            return 4
        return self._by_form(at, low, governor, following)

    def _by_form(self, at: int, low: str, governor: str, following: str) -> int | None:
        """By ending, by what comes before and after, and by how the text uses the word elsewhere."""
        bare, known = forms.base(low), self.known
        starts = (
            following in _AFTER_VERB
            or following.endswith(("ing", "ly"))
            or (at + 1 < len(self.words) and self.named[at + 1])
        )
        ended = not following or following in JOINING or following in (",", "then", ")")
        is_known = bare in known.verbs or forms.is_known_base(bare)
        noun = low in known.said or forms.singular(low) in known.nouns
        after_name = at > 0 and self.named[at - 1] and following not in IS and following not in DO
        joint = governor in JOINING
        if forms.is_third(low):
            cost = 0 if is_known or after_name or (joint and starts) else 1 if starts or ended else 2
            if noun and not after_name and bare not in known.verbs:
                cost += 2
            if self.plural and not joint:
                cost += 2
            return cost
        if forms.is_past(low):
            if following == "by" or governor in IS or low in known.said or (joint and not is_known):
                return 3
            passive = forms.is_participle(low) and following in PREPOSITIONS and not after_name
            return 2 if passive else 0 if after_name else 1
        if joint or self.plural or governor == "to":
            if governor == "to":
                return None
            cost = 0 if is_known and not ended else 1 if starts else 2
            if forms.is_plural(low) or noun:
                cost += 2
            if not self.plural and not self.seen & (MODAL | DO):
                cost += 2
            return cost
        return 3 if bare in known.verbs and not noun else None
