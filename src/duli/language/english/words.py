"""Forms of English words: plural and singular, the forms of verbs. By rules, and tables of what follows none."""

from __future__ import annotations

import re
from functools import lru_cache

from duli.language.english.closed import word_set

_PLURALS = {
    "people": "person", "persons": "person", "men": "man", "women": "woman", "children": "child", "mice": "mouse",
    "feet": "foot", "teeth": "tooth", "geese": "goose", "oxen": "ox", "lives": "life", "wives": "wife",
    "knives": "knife", "wolves": "wolf", "leaves": "leaf", "shelves": "shelf", "halves": "half", "thieves": "thief",
    "selves": "self", "loaves": "loaf", "movies": "movie", "cookies": "cookie", "ties": "tie", "pies": "pie",
    "criteria": "criterion", "phenomena": "phenomenon", "fungi": "fungus", "cacti": "cactus", "dice": "die",
    "heroes": "hero", "potatoes": "potato", "tomatoes": "tomato", "caches": "cache", "axes": "axe", "zombies": "zombie",
}  # fmt: skip
_SINGULARS = {singular: plural for plural, singular in _PLURALS.items() if plural != "persons"}
_NOT_PLURAL = re.compile(r"(ss|us|is|ous|'s)$")
_ALSO_SINGULAR = word_set(
    "series species news mathematics physics economics politics athletics headquarters always perhaps"
    " this his its thus plus bus gas lens was has does"
)

_IRREGULAR = """
arise arose arisen|awake awoke awoken|be was been|bear bore born|beat beat beaten|become became become
begin began begun|bend bent bent|bet bet bet|bind bound bound|bite bit bitten|bleed bled bled|blow blew blown
break broke broken|breed bred bred|bring brought brought|build built built|burn burnt burnt|buy bought bought
catch caught caught|choose chose chosen|come came come|cost cost cost|cut cut cut|deal dealt dealt|dig dug dug
do did done|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed fed
feel felt felt|fight fought fought|find found found|flee fled fled|fly flew flown|forbid forbade forbidden
forget forgot forgotten|forgive forgave forgiven|freeze froze frozen|get got gotten|give gave given|go went gone
grow grew grown|hang hung hung|have had had|hear heard heard|hide hid hidden|hit hit hit|hold held held
hurt hurt hurt|keep kept kept|know knew known|lay laid laid|lead led led|learn learnt learnt|leave left left
lend lent lent|let let let|lie lay lain|lose lost lost|make made made|mean meant meant|meet met met|pay paid paid
put put put|quit quit quit|read read read|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said said
see saw seen|seek sought sought|sell sold sold|send sent sent|set set set|shake shook shaken|shine shone shone
shoot shot shot|show showed shown|shut shut shut|sing sang sung|sink sank sunk|sit sat sat|sleep slept slept
speak spoke spoken|spend spent spent|spin spun spun|spread spread spread|stand stood stood|steal stole stolen
stick stuck stuck|sting stung stung|strike struck struck|swear swore sworn|sweep swept swept|swim swam swum
swing swung swung|take took taken|teach taught taught|tear tore torn|tell told told|think thought thought
throw threw thrown|understand understood understood|wake woke woken|wear wore worn|weave wove woven|win won won
wind wound wound|withdraw withdrew withdrawn|write wrote written|oversee oversaw overseen|undergo underwent undergone
"""
_PAST: dict[str, str] = {}
_PARTICIPLE: dict[str, str] = {}
for _entry in re.split(r"[|\n]", _IRREGULAR.strip()):
    _base, _past, _participle = _entry.split()
    _PAST.setdefault(_past, _base)
    _PARTICIPLE.setdefault(_participle, _base)
_BASES = frozenset([*_PAST.values(), "have"])

_SHORT = re.compile(r"(^|[^aeiou])[aeiouy][^aeiouwxy]$")
_SOFT = re.compile(r"([cuvz]|[aeiou]s|rs|ns|dg|rg|ng|[^aeiouln]l|[^e]at|creat)$")
_LONG = re.compile(r"([iu]r|rib|[ai]g|[aou]d|[^ao]id|[ou]t|vit|[^a]in|[ao]k|ap|ym|um|ompet|omplet)$")


