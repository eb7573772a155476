"""Against the mock cluster that comes with librdkafka."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from duli.stream.kafka import Topic
from duli.stream.news import News

kafka = pytest.importorskip("confluent_kafka")


@pytest.fixture
def producer() -> Any:
    return kafka.Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1})


def read(topic: Topic, stored: dict[str, str]) -> list[str]:
    topic.open(stored.get)
    found = []
    until = time.monotonic() + 30
    while not topic.finished and time.monotonic() < until:
        taken = topic.take(100)
        stored.update(taken.positions)
        found += [r.text if isinstance(r, News) else f"refused: {r.reason}" for r in taken.records]
    assert topic.finished
    topic.close()
    return found


def test_a_topic_is_read_once_across_restarts(producer: Any) -> None:
    servers = producer.list_topics(timeout=10).brokers[1]
    address = f"{servers.host}:{servers.port}"
    for number in range(5):
        producer.produce("news", json.dumps({"text": f"涨 {number}"}).encode())
    producer.produce("news", b"\xff")
    producer.flush(10)
    stored: dict[str, str] = {}
    found = read(Topic(address, "news", follow=False), stored)
    assert sorted(found)[-5:] == [f"涨 {n}" for n in range(5)]
    assert [f for f in found if f.startswith("refused")] == ["refused: this is not UTF-8, from byte 1 on"]
    assert read(Topic(address, "news", follow=False), stored) == []
    producer.produce("news", json.dumps({"text": "later"}).encode())
    producer.flush(10)
    assert read(Topic(address, "news", follow=False), stored) == ["later"]
