from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from duli.errors import DataError, InputError
from duli.lm import FakeEncoder
from duli.reason import load
from duli.stream.alarms import Alarms
from duli.stream.ledger import Ledger
from duli.stream.lock import own
from duli.stream.news import Taken
from duli.stream.reading import Reader
from duli.stream.sources import source
from duli.stream.watching import Watching
from tests.stream.support import HOUR, START, Watch, surge, write


def counted(state: Path) -> dict[str, int]:
    with sqlite3.connect(state) as db:
        return dict(db.execute("select name, sum(texts) from count where kind = 'company' group by name"))


def test_bad_news_that_surges_becomes_one_alert_with_texts_and_proof(watch: Watch, tmp_path: Path) -> None:
    tally, alerts = watch(write(tmp_path / "news.jsonl", surge()))
    assert (tally.texts, tally.alerts, len(alerts)) == (128, 1, 1)
    (alert,) = alerts
    assert alert["company"] == "tsmc"
    assert alert["bad"] >= 3
    assert alert["usual"] < 1
    assert alert["evidence"] >= alert["threshold"]
    assert {each["company"] for each in alert["exposed"]} >= {"apple", "nvidia"}
    for text in alert["texts"]:
        assert text["text"].startswith("TSMC: ")
        assert text["proof"]["atom"].startswith("risk(")
    assert json.loads(json.dumps(alert)) == alert


def test_what_is_read_twice_counts_once(watch: Watch, tmp_path: Path) -> None:
    news = write(tmp_path / "news.jsonl", surge(4))
    first, _ = watch(news)
    before = counted(tmp_path / "state.sqlite")
    again, alerts = watch(news)
    copied, _ = watch(write(tmp_path / "copy.jsonl", surge(4)))
    renamed, _ = watch(write(tmp_path / "other.jsonl", [{**row, "id": f"x{row['id']}"} for row in surge(4)]))
    assert (first.texts, again.texts, again.repeated, alerts) == (28, 0, 0, [])
    assert (copied.texts, copied.repeated, renamed.texts, renamed.repeated) == (0, 28, 0, 28)
    assert counted(tmp_path / "state.sqlite") == before


