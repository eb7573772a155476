"""The server, whole: what is asked, what comes back, what is refused."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.service.http.conftest import (
    SECRETS,
    SLOW,
    SLOW_RULES,
    TOPIC_RULES,
    TOPICS,
    Running,
    eventually,
    running,
    write,
)

Json = dict[str, Any]


def error(response: httpx.Response) -> Json:
    """The one shape of errors."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "where", "hint"}
    found: Json = body["error"]
    return found


def events(response: httpx.Response) -> list[tuple[str, Json]]:
    found = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


@pytest.mark.parametrize(("text", "best"), [("the football players", "sport"), ("今天下雨", "天气")])
def test_a_text_is_answered(served: Running, text: str, best: str) -> None:
    answer = served.post("/v1/topics/ask", {"text": text, "top": 1, "proof": True}).json()
    assert [one["value"] for one in answer["answers"]] == [best]
    assert answer["answers"][0]["proof"]["atom"].startswith("about(0,")


def test_many_texts_are_answered_in_their_order_and_one_error_spoils_none(served: Running) -> None:
    texts = ["football goals", "   ", "shares and profits"]
    answers = served.post("/v1/topics/ask", {"texts": texts}).json()["answers"]
    assert [a["answers"][0]["value"] for a in (answers[0], answers[2])] == ["sport", "trade"]
    assert answers[1]["error"]["code"] == "input"


def test_answers_come_as_events(served: Running) -> None:
    response = served.post("/v1/topics/ask", {"texts": ["football", "今天下雨", " "], "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    found = events(response)
    assert found[-1] == ("end", {})
    answers = {e["index"]: e["answers"][0]["value"] for name, e in found if name == "answer"}
    assert answers == {0: "sport", 1: "天气"}
    assert [e["index"] for name, e in found if name == "error"] == [2]
    assert ("progress", {"what": "answering", "done": 3, "total": 3}) in found
    accepted = served.post("/v1/topics/ask", {"text": "football"}, headers={"Accept": "text/event-stream"})
    assert [name for name, _ in events(accepted)] == ["answer", "end"]


@pytest.mark.parametrize("fact", ["boost('天气').", {"predicate": "boost", "arguments": ["天气"]}])
def test_a_question_may_state_facts(served: Running, fact: Any) -> None:
    answer = served.post("/v1/topics/ask", {"text": "football", "facts": [fact]}).json()
    assert answer["answers"][0]["value"] == "天气"
    assert answer["answers"][0]["probability"] == 1.0


@pytest.mark.parametrize(
    "fact",
    [
        "boost(X)",
        "boost(X) :- topic(0, X)",
        "boost(a). boost(b)",
        "0.5::boost(a)",
        "boost(a); boost(b)",
        "query(boost(a))",
        "evidence(boost(a))",
        ":- use_module('x')",
        "topic(0, sport)",
        "about(0, sport)",
        "boost(a, b)",
        "boost(",
        {"predicate": "boost(X) :- topic(0, X)", "arguments": []},
        {"predicate": "boost", "arguments": [["a"]]},
    ],
)
def test_a_users_text_never_becomes_a_rule(served: Running, fact: Any) -> None:
    response = served.post("/v1/topics/ask", {"text": "football", "facts": [fact]})
    assert response.status_code == 422
    assert error(response)["code"] in ("input", "program", "request")


def test_a_fact_that_looks_like_a_rule_stays_a_value(served: Running) -> None:
    given = {"predicate": "boost", "arguments": ["x) :- topic(0, y"]}
    answer = served.post("/v1/topics/ask", {"text": "football", "facts": [given]}).json()
    assert answer["answers"][0]["value"] == "x) :- topic(0, y"


@pytest.mark.parametrize("form", ["tree", "text", "json", "mermaid", "dot"])
def test_an_answer_is_explained(served: Running, form: str) -> None:
    answer = served.post("/v1/topics/explain", {"text": "football", "form": form}).json()
    assert "about(0,sport)" in json.dumps(answer["proof"])
    other = served.post("/v1/topics/explain", {"text": "football", "form": form, "value": "trade"}).json()
    assert "about(0,trade)" in json.dumps(other["proof"])


def test_what_is_no_answer_is_not_explained(served: Running) -> None:
    assert error(served.post("/v1/topics/explain", {"text": "football", "value": "x"}))["where"] == "/value"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "where"),
    [
        ("GET", "/nowhere", None, 404, "not_found", "/nowhere"),
        ("PUT", "/v1/topics/ask", {}, 405, "method", "/v1/topics/ask"),
        ("POST", "/v1/nothing/ask", {"text": "x"}, 404, "not_found", None),
        ("POST", "/v1/topics/ask", {}, 422, "request", "/text"),
        ("POST", "/v1/topics/ask", {"text": "a", "texts": ["b"]}, 422, "request", "/text"),
        ("POST", "/v1/topics/ask", {"text": "a", "top": "many"}, 422, "request", "/top"),
        ("POST", "/v1/topics/ask", {"text": "a", "file": "/etc/passwd"}, 422, "request", "/file"),
        ("POST", "/v1/topics/ask", {"texts": ["a", 1]}, 422, "request", "/texts/1"),
        ("POST", "/v1/topics/ask", {"text": " "}, 422, "input", None),
        ("POST", "/v1/topics/ask", {"texts": ["a"] * 300}, 413, "size", "/texts"),
        ("POST", "/v1/topics/ask", {"text": "a" * 200_000}, 413, "size", "/text"),
        ("POST", "/v1/topics/ask", {"text": "a" * 2_000_000}, 413, "size", None),
        ("POST", "/v1/topics/ask", [1], 422, "request", "/"),
        ("POST", "/v1/chat/completions", {"model": "topics", "messages": []}, 422, "request", "/messages"),
    ],
)
def test_what_is_wrong_is_told_in_one_shape(
    served: Running, method: str, path: str, body: Any, status: int, code: str, where: str | None
) -> None:
    response = served.client.request(method, path, json=body)
    found = error(response)
    assert (response.status_code, found["code"]) == (status, code)
    assert where is None or str(found["where"]).startswith(where)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"text": "\\ud800"}', b"NaN"])
