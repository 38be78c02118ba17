"""Topics made and records written by librdkafka, in and out of transactions, with what was acknowledged."""

import random
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from .brokers import Broker
from .contents import Record


def create(broker: Broker, topics: dict[str, dict[str, str]], partitions: int = 1) -> None:
    """Makes topics, by name with their settings, and waits for them."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    new = [NewTopic(name, partitions, 1, config=settings) for name, settings in topics.items()]
    for made in admin.create_topics(new).values():
        made.result(60)


def delete_records(broker: Broker, topic: str, before: int, partition: int = 0) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for done in admin.delete_records([TopicPartition(topic, partition, before)]).values():
        assert done.result(60).low_watermark == before


class Writer:
    """A producer whose records come by a seed: keys that return, tombstones, empty values, headers, times."""

    def __init__(self, broker: Broker, word: str, codec: str = "none", transactional_id: str | None = None, seed: int = 1):
        settings = {
            "bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "compression.type": codec, "linger.ms": 5,
            "batch.size": 4000, "log_level": 2,
        }  # fmt: skip
        self.bootstrap = broker.bootstrap
        self.word, self.random, self.number = word, random.Random(f"{word}{seed}"), 0
        self.is_transactional = transactional_id is not None
        if transactional_id:
            settings |= {"transactional.id": transactional_id, "transaction.timeout.ms": 900_000}
        self.producer = Producer(settings)
        self.first_time = int(time.time() * 1000) - 3_600_000
        self.failures: list[object] = []
        self.acknowledged: dict[tuple[str, int], list[Record]] = {}
        if self.is_transactional:
            self.producer.init_transactions(120)

    def write(self, topic: str, count: int, partition: int = 0, keys: int = 20, with_null_keys: bool = False) -> None:
        """Writes so many records and waits until all are acknowledged. A compacted topic refuses null keys."""
        before = sum(map(len, self.acknowledged.values()))
        self.send(topic, count, partition, keys, with_null_keys)
        assert self.producer.flush(120) == 0 and not self.failures, self.failures[:1]
        assert sum(map(len, self.acknowledged.values())) == before + count

    def send(self, topic: str, count: int, partition: int = 0, keys: int = 20, with_null_keys: bool = False) -> int:
        """Writes so many records without waiting; how many are acknowledged by now, of all."""
        for _ in range(count):
            self.number += 1
            chance = self.random.random()
            key = f"key-{self.random.randrange(keys)}".encode() if chance > 0.1 or not with_null_keys else None
            value = self.random.choice([None, b""]) if chance > 0.85 else self._value()
            headers = [("from", self.word.encode()), ("none", None), ("from", b"again")] if chance > 0.5 else []
            at = self.first_time + self.number * 10 + self.random.randrange(-50, 50)
            self.producer.produce(
                topic, value, key, partition=partition, timestamp=at, headers=headers,
                on_delivery=lambda error, message, headers=tuple(headers): self._delivered(error, message, headers),
            )  # fmt: skip
            self.producer.poll(0)
        return sum(map(len, self.acknowledged.values()))

    def _value(self) -> bytes:
        return f"{self.word}-{self.number}-".encode() + self.random.randbytes(self.random.randrange(10, 150)).hex().encode()

    def _delivered(self, error, message, headers) -> None:
        if error is not None:
            self.failures.append(error)
            return
        record = (message.offset(), message.timestamp()[1], message.key(), message.value(), headers)
        self.acknowledged.setdefault((message.topic(), message.partition()), []).append(record)

    def begin(self) -> None:
        self.producer.begin_transaction()

    def commit_offset(self, group: str, topic: str, offset: int) -> None:
        """Commits an offset of a group as part of the transaction."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group})
        position = TopicPartition(topic, 0, offset, metadata="in a transaction")
        self.producer.send_offsets_to_transaction([position], consumer.consumer_group_metadata(), 120)
        consumer.close()

    def commit(self) -> None:
        self.producer.commit_transaction(120)

    def abort(self) -> None:
        self.producer.abort_transaction(120)


def commit_as_member(broker: Broker, group: str, topic: str, protocol: str, count: int, note: str) -> None:
    """Joins a group as its only member by one of the protocols, reads `count` records more, commits and leaves."""
    settings = {
        "bootstrap.servers": broker.bootstrap, "group.id": group, "auto.offset.reset": "earliest",
        "enable.auto.commit": False, "group.protocol": protocol,
    }  # fmt: skip
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    next_offsets: dict[int, int] = {}
    deadline = time.monotonic() + 120
    for _ in range(count):
        while (message := consumer.poll(1)) is None or message.error() is not None:
            assert time.monotonic() < deadline, f"{group} read {next_offsets} of {topic}"
        next_offsets[message.partition()] = message.offset() + 1
    offsets = [TopicPartition(topic, partition, offset, metadata=note) for partition, offset in next_offsets.items()]
    consumer.commit(offsets=offsets, asynchronous=False)
    consumer.close()


def commit_as_nobody(broker: Broker, group: str, topic: str, offset: int, note: str) -> None:
    """Commits an offset of a group without members."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0)])
    consumer.commit(offsets=[TopicPartition(topic, 0, offset, metadata=note)], asynchronous=False)
    consumer.close()
