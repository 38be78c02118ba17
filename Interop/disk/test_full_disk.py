"""A file system that fills up below one of two log directories. `--broker kafka` does the same to Apache Kafka.

What both do: the request that does not fit is answered KAFKA_STORAGE_ERROR, the directory is offline from then on, the
other one is served on, and after a start with room all that was acknowledged is there, and nothing else.
"""

import pathlib
import subprocess
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from disk.test_failed import partition_in
from harness.brokers import Broker

VALUE_BYTES = 400_000


def mount(*arguments: str) -> str | None:
    """Why it cannot be mounted; nothing when it is."""
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", *arguments], capture_output=True, text=True)
    except FileNotFoundError as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip()


@pytest.fixture
def small(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A file system of 24 MB."""
    path = tmp_path / "small"
    path.mkdir()
    why_not = mount("-o", "size=24m", "martlet-test", str(path))
    if why_not:
        pytest.skip(f"a small file system cannot be mounted here: {why_not}")
    yield path / "logs"
    # Lazily: a broker that did not end yet has files open.
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def write(broker: Broker, topic: str, partition: int, count: int) -> tuple[int, KafkaError | None]:
    """Writes one record after the other, none of them twice, until one fails: how many were taken, and the failure."""
    outcome: list[KafkaError | None] = []
    settings = {"bootstrap.servers": broker.bootstrap, "acks": "all", "retries": 0, "message.timeout.ms": 10_000}
    producer = Producer(settings | {"log_level": 0})
    for number in range(count):
        value = number.to_bytes(4) + bytes(VALUE_BYTES)
        producer.produce(topic, value, partition=partition, on_delivery=lambda error, _: outcome.append(error))
        producer.flush(20)
        assert len(outcome) == number + 1, "the producer was told nothing"
        if outcome[-1] is not None:
            return number, outcome[-1]
    return count, None


def read(broker: Broker, topic: str, partition: int) -> list[tuple[int, int]]:
    """The offset of each record, and the number in it."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": "unused",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "check.crcs": True,
        }
    )
    consumer.assign([TopicPartition(topic, partition, 0)])
    found = []
    while True:
        message = consumer.poll(30)
        assert message is not None, "nothing came"
        if message.error():
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            break
        found.append((message.offset(), int.from_bytes(message.value()[:4])))
    consumer.close()
    return found


def test_a_full_disk_takes_its_directory_offline_and_no_other(
    new_martlet: Callable[..., Broker], topic: str, tmp_path: pathlib.Path, small: pathlib.Path
) -> None:
    large = tmp_path / "large"
    settings = {"log.dirs": f"{small},{large}", "metadata.log.dir": str(tmp_path / "metadata")}
    broker = new_martlet(settings=settings).start(180)
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    # Kafka chooses directories by chance: of so many partitions, each gets some.
    admin.create_topics([NewTopic(topic, 10, 1)])[topic].result(60)
    full, other = partition_in(small, topic), partition_in(large, topic)

    taken, failure = write(broker, topic, full, 100)
    assert 30 < taken < 63, taken
    assert failure is not None and failure.code() == KafkaError.KAFKA_STORAGE_ERROR, failure
    assert "No space left on device" in broker.output
    assert write(broker, topic, full, 1)[1] is not None
    # Room alone brings nothing back.
    assert mount("-o", "remount,size=64m", "martlet-test", str(small.parent)) is None
    assert write(broker, topic, full, 1)[1] is not None
    assert write(broker, topic, other, 3) == (3, None)
    assert broker.process is not None and broker.process.poll() is None

    broker.stop()
    assert not (small / ".kafka_cleanshutdown").exists()
    broker.start(180)
    assert read(broker, topic, full) == [(number, number) for number in range(taken)]
    assert len(read(broker, topic, other)) == 3
    assert write(broker, topic, full, 2) == (2, None)
    assert read(broker, topic, full)[taken:] == [(taken, 0), (taken + 1, 1)]
