"""What English phrases are called in predicates, and what is left away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from duli.language.english import order
from duli.language.english import words as forms
from duli.language.english.closed import ARTICLES, MODAL, word_set
from duli.language.phrases import Word, Words

_SAYS_NOTHING = word_set("also both still already just ever too even")
_MODALS = {"could": "can", "might": "may"}


def bare(words: Words) -> Words:
    """Without the article."""
    return (
        words[1:]
        if len(words) > 1 and words[0].low in (*ARTICLES, "this", "that", "these", "those")
        else words
    )


def is_doing(words: Words) -> bool:
    """Whether a phrase tells what something is doing: working at a pool, running the shop."""
    low = words[0].low
    return (len(low) > 5 and forms.is_doing(low) and not words[1].low.endswith("s")) or low in (
        "using",
        "going",
    )


def low_words(words: Sequence[Word]) -> list[str]:
    """The words in lower case, but for names."""
    return [word.low for word in words]


@lru_cache(maxsize=65536)
def _plain(text: str) -> str:
    if text in ("are", "was", "were", "am"):
        return "is"
    if text in ("his", "her", "its", "my", "your", "our"):
        return "their"
    if text in ("has", "had"):
        return "have"
    if text in ("himself", "herself", "itself", "themselves"):
        return "themselves"
    if text in ("a", "an"):
        return ""
    if text in _SAYS_NOTHING:
        return ""
    if text[:1].isupper():
        return text[:1] + forms.singular(text[1:]) if forms.is_plural(text.lower()) else text
    value = order.number(text)
    if value is not None and not text.startswith("$") and not text.endswith("%"):
        return str(value)
    return forms.singular(text)


def canonical(word: Word) -> str:
    """A word as it stands in a predicate's name: in the singular, without what only agrees with the subject."""
    return _plain(word.low)


def named(words: Sequence[Word]) -> str:
    """The name of a phrase."""
    return " ".join(filter(None, map(canonical, words)))


def said_with_is(name: str) -> str:
    """A phrase said with a copula; one that looks like a verb keeps its copula."""
    return f"is {name}" if looks_verbal(name) else name


@lru_cache(maxsize=65536)
def looks_verbal(name: str) -> bool:
    """Whether a predicate's name is a verb's: its first word after adverbs has the form of one said of one thing."""
    for word in name.split():
        if not word.endswith("ly") and word not in ("also", "always", "often"):
            return word in MODAL or (forms.is_third(word) and not word[:1].isupper() and word != "is")
    return False


def verb_name(verb: Sequence[Word]) -> str:
    """The name of a verb with its adverbs and what it can or must: regularly drinks, can swim."""
    *before, last = verb
    adverbs = sorted({word.low for word in before if word.low not in MODAL and word.low not in _SAYS_NOTHING})
    modals = [_MODALS.get(word.low, word.low) for word in before if word.low in MODAL]
    if modals:
        return " ".join([*adverbs, *modals, forms.base(last.low)])
    return " ".join([*adverbs, forms.verb_name(last.low)])


def bases(verb: Words) -> list[str]:
    """The bases of a verb's words."""
    return [forms.base(word.low) for word in verb]


def without_adverbs(words: Words) -> tuple[Words, Words]:
    """Adverbs at the end go before the verb: drinks coffee regularly, regularly drinks coffee."""
    end = len(words)
    while end and words[end - 1].low.endswith("ly") and not words[end - 1].name:
        end -= 1
    return words[:end], words[end:]
