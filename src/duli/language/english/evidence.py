"""The words of English sentences, and how a text uses them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

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
    PREPOSITIONS,
    PRONOUNS,
    RELATIVE,
    word_set,
)
from duli.language.phrases import LETTER, Word

_SPLIT = re.compile(
    r"[Ff]or (?:every|some) [U-Z]\d*(?:(?:, and|,| and) [U-Z]\d*)*,(?=\s)|"
    r"\$?\d+(?:,\d{3})*(?:\.\d+)?%?(?:-?[a-zA-Z]+)*(?!\w)|[^\W_][\w&/]*(?:[-.'][\w&]+)*\.?|'s\b|[,:;()]|[^\s\"]"
)
_SHORT = {
    "can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "ain't": "is not",
    "it's": "it is", "he's": "he is", "she's": "she is", "that's": "that is", "they're": "they are", "he/she": "they",
    "everyone": "everyone",
}  # fmt: skip
_PAIRS = {
    ("no", "one"): "nobody", ("no", "longer"): "never", ("every", "one"): "everyone", ("any", "one"): "anyone",
    ("as", "well"): "also", ("such", "that"): "that",
    ("all", "of"): "all", ("some", "of"): "some", ("none", "of"): "no",
    ("each", "of"): "each", ("both", "of"): "both",
}  # fmt: skip
_DENIED = (("it", "is", "not", "the", "case", "that"), ("it", "is", "not", "true", "that"))
_FIRSTS = frozenset({*(second for _, second in _PAIRS), "case", "true", "she", "only"})
"""A sentence without these has no two words that are one."""
_SMALL = ARTICLES - {"a"} | word_set("and of or")
_CLOSED = (
    IS
    | DO
    | MODAL
    | DETERMINERS
    | PREPOSITIONS
    | PRONOUNS
    | ONES
    | RELATIVE
    | ADVERBS
    | NOT
    | word_set("if then and or but nor either neither unless when whenever there however has have had , :")
)


def split(sentence: str) -> list[Word]:
    """The words of a sentence, its last full stop left away; doesn't is two words, no one is one."""
    text = sentence.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    found: list[Word] = []
    for match in _SPLIT.finditer(text):
        word, start = match[0], match.start()
        low = word.lower()
        if low in _SHORT:
            found.extend(Word(part, part, start) for part in _SHORT[low].split())
        elif " " in word:
            found.append(Word(word, f"for{low.split()[1]}", start))
        elif low.endswith("n't"):
            found += (Word(word[:-3], low[:-3], start), Word("not", "not", start + len(word) - 3))
        else:
            name = word[0].isupper() and low not in _SMALL and (bool(found) or low not in _CLOSED)
            found.append(Word(word, word if name else low, start))
    while found and found[-1].text in ".!?;":
        found.pop()
    if found and found[-1].text.endswith(".") and found[-1].text.count(".") == 1:
        last = found.pop()
        found.append(Word(last.text[:-1], last.low[:-1], last.start))
    return _paired(found)


def _paired(words: list[Word]) -> list[Word]:
    """Two words that are one: no one, no longer; he or she is they; it is not the case that is one too."""
    low = [word.low.lower() for word in words]
    if _FIRSTS.isdisjoint(low):
        return words
    made: list[Word] = []
    at = 0
    while at < len(words):
        pair = tuple(low[at : at + 2])
        denied = next((d for d in _DENIED if tuple(low[at : at + len(d)]) == d), ())
        if denied:
            made.append(Word(" ".join(denied), "notso", words[at].start))
            at += len(denied)
        elif low[at : at + 3] in (["he", "or", "she"], ["she", "or", "he"]):
            made.append(Word("they", "they", words[at].start))
            at += 3
        elif len(pair) == 2 and pair in _PAIRS:
            made.append(Word(" ".join(w.text for w in words[at : at + 2]), _PAIRS[pair], words[at].start))
            at += 2
        elif low[at : at + 4] == ["if", "and", "only", "if"]:
            made.append(Word("if and only if", "iff", words[at].start))
            at += 4
        else:
            made.append(words[at])
            at += 1
    return made


