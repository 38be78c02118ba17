"""confluent-kafka (librdkafka) in groups of the consumer protocol (KIP-848): members that come and go, both protocols in
one group, a broker that restarts. Nothing is consumed twice after a clean commit, and nothing is skipped.
"""

import time
from collections import Counter
from collections.abc import Callable

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from harness.brokers import Broker

PARTITIONS = 6


def create(broker: Broker, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(30)


def produce(broker: Broker, topic: str, first: int, count: int) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for number in range(first, first + count):
        producer.produce(topic, str(number).encode(), partition=number % PARTITIONS)
    assert producer.flush(60) == 0


def member(broker: Broker, group: str, *topics: str, protocol: str = "consumer", **more: object) -> Consumer:
    settings = {
        "bootstrap.servers": broker.bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "group.protocol": protocol,
        "topic.metadata.refresh.interval.ms": 1000,
    }
    if protocol == "classic":
        settings |= {"partition.assignment.strategy": "cooperative-sticky", "heartbeat.interval.ms": 500}
    consumer = Consumer(settings | {name.replace("_", "."): value for name, value in more.items()})
    consumer.subscribe(list(topics))
    return consumer


def drain(members: list[Consumer], seen: Counter[int], until: Callable[[], bool], seconds: float = 60) -> None:
    """Lets the members consume and commit what they got, one after the other, until something is so."""
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"{len(seen)} records, {[len(m.assignment()) for m in members]}"
        for consumer in members:
            message = consumer.poll(0.02)
            if message is not None and message.error() is None:
                seen[int(message.value())] += 1
                consumer.commit(message, asynchronous=False)


def shared(members: list[Consumer], *counts: int) -> Callable[[], bool]:
    return lambda: sorted(len(consumer.assignment()) for consumer in members) == sorted(counts)


def test_members_come_and_go(martlet: Broker, topic: str) -> None:
    create(martlet, topic)
    produce(martlet, topic, 0, 60)
    seen: Counter[int] = Counter()
    first = member(martlet, f"group-{topic}", topic)
    drain([first], seen, lambda: len(seen) == 60)
    second = member(martlet, f"group-{topic}", topic)
    drain([first, second], seen, shared([first, second], 3, 3))
    produce(martlet, topic, 60, 60)
    drain([first, second], seen, lambda: len(seen) == 120)
    first.close()
    produce(martlet, topic, 120, 60)
    drain([second], seen, lambda: len(seen) == 180 and len(second.assignment()) == PARTITIONS)
    second.close()
    again = member(martlet, f"group-{topic}", topic)
    produce(martlet, topic, 180, 6)
    drain([again], seen, lambda: len(seen) == 186)
    again.close()
    assert set(seen.values()) == {1}


def test_a_regular_expression_finds_topics_that_come_later(martlet: Broker, topic: str) -> None:
    create(martlet, f"{topic}-a")
    consumer = member(martlet, f"group-{topic}", f"^{topic}-.*")
    drain([consumer], Counter(), shared([consumer], PARTITIONS))
    consumer.close()


def test_both_protocols_in_one_group(martlet: Broker, topic: str) -> None:
    create(martlet, topic)
    produce(martlet, topic, 0, 60)
    seen: Counter[int] = Counter()
    old = member(martlet, f"group-{topic}", topic, protocol="classic")
    drain([old], seen, lambda: len(seen) == 60)
    new = member(martlet, f"group-{topic}", topic)
    drain([old, new], seen, shared([old, new], 3, 3))
    produce(martlet, topic, 60, 60)
    drain([old, new], seen, lambda: len(seen) == 120)
    new.close()
    produce(martlet, topic, 120, 60)
    drain([old], seen, lambda: len(seen) == 180 and len(old.assignment()) == PARTITIONS)
    old.close()
    assert set(seen.values()) == {1}


def test_the_broker_restarts(fresh_martlet: Broker, topic: str) -> None:
    create(fresh_martlet, topic)
    produce(fresh_martlet, topic, 0, 60)
    seen: Counter[int] = Counter()
    members = [member(fresh_martlet, f"group-{topic}", topic) for _ in range(2)]
    drain(members, seen, lambda: len(seen) == 60)
    fresh_martlet.stop()
    fresh_martlet.start()
    produce(fresh_martlet, topic, 60, 60)
    drain(members, seen, lambda: len(seen) == 120)
    assert set(seen.values()) == {1}
    for consumer in members:
        consumer.close()
