from __future__ import annotations

from pathlib import Path

import pytest

from duli.errors import DataError
from duli.evaluate import watching
from duli.lm import FakeEncoder
from duli.reason import load
from duli.stream.application import Monitor
from tests.stream.support import write

MOODS = [
    ("Acme profit rises, record orders", "positive"),
    ("Acme sales fall, fraud probe", "negative"),
    ("Acme meets", "neutral"),
]


@pytest.fixture(scope="module")
def monitor() -> Monitor:
    return Monitor(load("monitor", encoder=FakeEncoder()))


def test_labels_are_those_of_moods_or_topics(monitor: Monitor, tmp_path: Path) -> None:
    rows = [{"text": f"{text}, {n}", "label": label} for n in range(8) for text, label in MOODS]
    report = watching.run(monitor, watching.read(write(tmp_path / "dev.jsonl", rows)))
    assert report["table"] == "mood"
    assert report["metrics"]["accuracy"] > report["baselines"]["largest class"]["accuracy"][0]
    assert report["baselines"]["words alone"]["accuracy"][0] == 1.0
    assert any(line.startswith("words alone") for line in watching.lines(report))
    assert "<table>" in watching.to_html(report, "moods")
    topics = [{"text": f"news {n}", "label": label} for n in range(4) for label in ("Business", "Sports")]
    assert watching.run(monitor, watching.read(write(tmp_path / "t.jsonl", topics)))["table"] == "topic"


def test_moods_toward_companies_are_on_a_scale(monitor: Monitor, tmp_path: Path) -> None:
    rows = [
        {
            "title": f"Acme profit rises {n}, record orders; Bolt sales fall, fraud probe",
            "company": who,
            "sentiment": mood,
        }
        for n in range(6)
        for who, mood in (("Acme", 0.8), ("Bolt", -0.9))
    ]
    report = watching.run(monitor, watching.read(write(tmp_path / "dev.jsonl", rows)))
    assert report["linked"] == 1.0
    assert report["metrics"]["cosine"] > 0.8
    assert abs(report["baselines"]["mood of the whole text"]["correlation"][0]) < 0.1
    fiqa = {"sentence": "$ACME up", "info": [{"target": "ACME", "sentiment_score": "0.4"}]}
    (case,) = watching.read(write(tmp_path / "f.jsonl", [fiqa]))
    assert (case.company, case.mood) == ("ACME", 0.4)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"text": "a"}],
        [{"label": "a"}],
        [{"title": "a", "company": "b", "sentiment": "much"}],
        [{"text": "a", "label": "odd"}],
    ],
)
def test_what_is_no_case_is_told(rows: list[dict[str, str]], monitor: Monitor, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        watching.run(monitor, watching.read(write(tmp_path / "dev.jsonl", rows)))