@dataclass
class Evidence:
    """How a text uses its words.

    Args:
        verbs: bases of what follows "does not" and the like, and of verbs after pronouns.
        said: what follows "is" without an article.
        nouns: what follows an article.
        names: words that are written large in the middle of sentences.
        lower: words that are written small somewhere.
    """

    verbs: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    nouns: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    lower: set[str] = field(default_factory=set)

    def add(self, words: Sequence[Word]) -> None:
        """Take in a sentence."""
        before = two = ""
        for at, word in enumerate(words):
            low = word.low if not word.name else word.low.lower()
            if at == 1 and low in ("are", "were", "have", "do") and words[0].name and forms.is_plural(before):
                self.lower.add(before)
            if word.name and at:
                self.names.add(word.low)
            elif not word.name:
                self.lower.add(low)
            if before in NOT:
                before = two
            if before in DO or before in MODAL:
                if (
                    low not in NOT
                    and low not in IS
                    and low not in ADVERBS
                    and not low.endswith("ly")
                    and low not in _CLOSED
                ):
                    self.verbs.add(forms.base(low))
            elif before in IS:
                if low not in _CLOSED and not forms.is_plural(low) and not _goes_on(words[at + 1 :]):
                    self.said.add(low)
            elif before in PRONOUNS or before in ONES or before in RELATIVE:
                third = forms.is_third(low) or before == "who"
                if third and low not in _CLOSED and not low.endswith("ly"):
                    self.verbs.add(forms.base(low))
            elif before in ARTICLES or before in ("every", "each"):
                self.nouns.add(low)
            two, before = before, low


def _goes_on(after: Sequence[Word]) -> bool:
    """Whether a noun follows, of which the word before is a part: is apple juice, but not: is kind, is good at it."""
    if not after or not after[0].low.isalpha() or after[0].name:
        return False
    low = after[0].low
    return low not in _CLOSED and not low.endswith(("ly", "ing", "ed")) and not forms.is_participle(low)


def settled(words: Sequence[Word], known: Evidence) -> list[Word]:
    """The words with the first in lower case, unless it is a name.

    It is one where the text writes it large elsewhere, or never small, it is no plural, and no phrase goes on.
    """
    if not words:
        return []
    words = [words[0], *(_unless_alone(words, at, known) for at in range(1, len(words)))]
    if LETTER.fullmatch(words[0].text):
        return words
    if words[0].name and words[0].low.endswith("'s") and words[0].low.lower()[:-2] not in known.lower:
        return words
    first, following = words[0], words[1] if len(words) > 1 else None
    low = first.low.lower()
    if not first.name:
        title = following is not None and following.name and first.text in known.names
        return (
            [first._replace(low=first.text), *words[1:]] if title and first.text[0].isupper() else list(words)
        )
    if first.low in known.names or (following is not None and following.name):
        return list(words)
    single = following is not None and following.low in ("is", "was", "has", "does")
    if following is None or following.low == "," or (low in known.lower and not single):
        return [first._replace(low=low), *words[1:]]
    if forms.is_plural(low) and not single:
        return [first._replace(low=low), *words[1:]] if not _verbal(following.low) else list(words)
    phrase = (
        following.low not in _CLOSED
        and following.low not in ("de", "van", "von", "al")
        and not _verbal(following.low)
        and following.low != "'s"
    )
    return [first._replace(low=low), *words[1:]] if phrase or (single and low in known.lower) else list(words)


def _unless_alone(words: Sequence[Word], at: int, known: Evidence) -> Word:
    """A word that is written large with no name beside it, and small elsewhere, is no name."""
    word = words[at]
    if not word.name or word.low.lower() not in known.lower or len(word.low) == 1:
        return word
    beside = words[at - 1].name or (at + 1 < len(words) and words[at + 1].name)
    return word if beside else word._replace(low=word.low.lower())


def _verbal(low: str) -> bool:
    return (forms.is_third(low) or forms.is_past(low) or low.endswith("ly")) and low not in _CLOSED