@lru_cache(maxsize=65536)
def is_plural(word: str) -> bool:
    """Whether a word has the form of a plural: ends in s, or is in the table."""
    if word in _PLURALS:
        return True
    return (
        len(word) > 3 and word.endswith("s") and not _NOT_PLURAL.search(word) and word not in _ALSO_SINGULAR
    )


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """The singular of a plural; other words as they are.

    >>> [singular(word) for word in ("cats", "boxes", "tumpuses", "houses", "cities", "people", "glass")]
    ['cat', 'box', 'tumpus', 'house', 'city', 'person', 'glass']
    """
    if word in _PLURALS:
        return _PLURALS[word]
    if not is_plural(word):
        head, dash, last = word.rpartition("-")
        return f"{head}{dash}{singular(last)}" if dash and is_plural(last) else word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(ss|sh|ch|x|zz|[^aou]us|[mnprbdtcgl]us)es$", word) and not re.search(
        r"(aches|auses|ouses)$", word
    ):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=65536)
def plural(word: str) -> str:
    """The plural of a singular noun."""
    if word in _SINGULARS:
        return _SINGULARS[word]
    return _with_s(word)


@lru_cache(maxsize=65536)
def third(base: str) -> str:
    """The form of a verb that is said of one thing: see, sees; carry, carries; have, has."""
    known = {"have": "has", "be": "is", "do": "does", "go": "goes"}
    return known.get(base) or _with_s(base)


def _with_s(word: str) -> str:
    if re.search(r"(s|x|z|ch|sh)$", word):
        return word + "es"
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + "s"


@lru_cache(maxsize=65536)
def is_third(word: str) -> bool:
    """Whether a word has the form of a verb that is said of one thing: sees, carries, has."""
    if word in ("has", "does", "goes", "is"):
        return True
    return (
        len(word) > 2 and word.endswith("s") and not _NOT_PLURAL.search(word) and word not in _ALSO_SINGULAR
    )


@lru_cache(maxsize=65536)
def is_past(word: str) -> bool:
    """Whether a word has the form of a verb's past: walked, went."""
    return word in _PAST or (len(word) > 3 and word.endswith("ed") and not word.endswith("eed"))


@lru_cache(maxsize=65536)
def is_participle(word: str) -> bool:
    """Whether a word has the form of a past participle: walked, written."""
    return word in _PARTICIPLE or (len(word) > 3 and word.endswith("ed") and not word.endswith("eed"))


def is_known_base(word: str) -> bool:
    """Whether a word is the base of a verb that is in the table."""
    return word in _BASES


@lru_cache(maxsize=65536)
def base(verb: str) -> str:
    """The base of a verb's form.

    >>> [base(verb) for verb in ("sees", "chases", "carries", "watches", "went", "stopped", "owned", "produced", "see")]
    ['see', 'chase', 'carry', 'watch', 'go', 'stop', 'own', 'produce', 'see']
    """
    known = {"has": "have", "is": "be", "are": "be", "was": "be", "were": "be", "does": "do"}
    if verb in known:
        return known[verb]
    if verb in _BASES:
        return verb
    for table in (_PAST, _PARTICIPLE):
        if verb in table:
            return table[verb]
    if verb.endswith("ed") and is_past(verb):
        return _without_ed(verb[:-2])
    if is_third(verb):
        if verb.endswith("ies") and len(verb) > 4:
            return verb[:-3] + "y"
        if re.search(r"(ss|sh|ch|x|zz|o)es$", verb) and verb not in ("aches", "caches"):
            return verb[:-2]
        return verb[:-1]
    return verb


def _without_ed(stem: str) -> str:
    """The base from a past without its ending: stopp, carri, produc, own."""
    if stem.endswith("i"):
        return stem[:-1] + ("ie" if len(stem) < 3 else "y")
    if re.search(r"([bdgklmnprtvz])\1$", stem) and not re.search(r"(ll|ff|zz)$", stem):
        return stem[:-1]
    if len(re.findall(r"[aeiouy]+", stem)) == 1:
        return stem + "e" if _SHORT.search(stem) or _SOFT.search(stem) else stem
    return stem + "e" if _SOFT.search(stem) or _LONG.search(stem) else stem


def is_doing(word: str) -> bool:
    """Whether a word has the form of a present participle: singing, but not sing."""
    return word.endswith("ing") and bool(re.search("[aeiouy]", word[:-3]))


@lru_cache(maxsize=65536)
def of_participle(word: str) -> str:
    """The base of a present participle.

    >>> [of_participle(word) for word in ("running", "living", "containing")]
    ['run', 'live', 'contain']
    """
    stem = word[:-3]
    if stem in _BASES or stem + "e" in _BASES:
        return stem if stem in _BASES else stem + "e"
    return stem if stem.endswith("y") else _without_ed(stem)


@lru_cache(maxsize=65536)
def verb_name(verb: str) -> str:
    """A verb as predicates are named by it: in the form that is said of one thing."""
    return third(base(verb))


@lru_cache(maxsize=65536)
def article(word: str) -> str:
    """The article before a word."""
    return "an" if re.match(r"(?!uni|use|one|eu)[aeiou]|hour|honest", word.lower()) else "a"
