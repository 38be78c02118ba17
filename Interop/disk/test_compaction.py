"""A compacted topic: what is left of it, by a consumer and by kafka-dump-log.sh."""

import pathlib
import time
from collections.abc import Callable

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from harness.brokers import Broker
from harness.dump import check_partition
from harness.tools import KafkaTools

KEYS = 300
RECORDS = 6000
CLEANER = {"log.cleaner.backoff.ms": "200"}


def write(broker: Broker, topic: str) -> dict[str, str]:
    """Records of 1 KiB whose keys come again and again, over several segments; gives the last value of each key."""
    settings = {"cleanup.policy": "compact", "segment.bytes": "1048576", "min.cleanable.dirty.ratio": "0.01"}
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1, config=settings)])[topic].result(30)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "linger.ms": 5})
    last = {}
    for number in range(RECORDS):
        key, value = f"key-{number * 7919 % KEYS}", f"{number}-{'x' * 1000}"
        producer.produce(topic, value, key, partition=0)
        last[key] = value
        producer.poll(0)
    assert producer.flush(60) == 0
    return last


def read(broker: Broker, topic: str) -> list[tuple[int, str, str]]:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "none", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = []
    while True:
        message = consumer.poll(30)
        assert message is not None
        if message.error():
            break
        found.append((message.offset(), message.key().decode(), message.value().decode()))
    consumer.close()
    return found


def await_cleaned(broker: Broker, topic: str) -> int:
    """The offset up to which the topic is clean."""
    path = pathlib.Path(broker.data_dir) / "cleaner-offset-checkpoint"
    until = time.monotonic() + 60
    seen = 0
    while time.monotonic() < until:
        rows = path.read_text().splitlines() if path.exists() else []
        offset = next((int(row.split()[2]) for row in rows[2:] if row.startswith(f"{topic} 0 ")), 0)
        if offset > RECORDS * 3 // 4 and offset == seen:
            return offset
        seen = offset
        time.sleep(0.5)
    raise AssertionError("the topic is not cleaned")


def check_left(found: list[tuple[int, str, str]], last: dict[str, str], cleaned: int) -> None:
    assert {key: value for _, key, value in found} == last
    clean = [key for offset, key, _ in found if offset < cleaned]
    assert len(clean) == len(set(clean)), "a key twice in the part that is clean"
    assert len(found) < RECORDS // 2


def test_of_each_key_the_last_record_is_left_and_stays(
    new_martlet: Callable[..., Broker], tools: KafkaTools, topic: str
) -> None:
    broker = new_martlet(settings=CLEANER).start()
    last = write(broker, topic)
    cleaned = await_cleaned(broker, topic)
    found = read(broker, topic)
    check_left(found, last, cleaned)
    # Killed and started again, it is the same.
    broker.kill()
    broker.start()
    assert read(broker, topic) == found
    broker.stop()
    assert check_partition(tools, broker.data_dir / f"{topic}-0").complaints == []
