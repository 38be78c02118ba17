"""`martlet check`: what it says of directories that Martlet and Kafka wrote, and of damaged ones."""

import pathlib
import shutil
import subprocess
from collections.abc import Callable

import pytest
from confluent_kafka import Producer

from harness import places
from harness.brokers import Broker
from harness.tools import KafkaTools

DAMAGED = 65


def check(directory: pathlib.Path) -> subprocess.CompletedProcess:
    return subprocess.run([places.MARTLET, "check", directory], capture_output=True, text=True, timeout=60)


def write(broker: Broker, topic: str, records: int = 2000) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "batch.size": 8192})
    failures: list[object] = []
    for number in range(records):
        producer.produce(
            topic, f"{number}{'x' * 200}".encode(), partition=0, on_delivery=lambda error, _: error and failures.append(error)
        )
        producer.poll(0)
    assert producer.flush(60) == 0 and not failures


@pytest.fixture
def directory(new_martlet: Callable[..., Broker], tools: KafkaTools, topic: str) -> pathlib.Path:
    broker = new_martlet().start()
    tools.create_topic(broker.bootstrap, topic, segment_bytes="1048576", index_interval_bytes="1024")
    write(broker, topic)
    broker.stop()
    return broker.data_dir


def test_a_directory_that_was_stopped_in_order_is_sound(directory: pathlib.Path, topic: str) -> None:
    found = check(directory)
    assert found.returncode == 0, found.stdout + found.stderr
    assert f"{topic}-0: 1 segment, " in found.stdout and "offsets 0 up to 2000" in found.stdout
    assert "stopped in order" in found.stdout and found.stdout.rstrip().endswith(", sound")


def test_a_flipped_byte_is_found_and_named(directory: pathlib.Path, topic: str, tmp_path: pathlib.Path) -> None:
    for number, ending in enumerate(("log", "index", "timeindex", "snapshot")):
        copy = tmp_path / str(number)
        shutil.copytree(directory, copy)
        file = max((copy / f"{topic}-0").glob(f"*.{ending}"))
        raw = bytearray(file.read_bytes())
        raw[len(raw) // 2] ^= 4
        file.write_bytes(raw)
        found = check(copy)
        assert found.returncode == DAMAGED, found.stdout
        assert f"damaged: {file}" in found.stdout
        assert file.read_bytes() == raw


def test_kafkas_own_directory_is_sound(new_kafka: Callable, tools: KafkaTools, topic: str) -> None:
    broker = new_kafka().start()
    tools.create_topic(broker.bootstrap, topic, segment_bytes="1048576")
    write(broker, topic)
    broker.stop()
    found = check(broker.data_dir)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "offsets 0 up to 2000" in found.stdout


def test_acknowledged_records_are_on_disk_with_flush_messages(
    new_martlet: Callable[..., Broker], tools: KafkaTools, topic: str
) -> None:
    broker = new_martlet().start()
    tools.create_topic(broker.bootstrap, topic, flush_messages="1")
    write(broker, topic, 300)
    broker.kill()
    broker.start()
    ends = tools.text("kafka-get-offsets.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic).split()
    assert ends == [f"{topic}:0:300"]
