from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from duli.lm import sealed

CONTENT = bytes(3_000_000)


def _write(path: Path) -> None:
    path.write_bytes(CONTENT)


def test_nothing_is_found_before_it_is_saved() -> None:
    assert sealed.find("lm/x", "large") is None


def test_what_is_saved_is_found(cache: Path) -> None:
    sealed.save("lm/x", "large", _write)
    assert sealed.find("lm/x", "large") == cache / "lm" / "x" / "large"


def test_an_unchanged_file_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed.save("lm/x", "large", _write)
    read = Path.open

    def watched(path: Path, *args: object, **options: object) -> object:
        assert path.name != "large"
        return read(path, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", watched)
    assert sealed.find("lm/x", "large") is not None


@pytest.mark.parametrize("damage", ["byte", "cut", "gone", "seal"])
def test_damage_is_said_and_removed(damage: str, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    sealed.save("lm/x", "large", _write)
    path = cache / "lm" / "x" / "large"
    if damage == "byte":
        path.write_bytes(CONTENT[:-1] + b"!")
    elif damage == "cut":
        path.write_bytes(CONTENT[:-1])
    elif damage == "gone":
        path.unlink()
    else:
        path.with_name("sha256").write_text("0" * 64)
    assert sealed.find("lm/x", "large") is None
    assert sealed.find("lm/x", "large") is None
    assert len(caplog.messages) == 1
    assert str(path.parent) in caplog.text
    sealed.save("lm/x", "large", _write)
    assert sealed.find("lm/x", "large") == path


def test_a_cache_that_cannot_be_written(
    no_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    for _ in range(2):
        sealed.save("lm/x", "large", _write)
        assert sealed.find("lm/x", "large") is None
    assert list((tmp_path / "temporary").iterdir()) == []
    assert len(caplog.messages) == 1
    assert "cannot be written" in caplog.text
