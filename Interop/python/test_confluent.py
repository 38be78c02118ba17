"""confluent-kafka (librdkafka) by partition: every codec, idempotent, offsets and times, many partitions at once."""

import time

import pytest
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from harness.brokers import Broker

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def create(broker: Broker, topic: str, partitions: int = 1, **config: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    made = admin.create_topics([NewTopic(topic, partitions, 1, config={k.replace("_", "."): v for k, v in config.items()})])
    made[topic].result(30)


def produce(broker: Broker, topic: str, values: list[tuple[int, bytes]], **settings: object) -> list[tuple[int, int, bytes]]:
    """Sends (partition, value) pairs; (partition, offset, value) of each acknowledged record, in order of answers."""
    done: list[tuple[int, int, bytes]] = []

    def delivered(error: KafkaError | None, message) -> None:
        assert error is None, error
        done.append((message.partition(), message.offset(), message.value()))

    options = {key.replace("_", "."): value for key, value in settings.items()}
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 5} | options)
    for partition, value in values:
        while True:
            try:
                producer.produce(topic, value, partition=partition, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    assert producer.flush(60) == 0
    return done


def consume(broker: Broker, topic: str, partition: int, count: int, offset: int = 0, **settings: object) -> list:
    """`count` messages from `offset` on, by assignment, in no group that the broker hears of."""
    options = {key.replace("_", "."): value for key, value in settings.items()}
    consumer = Consumer(
        {"bootstrap.servers": broker.bootstrap, "group.id": "unused", "enable.auto.commit": False,
         "auto.offset.reset": "error"} | options
    )  # fmt: skip
    consumer.assign([TopicPartition(topic, partition, offset)])
    messages: list = []
    deadline = time.monotonic() + 60
    while len(messages) < count and time.monotonic() < deadline:
        for message in consumer.consume(min(count - len(messages), 1000), timeout=1):
            assert message.error() is None, message.error()
            messages.append(message)
    consumer.close()
    return messages


@pytest.mark.parametrize("idempotent", [False, True], ids=["plain", "idempotent"])
@pytest.mark.parametrize("codec", CODECS)
def test_records_come_back_in_order(martlet: Broker, topic: str, codec: str, idempotent: bool) -> None:
    create(martlet, topic, 2)
    sent = [(number % 2, f"{codec}-{number}".encode() * 5) for number in range(10_000)]
    done = produce(martlet, topic, sent, compression_type=codec, enable_idempotence=idempotent, acks="all")
    assert sorted((partition, offset) for partition, offset, _ in done) == [
        (partition, offset) for partition in (0, 1) for offset in range(5000)
    ]
    for partition in (0, 1):
        read = consume(martlet, topic, partition, 5000)
        assert [message.offset() for message in read] == list(range(5000))
        assert [message.value() for message in read] == [value for where, value in sent if where == partition]


def test_eight_partitions_at_once(martlet: Broker, topic: str) -> None:
    create(martlet, topic, 8)
    sent = [(number % 8, str(number).encode()) for number in range(40_000)]
    produce(martlet, topic, sent, enable_idempotence=True)
    consumer = Consumer({"bootstrap.servers": martlet.bootstrap, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(8)])
    read: dict[int, list[bytes]] = {partition: [] for partition in range(8)}
    deadline = time.monotonic() + 60
    while sum(map(len, read.values())) < len(sent) and time.monotonic() < deadline:
        for message in consumer.consume(1000, timeout=1):
            assert message.error() is None
            read[message.partition()].append(message.value())
    consumer.close()
    assert read == {partition: [value for where, value in sent if where == partition] for partition in range(8)}


def test_a_consumer_that_waits_gets_what_arrives_later(martlet: Broker, topic: str) -> None:
    create(martlet, topic)
    consumer = Consumer(
        {"bootstrap.servers": martlet.bootstrap, "group.id": "unused", "enable.auto.commit": False, "fetch.wait.max.ms": 5000}
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    assert consumer.poll(1.5) is None  # The fetch is waiting at the broker now.
    started = time.monotonic()
    produce(martlet, topic, [(0, b"late")], linger_ms=0)
    message = consumer.poll(10)
    took = time.monotonic() - started
    consumer.close()
    assert message is not None and message.value() == b"late"
    assert took < 3, f"a waiting fetch was answered only after {took:.1f} s"


def test_watermarks_and_offsets_for_times(martlet: Broker, topic: str) -> None:
    create(martlet, topic)
    producer = Producer({"bootstrap.servers": martlet.bootstrap})
    base = 1_700_000_000_000
    for number in range(100):
        producer.produce(topic, str(number).encode(), partition=0, timestamp=base + number * 1000)
    assert producer.flush(30) == 0
    consumer = Consumer({"bootstrap.servers": martlet.bootstrap, "group.id": "unused"})
    assert consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10) == (0, 100)
    times = [base - 5, base + 41_500, base + 99_000, base + 200_000]
    found = [consumer.offsets_for_times([TopicPartition(topic, 0, at)], timeout=10)[0].offset for at in times]
    consumer.close()
    assert found == [0, 42, 99, -1]


@pytest.mark.parametrize("codec", CODECS)
def test_the_log_stamps_the_records_of_a_topic_that_wants_it(martlet: Broker, topic: str, codec: str) -> None:
    create(martlet, topic, message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    producer = Producer({"bootstrap.servers": martlet.bootstrap, "compression.type": codec})
    for number in range(100):
        producer.produce(topic, str(number).encode(), partition=0, timestamp=1_000_000_000_000 + number)
    assert producer.flush(30) == 0
    read = consume(martlet, topic, 0, 100)
    after = int(time.time() * 1000)
    assert {message.timestamp()[0] for message in read} == {TIMESTAMP_LOG_APPEND_TIME}
    assert all(before <= message.timestamp()[1] <= after for message in read)
    assert [message.value() for message in read] == [str(number).encode() for number in range(100)]


def test_topics_and_their_configs_by_the_admin_client(martlet: Broker, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": martlet.bootstrap})
    create(martlet, topic, 2, retention_ms="777000", cleanup_policy="compact")
    listed = admin.list_topics(timeout=10)
    assert set(listed.topics[topic].partitions) == {0, 1}
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    configs = admin.describe_configs([resource])[resource].result(10)
    assert configs["retention.ms"].value == "777000" and configs["cleanup.policy"].value == "compact"
    assert configs["retention.ms"].is_default is False and configs["segment.bytes"].is_default is True
    admin.create_partitions([NewPartitions(topic, 5)])[topic].result(10)
    assert set(admin.list_topics(topic, timeout=10).topics[topic].partitions) == set(range(5))
    admin.delete_topics([topic])[topic].result(10)
    # Kafka's controller answers before its broker has heard of it.
    deadline = time.monotonic() + 5
    while topic in admin.list_topics(timeout=10).topics:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_record_of_900_kib_and_the_refusal_of_a_larger_one(martlet: Broker, topic: str) -> None:
    create(martlet, topic)
    large = bytes(range(256)) * 3600
    produce(martlet, topic, [(0, large)])
    errors: list[KafkaError] = []
    producer = Producer({"bootstrap.servers": martlet.bootstrap, "message.max.bytes": 10_000_000})
    producer.produce(topic, b"x" * 2_000_000, partition=0, on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(30) == 0
    assert [error.name() for error in errors] == ["MSG_SIZE_TOO_LARGE"]
    assert [message.value() for message in consume(martlet, topic, 0, 1)] == [large]
