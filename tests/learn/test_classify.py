"""Classification with no labels, with few, with votes; on texts made here."""

from __future__ import annotations

import numpy as np
import pytest

from duli.errors import DataError, InputError
from duli.learn.classify import Fitted, check_size, fit
from duli.learn.logistic import fit_logistic
from duli.learn.mixture import fit_mixture
from duli.neural.classify import Classifier, log_softmax, prototypes, softmax
from duli.neural.index import Vectors
from duli.neural.neighbours import unit
from duli.types import Codes

LABELS = ("sport", "天气", "trade")
OF = np.array([0, 1, 1, 2])


def world(
    n: int = 600, d: int = 24, *, spread: float = 0.32, tilt: float = 0.9, seed: int = 0
) -> tuple[Vectors, Vectors, Codes]:
    """Descriptions [4, d], texts [n, d], their labels [n]; descriptions point beside their classes by ``tilt``."""
    rng = np.random.default_rng(seed)
    means = unit(rng.normal(size=(3, d)))
    y = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    off = unit(rng.normal(size=(4, d)))
    return unit(means[OF] + tilt * off), unit(means[y] + spread * rng.normal(size=(n, d))), y


def accuracy(fitted: Fitted, y: Codes) -> float:
    return float((fitted.probabilities.argmax(1) == y).mean())


def test_unlabelled_texts_correct_what_descriptions_get_wrong() -> None:
    descriptions, texts, y = world()
    alone = fit(LABELS, descriptions, OF, texts[:0]).classifier.probabilities(texts)
    fitted = fit(LABELS, descriptions, OF, texts)
    assert fitted.report.mixture
    assert accuracy(fitted, y) > (alone.argmax(1) == y).mean() + 0.03


def test_labels_do_more_than_none() -> None:
    descriptions, texts, y = world(tilt=2.0, spread=0.45)
    targets = np.full(len(y), -1)
    for label in range(3):
        targets[np.flatnonzero(y == label)[:8]] = label
    without, fitted = (
        fit(LABELS, descriptions, OF, texts),
        fit(LABELS, descriptions, OF, texts, targets=targets),
    )
    first = np.log(without.probabilities[np.arange(len(y)), y]).mean()
    assert np.log(fitted.probabilities[np.arange(len(y)), y]).mean() > first
    losses = fitted.report.held_out
    assert losses is not None
    assert losses[2] <= min(losses[:2]) + 0.05


def test_votes_show_what_vectors_do_not() -> None:
    descriptions, texts, _ = world(d=384)
    rng = np.random.default_rng(1)
    hidden = rng.choice(3, len(texts))  # nothing in the vectors
    votes = np.where(rng.random((len(texts), 3)) < 0.8, hidden[:, None], rng.choice(3, (len(texts), 3)))
    votes[rng.random(votes.shape) < 0.3] = -1
    noise = unit(rng.normal(size=texts.shape))
    fitted = fit(LABELS, descriptions, OF, noise, votes=votes)
    majority = np.array([np.bincount(row[row >= 0], minlength=3).argmax() for row in votes])
    assert accuracy(fitted, hidden) > (majority == hidden).mean() - 0.03


def test_what_a_function_is_worth_is_learned_without_labels() -> None:
    descriptions, texts, y = world()
    rng = np.random.default_rng(2)
    liar = rng.choice(3, len(texts))
    honest = np.where(rng.random(len(texts)) < 0.95, y, rng.choice(3, len(texts)))
    x = unit(texts - texts.mean(0))
    tables = fit_mixture(x, prototypes(descriptions, OF, 3), np.stack([liar, honest], 1)).votes
    told = [np.diag(table[:, :3]).mean() - table[:, :3].mean() for table in tables]
    assert told[1] > told[0] + 1


def test_a_mixture_that_contradicts_the_descriptions_is_dropped() -> None:
    rng = np.random.default_rng(3)
    descriptions = unit(rng.normal(size=(4, 24)))
    # Two tight heaps that have nothing to do with the labels.
    heaps = unit(rng.normal(size=(2, 24)))
    texts = unit(heaps[rng.choice(2, 400)] + 0.25 * rng.normal(size=(400, 24)))
    fitted = fit(LABELS, descriptions, OF, texts)
    assert not fitted.report.mixture
    alone = unit(texts - texts.mean(0)) @ prototypes(descriptions, OF, 3).T
    assert (fitted.probabilities.argmax(1) == alone.argmax(1)).mean() > 0.75


def test_probabilities_mean_something() -> None:
    descriptions, texts, y = world(2000, tilt=1.2, spread=0.5)
    for targets, most in ((None, 0.15), (np.where(np.arange(2000) < 40, y, -1), 0.08)):
        p = fit(LABELS, descriptions, OF, texts, targets=targets).probabilities
        assert abs(p.max(1).mean() - (p.argmax(1) == y).mean()) < most


