from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from duli.errors import InputError, ModelError
from duli.files import Progress, silent
from duli.lm import FakeEncoder, Vectors, encode
from duli.lm.features import ON_DISK

from .conftest import Watched


class Broken:
    """Gives what it is told to, whatever the texts."""

    name, revision, dimension = "broken", "0123", 2

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> Vectors:
        return self.vectors


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("count", [0, 1, 40, 200])
def test_every_text_gets_its_vector(count: int, cache: bool) -> None:
    texts = [f"name {i % 70}" for i in range(count)]
    features = encode(FakeEncoder(), texts, cache=cache)
    np.testing.assert_array_equal(features.vectors, FakeEncoder().encode(texts))


@pytest.mark.parametrize("count", [40, 200])
def test_a_text_is_encoded_once(count: int) -> None:
    encoder = Watched()
    encode(encoder, [f"name {i % 10}" for i in range(count)])
    assert encoder.seen == [f"name {i}" for i in range(10)]


def test_few_texts_leave_nothing_on_disk(cache: Path) -> None:
    encode(FakeEncoder(), ["a"] * (ON_DISK - 1))
    assert not cache.exists()
    encode(FakeEncoder(), ["a"] * ON_DISK, cache=False)
    assert not cache.exists()
    encode(FakeEncoder(), ["a"] * ON_DISK)
    assert cache.exists()


def test_the_model_is_named_with_its_revision() -> None:
    encoder = FakeEncoder()
    assert encode(encoder, ["a"]).model == f"fake@{encoder.revision}"


@pytest.mark.parametrize("count", [2, 100])
def test_features_cannot_be_changed(count: int) -> None:
    texts = [str(i) for i in range(count)]
    for _ in range(2):
        vectors = encode(FakeEncoder(), texts).vectors
        with pytest.raises(ValueError, match="read-only"):
            vectors[0, 0] = 1


def test_one_text_in_place_of_a_list() -> None:
    with pytest.raises(InputError, match="list of texts"):
        encode(FakeEncoder(), "renal cyst")


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.ones((1, 2), np.float32), r"\(1, 2\)"),
        (np.ones((2, 3), np.float32), r"\(2, 3\)"),
        (np.eye(2), "float64"),
        (np.array([[1, 0], [np.nan, 0]], np.float32), "length is not 1"),
        (np.array([[1, 0], [0, 0]], np.float32), "length is not 1"),
        (np.array([[1, 0], [3, 4]], np.float32), "length is not 1"),
    ],
)
def test_a_broken_promise_is_an_error(vectors: Vectors, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        encode(Broken(vectors), ["a", "b"])
