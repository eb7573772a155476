from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from duli.errors import InputError, StoreError
from duli.store import Anchor, Fact, Store
from duli.store.connection import connect
from duli.store.schema import metadata
from duli.types import Atom

FACTS = [Fact("p", ("a", 1)), Fact("p", ("乙", 2.0), 0.5, "来源", "2020-01-01", 0.9), Fact("q")]


def test_facts_are_stated_and_retracted(store: Store) -> None:
    assert store.assert_facts("r", FACTS, by="ann") == [1, 2, 3]
    assert store.assert_facts("other", FACTS[:1], by="ann") == [4]
    assert store.retract_facts("r", [Atom("p", ("a", 1)), 3], by="bob") == [1, 3]
    (standing,) = store.facts("r")
    assert (standing.arguments, standing.probability, standing.source) == (("乙", 2.0), 0.5, "来源")
    assert (standing.date, standing.trust, standing.retracted) == ("2020-01-01", 0.9, None)
    gone = store.facts("r", "p", retracted=True)[0]
    assert (gone.retracted_by, gone.arguments) == ("bob", ("a", 1))
    assert isinstance(gone.arguments[1], int)
    assert isinstance(standing.arguments[1], float)
    assert [f.id for f in store.facts("r", retracted=True, after=1, limit=1)] == [2]
    with pytest.raises(InputError, match="no fact 1 of r stands"):
        store.retract_facts("r", [2, 1], by="bob")
    assert len(store.facts("r")) == 1  # all or none


def test_the_last_label_of_a_text_counts(store: Store) -> None:
    for label in ("good", "bad"):
        store.add_label("r", "mood", "很好", label, by="ann")
    store.add_label("r", "topic", "很好", "food", by="ann")
    assert [(x.predicate, x.label) for x in store.labels("r")] == [("mood", "bad"), ("topic", "food")]
    assert store.labels("r", "nothing") == []


def test_two_people_decide(store: Store) -> None:
    review = store.open_review("r", {"answer": "甲"}, by="ann", people=2)
    with pytest.raises(InputError, match="others decide"):
        store.vote(review.id, True, by="ann")
    assert store.vote(review.id, True, by="bob").state == "open"
    with pytest.raises(InputError, match="has voted"):
        store.vote(review.id, True, by="bob")
    assert [r.id for r in store.reviews("r")] == [review.id]
    done = store.vote(review.id, True, by="cid", comment="fine")
    assert (done.state, [v.by for v in done.votes], done.subject) == (
        "approved",
        ["bob", "cid"],
        {"answer": "甲"},
    )
    with pytest.raises(InputError, match="approved already"):
        store.vote(review.id, False, by="dan")
    assert store.reviews() == []
    refused = store.open_review("r", {}, by="ann", people=2)
    assert store.vote(refused.id, False, by="bob").state == "rejected"
    assert len(store.reviews(state=None)) == 2
    with pytest.raises(InputError, match="no reviews/9"):
        store.vote(9, True, by="bob")


