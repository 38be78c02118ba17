"""All that a broker serves, as clients see it: topics with their ids and settings, partitions with their records."""

import dataclasses
import time

from confluent_kafka import (
    OFFSET_BEGINNING,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource

from .brokers import Broker
from .frames import Connection
from .served import EARLIEST, LATEST, READ_COMMITTED, READ_UNCOMMITTED, list_offset

#: A topic's name and a partition of it.
Partition = tuple[str, int]

#: A record: offset, timestamp, key, value, headers.
Record = tuple[int, int, bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...]]

ISOLATION_LEVELS = {"read_committed": READ_COMMITTED, "read_uncommitted": READ_UNCOMMITTED}

CONFIGURED_HERE = (ConfigSource.DYNAMIC_TOPIC_CONFIG.value,)


@dataclasses.dataclass
class Topic:
    """A topic's id, what was set on it, and by partition its first offset, its end and the committed records between."""

    id: str
    settings: dict[str, str]
    partitions: dict[int, tuple[int, int, list[Record]]]


def read_all(
    broker: Broker, partitions: list[Partition], isolation: str = "read_committed"
) -> dict[Partition, list[Record]]:
    """Every record of the partitions, from the first to the end that the broker says, by one consumer."""
    consumer = Consumer(
        {"bootstrap.servers": broker.bootstrap, "group.id": "unused", "enable.auto.commit": False,
         "enable.partition.eof": True, "isolation.level": isolation, "auto.offset.reset": "earliest"}
    )  # fmt: skip
    try:
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for topic, partition in partitions])
        found: dict[Partition, list[Record]] = {partition: [] for partition in partitions}
        unread = set(partitions)
        deadline = time.monotonic() + 120
        while unread:
            assert time.monotonic() < deadline, f"{unread} were not read to their ends"
            # Few at a time: what a call waits for is that so many are there.
            for message in consumer.consume(max(1, min(200, len(unread))), timeout=0.1):
                if message.error() is not None:
                    assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                    unread.discard((message.topic(), message.partition()))
                    continue
                kind, timestamp = message.timestamp()
                assert kind != TIMESTAMP_NOT_AVAILABLE
                found[message.topic(), message.partition()].append(
                    (message.offset(), timestamp, message.key(), message.value(), tuple(message.headers() or ()))
                )
        return found
    finally:
        consumer.close()


def read_partition(
    broker: Broker, topic: str, partition: int, isolation: str = "read_committed"
) -> tuple[int, int, list[Record]]:
    """First offset, end, and every record between, from the first to the end that the broker says."""
    with Connection(broker.port, timeout_seconds=60) as connection:
        low, high = (
            list_offset(connection, topic, partition, at, ISOLATION_LEVELS[isolation])[1] for at in (EARLIEST, LATEST)
        )
    return low, high, read_all(broker, [(topic, partition)], isolation)[topic, partition]


def contents(broker: Broker, but: tuple[str, ...] = ()) -> dict[str, Topic]:
    """Every topic that does not begin with one of `but`, with all of its records."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    names = sorted(name for name in admin.list_topics(timeout=20).topics if not name.startswith(but))
    if not names:
        return {}
    described = admin.describe_topics(TopicCollection(names))
    configured = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name) for name in names])
    settings = {
        resource.name: {key: entry.value for key, entry in future.result(20).items() if entry.source in CONFIGURED_HERE}
        for resource, future in configured.items()
    }
    partitions = [(name, each.id) for name in names for each in described[name].result(20).partitions]
    records = read_all(broker, partitions)
    with Connection(broker.port, timeout_seconds=60) as connection:
        bounds = {
            each: tuple(list_offset(connection, *each, at, READ_COMMITTED)[1] for at in (EARLIEST, LATEST))
            for each in partitions
        }
    return {
        name: Topic(
            id=str(described[name].result().topic_id),
            settings=settings[name],
            partitions={each[1]: (*bounds[each], records[each]) for each in partitions if each[0] == name},
        )
        for name in names
    }
