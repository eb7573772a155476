"""The closed classes of English words."""

from __future__ import annotations

from collections.abc import Mapping

from duli.language.phrases import Quantifier


def word_set(words: str) -> frozenset[str]:
    """Words with spaces between."""
    return frozenset(words.split())


IS = word_set("is are was were am be been")
DO = word_set("do does did will would shall")
MODAL = word_set("can could may might must should")
ARTICLES = word_set("a an the")
POSSESSIVE = word_set("his her its their my your our")
PREPOSITIONS = word_set(
    "in on at of for from to with by about into onto over under after before between during through"
    " without within against among as than via per along across behind above below beside upon toward"
    " towards until since inside outside around beyond despite off out up down because"
)
DETERMINERS = POSSESSIVE | word_set(
    "a an the all every each any no some this that these those another several many most both only few"
    " one two three four five six seven eight nine ten"
)
PRONOUNS = word_set("he she it they him her them i we you")
ONES = word_set(
    "someone something somebody anyone anything anybody everyone everything everybody nobody nothing"
    " whoever none whatever"
)
RELATIVE = word_set("who that which")
ADVERBS = word_set(
    "also always often usually sometimes still only just both already currently frequently ever"
)
NOT = word_set("not never")
OPENERS = word_set("in on at for during after before since")
ATTITUDES = word_set(
    "say think know believe claim state argue show prove mean suggest hope fear joke aware sure"
)
UNSAID = word_set(
    "most few half seldom rarely usually sometimes occasionally probably likely perhaps maybe almost nearly"
)
"""What formulas cannot say; a sentence with such a quantifier is not read."""

QUANTIFIERS: Mapping[str, Quantifier] = {
    **dict.fromkeys(
        ("every", "all", "each", "any", "whoever", "everyone", "everything", "everybody"), "every"
    ),
    **dict.fromkeys(("anyone", "anybody", "anything", "whatever"), "every"),
    **dict.fromkeys(("no", "none", "nobody", "nothing", "no one"), "no"),
    **dict.fromkeys(("some", "someone", "somebody", "something", "several", "many"), "some"),
    **dict.fromkeys(("a", "an", "another", "one"), "a"),
    **dict.fromkeys(("the", "this", "that", "these", "those"), "the"),
    "only": "only",
}

SMALL = ADVERBS | DETERMINERS | DO | IS | MODAL | NOT | PREPOSITIONS | PRONOUNS | RELATIVE
"""Words that carry no content."""
