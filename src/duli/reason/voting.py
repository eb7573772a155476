"""Labelling functions: rules of the program that vote for labels, by the words of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from duli import recipe
from duli.errors import RecipeError
from duli.logic.strata import dependents
from duli.reason.classes import Votes
from duli.reason.inputs import text_of
from duli.recipe.labels import Labels
from duli.types import Example, Value

if TYPE_CHECKING:
    from duli.reason import Reasoner


def words(texts: Sequence[Example]) -> list[tuple[Value, ...]]:
    """(number of the text, word) for every word; of two texts the words of the first."""
    from duli.learn.functions import words

    return [(number, word) for number, text in enumerate(texts) for word in words(text_of(text))]


def none_yet(reasoner: Reasoner, table: Labels) -> Votes | None:
    """The table's functions, on no text."""
    if table.votes is None:
        return None
    from duli.learn.functions import names

    functions = names(reasoner.program, table.votes)
    return Votes(functions, np.empty((0, len(functions)), np.int64))


def votes(reasoner: Reasoner, table: Labels, texts: Sequence[Example]) -> Votes | None:
    """As of ``Reasoner.votes``.

    Raises:
        RecipeError: the rules do not vote as they must, or on labels.
    """
    if table.votes is None:
        return None
    from duli.learn import functions

    if table.votes not in reasoner.program.predicates or recipe.WORD not in reasoner.recipe.changing:
        raise RecipeError(
            f"the rules have no {table.votes}(Function, Text, Label) about {recipe.WORD}(Text, Word)",
            where=reasoner.recipe.place("votes"),
        )
    if table.votes in dependents(reasoner.program.rules, {t.predicate for t in reasoner.recipe.tables}):
        raise RecipeError(
            f"the votes of {table.votes} depend on labels, for which they vote",
            where=reasoner.recipe.place("votes"),
        )
    found = reasoner.run({recipe.WORD: words(texts)}, only=table.votes).rows(table.votes)
    return Votes(*functions.table(found, len(texts), table.classes))
