"""A ``[[classify]]`` table at work: texts to facts with probabilities, from descriptions alone or as it was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from duli import lm
from duli.errors import InputError
from duli.files import Progress, silent
from duli.logic.values import Symbols, encode_ints
from duli.neural.classify import Classifier
from duli.neural.posterior import Structure
from duli.recipe.labels import NONE, Labels
from duli.types import Codes, Floats, Relation

if TYPE_CHECKING:
    from duli.learn.guarantees import Promise

LEAST = 1e-9
"""A label that is less likely than this becomes no fact."""

Target = str | Sequence[str] | None
"""The label of a text, or, where they do not exclude one another, its labels; None: not known."""


@dataclass(frozen=True, eq=False)
class Votes:
    """What J labelling functions say of n texts.

    Args:
        functions: their names [J].
        codes: a label's number or -1 [n, J].
    """

    functions: tuple[str, ...]
    codes: Codes

    def of(self, functions: Sequence[str]) -> Codes:
        """The votes of these functions [n, len(functions)]; one that said nothing does not vote."""
        columns = {function: j for j, function in enumerate(self.functions)}
        found = np.full((len(self.codes), len(functions)), -1)
        for j, function in enumerate(functions):
            if function in columns:
                found[:, j] = self.codes[:, columns[function]]
        return found


@dataclass(frozen=True, eq=False)
class Trained:
    """φ of one table.

    Args:
        labels: the table.
        classifiers: one over all classes; or one a label (the label or none) where labels do not exclude one another.
        functions: the labelling functions, in the order of their votes.
        report: how it was decided: of each classifier, as data.
        held_out: how likely each class is of the texts with labels, in their order, when their labels were not seen
            [m, K]; None without labels, where labels do not exclude one another, and after loading.
        promise: what may be promised of answers; None where nothing was asked for.
    """

    labels: Labels
    classifiers: tuple[Classifier, ...]
    functions: tuple[str, ...] = ()
    report: tuple[dict[str, Any], ...] = ()
    held_out: Floats | None = None
    promise: Promise | None = None

    @property
    def open(self) -> bool:
        """Whether it knows what labels leave open, so that probabilities have credible intervals."""
        return any(classifier.covariance is not None for classifier in self.classifiers)

    def classified(self, vectors: lm.Vectors, votes: Votes | None = None) -> Classified:
        """What it says of vectors [n, d]."""
        codes = self._codes(votes)
        return self._classified([each.probabilities(vectors, codes) for each in self.classifiers])

    def draws(
        self, vectors: lm.Vectors, votes: Votes | None = None, *, count: int, seed: int = 0
    ) -> Classified:
        """The same drawn from what labels leave open, ``count`` times for each text; those of a text come together."""
        codes = self._codes(votes)
        found = [each.draws(vectors, codes, count=count, seed=seed) for each in self.classifiers]
        return self._classified([np.swapaxes(p, 0, 1).reshape(-1, p.shape[2]) for p in found])

    def _codes(self, votes: Votes | None) -> Codes | None:
        return votes.of(self.functions) if votes is not None and self.functions else None

    def _classified(self, found: Sequence[Floats]) -> Classified:
        p = found[0] if self.labels.exclusive else np.stack([each[:, 0] for each in found], 1)
        return Classified(self.labels, p[:, : len(self.labels.names)])


@dataclass(frozen=True, eq=False)
class Classified:
    """How likely each label is.

    Args:
        labels: the table.
        probabilities: of n texts and K labels [n, K]. Where labels exclude one another a row sums to 1, less the
            probability of none of them.
    """

    labels: Labels
    probabilities: Floats

    @property
    def with_none(self) -> Floats:
        """Of ``labels.classes`` [n, K or K + 1]."""
        if not self.labels.none:
            return self.probabilities
        left = 1 - self.probabilities.sum(1) if self.labels.exclusive else (1 - self.probabilities).prod(1)
        return np.column_stack([self.probabilities, np.clip(left, 0, 1)])

    @property
    def none_leads(self) -> bool:
        """Whether, of the first text, none of the labels is likelier than each of them."""
        return self.labels.none and int(self.with_none[0].argmax()) == len(self.labels.names)

    def relation(self, symbols: Symbols, origin: str) -> Relation:
        """Facts (text's number, label); those of a text exclude one another where its labels do."""
        texts, labels = np.nonzero(self.probabilities > LEAST)
        p = np.minimum(self.probabilities[texts, labels], 1.0)
        codes = symbols.add_many(self.labels.names)
        groups = texts.astype(np.int64) if self.labels.exclusive else None
        return Relation((encode_ints(texts), codes[labels]), p, groups=groups, origin=origin)


def train(
    labels: Labels,
    encoder: lm.Encoder,
    texts: Sequence[str] = (),
    targets: Sequence[Target] | None = None,
    *,
    votes: Votes | None = None,
    posterior: Structure | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Trained:
    """Learn a table's φ: from the descriptions of its labels, and from texts with or without labels.

    Args:
        labels: the table.
        encoder: the frozen model.
        texts: n texts.
        targets: their labels [n].
        votes: on these texts.
        posterior: as of ``learn.classify.fit``.
        seed: of what is random.
        progress: told how far it is.

    Raises:
        InputError: a target is no label of the table.
    """
    # Here, because the other modules of that package are heavier than what a question needs.
    from duli.learn.classify import fit

    descriptions = lm.encode(encoder, labels.descriptions, progress=progress).vectors
    vectors = lm.encode(encoder, texts, progress=progress).vectors if len(texts) else descriptions[:0]
    of, functions = np.array(labels.of), votes.functions if votes is not None else ()
    known = None if targets is None else _codes(labels, targets)
    classifiers, reports = [], []
    for number, label in enumerate(labels.names):
        if labels.exclusive:
            names, chosen, numbers, wanted = labels.classes, np.arange(len(of)), of, known
        else:
            names, chosen = (label, NONE), np.flatnonzero(np.isin(of, (number, len(labels.names))))
            numbers = (of[chosen] != number).astype(np.int64)
            wanted = None if known is None else known[:, number]
        made = fit(
            names,
            descriptions[chosen],
            numbers,
            vectors,
            targets=wanted,
            votes=votes.codes if votes is not None and functions else None,
            posterior=posterior,
            encoder=encoder.revision,
            seed=seed,
            progress=progress,
        )
        classifiers.append(made.classifier)
        reports.append(made.report.to_dict())
        if labels.exclusive:
            break
    held_out = made.held_out if labels.exclusive else None
    return Trained(labels, tuple(classifiers), functions, tuple(reports), held_out)


def _codes(labels: Labels, targets: Sequence[Target]) -> Codes:
    """Numbers of classes [n], -1 where not known; else of each label [n, K] whether it holds: 0, not: 1, or -1."""
    numbers = {label: k for k, label in enumerate(labels.classes)}
    for row, target in enumerate(targets, 1):
        if labels.exclusive and target is not None and not isinstance(target, str):
            raise InputError(f"the label of row {row:,} must be a text, not {target!r}"[:200])
        for label in (target,) if isinstance(target, str) else target or ():
            if label not in numbers:
                near = get_close_matches(str(label), list(numbers), 1)
                known = (
                    f"did you mean {near[0]!r}?" if near else f"described: {', '.join(list(numbers)[:20])}"
                )
                raise InputError(f"the label {label!r} of row {row:,} is not described", hint=known)
    if labels.exclusive:
        return np.array([-1 if t is None else numbers[str(t)] for t in targets], np.int64)
    codes = np.full((len(targets), len(labels.names)), -1)
    for row, target in enumerate(targets):
        if target is not None:
            held = (target,) if isinstance(target, str) else target
            codes[row] = [0 if label in held else 1 for label in labels.names]
    return codes
