"""A classifier from what there is: descriptions of the labels alone, texts without labels, few labels, many, votes.

What it must do: use unlabelled texts where they help and notice, without labels, where they harm; never do worse with a
few labels than without; give probabilities that mean something in both cases; run in seconds. How: three readings, each
honest on labelled texts because it did not see them (descriptions; the mixture; logistic regression, cross-validated),
are combined by two weights that the labels set. How sure the answers may be is how often they are right: by how far the
readings of unlabelled texts agree, and by labels that were held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from duli.errors import InputError
from duli.files import Progress, silent
from duli.learn.laplace import check_structure, laplace_at
from duli.learn.logistic import fit_logistic, one_hot
from duli.learn.mixture import Mixture, fit_mixture, start_of
from duli.lm.graph import need
from duli.neural.classify import Classifier, expected, labels_of, log_softmax, prototypes, softmax
from duli.neural.index import Vectors
from duli.neural.neighbours import Neighbours, unit
from duli.neural.posterior import Covariance, Structure, inputs
from duli.types import Codes, Floats

LEAST = 0.6
"""The mixture stays where it agrees this well with descriptions and votes on the texts that these are sure of."""

STRENGTH = 30.0
"""Of the logistic regression (``fit_logistic``): unit vectors want a weak penalty."""

ALONE = 0.6
"""How sharp descriptions are where there are no texts, as a share of where learning starts: all of it is too sure.
Chosen, as ``STRENGTH`` and ``LEAST``, by ``python -m bench.classify DATA --choices``."""

MOST = 100_000_000
"""Numbers of one matrix of texts by labels, 0.8 GB; learning holds a few of them."""

_FEWEST = 10
FOLDS = 4
_SHARED = 1.45
_WORTH = 60
"""Labels that tell the accuracy as well as agreement does, which is 0.05 off on average."""

_HELD = 2.0
_DESCRIPTION = 1.5


@dataclass(frozen=True)
class Report:
    """What was learned from, and how it was decided.

    Args:
        texts, labelled, functions: how many there were.
        mixture: whether learning from unlabelled texts was kept.
        agreement: of the mixture with descriptions and votes alone, over all texts, as a share.
        sure: the same on the half of the texts where their margin is largest, chance taken away
            (Cohen 1960); below ``LEAST`` the mixture is dropped.
        changed: on how many texts the kept answer differs from the descriptions'.
        confidence: mean probability of the likeliest label.
        weights: of the mixture (or descriptions) and of the labels; None without labels.
        held_out: log-loss on labelled texts of the first, the second, and both together, cross-validated.
        evidence: log P(labels | their texts) of the regression by Laplace's approximation; None without a posterior.
        spread: by what factor its covariance was scaled (``_spread``).
    """

    texts: int
    labelled: int
    functions: int
    mixture: bool
    agreement: float
    sure: float
    changed: int
    confidence: float
    weights: tuple[float, float] | None = None
    held_out: tuple[float, float, float] | None = None
    evidence: float | None = None
    spread: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A classifier and how it came about.

    Args:
        classifier: what was learned.
        probabilities: what it says of the texts it was fitted on [n, K].
        report: how it was decided.
        held_out: of the m labelled texts, in order, what would be said without their labels [m, K], cross-validated;
            None without labels.
    """

    classifier: Classifier
    probabilities: Floats
    report: Report
    held_out: Floats | None = None


def fit(
    labels: Sequence[str],
    descriptions: Vectors,
    of: Codes,
    vectors: Vectors,
    *,
    targets: Codes | Floats | None = None,
    votes: Codes | None = None,
    posterior: Structure | None = None,
    encoder: str = "",
    seed: int = 0,
    progress: Progress = silent,
) -> Fitted:
    """Learn to tell labels apart.

    Args:
        labels: K names, two or more.
        descriptions: unit vectors of what the labels mean, in words [m, d].
        of: which label each description is of [m].
        vectors: unit vectors of n texts [n, d]; n may be 0.
        targets: the label of each text [n], -1 where it is not known; or how likely each label is of it [n, K], NaN
            where that is not known; None where nothing is.
        votes: of J labelling functions on each text [n, J]: a label's number or -1.
        posterior: keep what few labels leave open, as a covariance of this structure; None keeps the likeliest
            weights alone. Without labels there is none.
        encoder: the revision of the model.
        seed: of the folds, and of the sample when there are very many texts.
        progress: told how far it is.

    Raises:
        InputError: one label, a label twice or without description, numbers out of range, NaN.
        MissingExtraError: there are labels, and scipy is not installed.
    """
    names = labels_of(labels)
    known: Codes | Floats = np.full(len(vectors), -1) if targets is None else targets
    told = np.empty((len(vectors), 0), np.int64) if votes is None else np.asarray(votes)
    _check(names, descriptions, of, vectors, known, told)
    check_size(len(names), len(vectors), len(descriptions) * bool((known >= 0).any()))
    wanted = one_hot(known, len(names))
    labelled = int((~np.isnan(wanted[:, 0])).sum())
    q = prototypes(descriptions, of, len(names))
    if posterior is not None:
        check_structure(posterior, len(names) * (vectors.shape[1] + 1))
    few = len(vectors) < _FEWEST
    mean = descriptions.mean(0) if few else vectors.mean(0)
    x = unit(vectors - mean)
    neighbours = Neighbours.fit(x[:0] if few else x, seed)
    z = neighbours.smooth(x)
    report = Report(len(x), labelled, told.shape[1], False, 1.0, 1.0, 0, 0.0)
    kept, held_out, covariance = start_of(q, told), None, None
    if few:
        kept = kept.scaled(ALONE)
    if not few:
        kept, report = _unlabelled(x, z, q, told, report, progress)
    if report.labelled:
        spoken = unit(descriptions - descriptions.mean(0))
        kept, report, held_out, covariance = _labelled(
            z, spoken, of, told, wanted, kept, report, posterior, seed, progress
        )
    classifier = Classifier(names, mean, kept.weights, kept.bias, neighbours, kept.votes, encoder, covariance)
    logits = kept.logits(z, told)
    probabilities = softmax(logits) if covariance is None else expected(logits, z, covariance)
    changed = int((probabilities.argmax(1) != (x @ q.T).argmax(1)).sum()) if len(x) else 0
    confidence = float(probabilities.max(1).mean()) if len(x) else 0.0
    return Fitted(
        classifier, probabilities, replace(report, changed=changed, confidence=confidence), held_out
    )


