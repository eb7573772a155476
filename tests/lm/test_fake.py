from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.lm import FakeEncoder

# Worked out once on x86-64; a change means that every cache made before is wrong: count its revision up.
GOLDEN = [0.0, 0.4472136, -0.8944272, 0.0]


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("renal cyst", "renal cysts", "seizure"),
        ("肾囊肿", "多发性肾囊肿", "癫痫发作"),
        ("почечная киста", "киста почечная", "судороги"),
        ("Renal Cyst", "renal cyst", "renal agenesis"),
        ("ｒｅｎａｌ ｃｙｓｔ", "renal cyst", "renal agenesis"),
    ],
)
def test_what_shares_characters_is_near(text: str, near: str, far: str) -> None:
    vectors = FakeEncoder().encode([text, near, far])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_unrelated_texts_are_about_orthogonal() -> None:
    vectors = FakeEncoder(1024).encode(["abcdefghijkl", "mnopqrstuvwx", "ABCDEFGHIJKL"])
    assert abs(vectors[0] @ vectors[1]) < 0.3
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_vectors_are_the_same_on_every_machine() -> None:
    vector = FakeEncoder(4).encode(["ab"])[0]
    np.testing.assert_allclose(vector, GOLDEN, atol=1e-6)


@given(st.text(), st.integers(1, 4))
def test_signs_never_cancel_to_nothing(text: str, dimension: int) -> None:
    vectors = FakeEncoder(dimension).encode([text])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
