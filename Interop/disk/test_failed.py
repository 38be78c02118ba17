"""Log directories that fail while the broker runs: it goes on with what is left, and ends when nothing is."""

import pathlib
import time
from collections.abc import Callable

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from harness.brokers import Broker

#: What Kafka's process says and does too: `--broker kafka` holds it to the same.
LAST_WORDS = "Shutdown broker because all log dirs in"


def break_directory(path: pathlib.Path) -> None:
    """What is written to files that are open still works; nothing in the directory can be made, opened or renamed."""
    path.rename(path.with_suffix(".away"))
    path.write_bytes(b"")


def create(broker: Broker, topic: str, partitions: int) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    settings = {"segment.bytes": str(1 << 20)}
    admin.create_topics([NewTopic(topic, partitions, 1, config=settings)])[topic].result(60)


def write(broker: Broker, topic: str, partition: int) -> list[str]:
    """Writes enough to roll the segment; what failed."""
    failures: list[str] = []
    producer = Producer(
        {"bootstrap.servers": broker.bootstrap, "acks": "all", "message.timeout.ms": 5000, "retries": 0, "log_level": 0}
    )
    for _ in range(30):
        try:
            producer.produce(
                topic, b"x" * 60_000, partition=partition,
                on_delivery=lambda error, _: error and failures.append(str(error)),
            )  # fmt: skip
        except KafkaException as error:
            failures.append(str(error))
        producer.poll(0)
    producer.flush(20)
    return failures


def partition_in(directory: pathlib.Path, topic: str) -> int:
    """A partition whose log is there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for path in directory.glob(f"{topic}-*"):
            return int(path.name.rpartition("-")[2])
        time.sleep(0.1)
    raise AssertionError(f"{directory} has no partition of {topic}")


def test_a_broker_ends_with_its_last_log_directory(
    new_martlet: Callable[..., Broker], topic: str, tmp_path: pathlib.Path
) -> None:
    directories = [tmp_path / "one", tmp_path / "two"]
    settings = {"log.dirs": ",".join(map(str, directories)), "metadata.log.dir": str(tmp_path / "metadata")}
    broker = new_martlet(settings=settings).start()
    assert broker.process is not None
    # Kafka chooses directories by chance: of so many partitions, each gets some.
    create(broker, topic, 12)
    first, second = (partition_in(directory, topic) for directory in directories)
    assert write(broker, topic, first) == write(broker, topic, second) == []

    break_directory(directories[0])
    assert write(broker, topic, first), "a segment was made in a directory that is none"
    assert write(broker, topic, second) == []
    time.sleep(0.5)
    assert broker.process.poll() is None, broker.output[-2000:]
    assert LAST_WORDS not in broker.output

    break_directory(directories[1])
    assert write(broker, topic, second)
    status = broker.process.wait(30)
    assert status != 0
    assert f"{LAST_WORDS} {directories[0]}, {directories[1]} have failed" in broker.output