def _unlabelled(
    x: Vectors, z: Vectors, q: Vectors, votes: Codes, report: Report, progress: Progress
) -> tuple[Mixture, Report]:
    """The mixture, unless it harms; as sure as its agreement with where it began allows."""
    start = start_of(q, votes)
    mixture = fit_mixture(z, q, votes, progress=progress)
    before, after = start.logits(x, votes), mixture.logits(z, votes)
    first, said = before.argmax(1), after.argmax(1)
    ordered = np.sort(before, 1)
    margin = ordered[:, -1] - ordered[:, -2]
    half = margin >= np.median(margin)
    sure, agreement = kappa(first[half], said[half], len(q)), float((first == said).mean())
    kept = sure >= LEAST
    found = mixture if kept else start
    sharper = found.scaled(_sharpness(found.logits(z, votes), _accuracy(agreement, len(q))))
    return sharper, replace(report, mixture=kept, agreement=agreement, sure=sure)


def _labelled(
    z: Vectors,
    spoken: Vectors,
    whose: Codes,
    votes: Codes,
    known: Floats,
    before: Mixture,
    report: Report,
    posterior: Structure | None,
    seed: int,
    progress: Progress,
) -> tuple[Mixture, Report, Floats, Covariance | None]:
    """Stacking (Wolpert 1992): what was found without labels, and logistic regression on them, weighed by log-loss."""
    rows = np.flatnonzero(~np.isnan(known[:, 0]))
    y, count = known[rows], known.shape[1]

    def given(of: Codes) -> tuple[Vectors, Floats, Floats]:
        counts = np.concatenate([np.ones(len(of)), np.full(len(spoken), _DESCRIPTION)])
        return np.vstack([z[of], spoken]), np.vstack([known[of], one_hot(whose, count)]), counts

    def learned(of: Codes) -> tuple[Floats, Floats]:
        x, labels, counts = given(of)
        return fit_logistic(x, labels, count, strength=STRENGTH, weights=counts)

    fold = folds(y.argmax(1), seed)
    unseen, parts = np.empty((len(rows), count)), []
    for number in range(FOLDS):
        weights, bias = learned(rows[fold != number])
        parts.append((weights, bias))
        unseen[fold == number] = z[rows[fold == number]] @ weights.T + bias
        progress("learning from labels", number + 1, FOLDS + 1)
    first, second = log_softmax(before.logits(z[rows], votes[rows])), log_softmax(unseen)
    one, two = stack([first, second], y)
    weights, bias = learned(rows)
    progress("learning from labels", FOLDS + 1, FOLDS + 1)
    found = Mixture(one * before.weights + two * weights, one * before.bias + two * bias, one * before.votes)
    both = one * first + two * second
    if len(z) >= _FEWEST:
        others = np.setdiff1d(np.arange(len(z)), rows)
        apart = np.vstack([found.logits(z[others], votes[others]), both])
        hits = float(y[np.arange(len(y)), both.argmax(1)].sum())
        # Halfway between what the least log-loss says and what the accuracy does: either is off, seldom both one way.
        by = float(np.sqrt(_sharpness(apart, _accuracy(report.agreement, count, hits, len(y)))))
        one, two, both, found = by * one, by * two, by * both, found.scaled(by)
    losses = (loss(first, y), loss(second, y), loss(both, y))
    report = replace(report, weights=(one, two), held_out=losses)
    if posterior is None:
        return found, report, softmax(both), None
    x, soft, counts = given(rows)
    laplace = laplace_at(weights, bias, x, soft.argmax(1), counts, strength=STRENGTH, structure=posterior)
    spread = _spread(laplace.covariance, parts, z[rows])
    report = replace(report, evidence=laplace.evidence, spread=spread)
    return found, report, softmax(both), laplace.covariance.times(spread * two**2)