def test_a_late_text_counts_in_the_trend_and_raises_no_alarm(watch: Watch, tmp_path: Path) -> None:
    rows = surge()
    calm, bad = rows[:-8], rows[-8:]
    tally, alerts = watch(write(tmp_path / "news.jsonl", calm))
    late = [{**row, "time": START + 3 * HOUR} for row in bad]
    tally, alerts = watch(write(tmp_path / "late.jsonl", late))
    assert (tally.texts, tally.late, alerts) == (8, 8, [])
    ledger = Ledger(tmp_path / "state.sqlite")
    trend = {
        bucket: bad for name, bucket, _, _, bad in ledger.trend("company", START, HOUR) if name == "tsmc"
    }
    ledger.close()
    assert trend[START // HOUR + 3] >= 6


def test_order_within_a_window_does_not_matter(watch: Watch, tmp_path: Path) -> None:
    rows = surge()
    mixed = [row for at in range(0, len(rows), 5) for row in reversed(rows[at : at + 5])]
    tally, alerts = watch(write(tmp_path / "news.jsonl", mixed))
    assert (tally.texts, tally.late, [a["company"] for a in alerts]) == (128, 0, ["tsmc"])


def test_a_crash_in_a_batch_leaves_nothing_of_it(
    reader: Reader, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    news, state = write(tmp_path / "news.jsonl", surge()), tmp_path / "state.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "move", lambda *_: (_ for _ in ()).throw(OSError("the disk is gone")))
        watching = Watching(
            lambda: reader, [], state, [source(str(news), follow=False)], [str(tmp_path / "a")]
        )
        with pytest.raises(OSError, match="the disk is gone"):
            watching.run()
    assert counted(state) == {}
    assert not (tmp_path / "a").exists()
    tally, alerts = watch(news)
    assert (tally.texts, len(alerts)) == (128, 1)


def test_what_is_known_survives_a_restart_in_the_middle(watch: Watch, tmp_path: Path) -> None:
    rows, news = surge(), tmp_path / "news.jsonl"
    told = []
    for end in (1, 50, 122, 124, 128):
        write(news, rows[:end])
        told += watch(news)[1]
    whole = sum(counted(tmp_path / "state.sqlite").values())
    assert (whole, [alert["company"] for alert in told]) == (128, ["tsmc"])


def test_a_text_from_the_future_or_without_a_time_does_not_close_windows(
    watch: Watch, tmp_path: Path
) -> None:
    rows: list[dict[str, Any]] = [
        *surge(2),
        {"text": "Tesla in 2099", "time": 4.1e9},
        {"text": "Boeing names one"},
    ]
    assert watch(write(tmp_path / "a.jsonl", rows))[0].texts == 20
    more = [{"text": "Toyota plans", "time": START + 2 * HOUR + 900}]
    assert watch(write(tmp_path / "b.jsonl", more))[0].late == 0


def test_an_unknown_company_and_no_company_are_counted_by_topic_alone(watch: Watch, tmp_path: Path) -> None:
    rows = [{"text": "Zorblatt Ltd goes bankrupt", "time": START}, {"text": "It rains", "time": START}]
    assert watch(write(tmp_path / "news.jsonl", rows))[0].texts == 2
    assert counted(tmp_path / "state.sqlite") == {}


def test_records_that_are_no_texts_are_kept_and_the_others_go_on(watch: Watch, tmp_path: Path) -> None:
    news = tmp_path / "news.jsonl"
    news.write_bytes(
        b'{"text": "Tesla grows"}\n\xff\xfe\n{}\n[1]\n{"text": "Boeing grows", "time": "?"}\n{"text": "BYD"}\n'
    )
    tally, _ = watch(news)
    assert (tally.texts, tally.refused) == (2, 4)
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        places = [place for (place,) in db.execute("select place from refused order by id")]
    assert [place.rpartition(":")[2] for place in places] == ["2", "3", "4", "5"]


def test_chinese_news_is_linked_and_carried_along_the_chain(reader: Reader) -> None:
    batch = reader.read(["台积电工厂火灾停产，特斯拉盈利大涨"])
    (reading,) = batch.readings
    toward = {company: max(moods, key=moods.__getitem__) for company, moods in reading.toward.items()}
    assert toward == {"tsmc": "negative", "tesla": "positive"}
    assert reading.risks["nvidia"] == pytest.approx(0.8 * reading.risks["tsmc"], rel=0.05)
    assert "interrupted" in str(batch.proof(0, "nvidia"))


def test_who_rates_another_has_no_part_in_it_and_who_is_beaten_has(reader: Reader) -> None:
    (rated, beaten) = reader.read(["Microsoft downgrades Boeing", "AMD beats Intel in chips"]).readings
    assert rated.toward["microsoft"]["neutral"] > 0.9
    assert beaten.toward["intel"] == {"negative": 1.0}


def test_knowledge_that_changes_is_read_anew_and_what_is_broken_is_not(
    recipe: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    aliases = recipe / "aliases.csv"
    before = aliases.read_text("utf-8")
    news = write(tmp_path / "news.jsonl", [])

    def fresh() -> Reader:
        return Reader(load(recipe, encoder=FakeEncoder()))

    watching = Watching(fresh, [aliases], tmp_path / "s.sqlite", [source(str(news))])
    watching.sources[0].open(watching.ledger.position)
    try:
        for number, (change, known) in enumerate(
            [("toyota,Zorblatt\n", 1), ('x,"\n', 1), ("ford,Zorblatt\n", 2)]
        ):
            aliases.write_text(before + change, "utf-8")
            write(news, [{"text": f"{number} Zorblatt {n}", "time": START} for n in range(number + 1)])
            watching._looked -= 10
            watching.step()
            assert len(counted(tmp_path / "s.sqlite")) == known
        assert "the old one goes on" in caplog.text
    finally:
        aliases.write_text(before, "utf-8")
        watching.close()


def test_one_process_watches_with_a_state(reader: Reader, tmp_path: Path) -> None:
    lock = own(tmp_path / "s.sqlite.lock")
    with pytest.raises(InputError, match="another process"):
        Watching(lambda: reader, [], tmp_path / "s.sqlite", [])
    lock.close()


def test_a_state_of_other_windows_is_not_taken(reader: Reader, watch: Watch, tmp_path: Path) -> None:
    watch(write(tmp_path / "news.jsonl", surge(2)))
    ledger = Ledger(tmp_path / "state.sqlite")
    with pytest.raises(InputError, match="counts over 3600 s, the recipe over 60 s"):
        Alarms(ledger, replace(reader.watch, window=60.0), [])
    ledger.close()


def test_a_file_that_is_no_state_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_bytes(b"something else" * 100)
    with pytest.raises(DataError, match="the state cannot be opened"):
        Ledger(tmp_path / "s.sqlite")


def test_a_batch_without_records_still_moves(watch: Watch, tmp_path: Path) -> None:
    class Nothing:
        finished = False

        def open(self, position: Any) -> None: ...

        def close(self) -> None: ...

        def take(self, most: int) -> Taken:
            self.finished = True
            return Taken((), {"here": "7"})

    watch(Nothing())
    ledger = Ledger(tmp_path / "state.sqlite")
    assert ledger.position("here") == "7"
    ledger.close()


KILLED = """
import sys
from pathlib import Path
from duli.lm import FakeEncoder
from duli.reason import load
from duli.stream import watching
from duli.stream.reading import Reader
from duli.stream.sources import source

watching.BATCH = 8
made = [source(sys.argv[1], follow=False)]
watching.Watching(lambda: Reader(load("monitor", encoder=FakeEncoder())), [], Path(sys.argv[2]), made).run()
"""


def test_after_kill_9_each_text_was_counted_once(tmp_path: Path) -> None:
    rows = surge(60)
    news, state = write(tmp_path / "news.jsonl", rows), tmp_path / "s.sqlite"
    command = [sys.executable, "-c", KILLED, str(news), str(state)]
    with subprocess.Popen(command) as process:
        while process.poll() is None and not (state.is_file() and sum(_known(state).values()) >= 24):
            time.sleep(0.02)
        process.kill()
    assert 24 <= sum(_known(state).values()) <= len(rows)
    subprocess.run(command, check=True)
    assert sum(counted(state).values()) == len(rows)


def _known(state: Path) -> dict[str, int]:
    """``counted``, also while the file is being made."""
    try:
        return counted(state)
    except sqlite3.OperationalError:
        return {}
