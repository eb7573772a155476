"""The disk is full or cannot be written, and the clock goes back."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import pytest

from duli.errors import StoreError
from duli.store import Fact, Store, writer
from duli.store.backup import backup
from duli.store.connection import reading

FULL = """
import resource, signal, sys
from duli.errors import StoreError
from duli.store import Fact, Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Store(sys.argv[1]) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    kept = 0
    try:
        while True:
            kept += len(store.assert_facts("r", [Fact("p", ("x" * 5000,))], by="ann"))
    except StoreError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(kept, len(store.facts("r")), store.verify().problem, len(store.assert_facts("r", [Fact("q")], by="ann")))
"""


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    command = [sys.executable, "-c", FULL, str(tmp_path / "store.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    kept, there, problem, after = done.stdout.split()
    assert int(kept) > 0
    assert (there, problem, after) == (kept, "None", "1")


def test_a_store_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    with Store(str(file)) as store:
        store.assert_facts("r", [Fact("p")], by="ann")
    with Store(f"sqlite:///file:{file}?mode=ro&uri=true") as store:
        assert [f.predicate for f in store.facts("r")] == ["p"]
        assert store.verify().problem is None
        with pytest.raises(StoreError, match="readonly"):
            store.assert_facts("r", [Fact("q")], by="ann")
        assert backup(store, tmp_path / "b.gz") == 2


def test_many_threads_share_a_store(store: Store) -> None:
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: store.log("did", {"n": n}, by="ann"), range(40)))
    assert sorted(entry.detail["n"] for entry in store.entries()) == list(range(40))
    assert store.verify().problem is None


def test_the_clock_may_go_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        year = 2030

        @classmethod
        def now(cls, zone: timezone) -> datetime:
            cls.year -= 1
            return datetime(cls.year, 1, 1, tzinfo=zone)

    monkeypatch.setattr(writer, "datetime", Clock)
    for number in range(3):
        store.log("did", {"n": number}, by="ann")
    assert [(e.at[:4], e.detail["n"]) for e in store.entries()] == [("2029", 0), ("2028", 1), ("2027", 2)]
    assert store.verify().problem is None


def test_the_database_going_away_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="cannot be used"), reading(store.engine) as connection:
        connection.exec_driver_sql("SELECT * FROM nothing")
    store.log("did", {}, by="ann")
