from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli import lm
from duli.errors import DataError, InputError
from duli.neural.calibration import Calibration, calibrate, expected_error
from duli.neural.index import Index, Vectors, nearest
from duli.neural.link import Linker
from duli.neural.metric import fit_metric
from duli.neural.names import inverted, normalise
from duli.neural.phrases import split
from duli.types import Features, Mention

NAMES = ["Seizure", "Seizures", "Kidney tumor", "Renal neoplasm", "Fever", "Weakness, distal", "发热", "Rash"]
ENTITIES = ["h1", "h1", "h2", "h2", "h3", "h4", "h3", "h5"]
ENCODER = lm.FakeEncoder()


def encoded(texts: list[str]) -> Features:
    return lm.encode(ENCODER, texts, cache=False)


LINKER = Linker(ENTITIES, NAMES, encoded(NAMES).vectors)


def link(text: str) -> tuple[Mention, ...]:
    phrases = split(text, LINKER.known)
    return LINKER.link(phrases, encoded([p.span.text for p in phrases]))


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("seizures", "h1"),
        ("RENAL NEOPLASM", "h2"),
        ("renal neoplasms", "h2"),
        ("distal weakness", "h4"),
        ("发热", "h3"),
    ],
)
def test_an_equal_name_wins_but_for_case_plural_and_order(text: str, entity: str) -> None:
    (mention,) = link(text)
    assert mention.candidates[0][0] == entity
    assert mention.candidates[0][2] > 0.9


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["tumor of the kidney", "fevers", "nonsense zzz", "rash", "发热", "wt"]), min_size=1
    )
)
def test_probabilities_with_none_of_these_sum_to_one(words: list[str]) -> None:
    for mention in link("; ".join(words)):
        values = [p for _, _, p in mention.candidates]
        assert sum(values) + mention.nothing == pytest.approx(1)
        assert values == sorted(values, reverse=True)
        assert all(p >= 0 for p in values)
        assert len({entity for entity, _, _ in mention.candidates}) == len(values)


def test_a_near_name_is_likelier_than_a_far_one() -> None:
    near, far = link("kidney tumour; qqqq xxxx")
    assert near.candidates[0][0] == "h2"
    assert near.nothing < far.nothing


def test_what_is_not_asked_says_why() -> None:
    relative, foreign, denied = link("mother with seizures; лихорадка; no fever")
    assert (relative.note, relative.candidates, relative.nothing) == ("said of a relative", (), 1.0)
    assert foreign.note == "in a script that none of the names is written in"
    assert (denied.negated, denied.note, denied.candidates[0][0]) == (True, None, "h3")


def test_what_does_not_fit_is_refused() -> None:
    phrases = split("fever; rash")
    with pytest.raises(InputError, match=r"one vector for each phrase"):
        LINKER.link(phrases, encoded(["fever"]))
    bad = np.full((2, 256), np.nan, np.float32)
    with pytest.raises(InputError, match=r"finite"):
        LINKER.link(phrases, Features(bad))
    with pytest.raises(InputError, match=r"one name for each entity"):
        Linker(ENTITIES, NAMES[1:], encoded(NAMES).vectors)
    with pytest.raises(InputError, match=r"nothing to link to"):
        Linker([], [], np.zeros((0, 4), np.float32))
    with pytest.raises(InputError, match=r"one vector for each name"):
        Index(ENTITIES, encoded(NAMES[1:]).vectors)


def test_calibration_without_labels_finds_what_it_was_made_from() -> None:
    words = [
        f"{a}{b} {c}"
        for a in ("ren", "hep", "card")
        for b in ("al", "ic", "oid")
        for c in ("cyst", "mass", "pain")
    ]
    names = [n for w in words for n in (w, f"{w}s x", f"the {w}")]
    entities = [w for w in words for _ in range(3)]
    vectors = encoded(names).vectors
    found = calibrate(entities, vectors, names=names)
    assert found.queries > 20
    assert found.top1 is not None
    assert found.top1 > 0.8
    assert found.ece is not None
    assert found.ece < 0.25
    assert calibrate(entities, vectors, names=names) == found
    assert Calibration.from_dict(found.to_dict()) == found
    few = calibrate(entities[:6], vectors[:6], names=names[:6])
    assert (few.ece, few.queries) == (None, 0)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
