"""A topic of Kafka, read by confluent-kafka. How far it was read stands in the ledger, not at the broker."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from duli.errors import InputError, MissingExtraError
from duli.files import warn_once
from duli.stream.news import Record, Taken, of_bytes

_WAIT = 0.1
_PARTITIONS_EVERY = 30.0


class Topic:
    """All partitions of a topic, each from its beginning on or from where it was read before.

    Args:
        servers: ``host:port``, several with commas.
        topic: its name.
        follow: whether to wait for more at the end.
        settings: further ones of librdkafka, such as ``security.protocol``.

    Raises:
        MissingExtraError: confluent-kafka is not installed.
        InputError: a setting is not one of librdkafka.
    """

    def __init__(
        self, servers: str, topic: str, *, follow: bool = True, settings: dict[str, str] | None = None
    ) -> None:
        try:
            import confluent_kafka
        except ImportError as error:
            raise MissingExtraError("confluent-kafka", "kafka") from error
        self._kafka: Any = confluent_kafka
        self.topic, self.follow = topic, follow
        self.name = f"kafka:{servers}/{topic}"
        self.finished = False
        self._position: Callable[[str], str | None] = lambda name: None
        self._partitions: dict[int, int] = {}
        self._ended: set[int] = set()
        self._next = 0.0
        try:
            self._consumer: Any = confluent_kafka.Consumer(
                {
                    "bootstrap.servers": servers,
                    "group.id": "duli",
                    "enable.auto.commit": False,
                    "auto.offset.reset": "earliest",
                    "enable.partition.eof": True,
                    "error_cb": lambda error: warn_once(f"{self.name}: {error}: waiting for it"),
                    **(settings or {}),
                }
            )
        except confluent_kafka.KafkaException as error:
            raise InputError(f"Kafka cannot be asked: {error}", where=servers) from error

    def open(self, position: Callable[[str], str | None]) -> None:
        """Go on at the stored offsets."""
        self._position = position

    def close(self) -> None:
        """End."""
        self._consumer.close()

    def take(self, most: int) -> Taken:
        """The next messages."""
        self._assign()
        if not self._partitions:
            return Taken()
        found: list[Record] = []
        moved: dict[str, str] = {}
        for message in self._consumer.consume(most, timeout=_WAIT):
            error = message.error()
            if error is None:
                place = f"{self.name}/{message.partition()}:{message.offset()}"
                self._ended.discard(message.partition())
                moved[self._named(message.partition())] = json.dumps(message.offset() + 1)
                if message.value() is not None:
                    found.append(of_bytes(message.value(), self.topic, place))
            elif error.code() == self._kafka.KafkaError._PARTITION_EOF:
                self._ended.add(message.partition())
            else:
                warn_once(f"{self.name}: {error}: waiting for it")
        self.finished = not self.follow and not found and self._ended >= set(self._partitions)
        return Taken(tuple(found), moved)

    def _assign(self) -> None:
        """Read all partitions that there are, now and then looking for new ones."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + (_PARTITIONS_EVERY if self._partitions else 1.0)
        try:
            known = self._consumer.list_topics(self.topic, timeout=5.0).topics.get(self.topic)
        except self._kafka.KafkaException as error:
            warn_once(f"{self.name} cannot be reached ({error}): waiting for it")
            return
        there = set(known.partitions) if known is not None and known.error is None else set()
        new = sorted(there - set(self._partitions))
        for number in new:
            stored = self._position(self._named(number))
            self._partitions[number] = self._kafka.OFFSET_BEGINNING if stored is None else json.loads(stored)
        if new:
            wanted = [self._kafka.TopicPartition(self.topic, n, self._partitions[n]) for n in new]
            self._consumer.incremental_assign(wanted)
            self._next = time.monotonic() + _PARTITIONS_EVERY

    def _named(self, partition: int) -> str:
        return f"{self.name}/{partition}"