def test_what_is_no_json_is_told_in_the_same_shape(served: Running, body: bytes) -> None:
    response = served.client.post(
        "/v1/topics/ask", content=body, headers={"Content-Type": "application/json"}
    )
    assert error(response)["code"] in ("request", "input")
    assert response.status_code == 422


def test_every_answer_has_headers_that_protect(served: Running) -> None:
    for response in (served.get("/health"), served.get("/v1/recipes"), served.get("/nowhere")):
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "unsafe" not in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "server" not in response.headers
    named = served.get("/health", headers={"X-Request-ID": "my-1"})
    assert named.headers["x-request-id"] == "my-1"
    assert served.get("/health", headers={"X-Request-ID": 'a" b'}).headers["x-request-id"] != 'a" b'


@pytest.mark.parametrize("state", ["none", "wrong", "basic", "empty", *SECRETS])
def test_every_route_asks_for_its_scope(served: Running, state: str) -> None:
    scheme = "Basic" if state == "basic" else "Bearer"
    secret = SECRETS.get(state, SECRETS["all"] if state == "basic" else "" if state == "empty" else "x" * 43)
    headers = {} if state == "none" else {"Authorization": f"{scheme} {secret}".strip()}
    document = served.get("/openapi.json").json()
    seen = 0
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            served.server.strangers._buckets.clear()
            address = path.replace("{recipe}", "topics").replace("{id}", "1")
            with httpx.Client(base_url=served.address, trust_env=False, timeout=120) as client:
                response = client.request(method, address, headers=headers)
            scope, seen = about["x-scope"], seen + 1
            if scope == "none":
                assert response.status_code == 200, path
            elif state not in SECRETS:
                assert response.status_code == 401, path
                assert error(response)["code"] == "unauthorised"
            elif state not in ("all", scope) and scope != "any":
                assert response.status_code == 403, path
            else:
                assert response.status_code not in (401, 403), path
    assert seen >= 10
    assert {p for p, m in document["paths"].items() for a in m.values() if a["x-scope"] == "none"} == {
        "/health",
        "/ready",
    }


def test_an_address_that_is_not_known_is_not_told_to_strangers(served: Running) -> None:
    assert httpx.get(f"{served.address}/v1/nothing", trust_env=False).status_code == 401


