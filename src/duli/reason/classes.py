"""A table of labels at work: examples to facts with probabilities, from descriptions alone or as it was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from duli import lm
from duli.errors import InputError
from duli.files import Progress, silent
from duli.logic.values import Symbols, encode_ints, encode_rows
from duli.neural.classify import Classifier
from duli.neural.match import Matcher
from duli.neural.posterior import Structure
from duli.reason import inputs
from duli.reason.inputs import head_first
from duli.recipe.labels import NONE, Labels
from duli.types import Codes, Example, Floats, Mention, Relation, Value

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
        classifiers: one over all classes (``inputs.described``); or one a label (the label or none) where labels do not
            exclude one another. Of ``match`` a matcher.
        functions: the labelling functions, in the order of their votes.
        report: how it was decided: of each classifier, as data.
        held_out: how likely each class is of the examples with labels, in their order, when their labels were not seen
            [m, K], as of ``probabilities``; None without labels, and after loading.
        promise: what may be promised of answers; None where nothing was asked for.
    """

    labels: Labels
    classifiers: tuple[Classifier | Matcher, ...]
    functions: tuple[str, ...] = ()
    report: tuple[dict[str, Any], ...] = ()
    held_out: Floats | None = None
    promise: Promise | None = None

    @property
    def open(self) -> bool:
        """Whether it knows what labels leave open, so that probabilities have credible intervals."""
        return any(isinstance(c, Classifier) and c.covariance is not None for c in self.classifiers)

    def probabilities(self, vectors: lm.Vectors, votes: Votes | None = None) -> Floats:
        """Of each class [n, K]; where labels do not exclude one another, of each label."""
        codes = self._codes(votes)
        return self._joined(
            [
                each.probabilities(vectors)
                if isinstance(each, Matcher)
                else each.probabilities(vectors, codes)
                for each in self.classifiers
            ]
        )

    def classified(self, vectors: lm.Vectors, votes: Votes | None = None) -> Classified:
        """What it says of vectors [n, d] of texts, or [n, 2, d] of pairs."""
        return Classified(self.labels, self.probabilities(vectors, votes)[:, : len(self.labels.names)])

    def related(self, vectors: lm.Vectors, forward: Sequence[bool]) -> Classified:
        """Of ``extract``, what it says of vectors [n, d] of two names each.

        Args:
            vectors: as of ``inputs.vectors``.
            forward: whether the head stands first [n].
        """
        p, count = self.probabilities(vectors), len(self.labels.names)
        own = np.where(np.array(forward)[:, None], p[:, :count], p[:, count : 2 * count])
        # Which of the two is the head is part of the question: what is said the other way round is no answer to it.
        return Classified(self.labels, own / np.maximum(own.sum(1, keepdims=True) + p[:, -1:], LEAST))

    def draws(
        self, vectors: lm.Vectors, votes: Votes | None = None, *, count: int, seed: int = 0
    ) -> Classified:
        """The same drawn from what labels leave open, ``count`` times for each text; those of a text come together."""
        codes, heads = self._codes(votes), [c for c in self.classifiers if isinstance(c, Classifier)]
        found = [each.draws(vectors, codes, count=count, seed=seed) for each in heads]
        p = self._joined([np.swapaxes(p, 0, 1).reshape(-1, p.shape[2]) for p in found])
        return Classified(self.labels, p[:, : len(self.labels.names)])

    def _codes(self, votes: Votes | None) -> Codes | None:
        return votes.of(self.functions) if votes is not None and self.functions else None

    def _joined(self, found: Sequence[Floats]) -> Floats:
        return found[0] if self.labels.exclusive else np.stack([each[:, 0] for each in found], 1)


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


@dataclass(frozen=True, eq=False)
class Extracted:
    """How likely each relation is between the entities that a text names.

    Args:
        labels: the table.
        mentions: of the text.
        pairs: numbers of two mentions each [n], in their order in the text.
        probabilities: of each relation with the first as head, then with the second [n, 2 K].
    """

    labels: Labels
    mentions: Sequence[Mention]
    pairs: Sequence[tuple[int, int]]
    probabilities: Floats
    none_leads = False

    def relation(self, symbols: Symbols, origin: str) -> Relation:
        """Facts (head, label, tail): those of two mentions exclude one another, whatever they stand for."""
        rows: list[tuple[Value, ...]] = []
        chances: list[float] = []
        groups: list[int] = []
        count = len(self.labels.names)
        for number, ((one, other), p) in enumerate(zip(self.pairs, self.probabilities, strict=True)):
            for (head, _, a), (tail, _, b) in product(*(self.mentions[i].candidates for i in (one, other))):
                for column in np.flatnonzero(p * a * b > LEAST).tolist():
                    ends = (head, tail) if column < count else (tail, head)
                    rows.append((ends[0], self.labels.names[column % count], ends[1]))
                    chances.append(float(p[column] * a * b))
                    groups.append(number)
        columns = tuple(np.ascontiguousarray(column) for column in encode_rows(rows, 3, symbols).T)
        return Relation(columns, np.array(chances), groups=np.array(groups, np.int64), origin=origin)


