"""Which texts a person should be asked about next: by what their labels would teach a recipe."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from duli.files import Progress, silent
from duli.learn.active import choose
from duli.reason import inputs, through
from duli.reason.classes import train
from duli.reason.reasoner import Reasoner
from duli.recipe.labels import Labels
from duli.types import Example

Ranked = list[tuple[int, float]]
"""Classes by number, the likeliest first, with their probabilities."""


def worth(
    reasoner: Reasoner,
    table: Labels,
    texts: Sequence[Example],
    known: Mapping[Example, str],
    *,
    count: int,
    skipped: Collection[Example] = (),
    progress: Progress = silent,
) -> list[tuple[int, Ranked]]:
    """Rows to ask about, the most worth first: unclear, unlike one another, and with the program's answers hanging on
    them; see ``duli.learn.active.choose``.

    Args:
        reasoner: whose labels.
        table: which of its tables; its labels exclude one another.
        texts: n of them.
        known: labels that were given.
        count: how many at most.
        skipped: texts that are not asked about.
        progress: told how far encoding and training are.
    """
    targets = [known.get(text) for text in texts]
    votes = reasoner.votes(table, texts)
    trained = train(table, reasoner.encoder, texts, targets, votes=votes, progress=progress)
    vectors = reasoner.vectors(table, texts)
    if table.kind == "extract":
        p = trained.related(vectors, [inputs.head_first(text) for text in texts]).with_none
    else:
        p = trained.classified(vectors, votes).with_none
    # Two pairs are alike where all four texts are.
    vectors = vectors.reshape(len(vectors), -1) / np.sqrt(vectors.ndim - 1)
    taken = np.array([text in known or text in skipped for text in texts])
    effect = None
    if table.kind != "extract" and through.answers_of(reasoner):
        said = {
            t.predicate: (trained if t is table else reasoner.trained(t)).probabilities(
                reasoner.vectors(t, texts), reasoner.votes(t, texts)
            )
            for t in reasoner.recipe.tables
        }
        effect = through.effects(reasoner, texts, table, said)
    chosen = choose(
        p, vectors, min(count, int((~taken).sum())), labelled=np.flatnonzero(taken), effect=effect
    )
    return [(int(row), [(int(k), float(p[row, k])) for k in np.argsort(-p[row])]) for row in chosen]