def test_a_higher_similarity_is_likelier(values: list[float]) -> None:
    similarities = np.array([sorted(values, reverse=True)])
    p = Calibration().probabilities(similarities)[0]
    assert p.sum() == pytest.approx(1)
    assert (np.diff(p[:-1]) <= 1e-12).all()


def test_a_calibration_that_is_none() -> None:
    with pytest.raises(DataError, match=r"has the fields"):
        Calibration.from_dict({"scale": 1})
    with pytest.raises(DataError, match=r"scale must be a number"):
        Calibration.from_dict({**Calibration().to_dict(), "scale": "x"})
    with pytest.raises(InputError, match=r"absent must be in"):
        calibrate(ENTITIES, encoded(NAMES).vectors, absent=1.0)


def test_expected_error_by_hand() -> None:
    p, hit = np.array([0.05, 0.95, 0.95]), np.array([False, True, False])
    assert expected_error(p, hit, np.ones(3)) == pytest.approx((0.05 + abs(2 * 0.95 - 1)) / 3)


def test_nearest_is_best_first_and_ties_go_to_the_first() -> None:
    numbers, values = nearest(np.array([[0.1, 0.9, 0.9, 0.2]], np.float32), 3)
    assert numbers.tolist() == [[1, 2, 3]]
    assert values[0].tolist() == pytest.approx([0.9, 0.9, 0.2])


@pytest.mark.parametrize(
    ("a", "b"),
    [("Kidney Tumors", "kidney tumor"), ("café-au-lait", "cafe au lait"), ("haemorrhage", "hemorrhage")],
)
def test_names_are_compared_by_their_form(a: str, b: str) -> None:
    assert normalise(a) == normalise(b)


def test_inverted_names() -> None:
    assert inverted("Weakness, distal") == "distal Weakness"
    assert inverted("Weakness") is None


def test_a_linker_is_saved_and_mapped(tmp_path: Path) -> None:
    made = Linker.fit(ENTITIES, NAMES, encoded(NAMES).vectors)
    made.save(tmp_path)
    loaded = Linker.load(tmp_path, ENTITIES, NAMES)
    phrases = split("kidney tumour; fevers")
    features = encoded([p.span.text for p in phrases])
    assert loaded.link(phrases, features) == made.link(phrases, features)
    for name in ("vectors.npy", "matrix.npy", "calibration.json"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DataError, match=r"damaged"):
            Linker.load(tmp_path, ENTITIES, NAMES)
        (tmp_path / name).write_bytes(whole)


def test_a_metric_brings_names_of_one_entity_together() -> None:
    rng = np.random.default_rng(0)
    centres, noise = (
        rng.normal(size=(30, 8)),
        rng.normal(size=(90, 8)) * np.array([3, 3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]),
    )
    rows = np.repeat(centres, 3, axis=0) + noise
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    entities = [str(i // 3) for i in range(90)]

    def hits(moved: Vectors) -> int:
        near = moved @ moved.T - 2 * np.eye(90)
        return sum(int(a) // 3 == i // 3 for i, a in enumerate(near.argmax(1)))

    metric = fit_metric(entities, vectors, ridge=0.1)
    assert hits(metric.apply(vectors)) > hits(vectors) + 10
    assert np.allclose(np.linalg.norm(metric.apply(vectors), axis=1), 1, atol=1e-5)
    with pytest.raises(InputError, match=r"vectors must be"):
        metric.apply(vectors[:, :4])
    alone = fit_metric([str(i) for i in range(90)], vectors)
    assert np.array_equal(alone.matrix, np.eye(8))