def test_the_document_has_examples_for_all_that_is_sent(served: Running) -> None:
    document = served.get("/openapi.json").json()
    for methods in document["paths"].values():
        for about in methods.values():
            assert any("example" in one for one in about["responses"]["200"]["content"].values())
            for sent in about.get("requestBody", {}).get("content", {}).values():
                name = sent["schema"]["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["examples"]


def test_the_examples_of_the_document_are_accepted(served: Running) -> None:
    document = served.get("/openapi.json").json()
    for example in document["components"]["schemas"]["Ask"]["examples"][:3]:
        assert served.post("/v1/topics/ask", example).status_code == 200


def test_recipes_are_listed(served: Running) -> None:
    (one,) = served.get("/v1/recipes").json()["recipes"]
    assert one["labels"] == {"topic": ["sport", "trade", "天气"]}
    assert one["facts"] == {"boost": 1}
    assert one["ready"]
    assert "folder" not in one


def test_requests_are_counted(served: Running) -> None:
    served.post("/v1/topics/ask", {"text": "football"})
    text = served.get("/metrics").text
    assert 'duli_requests_total{method="POST",route="/v1/{recipe}/ask",status="200"}' in text
    assert "duli_encoded_texts_total" in text
    assert SECRETS["all"] not in text


def test_openai_client_talks_to_a_recipe(served: Running) -> None:
    openai = pytest.importorskip("openai")
    with openai.OpenAI(base_url=f"{served.address}/v1", api_key=SECRETS["ask"], max_retries=0) as client:
        assert [model.id for model in client.models.list()] == ["topics"]
        for text, best in (("football players", "sport"), ("今天下雨", "天气")):
            asked: Any = [{"role": "system", "content": "x"}, {"role": "user", "content": text}]
            answer = client.chat.completions.create(model="topics", messages=asked)
            said = answer.choices[0].message.content
            assert said.startswith(f"{best} (") or best in said.splitlines()[0] or "(" in said
            assert answer.choices[0].finish_reason == "stop"
            pieces = client.chat.completions.create(model="topics", messages=asked, stream=True)
            assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == said
            formed: Any = {"type": "json_object"}
            found = client.chat.completions.create(model="topics", messages=asked, response_format=formed)
            assert json.loads(found.choices[0].message.content)["answers"][0]["value"] == best
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="nothing", messages=asked)
    with (
        openai.OpenAI(base_url=f"{served.address}/v1", api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()


def test_openai_client_gets_vectors(served: Running) -> None:
    openai = pytest.importorskip("openai")
    texts = ["football", "今天下雨"]
    with openai.OpenAI(base_url=f"{served.address}/v1", api_key=SECRETS["ask"], max_retries=0) as client:
        coded = client.embeddings.create(model="topics", input=texts)
        plain = client.embeddings.create(model="topics", input=texts, encoding_format="float")
    vectors = np.array([one.embedding for one in plain.data])
    assert vectors.shape == (2, 256)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors, [one.embedding for one in coded.data])
    assert plain.usage.prompt_tokens == 5


def test_a_deadline_stops_the_work(tmp_path: Path) -> None:
    with running([write(tmp_path / "slow", SLOW, SLOW_RULES)]) as slow:
        body = {"text": "yes", "facts": ["far(100000000)"]}
        response = slow.post("/v1/slow/ask", body, headers={"X-Deadline-Seconds": "0.3"})
        assert response.status_code == 504
        assert error(response)["code"] in ("cancelled", "deadline")
        eventually(lambda: slow.server.work.running == 0, 5)
        streamed = slow.post("/v1/slow/ask", {**body, "stream": True}, headers={"X-Deadline-Seconds": "0.3"})
        assert not any(name == "answer" for name, _ in events(streamed))
        assert slow.post("/v1/slow/ask", {"text": "yes"}).status_code == 200


def test_a_client_that_leaves_stops_the_work(tmp_path: Path) -> None:
    with running([write(tmp_path / "slow", SLOW, SLOW_RULES)]) as slow:
        with pytest.raises(httpx.ReadTimeout):
            slow.post("/v1/slow/ask", {"text": "no", "facts": ["far(100000000)"]}, timeout=0.5)
        eventually(lambda: slow.server.work.running == 0 and slow.server.work.here == 0, 5)
        assert 'status="499"' in slow.get("/metrics").text


def test_too_many_are_refused_at_once_and_told_when_to_come_again(tmp_path: Path) -> None:
    with running([write(tmp_path / "slow", SLOW, SLOW_RULES)], threads=1, queue=1, deadline=3.0) as slow:
        body = {"text": "yes", "facts": ["far(100000000)"]}
        found: list[int] = []

        def ask() -> None:
            with httpx.Client(base_url=slow.address, headers=slow.client.headers, trust_env=False) as client:
                found.append(client.post("/v1/slow/ask", json=body, timeout=20).status_code)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        eventually(lambda: slow.server.work.here == 2)
        response = slow.post("/v1/slow/ask", body)
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) >= 1
        assert error(response)["code"] == "too_many"
        for thread in threads:
            thread.join()
        assert found == [504, 504]


