import errno
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from duli import files


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "_said", set())
    monkeypatch.setenv("DULI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fill(folder: Path) -> None:
    (folder / "small.txt").write_text("some text")
    (folder / "large.bin").write_bytes(bytes(3 << 20))


def test_a_folder_is_filled_once(cache: Path) -> None:
    assert files.cached_folder("a/b", fill) == cache / "a" / "b"
    assert files.cached_folder("a/b", lambda _: pytest.fail("filled again")) == cache / "a" / "b"
    assert [p.name for p in (cache / "a").iterdir()] == ["b"]


@pytest.mark.parametrize("name", ["small.txt", "large.bin", "manifest.json"])
def test_a_file_cut_in_the_middle_is_made_again_and_said_once(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = files.cached_folder("a", fill)
    for _ in range(2):
        path = folder / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert files.damage(files.cached_folder("a", fill)) is None
    assert len([m for m in caplog.messages if name in m and "made again" in m]) == 1


def test_a_changed_byte_in_a_small_file_is_seen() -> None:
    folder = files.cached_folder("a", fill)
    (folder / "small.txt").write_text("same text")
    assert "small.txt is damaged" in str(files.damage(folder))


def test_ctrl_c_leaves_nothing_behind(cache: Path) -> None:
    def stopped(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.cached_folder("a/b", stopped)
    assert list((cache / "a").iterdir()) == []


def test_a_cache_that_cannot_be_made_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DULI_CACHE", str(tmp_path / "file" / "cache"))
    with caplog.at_level(logging.WARNING):
        folders = [files.cached_folder("a", fill) for _ in range(2)]
    assert all((folder / "small.txt").read_text() == "some text" for folder in folders)
    assert len([m for m in caplog.messages if "cannot be written" in m]) == 1
    assert len(files.file_hash(folders[0] / "small.txt")) == 64


def test_what_was_done_without_a_cache_goes_with_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code = "from duli import files; print(files.cached_folder('a', lambda f: (f / 'x').write_text('x')))"
    env = {"DULI_CACHE": str(tmp_path / "file" / "cache"), "TMPDIR": str(tmp_path)}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert out.stdout.startswith(str(tmp_path))
    assert not Path(out.stdout.strip()).exists()


def test_a_full_disk_is_done_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_atomic", full)
    assert (files.cached_folder("a", fill) / "small.txt").is_file()
    assert any("No space left" in m for m in caplog.messages)


def test_a_write_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x" / "y.txt"
    files.write_atomic(path, b"old")

    def broken(self: Path, target: Path) -> None:
        raise OSError("broken")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="broken"):
        files.write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["y.txt"]


def test_the_hash_of_a_file_follows_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert files.file_hash(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert files.file_hash(path).startswith("ba78")
    path.write_bytes(b"abcd")
    assert not files.file_hash(path).startswith("ba78")


def test_a_key_keeps_its_parts_apart() -> None:
    assert files.content_key("a", "b") != files.content_key("ab", "") != files.content_key("", "ab")
    assert files.content_key("a", b"b") == files.content_key("a", "b")


@pytest.mark.parametrize("step", range(12))
def test_files_written_together_are_old_or_new_wherever_it_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    folder = tmp_path / "model"
    old, new = ({name: (name + age).encode() for name in ("a", "b", "sub/c")} for age in ("old", "new"))
    files.write_together(folder, old)
    left = [step]
    real = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        try:
            files.write_together(folder, new)
            assert step >= 7
        except KeyboardInterrupt:
            assert step < 7
    files.settle(folder)
    found = {name: (folder / name).read_bytes() for name in old}
    assert found == (new if step >= 4 else old)
    files.write_together(folder, new)
    assert {name: (folder / name).read_bytes() for name in new} == new
    assert not (folder / ".new").exists()


@pytest.mark.parametrize("names", ['["../x"]', '["/tmp/x"]', '"x"', "5", "[5]", "{", "[[]]"])
def test_what_others_wrote_is_not_put_in_place(tmp_path: Path, names: str) -> None:
    folder = tmp_path / "model"
    (folder / ".new").mkdir(parents=True)
    (folder / ".new" / "manifest.json").write_text(names, "utf-8")
    (folder / "x").write_text("here", "utf-8")
    files.settle(folder)
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert (folder / "x").read_text("utf-8") == "here"
