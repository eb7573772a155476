"""I and you in sentences, as the grammar has none: who is meant is put in their place, and taken out again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from duli.language.texts import Language

_FORMS = {
    "am": "is",
    "are": "is",
    "have": "has",
    "do": "does",
    "was": "was",
    "were": "was",
    "don't": "does not",
}

_SAME = frozenset(
    [
        "can",
        "cannot",
        "must",
        "may",
        "will",
        "would",
        "should",
        "could",
        "did",
        "had",
        "never",
        "always",
        "can't",
        "won't",
        "didn't",
    ]
)
_ADVERBS = frozenset(["really", "also", "often", "usually", "sometimes"])
_SPLIT = {
    "don't": "do not",
    "doesn't": "does not",
    "aren't": "are not",
    "isn't": "is not",
    "can't": "can not",
}
_SPLIT |= {"i'm": "I am", "you're": "you are", "i've": "I have", "you've": "you have"}
_ASKS = re.compile(r"(?i)^(is|are|am|do|does|can|has|have|was|were|did)\s+(i|you|[A-Z][\w-]*)\s+(.+)$")
_OWN = (("my", "I"), ("your", "you"))
_PERSON = (
    (re.compile(r"\ba person\b"), "a human"),
    (re.compile(r"(是|不是)(一个)?人(?=[吗？?。.！!]|$)"), r"\1真人"),
)
_CHINESE_ASKS = re.compile(r"(吗|么)?[？?]$")
_OPEN = frozenset(["what", "who", "whom", "whose", "which", "where", "when", "why", "how"])
_CHINESE_OPEN = re.compile("谁|什么|哪|怎么|怎样|几|多少|为何|呢")
_CHINESE_ME, _CHINESE_YOU = ("我",), ("您", "你")


@dataclass(frozen=True)
class Meant:
    """A sentence without I and you.

    Args:
        sentence: a statement, as the grammar reads it.
        asked: whether it is asked.
        subject: who it is about, where that is one of the two; else empty.
    """

    sentence: str
    asked: bool
    subject: str = ""


def meant(text: str, language: Language, *, i: str, you: str) -> Meant | None:
    """What a sentence says, with names in place of I and you; None where its form is not one that is read.

    Args:
        text: one sentence.
        language: of it.
        i: who speaks.
        you: who listens.

    >>> meant("Are you a human?", "en", i="Ann", you="Duli")
    Meant(sentence='Duli is a human.', asked=True, subject='Duli')
    >>> meant("I like tea", "en", i="Ann", you="Duli").sentence
    'Ann likes tea.'
    >>> meant("你是人吗？", "zh", i="Ann", you="独立").sentence
    '独立是真人。'
    """
    for pattern, other in _PERSON:
        text = pattern.sub(other, text)
    return _chinese(text, i, you) if language == "zh" else _english(text, i, you)


def _chinese(text: str, i: str, you: str) -> Meant | None:
    plain = text.strip().rstrip("。.！!")
    asked = bool(_CHINESE_ASKS.search(plain)) or plain.endswith("吗")
    if _CHINESE_OPEN.search(plain):
        return None
    plain = _CHINESE_ASKS.sub("", plain).removesuffix("吗")
    if not plain:
        return None
    subject = ""
    for words, name in ((_CHINESE_ME, i), (_CHINESE_YOU, you)):
        for word in words:
            subject = name if plain.startswith(word) and not plain.startswith(word + "们") else subject
            plain = plain.replace(word, name)
    return Meant(f"{plain}。", asked, subject or next((n for n in (i, you) if plain.startswith(n)), ""))


def _english(text: str, i: str, you: str) -> Meant | None:
    plain = text.strip()
    asked = plain.endswith("?")
    plain = plain.rstrip(".!? ")
    words = [part for word in plain.split() for part in _SPLIT.get(word.lower(), word).split()]
    plain = " ".join(words)
    match = _ASKS.match(plain)
    names = {"i": i, "you": you}
    if match is not None and asked:
        verb, who, rest = match[1].lower(), match[2], match[3]
        subject = names.get(who.lower(), who)
        verb = _FORMS.get(verb, verb)
        if verb == "does" or match[1].lower() == "do":
            said = f"does {rest}" if rest.startswith("not ") else _inflected(rest)
        else:
            said = f"{verb} {rest}"
        return Meant(f"{subject} {_objects(said, i, you)}.", True, subject if subject in (i, you) else "")
    if not words or words[0].lower() in _OPEN:
        return None
    who = words[0].lower()
    if who in names and len(words) > 1:
        return Meant(f"{names[who]} {_objects(_third(words[1:]), i, you)}.", asked, names[who])
    for own, owner in _OWN:
        if who == own:
            return Meant(
                f"{names[owner.lower()]}'s {_objects(' '.join(words[1:]), i, you)}.",
                asked,
                names[owner.lower()],
            )
    known = words[0][0].isupper() and (len(words) > 1)
    return (
        Meant(f"{_objects(plain, i, you)}.", asked, words[0] if words[0] in (i, you) else "")
        if known
        else None
    )


def _objects(text: str, i: str, you: str) -> str:
    for word, name in (
        ("me", i),
        ("you", you),
        ("my", f"{i}'s"),
        ("your", f"{you}'s"),
        ("myself", i),
        ("yourself", you),
    ):
        text = re.sub(rf"\b{word}\b", name, text)
    return text


def _third(words: list[str]) -> str:
    """A clause of I or you in the third person.

    >>> _third(["do", "not", "like", "tea"]), _third(["really", "like", "tea"])
    ('does not like tea', 'really likes tea')
    """
    at = next((n for n, word in enumerate(words) if word.lower() not in _ADVERBS), 0)
    verb = words[at].lower()
    if verb in _FORMS:
        return " ".join([*words[:at], _FORMS[verb], *words[at + 1 :]])
    if verb in _SAME or verb.endswith("ed"):
        return " ".join(words)
    return " ".join([*words[:at], _inflected(" ".join(words[at:]))])


def _inflected(clause: str) -> str:
    """``like tea`` as ``likes tea``."""
    verb, _, rest = clause.partition(" ")
    if verb == "have":
        ended = "has"
    elif re.search(r"(s|x|z|ch|sh|o)$", verb):
        ended = f"{verb}es"
    elif re.search(r"[^aeiou]y$", verb):
        ended = f"{verb[:-1]}ies"
    else:
        ended = f"{verb}s"
    return f"{ended} {rest}".strip()


def spoken(sentence: str, language: Language, *, i: str) -> str:
    """A sentence as its subject says it of itself, where that changes no more than a word or two.

    >>> spoken("Duli does not sleep.", "en", i="Duli"), spoken("独立是助手。", "zh", i="独立")
    ('I do not sleep.', '我是助手。')
    """
    if language == "zh":
        return "我" + sentence.removeprefix(i) if sentence.startswith(i) else sentence
    for third, first in (("is", "am"), ("does not", "do not"), ("has", "have"), ("can", "can")):
        if sentence.startswith(f"{i} {third} "):
            return f"I {first} {sentence.removeprefix(f'{i} {third} ')}"
    return sentence
