from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from duli.errors import ModelError
from duli.files import write_atomic
from duli.lm import FakeEncoder, Vectors, encode
from duli.lm.cache import SEGMENT

from .conftest import Watched

NAMES = [f"name number {i}" for i in range(2 * SEGMENT + 700)]


def _encoded(names: Sequence[str]) -> int:
    """How many of them had to be encoded; what comes out is right."""
    encoder = Watched()
    vectors = encode(encoder, names).vectors
    np.testing.assert_array_equal(vectors, FakeEncoder(16).encode(names))
    return len(encoder.seen)


def _segments(cache: Path) -> list[Path]:
    return sorted(cache.glob("lm/*/segments/*.seg"))


def test_a_corpus_is_encoded_once() -> None:
    assert _encoded(NAMES) == len(NAMES)
    assert _encoded(NAMES) == 0


def test_a_text_is_encoded_once_whatever_the_corpus() -> None:
    assert _encoded(NAMES) == len(NAMES)
    assert _encoded(NAMES[::-1]) == 0
    assert _encoded([*NAMES[50:200], "another", "another"]) == 1


def test_corpora_that_join_to_the_same_text_are_two() -> None:
    assert _encoded(["ab", "c"] * 40) == 2
    assert _encoded(["a", "bc"] * 40) == 2
    assert _encoded(["ab\ud800", ""] * 40) == 2


def test_each_revision_has_its_own() -> None:
    encode(FakeEncoder(8), NAMES[:100])
    assert _encoded(NAMES[:100]) == 100


def test_an_interruption_loses_at_most_one_segment(cache: Path) -> None:
    stopped = Watched(stop_after=SEGMENT + 1000)
    with pytest.raises(KeyboardInterrupt):
        encode(stopped, NAMES)
    assert len(_segments(cache)) == 1
    told: list[tuple[str, int, int]] = []
    resumed = Watched()
    vectors = encode(resumed, NAMES, progress=lambda *step: told.append(step)).vectors
    assert len(resumed.seen) == len(NAMES) - SEGMENT
    np.testing.assert_array_equal(vectors, FakeEncoder(16).encode(NAMES))
    assert told[0] == ("encoding names", SEGMENT + 1000, len(NAMES))
    assert _encoded(NAMES) == 0


def test_an_interruption_leaves_nothing_half_made(cache: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        encode(Watched(stop_after=1), NAMES)
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_progress_is_of_the_whole() -> None:
    told: list[tuple[str, int, int]] = []
    encode(Watched(), [*NAMES, *NAMES[:30]], progress=lambda *step: told.append(step))
    done = [step[1] for step in told]
    assert done == sorted(set(done))
    assert told[-1] == ("encoding names", len(NAMES), len(NAMES))
    assert {step[2] for step in told} == {len(NAMES)}


@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_segment_is_encoded_again(cut: bool, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    encode(Watched(), NAMES)
    shutil.rmtree(next(cache.glob("lm/*/corpora")))
    path = max(_segments(cache), key=lambda segment: segment.stat().st_size)
    content = path.read_bytes()
    path.write_bytes(content[:-100] if cut else content[:-1] + bytes([content[-1] ^ 1]))
    assert _encoded(NAMES) == SEGMENT
    assert caplog.messages == [f"the cache file {path} is damaged: made again"]
    assert path.read_bytes() == content


def test_a_damaged_matrix_comes_back_from_the_segments(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    encode(Watched(), NAMES)
    path = next(cache.glob("lm/*/corpora/*/vectors.npy"))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert _encoded(NAMES) == 0
    assert caplog.messages == [f"the cache file {path} is damaged: made again"]
    assert path.read_bytes() == content


def test_a_cache_that_cannot_be_written(no_cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert _encoded(NAMES) == len(NAMES)
    assert _encoded(NAMES) == len(NAMES)
    assert len(caplog.messages) == 1
    assert "cannot be written" in caplog.text


def test_a_full_disk_after_the_first_segment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[Path] = []

    def full(path: Path, data: bytes) -> None:
        if written:
            raise OSError(28, "No space left on device")
        written.append(path)
        write_atomic(path, data)

    monkeypatch.setattr("duli.lm.segments.write_atomic", full)
    assert _encoded(NAMES) == len(NAMES)
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("revision", ["", "..", "a/b", ".hidden", "a\n"])
def test_a_revision_that_cannot_name_a_folder(revision: str) -> None:
    encoder = Watched()
    encoder.revision = revision
    with pytest.raises(ModelError, match="cannot name a folder"):
        encode(encoder, NAMES[:100])


def test_at_once_from_several_threads() -> None:
    found: list[Vectors] = []

    def work() -> None:
        found.append(encode(FakeEncoder(16), NAMES).vectors)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for vectors in found:
        np.testing.assert_array_equal(vectors, FakeEncoder(16).encode(NAMES))
    assert _encoded(NAMES) == 0


def test_forty_thousand_texts_are_mapped() -> None:
    names = [f"abnormality of the part number {i} of the body" for i in range(41_000)]
    first = encode(FakeEncoder(384), names).vectors
    again = encode(FakeEncoder(384), names).vectors
    assert isinstance(again, np.memmap)
    np.testing.assert_array_equal(first[::1000], again[::1000])
