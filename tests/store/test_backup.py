from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import sqlalchemy as sa

from duli.errors import DataError, InputError
from duli.store import Fact, Store
from duli.store.backup import backup, restore


def fill(store: Store) -> None:
    store.assert_facts("r", [Fact("p", (i, "甲"), 0.5) for i in range(30)], by="ann")
    store.retract_facts("r", [3], by="ann")
    review = store.open_review("r", {"q": 1}, by="ann")
    store.vote(review.id, True, by="bob")
    store.log("said", {"x": [1, 2.0, None]}, by="ann")


def test_a_backup_restores_all_on_either_database(store: Store, tmp_path: Path) -> None:
    fill(store)
    file = tmp_path / "backup.gz"
    assert backup(store, file) == 30 + 2 + 35
    with Store(str(tmp_path / "other.db")) as other:
        other.assert_facts("old", [Fact("q")], by="ann")
        with pytest.raises(InputError, match="not empty"):
            restore(other, file, by="cid")
        restore(other, file, by="cid", replace=True)
        assert other.facts("r", retracted=True) == store.facts("r", retracted=True)
        assert other.reviews(state=None) == store.reviews(state=None)
        assert other.entries()[:-1] == store.entries()
        assert other.entries()[-1].action == "store.restore"
        head = store.head()
        assert head is not None
        assert other.verify([head]).problem is None
        assert other.assert_facts("r", [Fact("p")], by="ann") == [31]
    # And back to the first kind of database.
    restore(store, file, by="cid", replace=True)
    assert store.verify().problem is None


def test_a_damaged_backup_changes_nothing(tmp_path: Path) -> None:
    file, bad = tmp_path / "b.gz", tmp_path / "bad.gz"
    with Store(str(tmp_path / "a.db")) as store, Store(str(tmp_path / "b.db")) as other:
        fill(store)
        backup(store, file)
        with pytest.raises(InputError, match="there already"):
            backup(store, file)
        other.assert_facts("old", [Fact("q")], by="ann")
        before = other.head()
        packed, plain = file.read_bytes(), gzip.decompress(file.read_bytes())
        lines = plain.splitlines(keepends=True)
        damaged = [
            packed[:-20],
            b"nothing",
            b"",
            gzip.compress(plain.replace(b"0.5", b"0.6", 1)),
            gzip.compress(b"".join(lines[:-1])),
            gzip.compress(b"".join(lines[:5] + lines[6:])),
            packed[:50] + b"x" + packed[51:],
        ]
        for content in damaged:
            bad.write_bytes(content)
            with pytest.raises(DataError):
                restore(other, bad, by="eve", replace=True)
            assert other.head() == before
        assert [f.recipe for f in other.facts("old")] == ["old"]


def test_a_backup_of_a_changed_store_is_refused(tmp_path: Path) -> None:
    with Store(str(tmp_path / "a.db")) as store, Store(str(tmp_path / "b.db")) as other:
        fill(store)
        with store.engine.begin() as connection:
            connection.execute(sa.text("UPDATE facts SET probability = 0.1 WHERE id = 2"))
        backup(store, tmp_path / "b.gz")
        with pytest.raises(DataError, match="facts/2 was changed behind the log"):
            restore(other, tmp_path / "b.gz", by="ann")
        assert other.facts("r") == []