def train(
    labels: Labels,
    encoder: lm.Encoder,
    examples: Sequence[Example] = (),
    targets: Sequence[Target] | Floats | None = None,
    *,
    votes: Votes | None = None,
    posterior: Structure | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Trained:
    """Learn a table's φ: from the descriptions of its labels, and from examples with or without labels.

    Args:
        labels: the table.
        encoder: the frozen model.
        examples: n texts, pairs of texts, or texts with a head and a tail, as the table reads them.
        targets: their labels [n]; or how likely each class is of each, as of ``Trained.probabilities`` [n, K], NaN
            where that is not known.
        votes: on these texts.
        posterior: as of ``learn.classify.fit``.
        seed: of what is random.
        progress: told how far it is.

    Raises:
        InputError: a target is no label of the table.
    """
    # Here, because the other modules of that package are heavier than what a question needs.
    from duli.learn import classify, match

    said, functions = inputs.described(labels), votes.functions if votes is not None else ()
    classify.check_size(len(said.classes), len(examples), len(said.of) * (targets is not None))
    descriptions = inputs.vectors(labels, encoder, said.descriptions, progress=progress)
    vectors = inputs.vectors(labels, encoder, examples, progress=progress)
    wanted = (
        targets if targets is None or isinstance(targets, np.ndarray) else known(labels, examples, targets)
    )
    if posterior is not None and labels.kind != "classify":
        raise InputError(
            f"a posterior is kept of [[classify]], not of [[{labels.kind}]]", hint="leave it away"
        )
    if labels.kind == "match":
        matcher, report, held = match.fit(
            descriptions, said.of, vectors, targets=wanted, seed=seed, progress=progress
        )
        return Trained(labels, (matcher,), (), (report.to_dict(),), held)
    classifiers, reports, unseen = list[Classifier](), list[dict[str, Any]](), list[Floats]()
    for number, label in enumerate(labels.names):
        names, chosen, numbers, own = said.classes, np.arange(len(said.of)), said.of, wanted
        if not labels.exclusive:
            names, chosen = (label, NONE), np.flatnonzero(np.isin(said.of, (number, len(labels.names))))
            numbers = (said.of[chosen] != number).astype(np.int64)
            own = None if wanted is None else np.stack([wanted[:, number], 1 - wanted[:, number]], 1)
        made = classify.fit(
            names,
            descriptions[chosen],
            numbers,
            vectors,
            targets=own,
            votes=votes.codes if votes is not None and functions else None,
            posterior=posterior,
            encoder=encoder.revision,
            seed=seed,
            progress=progress,
        )
        classifiers.append(made.classifier)
        reports.append(made.report.to_dict())
        if made.held_out is not None:
            unseen.append(made.held_out if labels.exclusive else made.held_out[:, :1])
        if labels.exclusive:
            break
    held = np.hstack(unseen) if unseen else None
    return Trained(labels, tuple(classifiers), functions, tuple(reports), held)


def known(labels: Labels, examples: Sequence[Example], targets: Sequence[Target]) -> Floats:
    """How likely each class is of each example, as labels say: 1 or 0, NaN where not known [n, K].

    K are the classes of ``inputs.described``; where labels do not exclude one another, the labels.

    Raises:
        InputError: a target is no label of the table.
    """
    numbers = {label: k for k, label in enumerate(labels.classes)}
    count = len(inputs.described(labels).classes) if labels.exclusive else len(labels.names)
    found = np.full((len(targets), count), np.nan)
    for row, target in enumerate(targets):
        if target is None:
            continue
        if labels.exclusive and not isinstance(target, str):
            raise InputError(f"the label of row {row + 1:,} must be a text, not {target!r}"[:200])
        held = [labels.called.get(t, t) for t in ((target,) if isinstance(target, str) else target)]
        for label in held:
            if label not in numbers:
                near = get_close_matches(str(label), list(numbers), 1)
                hint = f"did you mean {near[0]!r}?" if near else f"described: {', '.join(list(numbers)[:20])}"
                raise InputError(f"the label {label!r} of row {row + 1:,} is not described", hint=hint)
        found[row] = 0
        for label in held:
            if labels.kind == "extract" and (label == NONE or not head_first(examples[row])):
                found[row, numbers[label] + len(labels.names)] = 1
            elif labels.exclusive or label != NONE:
                found[row, numbers[label]] = 1
    return found
