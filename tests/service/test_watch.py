from __future__ import annotations

import json
from pathlib import Path

import pytest

from duli.service import cli
from tests.stream.support import surge, write


@pytest.mark.real
def test_a_file_is_watched_and_its_trends_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    news, state = write(tmp_path / "news.jsonl", surge(12)), str(tmp_path / "s.sqlite")
    told = tmp_path / "alerts.jsonl"
    assert (
        cli.run(["watch", "monitor", str(news), "--once", "--state", state, "--alerts", str(told), "--json"])
        == 0
    )
    *alerts, tally = map(json.loads, capsys.readouterr().out.splitlines())
    assert [alert["company"] for alert in alerts] == ["tsmc"]
    assert json.loads(told.read_text("utf-8")) == alerts[0]
    assert (tally["texts"], tally["alerts"], tally["delivered"]) == (68, 1, 1)
    assert cli.run(["trends", state, "--name", "tsmc", "--last", "2h", "--json"]) == 0
    trends = json.loads(capsys.readouterr().out)["trends"]
    assert trends[-1]["bad"] >= 5
    assert trends[-1]["mood"] < -0.5
    assert cli.run(["trends", state, "--of", "topic"]) == 0
    assert "window from" in capsys.readouterr().out


@pytest.mark.real
def test_a_text_is_asked_in_english_and_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("Fire halts production at TSMC, shares fall", "台积电工厂火灾停产，股价下跌"):
        assert cli.run(["ask", "monitor", text, "--json", "--why"]) == 0
        made = json.loads(capsys.readouterr().out)
        assert made["answers"][0]["value"] == "tsmc"
        assert made["answers"][0]["proof"]["atom"] == "risk(0,tsmc)"
        assert made["companies"][0]["moods"]["negative"] > 0.5
    assert cli.run(["ask", "monitor", "Sunny weather in Rome"]) == 0
    assert "no company of the knowledge is named" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["watch", "diagnosis", "-"], "watches nothing"),
        (["watch", "monitor", "nowhere.jsonl"], "there is no source"),
        (["watch", "monitor", "-", "--alerts", "ftp://x/y"], "alerts cannot go"),
        (["trends", "nowhere.sqlite"], "the state is not there"),
        (["trends", "x.sqlite", "--last", "soon"], "span of time"),
    ],
)
def test_mistakes_are_told(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.real
def test_what_was_learned_from_texts_is_watched_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(row["text"] for row in surge(4)), "utf-8")
    news, fitted = write(tmp_path / "news.jsonl", surge(2)), str(tmp_path / "fitted")
    assert cli.run(["fit", "monitor", str(texts), "--out", fitted]) == 0
    state = str(tmp_path / "s.sqlite")
    assert cli.run(["watch", "monitor", str(news), "--once", "--state", state, "--fitted", fitted]) == 0
    assert "18 texts" in capsys.readouterr().out
