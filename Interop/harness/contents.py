"""All that a broker serves, as clients see it: topics with their ids and settings, partitions with their records."""

import dataclasses
import time

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource

from .brokers import Broker

#: A record: offset, timestamp, key, value, headers.
Record = tuple[int, int, bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...]]

CONFIGURED_HERE = (ConfigSource.DYNAMIC_TOPIC_CONFIG.value,)


@dataclasses.dataclass
class Topic:
    """A topic's id, what was set on it, and by partition its first offset, its end and the committed records between."""

    id: str
    settings: dict[str, str]
    partitions: dict[int, tuple[int, int, list[Record]]]


def read_partition(broker: Broker, topic: str, partition: int, isolation: str = "read_committed") -> tuple[int, int, list[Record]]:
    """First offset, end, and every record between, from the first to the end that the broker says."""
    consumer = Consumer(
        {"bootstrap.servers": broker.bootstrap, "group.id": "unused", "enable.auto.commit": False,
         "enable.partition.eof": True, "isolation.level": isolation, "auto.offset.reset": "error"}
    )  # fmt: skip
    try:
        low, high = _watermarks(consumer, TopicPartition(topic, partition))
        consumer.assign([TopicPartition(topic, partition, low)])
        records: list[Record] = []
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline, f"{topic}-{partition} was not read to its end {high}"
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error() is not None:
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                return low, high, records
            kind, timestamp = message.timestamp()
            assert kind != TIMESTAMP_NOT_AVAILABLE
            records.append(
                (message.offset(), timestamp, message.key(), message.value(), tuple(message.headers() or ()))
            )
    finally:
        consumer.close()


def _watermarks(consumer: Consumer, partition: TopicPartition) -> tuple[int, int]:
    """First offset and end; waits for a broker that has just begun and does not lead yet."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return consumer.get_watermark_offsets(partition, timeout=20)
        except KafkaException as error:
            if not error.args[0].retriable() or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


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
    found: dict[str, Topic] = {}
    for name in names:
        topic = described[name].result(20)
        found[name] = Topic(
            id=str(topic.topic_id),
            settings=settings[name],
            partitions={each.id: read_partition(broker, name, each.id) for each in topic.partitions},
        )
    return found
