from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from duli.service.cli import run
from duli.store import Fact, Store

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DULI_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("DULI_STORE", str(tmp_path / "store.db"))
    with Store() as store:
        store.assert_facts("r", [Fact("p", ("甲",))], by="ann")
        store.log("said", {"x": 1}, by="ann")
    return tmp_path


def said(capsys: Capture, *arguments: str, code: int = 0) -> dict[str, object]:
    assert run([*arguments, "--json"]) == code
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_the_log_is_looked_at(place: Path, capsys: Capture) -> None:
    first = said(capsys, "audit", "verify")
    assert (first["ok"], first["entries"]) == (True, 2)
    assert run(["audit", "show"]) == 0
    shown = capsys.readouterr().out
    assert "facts.assert" in shown
    assert "x 1" in shown
    assert said(capsys, "audit", "verify", "--anchor", str(first["anchor"]))["ok"] is True
    wrong = said(capsys, "audit", "verify", "--anchor", "1:" + "0" * 64, code=2)
    assert "not the one that the anchor is of" in str(wrong["error"])
    assert "no anchor" in str(said(capsys, "audit", "verify", "--anchor", "here", code=2)["error"])


def test_an_end_that_was_cut_off_is_found_by_what_was_seen_before(place: Path, capsys: Capture) -> None:
    said(capsys, "audit", "verify")
    with Store() as store, store.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM audit WHERE id = 2"))
    assert "its end is cut off" in str(said(capsys, "audit", "verify", code=2)["error"])
    assert said(capsys, "audit", "verify", "--forget")["entries"] == 1


def test_backup_and_restore(place: Path, capsys: Capture) -> None:
    file, other = place / "b.gz", str(place / "other.db")
    assert said(capsys, "store", "backup", str(file))["rows"] == 3
    assert "there already" in str(said(capsys, "store", "backup", str(file), code=2)["error"])
    assert said(capsys, "store", "restore", str(file), "--store", other)["rows"] == 3
    assert "not empty" in str(said(capsys, "store", "restore", str(file), "--store", other, code=2)["error"])
    assert said(capsys, "audit", "verify", other)["entries"] == 3
    assert "not there" in str(said(capsys, "store", "restore", str(place / "no.gz"), code=2)["error"])
    assert "there is no store" in str(said(capsys, "audit", "verify", str(place / "no.db"), code=2)["error"])
