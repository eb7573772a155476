"""In scope or not, learned without a message that is not; corrections count for messages like them."""

from pathlib import Path

import numpy as np
import pytest

from duli.dialogue.corrections import Corrections
from duli.dialogue.scope import Scope
from duli.evaluate import metrics
from duli.lm import FakeEncoder
from duli.neural.neighbours import unit
from duli.types import Codes

RANDOM = np.random.default_rng(0)
CENTRES = unit(RANDOM.normal(size=(12, 32)))


def near(centres: Codes, spread: float = 0.12) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    noise = RANDOM.normal(size=(len(centres), 32)) * spread
    return np.asarray(unit(CENTRES[centres] + noise), np.float32)


def test_messages_about_intents_that_nobody_described_are_told_apart() -> None:
    of = np.repeat(np.arange(8), 5)
    scope = Scope.fit(near(of), of)
    inside = scope.probabilities(near(np.repeat(np.arange(8), 20)))
    outside = scope.probabilities(near(np.repeat(np.arange(8, 12), 20)))
    found = metrics.auroc(np.append(inside, outside), np.repeat([True, False], [160, 80]))
    assert found > 0.95
    assert inside.mean() > 0.8 > 0.3 > outside.mean()


def test_fewer_messages_outside_are_expected_more_are_inside() -> None:
    of = np.repeat(np.arange(8), 5)
    scope, asked = Scope.fit(near(of), of), near(np.arange(12))
    assert (scope.probabilities(asked, outside=0.1) >= scope.probabilities(asked, outside=0.5)).all()


def test_a_vote_counts_where_vectors_say_nothing() -> None:
    of = np.repeat(np.arange(8), 5)
    random = np.asarray(unit(RANDOM.normal(size=(40, 32))), np.float32)
    scope = Scope.fit(random, of, votes=of[:, None])
    silent, voted = np.full((1, 1), -1), np.zeros((1, 1), np.int64)
    asked = np.asarray(unit(RANDOM.normal(size=(1, 32))), np.float32)
    assert scope.probabilities(asked, voted)[0] > 0.7 > 0.3 > scope.probabilities(asked, silent)[0]


def test_with_one_example_an_intent_everything_is_in_scope() -> None:
    scope = Scope.fit(near(np.arange(8)), np.arange(8))
    assert (scope.probabilities(near(np.arange(12))) == 1).all()


def test_the_last_correction_of_a_message_counts(tmp_path: Path) -> None:
    file = tmp_path / "corrections.jsonl"
    lines = ['{"text": "where is it", "intent": "a"}', "", '{"text": "where is it", "intent": "b"}']
    file.write_text("\n".join(lines), "utf-8")
    encoder = FakeEncoder()
    made = Corrections.read(file, encoder, ["a", "b"])
    assert (list(made.texts), list(made.labels)) == (["where is it"], ["b"])
    asked = encoder.encode(["where is it", "zzzzz"])
    p = made.apply(np.array([[0.9, 0.1], [0.9, 0.1]]), asked, ["a", "b"])
    assert p[0] == pytest.approx([0, 1], abs=1e-5)
    assert p[1] == pytest.approx([0.9, 0.1])
