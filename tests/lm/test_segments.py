from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duli.lm.protocol import Vectors
from duli.lm.segments import Keys, Segments

DIMENSION = 3


def _keys(*numbers: int) -> Keys:
    # Keys with zero bytes at the end, which numpy's byte strings hide.
    return np.frombuffer(b"".join(n.to_bytes(16, "little") for n in numbers), "S16")


def _vectors(*numbers: int) -> Vectors:
    return np.repeat(np.array(numbers, np.float32)[:, None], DIMENSION, 1)


def _read(store: Segments, *numbers: int) -> list[float]:
    """What is found for each, -1 where nothing is."""
    vectors = np.full((len(numbers), DIMENSION), -1, np.float32)
    found = store.read(_keys(*numbers), vectors)
    np.testing.assert_array_equal(found, vectors[:, 0] >= 0)
    assert np.all(vectors == vectors[:, :1])
    return [float(value) for value in vectors[:, 0]]


@pytest.fixture
def store(tmp_path: Path) -> Segments:
    store = Segments(tmp_path / "segments", DIMENSION)
    store.write(_keys(5, 3, 256), _vectors(5, 3, 256))
    store.write(_keys(1, 0), _vectors(1, 0))
    return store


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert _read(Segments(tmp_path / "none", DIMENSION), 1, 2) == [-1, -1]


def test_what_was_written_is_found(store: Segments) -> None:
    assert _read(store, 0, 1, 2, 3, 4, 5, 256, 1 << 100) == [0, 1, -1, 3, -1, 5, 256, -1]
    assert _read(store, 256, 7, 0) == [256, -1, 0]


def test_many_at_random(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    store = Segments(tmp_path, DIMENSION)
    held = random.permutation(5000)[:2000]
    for part in np.split(held, 20):
        store.write(_keys(*part.tolist()), _vectors(*part.tolist()))
    asked = random.permutation(5000).tolist()
    there = set(held.tolist())
    assert _read(store, *asked) == [n if n in there else -1 for n in asked]


def _damage(path: Path, kind: str) -> None:
    content = bytearray(path.read_bytes())
    if kind == "cut":
        del content[-1:]
    elif kind == "empty":
        content.clear()
    else:
        place = {"magic": 0, "rows": 8, "dimension": 12, "checksum": 20, "key": 80, "vector": -1}[kind]
        content[place] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["cut", "empty", "magic", "rows", "dimension", "checksum", "key", "vector"])
def test_a_damaged_segment_is_dropped(kind: str, store: Segments, caplog: pytest.LogCaptureFixture) -> None:
    (path,) = [path for path in store.folder.iterdir() if len(path.read_bytes()) > 160]
    _damage(path, kind)
    assert _read(store, 5, 1, 3, 0) == [-1, 1, -1, 0]
    assert not path.exists()
    assert caplog.messages == [f"the cache file {path} is damaged: made again"]
    store.write(_keys(5, 3), _vectors(5, 3))
    assert _read(store, 5, 1, 3, 0) == [5, 1, 3, 0]


def test_vectors_that_are_not_asked_for_are_not_read(store: Segments) -> None:
    for path in store.folder.iterdir():
        _damage(path, "vector")
    assert _read(store, 7) == [-1]
    assert len(list(store.folder.iterdir())) == 2


def test_the_same_keys_are_one_file(store: Segments) -> None:
    store.write(_keys(1, 0), _vectors(1, 0))
    assert len(list(store.folder.iterdir())) == 2


def test_a_part_left_by_a_killed_process_is_not_a_segment(store: Segments) -> None:
    (store.folder / ".0123.seg.tmp4711").write_bytes(b"half")
    assert _read(store, 5, 1) == [5, 1]
