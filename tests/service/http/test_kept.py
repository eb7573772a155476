"""What is stated, labelled and decided over HTTP is kept, and counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from duli import recipe
from duli.stream.ledger import Ledger
from tests.service.http.conftest import SECRETS, TOPIC_RULES, TOPICS, Running, running, write
from tests.service.http.test_app import error


def best(served: Running, text: str = "football") -> Any:
    return served.post("/v1/topics/ask", {"text": text}).json()["answers"][0]["value"]


def test_facts_are_stated_count_and_are_retracted(tmp_path: Path) -> None:
    folder, store = write(tmp_path / "topics", TOPICS, TOPIC_RULES), str(tmp_path / "kept.db")
    with running([folder], store=store) as served:
        assert best(served) == "sport"
        stated = served.post(
            "/v1/topics/facts", {"facts": ["boost('天气')", "boost(b)"], "source": "call 12"}
        )
        ids = stated.json()["ids"]
        assert len(ids) == 2
        assert best(served) in ("天气", "b")
    with running([folder], store=store) as served:
        (first, second) = served.get("/v1/topics/facts").json()["facts"]
        assert (first["arguments"], first["source"], first["asserted_by"]) == (["天气"], "call 12", "all")
        assert served.get("/v1/topics/facts", params={"after": first["id"]}).json()["facts"] == [second]
        assert served.post("/v1/topics/facts/retract", {"ids": ids[:1]}).json()["ids"] == ids[:1]
        assert served.post("/v1/topics/facts/retract", {"facts": ["boost(b)"]}).json()["ids"] == ids[1:]
        assert best(served) == "sport"
        assert served.post("/v1/topics/facts/retract", {"ids": ids}).status_code == 422
        assert served.get("/v1/audit/verify").json()["problem"] is None
        actions = [entry["action"] for entry in served.get("/v1/audit").json()["entries"]]
        assert actions == ["facts.assert"] * 2 + ["facts.retract"] * 2


@pytest.mark.parametrize(
    ("form", "content"),
    [("csv", "boost,a\nboost,'天气\n"), ("jsonl", '{"predicate": "boost", "arguments": ["a"]}\n\n')],
)
def test_facts_are_imported(served: Running, form: str, content: str) -> None:
    ids = served.post("/v1/topics/facts/import", {"format": form, "content": content}).json()["ids"]
    assert len(ids) == (2 if form == "csv" else 1)
    served.post("/v1/topics/facts/retract", {"ids": ids})


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("csv", 'boost,"a'),
        ("csv", ""),
        ("csv", "about,0,sport"),
        ("csv", "boost,a,b"),
        ("csv", "boost(X) :- topic(0; X)"),
        ("jsonl", "boost(a)"),
        ("jsonl", '{"predicate": "boost", "arguments": ["a"]}\n{"predicate": "boost(X) :- a(X)"}'),
        ("jsonl", '{"predicate": "boost", "arguments": [{"a": 1}]}'),
    ],
)
def test_nothing_is_imported_where_a_line_is_wrong(served: Running, form: str, content: str) -> None:
    response = served.post("/v1/topics/facts/import", {"format": form, "content": content})
    assert response.status_code == 422
    error(response)
    assert served.get("/v1/topics/facts").json()["facts"] == []


@pytest.mark.parametrize(
    "fact", ["boost(X)", "boost(a) :- topic(0, sport)", "about(0, sport)", "0.5::boost(a)"]
)
def test_a_rule_is_never_kept(served: Running, fact: str) -> None:
    assert served.post("/v1/topics/facts", {"facts": [fact]}).status_code == 422
    assert served.get("/v1/topics/facts").json()["facts"] == []


def test_labels_are_kept_and_the_last_counts(served: Running) -> None:
    for label in ("sport", "天气"):
        assert served.post("/v1/topics/label", {"text": "下雨了", "label": label}).status_code == 200
    (kept,) = served.get("/v1/topics/label").json()["labels"]
    assert (kept["label"], kept["by"], kept["predicate"]) == ("天气", "all", "topic")
    assert error(served.post("/v1/topics/label", {"text": "x", "label": "y"}))["where"] == "/label"


def test_two_people_decide_a_review(served: Running) -> None:
    def vote(number: int, who: str, approves: bool = True) -> httpx.Response:
        headers = {"Authorization": f"Bearer {SECRETS[who]}"}
        return served.post(f"/v1/topics/review/{number}", {"approves": approves}, headers=headers)

    made = served.post("/v1/topics/review", {"subject": {"answer": "退款"}, "people": 2}).json()
    number = made["id"]
    assert vote(number, "all").status_code == 422
    assert vote(number, "ask").status_code == 403
    assert vote(number, "review").json()["state"] == "open"
    assert vote(number, "review").status_code == 422
    (waiting,) = served.get("/v1/topics/review").json()["reviews"]
    assert waiting["subject"] == {"answer": "退款"}
    assert vote(10**30, "review").status_code == 422
    rejected = served.post("/v1/topics/review", {"subject": {}}).json()["id"]
    assert vote(rejected, "review", approves=False).json()["state"] == "rejected"
    found = served.get("/v1/topics/review", params={"state": "rejected"}).json()["reviews"]
    assert [one["id"] for one in found] == [rejected]


def test_alerts_of_a_stream_are_shown_once_and_seen(tmp_path: Path) -> None:
    source = recipe.find("monitor")
    folder = tmp_path / "monitor"
    for path in source.rglob("*"):
        if path.is_file():
            (folder / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            (folder / path.relative_to(source)).write_bytes(path.read_bytes())
    toml = (folder / "recipe.toml").read_text("utf-8")
    kept = [line for line in toml.splitlines() if not line.startswith("encoder")]
    (folder / "recipe.toml").write_text(
        "\n".join(kept).replace("[model]", '[model]\nencoder = "fake"'), "utf-8"
    )
    ledger = Ledger(tmp_path / "watched.sqlite")
    with ledger.transaction():
        body = json.dumps({"id": "k1", "title": "台积电: 9 bad texts"})
        ledger.write_alert("k1", "tsmc", 1.0, body, [])
    ledger.close()
    with running([folder], watched=str(tmp_path / "watched.sqlite")) as served:
        (alert,) = served.get("/v1/monitor/alerts").json()["alerts"]
        assert alert["detail"]["title"].startswith("台积电")
        assert served.post(f"/v1/monitor/alerts/{alert['id']}/seen", {}).status_code == 200
        assert served.get("/v1/monitor/alerts").json()["alerts"] == []
        assert len(served.get("/v1/monitor/alerts", params={"seen": True}).json()["alerts"]) == 1
        assert served.get("/v1/monitor/trends").json()["trends"] == []
        assert served.get("/v1/monitor/runs").json()["runs"] == []


def test_without_a_stream_there_are_no_trends(served: Running) -> None:
    assert served.get("/v1/topics/trends").status_code == 404
    assert served.get("/v1/topics/alerts").json()["alerts"] == []


def test_cases_and_problems_are_decided() -> None:
    with running(["law", "prove"]) as served:
        body = {"text": "tax(alice, 2017, X)", "facts": ["income(job, alice, 22895, '2017-12-31')"]}
        answer = served.post("/v1/law/ask", body).json()["answers"][0]
        assert answer["atom"] == "tax(alice,2017,2684)"
        assert "tax(alice,2017,2684)" in served.post("/v1/law/explain", body).json()["proof"][0]
        rule = {**body, "facts": [*body["facts"], "tax(alice, 2017, 0) :- income(_, alice, _, _)"]}
        assert served.post("/v1/law/ask", rule).status_code == 422
        quoted = {
            "predicate": "income",
            "arguments": ["job'). tax(alice,2017,0). x('", "alice", 5, "2017-12-31"],
        }
        found = served.post("/v1/law/ask", {**body, "facts": [quoted]}).json()["answers"]
        assert [one["atom"] for one in found] == ["tax(alice,2017,0)"]
        text = {"text": "Every cat is an animal. Tom is a cat.", "question": "Tom is an animal."}
        assert served.post("/v1/prove/ask", text).json()["answer"] == "true"
        assert "cat" in served.post("/v1/prove/explain", text).json()["proof"]
        chinese = {"text": "所有的猫都是动物。汤姆是猫。", "question": "汤姆是动物。"}
        assert served.post("/v1/prove/ask", chinese).json()["answer"] == "true"
        assert served.post("/v1/prove/ask", {"text": "include('/etc/passwd')."}).status_code == 422
