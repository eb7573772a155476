"""What a text says of the entities that it names: ``[[extract]]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from duli.neural.relations import pairs, sentence
from duli.reason.classes import Extracted
from duli.types import Mention

if TYPE_CHECKING:
    from duli.reason import Reasoner


def extract(reasoner: Reasoner, text: str, mentions: Sequence[Mention]) -> tuple[Extracted, ...]:
    """As of ``Reasoner.extract``: of each table what is said of each two mentions of one sentence."""
    spans = [mention.span for mention in mentions]
    near = list(pairs(text, spans))
    said = [sentence(text, spans[one], spans[other]) for one, other in near]
    return tuple(
        Extracted(table, mentions, near, reasoner.trained(table).probabilities(reasoner.vectors(table, said)))
        for table in reasoner.recipe.tables
        if table.kind == "extract" and near
    )