def test_runs_and_alerts(store: Store) -> None:
    number = store.start_run("r", "eval", {"data": "d.csv"}, by="ann")
    store.end_run(number, "done", {"accuracy": 0.5}, by="ann")
    with pytest.raises(InputError, match="done already"):
        store.end_run(number, "failed", {}, by="ann")
    (run,) = store.runs("r")
    assert (run.state, run.detail, run.result) == ("done", {"data": "d.csv"}, {"accuracy": 0.5})
    assert store.raise_alert("r", "k", {"n": 1}, by="monitor") == (1, True)
    assert store.raise_alert("r", "k", {"n": 2}, by="monitor") == (1, False)
    store.see_alert(1, by="ann")
    store.see_alert(1, by="bob")
    assert store.alerts() == []
    assert [(a.detail, a.seen_by) for a in store.alerts("r", seen=True)] == [({"n": 1}, "ann")]


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        (Fact("p", (), 1.5), "probability 1.5 is not in"),
        (Fact("p", (), float("nan")), "probability nan is not in"),
        (Fact("p", (), 1.0, trust=0.0), "trust 0.0 is not in"),
        (Fact("p", (float("inf"),)), "cannot be kept as JSON"),
        (Fact("p", ("\ud800",)), "half a character"),
        (Fact("p", (), source="a\x00b"), "NUL"),
        (Fact("", ()), "predicate is empty"),
        (Fact("p" * 501), "501 characters"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_written(
    tmp_path: Path, fact: Fact, message: str
) -> None:
    with Store(str(tmp_path / "s.db")) as store:
        with pytest.raises(InputError, match=message):
            store.assert_facts("r", [Fact("q"), fact], by="ann")
        assert store.facts("r") == []
        assert store.head() is None


def test_the_log_goes_on(store: Store) -> None:
    store.log("policy.deny", {"why": "规则"}, by="ann")
    first = store.head()
    store.assert_facts("r", FACTS, by="bob")
    entries = store.entries()
    assert [(e.id, e.by, e.action, e.subject) for e in entries[:2]] == [
        (1, "ann", "policy.deny", ""),
        (2, "bob", "facts.assert", "facts/1"),
    ]
    assert entries[0].detail == {"why": "规则"}
    assert first is not None
    assert Anchor.parse(str(first)) == first
    verdict = store.verify([first])
    assert (verdict.entries, verdict.problem, verdict.anchor) == (4, None, store.head())


TAMPERED = [
    ("UPDATE audit SET by = 'eve' WHERE id = 2", "entry 2 was changed"),
    ("UPDATE audit SET detail = '{}' WHERE id = 1", "entry 1 was changed"),
    ("DELETE FROM audit WHERE id = 2", "entry 2 is missing"),
    ("DELETE FROM audit WHERE id = 1", "entry 1 is missing"),
    ("DELETE FROM audit WHERE id = 5", "its end is cut off"),
    ("DELETE FROM audit", "its end is cut off"),
    ("UPDATE audit SET id = 9 WHERE id = 3", "entry 3 is missing"),
    ("INSERT INTO audit SELECT 6, at, by, action, subject, content, detail, hash FROM audit WHERE id = 5",
     "entry 6 was changed"),
    ("UPDATE facts SET probability = 0.9 WHERE id = 2", "facts/2 was changed behind the log"),
    ("DELETE FROM facts WHERE id = 2", "facts/2 is in the log, and not in the store"),
    ("INSERT INTO facts SELECT 8, recipe, predicate, arguments, probability, source, date, trust, asserted, "
     "asserted_by, retracted, retracted_by FROM facts WHERE id = 1",
     "facts/8 is in the store, and the log does not know of it"),
    ("UPDATE facts SET retracted = NULL, retracted_by = NULL WHERE id = 1", "facts/1 was changed"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "problem"), TAMPERED)
def test_what_is_done_behind_the_log_is_found(tmp_path: Path, statement: str, problem: str) -> None:
    with Store(str(tmp_path / "s.db")) as store:
        store.log("start", {"a": 1}, by="ann")
        store.assert_facts("r", FACTS, by="ann")
        store.retract_facts("r", [1], by="ann")
        anchor = store.head()
        assert anchor is not None
        assert store.verify([anchor]).problem is None
        with store.engine.begin() as connection:
            connection.execute(sa.text(statement))
        assert problem in str(store.verify([anchor]).problem)


def test_a_log_written_anew_is_found_by_an_anchor(tmp_path: Path) -> None:
    with Store(str(tmp_path / "a.db")) as true, Store(str(tmp_path / "b.db")) as false:
        true.log("said", {"x": 1}, by="ann")
        false.log("said", {"x": 2}, by="ann")
        anchor = true.head()
        assert anchor is not None
        assert false.verify().problem is None
        assert "is not the one that the anchor is of" in str(false.verify([anchor]).problem)


WRITER = """
import sys
from duli.store import Fact, Store
url, who = sys.argv[1:]
with Store(url) as store:
    for i in range(10):
        if i % 2:
            store.log("did", {"i": i}, by=who)
        else:
            store.assert_facts("r", [Fact("p", (who, i))], by=who)
"""


def test_several_processes_write_one_chain(url: str) -> None:
    # Each makes the tables, if it comes first.
    command = [sys.executable, "-c", WRITER, url]
    writers = [subprocess.Popen([*command, f"p{who}"]) for who in range(2)]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    with Store(url) as store:
        assert len(store.facts("r")) == 10
        verdict = store.verify()
        assert (verdict.entries, verdict.problem) == (20, None)


def test_the_migrations_make_the_schema(url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = connect(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_newer_store_is_refused(url: str) -> None:
    with Store(url) as store, store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="schema 9999"):
        Store(url)


def test_what_is_no_store_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("mysql://a@b/c", "sqlite://", "://"):
        with pytest.raises(InputError):
            Store(wrong)
    other = tmp_path / "text.db"
    other.write_text("no database " * 100, "utf-8")
    with pytest.raises(StoreError, match="not a database"):
        Store(str(other))
    with pytest.raises(StoreError, match="folder cannot be made"):
        Store(str(other / "x.db"))
    monkeypatch.setenv("DULI_STORE", str(tmp_path / "named.db"))
    with Store() as store:
        assert store.url.endswith("named.db")


def test_the_password_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store(f"postgresql://duli:secret@/x?host={tmp_path}")
    assert "secret" not in str(caught.value)
