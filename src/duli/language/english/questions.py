"""Questions that are answered by yes or no, as the statements that they ask about: is Charlie kind, Charlie is kind."""

from __future__ import annotations

from collections.abc import Sequence

from duli.errors import InputError
from duli.language.english import words as forms
from duli.language.english.closed import (
    ARTICLES,
    DETERMINERS,
    DO,
    IS,
    MODAL,
    NOT,
    ONES,
    PREPOSITIONS,
    PRONOUNS,
    word_set,
)
from duli.language.phrases import Word

_OTHERS = word_set("who whom whose what which where when why how")
_FIRSTS = IS | DO | MODAL | {"has", "have", "had"}
_WHETHER = (["is", "it", "true", "that"], ["is", "it", "the", "case", "that"])


def stated(words: Sequence[Word], text: Sequence[Sequence[Word]]) -> list[Word]:
    """The words of a question in the order of a statement; a statement's as they are.

    Args:
        words: of the question.
        text: the sentences that it is about, whose subjects tell where its own ends.

    Raises:
        InputError: it asks who, what or how.
    """
    low = [word.low.lower() for word in words]
    if not low or low[0] in _OTHERS:
        raise InputError(
            "this does not ask whether something is so", hint="Is Bob kind? or the statement: Bob is kind."
        )
    for opening in _WHETHER:
        if low[: len(opening)] == opening:
            return list(words[len(opening) :])
    if low[0] not in _FIRSTS or len(words) < 3:
        return list(words)
    denied = 2 if low[1] in NOT else 1
    end = denied + _subject(words[denied:], text)
    if low[0] in ("does", "did") and denied == 1:
        return [*words[1:end], *_finite(words[end:])]
    moved = [] if low[0] == "do" and denied == 1 else words[:denied]
    return [*words[denied:end], *moved, *words[end:]]


def _finite(words: Sequence[Word]) -> list[Word]:
    """What is said of one thing, its verb with its ending: see the dog, sees the dog."""
    at = next((at for at, word in enumerate(words) if not word.low.endswith("ly")), 0)
    verb = words[at]._replace(low=forms.third(forms.base(words[at].low)))
    return [*words[:at], verb, *words[at + 1 :]]


def _subject(words: Sequence[Word], text: Sequence[Sequence[Word]]) -> int:
    """How many words are the subject: as many as before a verb in the text; else up to where a phrase begins."""
    low = [word.low.lower() for word in words]
    sentences = [[word.low.lower() for word in sentence] for sentence in text]
    for size in range(1, len(low)):
        if low[size - 1] in DETERMINERS | PREPOSITIONS:
            continue
        for sentence in sentences:
            for at in range(len(sentence) - size):
                if sentence[at : at + size] == low[:size] and _ends(sentence[at + size]):
                    return size
    size = 2 if low[0] in DETERMINERS else 1
    while size < len(low) - 1 and low[0] not in ONES | PRONOUNS | {"there"}:
        if low[size] == "of":
            size += 3 if low[size + 1] in ARTICLES else 2
        elif words[size - 1].name and words[size].name:
            size += 1
        else:
            break
    return min(size, len(low) - 1)


def _ends(following: str) -> bool:
    """Whether a word that follows in the text shows that the subject ends before it."""
    if following in _FIRSTS or following in NOT or following in ("and", "or", ",", "then"):
        return True
    if following in PREPOSITIONS or following.endswith("ly"):
        return False
    return forms.is_third(following) or forms.is_past(following) or forms.is_known_base(following)