def _spread(covariance: Covariance, parts: Sequence[tuple[Floats, Floats]], z: Vectors) -> float:
    """How far the folds' logits differ, as a share of what the covariance expects: what to multiply it by.

    In hundreds of dimensions the posterior of a vague prior is far wider than answers vary in fact. How they vary is
    measured by the delete-a-group jackknife (Tukey 1958): with G groups, (G - 1) / G times the sum of squares around
    the mean. Logits are compared without their mean over labels, which no probability depends on.
    """
    logits = np.stack([z @ weights.T + bias for weights, bias in parts])
    logits -= logits.mean(2, keepdims=True)
    seen = (1 - 1 / len(parts)) * ((logits - logits.mean(0)) ** 2).sum()
    s = covariance.logits(inputs(z))
    wanted = np.trace(s, axis1=1, axis2=2).sum() - s.mean(1).sum()
    return float(seen / max(wanted, 1e-12))


def stack(readings: Sequence[Floats], y: Floats) -> tuple[float, ...]:
    """Weights > 0 of m log-probabilities [n, K] with the least log-loss; few labels leave all near 1 / m."""
    optimize = need("scipy.optimize", "learn")
    start = np.full(len(readings), -np.log(len(readings)))

    def held(v: Floats) -> float:
        mixed = np.tensordot(np.exp(v), np.stack(readings), 1)
        return len(y) * loss(mixed, y) + _HELD / 2 * float(((v - start) ** 2).sum())

    found = optimize.minimize(held, start, method="Nelder-Mead")
    return tuple(np.exp(found.x).tolist())


def loss(logits: Floats, y: Floats) -> float:
    """The mean log-loss where label k is likely by y [n, K]."""
    return float(-(y * log_softmax(logits)).sum(1).mean())


def folds(y: Codes, seed: int) -> Codes:
    """The number of each text's fold; a label's texts are spread evenly."""
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    fold = np.empty(len(y), np.int64)
    fold[order] = np.arange(len(y)) % FOLDS
    return fold


def _accuracy(agreement: float, count: int, hits: float = 0.0, asked: int = 0) -> float:
    """How often the likeliest of K labels is right, about, by how often two readings agree and by held-out labels.

    Without labels it is a little less than the agreement: over the sets of ``bench.classify`` the accuracy lies within
    0.08 of its power of 1.45. That counts as much as ``_WORTH`` labels.
    """
    guess = max(agreement**_SHARED, 1.2 / count)
    return float((hits + _WORTH * guess) / (asked + _WORTH))


def _sharpness(logits: Floats, wanted: float) -> float:
    """What the logits [n, K] must be multiplied by for this mean probability of the likeliest label."""
    low, high = np.log(1e-4), np.log(1e4)
    for _ in range(20):
        middle = (low + high) / 2
        if softmax(np.exp(middle) * logits).max(1).mean() < wanted:
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def kappa(first: Codes, second: Codes, count: int) -> float:
    """Agreement beyond chance (Cohen 1960): 1 for the same answers, 0 for chance."""
    n = max(1, len(first))
    chance = np.bincount(first, minlength=count) / n @ (np.bincount(second, minlength=count) / n)
    return float(((first == second).mean() - chance) / max(1 - chance, 1e-9))


def check_size(labels: int, texts: int, descriptions: int) -> None:
    """InputError where matrices of labels by texts, and by descriptions that are learned from, would be too large."""
    if labels * (texts + descriptions) > MOST:
        raise InputError(
            f"{texts:,} texts and {labels:,} labels are too many to learn from at once",
            hint="learn from fewer texts; so many things are better found by name: [link]",
        )


def _check(
    names: tuple[str, ...],
    descriptions: Vectors,
    of: Codes,
    vectors: Vectors,
    known: Codes | Floats,
    votes: Codes,
) -> None:
    count = len(names)
    if vectors.ndim != 2 or descriptions.shape[1:] != vectors.shape[1:]:
        raise InputError(f"texts {vectors.shape} and descriptions {descriptions.shape} must be of one model")
    if len(of) != len(descriptions) or (len(of) and not 0 <= of.min() <= of.max() < count):
        raise InputError(f"each description must be of one of the {count} labels")
    if not np.isfinite(vectors).all() or not np.isfinite(descriptions).all():
        raise InputError("vectors must be finite numbers")
    whole = known.ndim == 1 and (not len(known) or -1 <= known.min() <= known.max() < count)
    if len(known) != len(vectors) or not (whole or known.shape[1:] == (count,)):
        raise InputError(f"each text has one target, a number below {count}, or -1")
    if len(votes) != len(vectors) or (votes.size and not -1 <= votes.min() <= votes.max() < count):
        raise InputError(f"votes must be [{len(vectors)}, J], numbers below {count}, or -1")
