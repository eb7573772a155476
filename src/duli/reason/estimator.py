"""A reasoner as an estimator: fit, predict, score. What the rules say of the labels counts, not the labels alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from duli import recipe
from duli.errors import InputError
from duli.files import content_key
from duli.logic.values import decode_column
from duli.neural.posterior import Structure
from duli.reason import inputs, through
from duli.reason.classes import Classified, Target, Trained, train
from duli.recipe import Recipe
from duli.recipe.labels import Labels
from duli.types import Example, Floats

if TYPE_CHECKING:
    from duli.explain import Answer
    from duli.learn.tracking import Run
    from duli.reason import Reasoner

BATCH = 1_000
"""Texts whose facts are reasoned about in one run."""

HALF = 0.5


def target(reasoner: Reasoner) -> Labels:
    """The table whose labels are learned and predicted: the one that is asked for, else the only one.

    Where the program answers what is no label of it, its answers themselves, as a table of the kind ``answer``.

    Raises:
        InputError: there is none, or there are several.
    """
    table, asked = _target(reasoner), reasoner.recipe.answer.predicate
    if reasoner.recipe.tables and (table is None or asked != table.predicate):
        answers = through.answers_of(reasoner)
        if len(answers) > 1 and (table is None or not set(answers) <= set(table.names)):
            return Labels(asked, tuple(answers), (), (), kind="answer")
    if table is not None:
        return table
    raise InputError(
        f"the recipe {reasoner.recipe.name} does not say which labels are learned",
        hint='write [[classify]] with labels in words, and name its predicate: [answer] predicate = "…"',
    )


def _target(reasoner: Reasoner) -> Labels | None:
    tables, asked = reasoner.recipe.tables, reasoner.recipe.answer.predicate
    for table in tables:
        if asked in (table.predicate, *(table.names if table.kind == "extract" else ())) or len(tables) == 1:
            return table
    return None


def fit(
    reasoner: Reasoner,
    texts: Sequence[Example],
    labels: Sequence[Target] | None = None,
    *,
    unlabelled: Sequence[Example] = (),
    posterior: Structure | None = None,
    risk: float | None = None,
    seed: int = 0,
) -> tuple[dict[str, Trained], Run]:
    """φ of every table, learned from n texts, and the record of how.

    Args:
        reasoner: whose recipe has ``[[classify]]``.
        texts: n texts.
        labels: of the ``target`` table [n], None for those that are not known.
        unlabelled: more texts.
        posterior: keep what few labels leave open: "kronecker" or, for few numbers, "full".
        risk: promise that at most this share of the answers is wrong, and of the sets misses the label.
        seed: of what is random.

    Raises:
        InputError: texts or labels are none, or no label of the table; a promise without labels, or of labels that do
            not exclude one another.
    """
    from duli.learn import tracking

    if not reasoner.recipe.tables:
        raise InputError(
            f"the recipe {reasoner.recipe.name} has no labels to learn", hint="write [[classify]]"
        )
    check(texts, reasoner.recipe, learning=True)
    if labels is not None and len(labels) != len(texts):
        raise InputError(f"there are {len(texts):,} texts and {len(labels):,} labels")
    every = [*texts, *check(unlabelled, reasoner.recipe, learning=True)]
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
            posterior=posterior,
            seed=seed,
            progress=reasoner.progress,
        )
        for table in reasoner.recipe.tables
    }
    answers = told if wanted is not None and wanted.kind == "answer" else [None] * len(every)
    if (wanted is not None and wanted.kind == "answer") or reasoner.recipe.never or reasoner.recipe.always:
        known = {} if wanted is None or wanted.kind == "answer" else {wanted.predicate: told}
        texts_of = [None if answer is None else str(answer) for answer in answers]
        trained = through.fit(reasoner, every, texts_of, trained, known=known, seed=seed)
    if risk is not None:
        usable = wanted is not None and wanted.exclusive and wanted.kind in ("classify", "match")
        if wanted is None or not usable or trained[wanted.predicate].held_out is None:
            raise InputError(
                "a promise needs texts with labels that exclude one another",
                hint="give labels, or leave the risk away",
            )
        trained[wanted.predicate] = _promised(reasoner, trained[wanted.predicate], every, told, risk)
    return trained, run


def _promised(
    reasoner: Reasoner, trained: Trained, texts: Sequence[Example], told: Sequence[Target], risk: float
) -> Trained:
    """With a promise, by what the program answers to the texts with labels when their labels were not seen."""
    from duli.learn.guarantees import Promise

    table, rows = trained.labels, [row for row, label in enumerate(told) if label is not None]
    assert trained.held_out is not None  # noqa: S101
    classified = Classified(table, trained.held_out[:, : len(table.names)])
    p = _probabilities(reasoner, table, [texts[row] for row in rows], classified)
    numbers = {label: k for k, label in enumerate(table.classes)}
    gold = np.array([numbers[table.called.get(str(told[row]), str(told[row]))] for row in rows])
    return replace(trained, promise=Promise.of(p, gold, risk))


def predict_proba(reasoner: Reasoner, texts: Sequence[Example]) -> Floats:
    """How likely each class of the ``target`` table is [n, K], by what the program answers.

    Where labels exclude one another, what no answer takes is "none of these"; without such a class rows are scaled to
    sum to 1, and a text from which nothing follows has all classes alike.

    Raises:
        InputError: a text is none, or the program answers what is no label.
    """
    table = target(reasoner)
    check(texts, reasoner.recipe, learning=table.kind == "extract")
    return _probabilities(reasoner, table, texts)


def _probabilities(
    reasoner: Reasoner, table: Labels, texts: Sequence[Example], classified: Classified | None = None
) -> Floats:
    """As of ``predict_proba``; of this table, what is ``classified`` already where it is given."""
    if table.kind == "extract":
        forward = [inputs.head_first(text) for text in texts]
        return reasoner.trained(table).related(reasoner.vectors(table, texts), forward).with_none
    arity = reasoner.program.predicates.get(reasoner.recipe.answer.predicate)
    size = BATCH if arity == 2 and reasoner.recipe.link is None else 1
    found = np.zeros((len(texts), len(table.names)))
    for start in range(0, len(texts), size):
        part = slice(start, start + size)
        given = None if classified is None else Classified(table, classified.probabilities[part])
        found[part] = _answers(reasoner, table, texts[part], given)
        reasoner.progress("reasoning", min(start + size, len(texts)), len(texts))
    if not table.exclusive:
        return found
    total = found.sum(1, keepdims=True)
    if table.none:
        return np.column_stack([found / np.maximum(total, 1), np.clip(1 - total, 0, 1)])
    even: Floats = np.where(total > 0, found / np.where(total > 0, total, 1), 1 / found.shape[1])
    return even


def predict_interval(
    reasoner: Reasoner, texts: Sequence[Example], *, level: float = 0.95, draws: int = 200, seed: int = 0
) -> tuple[Floats, Floats]:
    """Bounds [n, K] of the central credible interval of each class, by what labels leave open of the ``target`` table.

    Probabilities of labels are drawn, and the program answers each draw: intervals go through the rules.

    Raises:
        InputError: it was fitted without a posterior, or the level is not in (0, 1).
    """
    table = target(reasoner)
    if not reasoner.trained(table).open:
        raise InputError(
            "this was fitted without a posterior, so nothing is known of intervals",
            hint='fit(…, posterior="kronecker"), or duli fit --posterior kronecker',
        )
    if not 0 < level < 1 or draws < 1:
        raise InputError(f"the level is in (0, 1), draws positive: {level}, {draws}")
    vectors = reasoner.vectors(table, check(texts, reasoner.recipe))
    drawn = reasoner.trained(table).draws(vectors, reasoner.votes(table, texts), count=draws, seed=seed)
    again = [text for text in texts for _ in range(draws)]
    p = _probabilities(reasoner, table, again, drawn).reshape(len(texts), draws, -1)
    low, high = np.quantile(p, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return low, high


def predict_set(reasoner: Reasoner, texts: Sequence[Example]) -> list[tuple[str, ...]]:
    """Of each text the classes among which the right one is, but for the risk that was allowed.

    Raises:
        InputError: no risk was named when it was fitted.
    """
    table = target(reasoner)
    promise = reasoner.trained(table).promise
    if promise is None:
        raise InputError(
            "nothing was promised when this was fitted", hint="fit(…, risk=0.1), or duli fit --risk 0.1"
        )
    held = predict_proba(reasoner, texts) >= promise.member
    return [tuple(np.array(table.classes)[row].tolist()) for row in held]


def predict(reasoner: Reasoner, texts: Sequence[Example]) -> Any:
    """The likeliest class of each text [n]; where labels do not exclude one another, a tuple of those above a half."""
    table, p = target(reasoner), predict_proba(reasoner, texts)
    if table.exclusive:
        return np.array(table.classes)[p.argmax(1)]
    return [tuple(np.array(table.names)[row >= HALF].tolist()) for row in p]


def promised(reasoner: Reasoner, text: Example, answer: Answer) -> Answer:
    """An answer to a text with what was learned beside φ: intervals, and none where the promise would break."""
    table = _target(reasoner)
    if table is None or table.kind == "extract" or not answer.ranked:
        return answer
    known = reasoner.trained(table)
    if known.promise is not None:
        confidence = float(predict_proba(reasoner, [text]).max())
        if confidence < known.promise.answer:
            wanted = "never" if known.promise.answer > 1 else f"from {known.promise.answer:.2f} on"
            reason = (
                f"too unsure: {confidence:.2f}; with {known.promise.risk:.0%} of wrong answers allowed, "
                f"it is answered {wanted}"
            )
            return replace(answer, ranked=(), reasons=(), reason=reason)
    if not known.open:
        return answer
    low, high = predict_interval(reasoner, [text])
    columns = {label: k for k, label in enumerate(known.labels.names)}
    ranked = [
        replace(each, kind="estimate", interval=(float(low[0, k]), float(high[0, k])))
        for each in answer.ranked
        for k in (columns[str(each.value)],)
    ]
    return replace(answer, ranked=tuple(ranked))


def check(examples: Sequence[Example], source: Recipe, *, learning: bool = False) -> Sequence[Example]:
    """The examples as the recipe reads them, or InputError with the row of the first that is none.

    Args:
        examples: texts; pairs of texts where the recipe matches.
        source: the recipe.
        learning: from relations texts with a head and a tail are learned.
    """
    if isinstance(examples, str):
        raise InputError("one text was given where a list of texts belongs", hint="write [text]")
    for row, example in enumerate(examples, 1):
        try:
            check_one(example, source, learning=learning)
        except InputError as error:
            raise InputError(f"row {row:,}: {error.message}", hint=error.hint) from error
    return examples


def check_one(example: Example, source: Recipe, *, learning: bool = False, empty: bool = False) -> None:
    """InputError where an example is not as the recipe reads them, or is about cases; the other arguments are those of
    ``check``, and whether a text may be empty.
    """
    if source.cases is not None:
        raise InputError(
            "the facts of a case are given, not read", hint="duli.reason.cases.Judge decides cases"
        )
    size = source.fields if learning or source.pairs else 1
    parts = (example,) if isinstance(example, str) else example
    if not isinstance(parts, tuple) or not all(isinstance(part, str) for part in parts):
        raise InputError(f"this is a {type(example).__name__}, not a text")
    if len(parts) != size:
        wanted = ("a text", "two texts", "a text, a head and a tail")[size - 1]
        hint = '("a text", "another"); duli ask RECIPE TEXT --with TEXT' if size == 2 else None
        raise InputError(f"the recipe {source.name} reads {wanted}", hint=hint)
    for part in parts if parts != ("",) or not empty else ():
        recipe.text_of(part)


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
        requires_fit=False,
    )


def _answers(
    reasoner: Reasoner, table: Labels, texts: Sequence[Example], classified: Classified | None
) -> Floats:
    """The probability of each label [n, K] that the program answers."""
    asked = reasoner.recipe.answer.predicate
    result = reasoner.about(texts, () if classified is None else (classified,))
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