def test_a_token_that_asks_too_often_waits(topics_folder: Path) -> None:
    with running([topics_folder], rate=0.5, burst=3) as served:
        found = [served.get("/v1/recipes").status_code for _ in range(4)]
        assert found == [200, 200, 200, 429]
        assert served.get("/health").status_code == 200


def test_guessing_tokens_is_slow(served: Running) -> None:
    served.server.strangers._buckets.clear()
    with httpx.Client(base_url=served.address, trust_env=False) as client:
        found = {client.get("/v1/recipes").status_code for _ in range(40)}
    served.server.strangers._buckets.clear()
    assert found == {401, 429}


def test_a_recipe_is_loaded_anew_and_a_broken_one_never_takes_its_place(tmp_path: Path) -> None:
    folder = write(tmp_path / "topics", TOPICS, TOPIC_RULES)

    def values() -> set[str]:
        answer = served.post("/v1/topics/ask", {"text": "football"}).json()
        return {one["value"] for one in answer["answers"]}

    with running([folder], look=0.1) as served:
        assert "sport" in values()
        write(folder, TOPICS, "about(D, T :- topic(D, T).")
        eventually(lambda: served.get("/v1/recipes").json()["recipes"][0]["error"] is not None)
        assert "sport" in values()
        response = served.post("/v1/topics/reload", {})
        assert error(response)["code"] == "program"
        assert str(tmp_path) not in response.text
        write(folder, TOPICS.replace("sport =", "ball ="), TOPIC_RULES)
        eventually(lambda: "ball" in values())
        assert served.post("/v1/topics/reload", {}).json()["error"] is None


def test_the_page_is_served_without_a_token_and_nothing_beside_it(
    tmp_path: Path, topics_folder: Path
) -> None:
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<!doctype html><title>独立</title>", "utf-8")
    (page / "app.js").write_text("1", "utf-8")
    (tmp_path / "secret.txt").write_text("x", "utf-8")
    with running([topics_folder], page) as served, httpx.Client(trust_env=False) as client:
        assert "独立" in client.get(served.address).text
        assert client.get(f"{served.address}/app.js").text == "1"
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/other.js"):
            assert client.get(served.address + path).status_code == 401
            assert served.client.get(path).status_code == 404


def test_nothing_of_a_request_is_logged(
    topics_folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("DEBUG"), running([topics_folder], log="debug") as served:
        served.post("/v1/topics/ask?key=sesame", {"text": "my password is sesame"})
        served.get("/v1/sesame", headers={"Authorization": "Bearer sesame-sesame-sesame"})
    records = [vars(record) for record in caplog.records if not record.name.startswith("http")]
    assert any(record["name"] == "duli.http" for record in records)
    out = str(records) + "".join(capfd.readouterr())
    assert "sesame" not in out
    assert SECRETS["all"] not in out


def test_texts_that_arrive_together_are_encoded_together(served: Running) -> None:
    before = served.server.metrics.text().decode()
    texts = [f"text number {n}" for n in range(40)]
    served.post("/v1/topics/ask", {"texts": texts})

    def count(text: str, name: str) -> float:
        return float(next(line for line in text.splitlines() if line.startswith(name + " ")).split()[1])

    after = served.server.metrics.text().decode()
    encoded = [count(text, "duli_encoded_texts_total") for text in (before, after)]
    assert encoded[1] - encoded[0] == 40
