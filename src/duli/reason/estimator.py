"""A reasoner as an estimator: fit, predict, score. What the rules say of the labels counts, not the labels alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from duli import recipe
from duli.errors import InputError
from duli.files import content_key
from duli.logic.values import decode_column
from duli.reason.classes import Target, Trained, train
from duli.recipe.labels import Labels
from duli.types import Floats

if TYPE_CHECKING:
    from duli.learn.tracking import Run
    from duli.reason import Reasoner

BATCH = 1_000
"""Texts whose facts are reasoned about in one run."""

HALF = 0.5


def target(reasoner: Reasoner) -> Labels:
    """The table whose labels are learned and predicted: the one that is asked for, else the only one.

    Raises:
        InputError: there is none, or there are several.
    """
    tables, asked = reasoner.recipe.classify, reasoner.recipe.answer.predicate
    for table in tables:
        if table.predicate == asked or len(tables) == 1:
            return table
    raise InputError(
        f"the recipe {reasoner.recipe.name} does not say which labels are learned",
        hint='write [[classify]] with labels in words, and name its predicate: [answer] predicate = "…"',
    )


def fit(
    reasoner: Reasoner,
    texts: Sequence[str],
    labels: Sequence[Target] | None = None,
    *,
    unlabelled: Sequence[str] = (),
    seed: int = 0,
) -> tuple[dict[str, Trained], Run]:
    """φ of every table, learned from n texts, and the record of how.

    Args:
        reasoner: whose recipe has ``[[classify]]``.
        texts: n texts.
        labels: of the ``target`` table [n], None for those that are not known.
        unlabelled: more texts.
        seed: of what is random.

    Raises:
        InputError: texts or labels are none, or no label of the table.
    """
    from duli.learn import tracking

    if not reasoner.recipe.classify:
        raise InputError(
            f"the recipe {reasoner.recipe.name} has no labels to learn", hint="write [[classify]]"
        )
    check(texts)
    if labels is not None and len(labels) != len(texts):
        raise InputError(f"there are {len(texts):,} texts and {len(labels):,} labels")
    every = [*texts, *check(unlabelled)]
    if not every:
        raise InputError("there is no text to learn from")
    wanted = None if labels is None else target(reasoner)
    told = [*(labels or ()), *([None] * len(unlabelled))]
    run = tracking.record(
        "fit",
        {"recipe": reasoner.recipe.name, "texts": len(every), "labelled": sum(t is not None for t in told)},
        data=content_key(json.dumps([every, told if wanted else None])),
        model=reasoner.encoder.revision,
        seed=seed,
    )
    trained = {
        table.predicate: train(
            table,
            reasoner.encoder,
            every,
            told if table is wanted else None,
            votes=reasoner.votes(table, every),
            seed=seed,
            progress=reasoner.progress,
        )
        for table in reasoner.recipe.classify
    }
    return trained, run


def predict_proba(reasoner: Reasoner, texts: Sequence[str]) -> Floats:
    """How likely each class of the ``target`` table is [n, K], by what the program answers.

    Where labels exclude one another, what no answer takes is "none of these"; without such a class rows are scaled to
    sum to 1, and a text from which nothing follows has all classes alike.

    Raises:
        InputError: a text is none, or the program answers what is no label.
    """
    table = target(reasoner)
    check(texts)
    arity = reasoner.program.predicates.get(reasoner.recipe.answer.predicate)
    size = BATCH if arity == 2 and reasoner.recipe.link is None else 1
    found = np.zeros((len(texts), len(table.names)))
    for start in range(0, len(texts), size):
        part = texts[start : start + size]
        found[start : start + size] = _answers(reasoner, table, part)
        reasoner.progress("reasoning", min(start + size, len(texts)), len(texts))
    if not table.exclusive:
        return found
    total = found.sum(1, keepdims=True)
    if table.none:
        return np.column_stack([found / np.maximum(total, 1), np.clip(1 - total, 0, 1)])
    even: Floats = np.where(total > 0, found / np.where(total > 0, total, 1), 1 / found.shape[1])
    return even


def predict(reasoner: Reasoner, texts: Sequence[str]) -> Any:
    """The likeliest class of each text [n]; where labels do not exclude one another, a tuple of those above a half."""
    table, p = target(reasoner), predict_proba(reasoner, texts)
    if table.exclusive:
        return np.array(table.classes)[p.argmax(1)]
    return [tuple(np.array(table.names)[row >= HALF].tolist()) for row in p]


def check(texts: Sequence[str]) -> Sequence[str]:
    """The texts, or InputError with the row of the first that is none."""
    if isinstance(texts, str):
        raise InputError("one text was given where a list of texts belongs", hint="write [text]")
    for row, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise InputError(f"the text of row {row:,} is a {type(text).__name__}, not a text")
        try:
            recipe.text_of(text)
        except InputError as error:
            raise InputError(f"row {row:,}: {error.message}", hint=error.hint) from error
    return texts


def tags() -> Any:
    """What scikit-learn asks an estimator about itself."""
    from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

    return Tags(
        estimator_type="classifier",
        target_tags=TargetTags(required=False),
        classifier_tags=ClassifierTags(),
        input_tags=InputTags(one_d_array=True, two_d_array=False, string=True),
        transformer_tags=None,
        regressor_tags=None,
    )


def _answers(reasoner: Reasoner, table: Labels, texts: Sequence[str]) -> Floats:
    """The probability of each label [n, K] that the program answers."""
    asked = reasoner.recipe.answer.predicate
    result = reasoner.about(texts)
    codes, p = result.codes(asked), result.probability(asked)
    found = np.zeros((len(texts), len(table.names)))
    numbers = {label: k for k, label in enumerate(table.names)}
    distinct, column = np.unique(codes[:, -1], return_inverse=True)
    values = [str(value) for value in decode_column(distinct, result.vocabulary)]
    for value in values:
        if value not in numbers:
            raise InputError(
                f"the program answers {value!r}, which is no label of {table.predicate}",
                hint="predictions are for programs whose answers are labels; others are asked",
            )
    columns = np.array([numbers[value] for value in values], np.int64)
    rows = np.zeros(len(codes), np.int64)
    if codes.shape[1] > 1:
        texts_of, row = np.unique(codes[:, 0], return_inverse=True)
        rows = np.array(decode_column(texts_of, result.vocabulary), np.int64)[row]
    if len(codes):
        found[rows, columns[column]] = p
    return found