def test_made_again_from_its_numbers_it_says_the_same() -> None:
    descriptions, texts, y = world()
    votes = np.stack([y, np.full(len(y), -1)], 1)
    fitted = fit(LABELS, descriptions, OF, texts, votes=votes, encoder="abc")
    loaded = Classifier.of_arrays(LABELS, fitted.classifier.arrays, "abc")
    assert loaded.labels == LABELS
    assert loaded.encoder == "abc"
    found = loaded.probabilities(texts, votes)
    np.testing.assert_allclose(found, fitted.probabilities, atol=1e-5)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-9)
    one = loaded.probabilities(texts[:1], votes[:1])
    np.testing.assert_allclose(one, found[:1], atol=1e-6)


def test_the_same_seed_gives_the_same_numbers() -> None:
    descriptions, texts, y = world(300)
    targets = np.where(np.arange(300) < 30, y, -1)
    first, second = (fit(LABELS, descriptions, OF, texts, targets=targets, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def test_no_texts_at_all() -> None:
    descriptions, texts, y = world(tilt=0.3)
    p = fit(LABELS, descriptions, OF, texts[:0]).classifier.probabilities(texts)
    assert p.shape == (600, 3)
    assert (p.argmax(1) == y).mean() > 0.8


def test_every_label_given() -> None:
    descriptions, texts, y = world(300)
    assert accuracy(fit(LABELS, descriptions, OF, texts, targets=y), y) > 0.9


def test_many_labels() -> None:
    rng = np.random.default_rng(0)
    descriptions = unit(rng.normal(size=(1000, 32)))
    texts = unit(descriptions.repeat(3, 0) + 0.05 * rng.normal(size=(3000, 32)))
    fitted = fit([f"label {n}" for n in range(1000)], descriptions, np.arange(1000), texts)
    assert accuracy(fitted, np.arange(1000).repeat(3)) > 0.95


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ("a",), "of": np.zeros(4, int)}, "two labels or more"),
        ({"labels": ("a", "b", "a")}, "'a' stands twice"),
        ({"of": np.array([0, 1, 1, 1])}, "label number 2 has no description"),
        ({"of": np.array([0, 1, 1, 3])}, "one of the 3 labels"),
        ({"targets": np.full(600, 3)}, "below 3"),
        ({"targets": np.zeros(5, int)}, "one target"),
        ({"votes": np.full((600, 1), 7)}, "numbers below 3"),
        ({"vectors": np.full((600, 24), np.nan, np.float32)}, "finite"),
        ({"vectors": np.ones((600, 23), np.float32)}, "of one model"),
    ],
)
def test_what_cannot_be_learned_from(change: dict[str, object], message: str) -> None:
    descriptions, texts, _ = world()
    given = {"labels": LABELS, "descriptions": descriptions, "of": OF, "vectors": texts, **change}
    with pytest.raises(InputError, match=message):
        fit(**given)  # type: ignore[arg-type]


def test_numbers_that_are_no_classifier() -> None:
    descriptions, texts, _ = world(50)
    arrays = fit(LABELS, descriptions, OF, texts).classifier.arrays
    with pytest.raises(DataError, match="has no 'mean'"):
        Classifier.of_arrays(LABELS, {"weights": arrays["weights"]})
    with pytest.raises(DataError, match="has 3 labels, not 2"):
        Classifier.of_arrays(LABELS[:2], arrays)


def test_logistic_regression_finds_the_minimum() -> None:
    from sklearn.linear_model import LogisticRegression

    _, texts, y = world(200)
    weights, bias = fit_logistic(texts, y, 3, strength=1.0)
    other = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000).fit(texts, y)
    np.testing.assert_allclose(softmax(texts @ weights.T + bias), other.predict_proba(texts), atol=2e-3)
    np.testing.assert_allclose(np.exp(log_softmax(texts @ weights.T)), softmax(texts @ weights.T), atol=1e-12)


def test_more_labels_than_memory_holds() -> None:
    texts = np.eye(4, dtype=np.float32)
    with pytest.raises(InputError, match="4 texts and 100,000,000 labels are too many"):
        check_size(100_000_000, len(texts), 0)
    many = 20_000
    descriptions = np.tile(texts, (many // 4, 1))
    with pytest.raises(InputError, match="4 texts and 20,000 labels are too many"):
        fit(
            [str(n) for n in range(many)],
            descriptions,
            np.arange(many),
            texts,
            targets=np.array([0, 1, -1, -1]),
        )
