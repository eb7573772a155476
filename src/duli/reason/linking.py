"""The entities that a text names, ``[link]``, and what it says of them, ``[[extract]]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from duli import files, lm
from duli.errors import InputError
from duli.logic.values import decode_column
from duli.neural.link import Linker
from duli.neural.relations import pairs, sentence
from duli.reason.classes import Extracted
from duli.types import Mention

if TYPE_CHECKING:
    from duli.reason import Reasoner


def linker(reasoner: Reasoner) -> Linker:
    """What turns phrases into entities of the knowledge, made once and kept on disk.

    Raises:
        InputError: the recipe links nothing.
    """
    if reasoner.recipe.link is None:
        raise InputError(
            f"the recipe {reasoner.recipe.name} links nothing", hint="write [link] in its recipe.toml"
        )
    codes = reasoner.prepared.run({}).codes(reasoner.recipe.link.names)
    vocabulary = reasoner.prepared.vocabulary
    names = [str(name) for name in decode_column(codes[:, 1], vocabulary)]
    entities = [str(entity) for entity in decode_column(codes[:, 0], vocabulary)]

    def fill(folder: Path) -> None:
        vectors = lm.encode(reasoner.encoder, names, progress=reasoner.progress).vectors
        Linker.fit(entities, names, vectors).save(folder)

    key = files.content_key("3", reasoner.encoder.revision, *entities, *names)
    return Linker.load(files.cached_folder(f"link/{key}", fill), entities, names)


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
