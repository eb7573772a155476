"""How likely each intent is of a message: what was learned, what was corrected, and whether it is any of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from duli.dialogue.corrections import Corrections
from duli.dialogue.scope import Scope
from duli.learn.classify import ALONE
from duli.learn.guarantees import temperature
from duli.neural.classify import Classifier, prototypes
from duli.neural.neighbours import unit
from duli.reason import Reasoner, voting
from duli.reason.classes import Classified, Trained, Votes, train
from duli.recipe import questions
from duli.recipe.labels import Labels
from duli.types import Codes, Floats

MOST = 300
"""Descriptions that are left out to see how sharp they may be."""


@dataclass(frozen=True)
class Intents:
    """The intents of a recipe.

    Until something was learned from texts, a message is compared with the questions of its own language alone: models
    of one language put all texts of another close together.

    Args:
        reasoner: of the recipe.
        table: of the intents.
        file: of corrections; None for none.
        outside: the share of messages that are about none of them.
    """

    reasoner: Reasoner
    table: Labels
    file: Path | None = None
    outside: float = 0.2

    @cached_property
    def corrections(self) -> Corrections:
        """What people corrected."""
        names = self.table.names
        if self.file is None:
            return Corrections((), (), np.empty((0, self.reasoner.encoder.dimension), np.float32))
        return Corrections.read(self.file, self.reasoner.encoder, names)

    @cached_property
    def _ways(self) -> dict[str, tuple[Trained, Scope]]:
        return {}

    def way(self, language: str) -> tuple[Trained, Scope]:
        """What decides in a language: the classifier, and whether a message is in scope."""
        if language not in self._ways:
            self._ways[language] = self._prepared(language)
        return self._ways[language]

    def probabilities(self, text: str) -> tuple[Floats, float]:
        """P(intent | message, in scope) [K], which may leave a part to none of them; and P(in scope)."""
        trained, scope = self.way(questions.language(text))
        vectors = self.reasoner.vectors(self.table, [text])
        votes = self.reasoner.votes(self.table, [text])
        p = trained.probabilities(vectors, votes)[:, : len(self.table.names)]
        p = self.corrections.apply(p, vectors, self.table.names)
        return p[0], float(
            scope.probabilities(vectors, None if votes is None else votes.codes, outside=self.outside)[0]
        )

    def certain(self, intent: str) -> Classified:
        """The intent that a customer has named himself."""
        return Classified(self.table, np.array([[float(name == intent) for name in self.table.names]]))

    def _prepared(self, language: str) -> tuple[Trained, Scope]:
        said = spoken(self.table, language)
        functions = voting.none_yet(self.reasoner, self.table)
        trained = self.reasoner.trained(self.table)
        if not any(report["texts"] for report in trained.report):
            trained = softened(train(said, self.reasoner.encoder, votes=functions), self.reasoner)
        texts, of = [str(text) for text in said.descriptions], np.array(said.of)
        vectors = self.reasoner.vectors(self.table, texts)
        votes = self.reasoner.votes(self.table, texts)
        inside = of < len(said.names)
        numbers = {name: k for k, name in enumerate(said.names)}
        corrected = np.array([numbers[label] for label in self.corrections.labels], np.int64)
        told: Codes | None = None
        if votes is not None:
            more = self.reasoner.votes(self.table, list(self.corrections.texts))
            told = np.vstack([votes.codes[inside], _like(votes.functions, more)])
        scope = Scope.fit(
            np.vstack([vectors[inside], self.corrections.vectors]),
            np.append(of[inside], corrected),
            votes=told,
            strange=vectors[~inside],
        )
        return trained, scope


def _like(functions: tuple[str, ...], votes: Votes | None) -> Codes:
    return np.empty((0, len(functions)), np.int64) if votes is None else votes.of(functions)


def softened(trained: Trained, reasoner: Reasoner) -> Trained:
    """Descriptions alone, as sharp as they are right about one another: each is asked about when it is left out.

    How sharp, b in P(k) ~ exp(b cos(x, prototype k)), is where the left out have the least log-loss. What rules vote
    counts in full.
    """
    labels, (classifier,) = trained.labels, trained.classifiers
    assert isinstance(classifier, Classifier)  # noqa: S101
    vectors, of = reasoner.vectors(labels, labels.descriptions), np.array(labels.of)
    several = np.flatnonzero(np.bincount(of)[of] > 1)
    if not len(several):
        return trained
    asked = np.random.default_rng(0).permutation(several)[:MOST]
    cosines = np.empty((len(asked), len(labels.classes)))
    for number, row in enumerate(asked.tolist()):
        left = np.delete(np.arange(len(of)), row)
        cosines[number] = (
            unit(vectors[row] - classifier.mean) @ prototypes(vectors[left], of[left], cosines.shape[1]).T
        )
    sharp = 1 / temperature(cosines, of[asked])
    length = float(np.linalg.norm(classifier.weights, axis=1).mean())
    by = min(1.0, sharp / length) if length else 1.0
    softer = replace(
        classifier,
        weights=classifier.weights * by,
        bias=classifier.bias * by,
        votes=classifier.votes / ALONE,
    )
    return replace(trained, classifiers=(softer,))


def spoken(table: Labels, language: str) -> Labels:
    """A table with the descriptions of one language alone; a label that has none keeps all of its own.

    >>> table = Labels("intent", ("pay", "open"), ("How do I pay?", "怎么付款？", "When are you open?"), (0, 0, 1))
    >>> spoken(table, "zh").descriptions
    ('怎么付款？', 'When are you open?')
    """
    own = [questions.language(str(text)) == language for text in table.descriptions]
    has = {k for k, fits in zip(table.of, own, strict=True) if fits}
    kept = [row for row, k in enumerate(table.of) if own[row] or k not in has]
    return replace(
        table,
        descriptions=tuple(table.descriptions[row] for row in kept),
        of=tuple(table.of[row] for row in kept),
    )
