"""What a recipe's ``[[knowledge]]`` is worth: the recipe without it, with it, and with its facts torn apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from duli.evaluate import metrics
from duli.kb import KnowledgeBase
from duli.reason import Reasoner
from duli.types import Codes, Floats, Relation


def ablate(
    reasoner: Reasoner, asked: Callable[[Reasoner], Floats], given: Floats, gold: Codes, *, seed: int = 0
) -> dict[str, Any]:
    """Accuracy in three ways, each with a bootstrap interval, and the gain that is due to what is known.

    Args:
        reasoner: of a recipe with knowledge.
        asked: fits a reasoner and asks it: probabilities [m, K].
        given: the same of the reasoner with its knowledge.
        gold: the right class of each [m].
        seed: of the exchange.

    Returns:
        ``without``, ``given``, ``shuffled`` (each fact's first value with another fact's others), and ``gain``: given
        less shuffled, text by text.
    """
    hits = {"given": given.argmax(1) == gold}
    for name, changed in (("without", emptied), ("shuffled", lambda known: exchanged(known, seed))):
        other = Reasoner(reasoner.recipe, encoder=reasoner.encoder, progress=reasoner.progress)
        other.knowledge = changed(reasoner.knowledge)
        hits[name] = asked(other).argmax(1) == gold
    gain = hits["given"].astype(np.float64) - hits["shuffled"]
    found = {name: metrics.mean(hit.astype(np.float64)).to_list() for name, hit in hits.items()}
    return {**found, "gain": metrics.mean(gain).to_list()}


def emptied(known: KnowledgeBase) -> KnowledgeBase:
    """The same relations, without a fact."""
    return _with(known, "without", lambda relation: np.arange(0), lambda relation: np.arange(0))


def exchanged(known: KnowledgeBase, seed: int = 0) -> KnowledgeBase:
    """The same facts, torn apart: the first value of each with the other values of another, drawn at random."""
    random = np.random.default_rng(seed)
    return _with(
        known,
        f"shuffled {seed}",
        lambda relation: np.arange(len(relation)),
        lambda relation: random.permutation(len(relation)),
    )


def _with(
    known: KnowledgeBase,
    what: str,
    first: Callable[[Relation], Codes],
    others: Callable[[Relation], Codes],
) -> KnowledgeBase:
    def made(relation: Relation) -> Relation:
        at, rest = first(relation), others(relation)
        columns = [np.ascontiguousarray(c[at if i == 0 else rest]) for i, c in enumerate(relation.columns)]
        p, source = relation.probabilities, relation.source
        return Relation(
            tuple(columns),
            None if p is None else p[rest],
            None if source is None else source[rest],
            relation.origin,
            relation.trust,
        )

    relations = {name: made(relation) for name, relation in known.relations.items()}
    return replace(known, relations=relations, key=f"{known.key} {what}")
