"""kafka-python by partition: every codec, idempotent, keys and headers, seeking by offset and by time."""

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from harness.brokers import Broker

CODECS = [None, "gzip", "snappy", "lz4", "zstd"]


def consume(broker: Broker, topic: str, partition: int, count: int) -> list:
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, consumer_timeout_ms=20_000)
    where = TopicPartition(topic, partition)
    consumer.assign([where])
    consumer.seek_to_beginning(where)
    read = [record for _, record in zip(range(count), consumer, strict=False)]
    consumer.close()
    return read


@pytest.mark.parametrize("idempotent", [False, True], ids=["plain", "idempotent"])
@pytest.mark.parametrize("codec", CODECS, ids=[codec or "none" for codec in CODECS])
def test_records_come_back_in_order(martlet: Broker, topic: str, codec: str | None, idempotent: bool) -> None:
    producer = KafkaProducer(
        bootstrap_servers=martlet.bootstrap, compression_type=codec, enable_idempotence=idempotent, acks="all", linger_ms=5
    )
    sent = [f"{codec}-{number}".encode() * 3 for number in range(3000)]
    futures = [
        producer.send(topic, value, key=b"k%d" % number, partition=0, headers=[("n", b"%d" % number)])
        for number, value in enumerate(sent)
    ]
    producer.flush(60)
    assert [future.get(10).offset for future in futures] == list(range(3000))
    producer.close()
    read = consume(martlet, topic, 0, 3000)
    assert [record.value for record in read] == sent
    assert [record.key for record in read] == [b"k%d" % number for number in range(3000)]
    assert all(list(record.headers) == [("n", b"%d" % number)] for number, record in enumerate(read))


def test_records_acknowledged_by_the_leader_alone(martlet: Broker, topic: str) -> None:
    producer = KafkaProducer(bootstrap_servers=martlet.bootstrap, acks=1, enable_idempotence=False)
    for number in range(500):
        producer.send(topic, b"%d" % number, partition=0)
    producer.close()
    assert [record.value for record in consume(martlet, topic, 0, 500)] == [b"%d" % number for number in range(500)]


def test_topics_by_the_admin_client(martlet: Broker, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=martlet.bootstrap)
    admin.create_topics([NewTopic(topic, 3, 1)])
    with pytest.raises(TopicAlreadyExistsError):
        admin.create_topics([NewTopic(topic, 3, 1)])
    described = admin.describe_topics([topic])
    assert len(described[0]["partitions"]) == 3
    admin.delete_topics([topic])
    assert topic not in admin.list_topics()
    admin.close()


def test_offsets_by_time_and_ends(martlet: Broker, topic: str) -> None:
    producer = KafkaProducer(bootstrap_servers=martlet.bootstrap)
    base = 1_700_000_000_000
    for number in range(50):
        producer.send(topic, b"v", partition=0, timestamp_ms=base + 1000 * number)
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=martlet.bootstrap)
    where = TopicPartition(topic, 0)
    assert consumer.beginning_offsets([where]) == {where: 0}
    assert consumer.end_offsets([where]) == {where: 50}
    found = consumer.offsets_for_times({where: base + 7500})[where]
    assert (found.offset, found.timestamp) == (8, base + 8000)
    assert consumer.offsets_for_times({where: base + 1_000_000})[where] is None
    consumer.close()
