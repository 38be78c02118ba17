"""Consumer groups of the classic protocol through confluent-kafka, kafka-python and aiokafka: members that come, go and are
restarted, a broker that is restarted in mid-rebalance; nothing is read twice after a clean commit, and nothing is skipped."""

import asyncio
import collections
import threading
import time
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from kafka import KafkaConsumer

from harness.brokers import Broker

PARTITIONS = 6
STRATEGIES = ["range", "roundrobin", "cooperative-sticky"]


def create(broker: Broker, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30)


def produce(broker: Broker, topic: str, numbers: range) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 5})
    for number in numbers:
        producer.produce(topic, str(number).encode(), partition=number % PARTITIONS)
        producer.poll(0)
    assert producer.flush(60) == 0


class Member(threading.Thread):
    """A consumer in a thread: reads, commits what it read, and leaves when it is told to."""

    def __init__(self, broker: Broker, group: str, topic: str, **settings: object) -> None:
        super().__init__(daemon=True)
        self.read: list[int] = []
        self.partitions: set[int] = set()
        self.leaving = threading.Event()
        options = {key.replace("_", "."): value for key, value in settings.items()}
        self.consumer = Consumer(
            {"bootstrap.servers": broker.bootstrap, "group.id": group, "auto.offset.reset": "earliest",
             "enable.auto.commit": False, "session.timeout.ms": 6000, "heartbeat.interval.ms": 300,
             "reconnect.backoff.max.ms": 200} | options
        )  # fmt: skip
        self.topic = topic
        self.start()

    def run(self) -> None:
        self.consumer.subscribe([self.topic])
        while not self.leaving.is_set():
            for message in self.consumer.consume(500, timeout=0.1):
                if message.error() is None:
                    self.read.append(int(message.value()))
                    self.uncommitted = True
            self.partitions = {part.partition for part in self.consumer.assignment()}
            if getattr(self, "uncommitted", False):
                try:
                    self.consumer.commit(asynchronous=False)
                    self.uncommitted = False
                except KafkaException:
                    pass  # A rebalance, or the broker is away: whoever owns the partition then reads it again.
        self.consumer.close()

    def leave(self) -> None:
        self.leaving.set()
        self.join(30)


def wait(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def shared(*members: Member) -> bool:
    """Whether the members own every partition, each one of them its part."""
    owned = [partition for member in members for partition in member.partitions]
    return sorted(owned) == list(range(PARTITIONS)) and all(member.partitions for member in members)


def committed(broker: Broker, group: str, topic: str) -> int:
    """How many records the group has committed, over all partitions."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, number) for number in range(PARTITIONS)])
    found = admin.list_consumer_group_offsets([asked])[group].result(30)
    return sum(max(part.offset, 0) for part in found.topic_partitions)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_members_come_and_go(martlet: Broker, topic: str, strategy: str) -> None:
    create(martlet, topic)
    produce(martlet, topic, range(1200))
    settings = {"partition_assignment_strategy": strategy}
    first = Member(martlet, topic, topic, **settings)
    wait(lambda: shared(first) and len(first.read) == 1200, "one member reads all")
    second, third = (Member(martlet, topic, topic, **settings) for _ in range(2))
    wait(lambda: shared(first, second, third), "three members share the partitions")
    produce(martlet, topic, range(1200, 2400))
    members = (first, second, third)
    wait(lambda: sum(len(member.read) for member in members) >= 2400, "they read the rest")
    second.leave()
    wait(lambda: shared(first, third), "the others take over")
    wait(lambda: committed(martlet, topic, topic) == 2400, "all is committed")
    for member in (first, third):
        member.leave()
    counts = collections.Counter(number for member in members for number in member.read)
    assert sorted(counts) == list(range(2400)), "nothing is skipped"
    assert set(counts.values()) == {1}, "nothing is read twice"


def test_a_rolling_restart_of_static_members_moves_nothing(martlet: Broker, topic: str) -> None:
    create(martlet, topic)
    produce(martlet, topic, range(600))
    members = {name: Member(martlet, topic, topic, group_instance_id=name) for name in ("a", "b")}
    wait(lambda: shared(*members.values()), "both have their part")
    read = collections.Counter()
    for name in ("a", "b"):
        owned = set(members[name].partitions)
        wait(lambda: committed(martlet, topic, topic) == 600, "all is committed")
        members[name].leave()
        read.update(members[name].read)
        members[name] = Member(martlet, topic, topic, group_instance_id=name)
        wait(lambda: members[name].partitions == owned, "it comes back to what it had")  # noqa: B023
    for member in members.values():
        member.leave()
        read.update(member.read)
    assert sorted(read) == list(range(600))
    assert set(read.values()) == {1}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_broker_is_restarted_in_mid_rebalance(new_martlet: Callable[..., Broker], topic: str, end: str) -> None:
    broker = new_martlet().start()
    create(broker, topic)
    produce(broker, topic, range(600))
    first = Member(broker, topic, topic)
    wait(lambda: len(first.read) == 600, "one member reads all")
    second = Member(broker, topic, topic)
    time.sleep(0.2)
    broker.kill() if end == "kill" else broker.stop()
    broker.start()
    wait(lambda: shared(first, second), "they share the partitions when the broker is back")
    produce(broker, topic, range(600, 1200))
    wait(lambda: len(set(first.read) | set(second.read)) == 1200, "nothing is skipped")
    wait(lambda: committed(broker, topic, topic) == 1200, "all is committed")
    broker.kill() if end == "kill" else broker.stop()
    broker.start()
    assert committed(broker, topic, topic) == 1200, "commits are still there"
    for member in (first, second):
        member.leave()
    assert len(first.read) + len(second.read) <= 1200 + PARTITIONS * 100


def test_kafka_python_reads_on_where_it_committed(martlet: Broker, topic: str) -> None:
    create(martlet, topic)
    produce(martlet, topic, range(300))
    read: list[int] = []
    for _ in range(2):
        consumer = KafkaConsumer(
            topic, bootstrap_servers=martlet.bootstrap, group_id=topic, auto_offset_reset="earliest",
            enable_auto_commit=False, consumer_timeout_ms=3_000,
        )  # fmt: skip
        read += [int(record.value) for record in consumer]
        consumer.commit()
        consumer.close()
        produce(martlet, topic, range(300, 600)) if len(read) == 300 else None
    assert sorted(read) == list(range(600))


def test_aiokafka_members_share_a_topic(martlet: Broker, topic: str) -> None:
    create(martlet, topic)
    produce(martlet, topic, range(600))

    async def share() -> list[int]:
        consumers = [
            AIOKafkaConsumer(
                topic, bootstrap_servers=martlet.bootstrap, group_id=topic, auto_offset_reset="earliest",
                enable_auto_commit=False, heartbeat_interval_ms=300,
            )
            for _ in range(2)
        ]  # fmt: skip
        await asyncio.gather(*(consumer.start() for consumer in consumers))
        deadline = time.monotonic() + 30
        while sorted(len(consumer.assignment()) for consumer in consumers) != [3, 3]:
            assert time.monotonic() < deadline
            await asyncio.gather(*(consumer.getmany(timeout_ms=50) for consumer in consumers))
        for consumer in consumers:
            await consumer.seek_to_beginning()
        read: list[int] = []
        while len(read) < 600 and time.monotonic() < deadline:
            for consumer in consumers:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    read += [int(record.value) for record in records]
        for consumer in consumers:
            await consumer.commit()
            await consumer.stop()
        return read

    assert sorted(asyncio.run(share())) == list(range(600))
    assert committed(martlet, topic, topic) == 600
