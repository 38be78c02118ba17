"""kill -9 under load: after a start on the same directory every acknowledged record is there, once."""

import random
import re
import subprocess
import threading
import time
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from harness.brokers import Broker
from harness.dump import check_partition
from harness.tools import KafkaTools

ROUNDS = 4


class Writer(threading.Thread):
    """An idempotent producer that numbers its records and notes each that the broker acknowledged."""

    def __init__(self, bootstrap: str, topic: str, partitions: int):
        super().__init__()
        self.topic, self.partitions = topic, partitions
        self.producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 2,
             "message.timeout.ms": 120_000, "reconnect.backoff.max.ms": 200, "log_level": 2}
        )  # fmt: skip
        self.acknowledged: dict[int, tuple[int, int]] = {}
        self.failures: list[KafkaError] = []
        self.sent = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            number = self.sent
            try:
                self.producer.produce(
                    self.topic, f"{number}:{'x' * (number % 700)}".encode(), partition=number % self.partitions,
                    on_delivery=self.delivered,
                )  # fmt: skip
                self.sent += 1
            except BufferError:
                self.producer.poll(0.05)
            self.producer.poll(0)
            if number % 500 == 0:
                time.sleep(0.01)  # A load that leaves the broker some CPU to be killed in the middle of.

    def delivered(self, error: KafkaError | None, message) -> None:
        if error is not None:
            self.failures.append(error)
            return
        number = int(message.value().split(b":")[0])
        assert number not in self.acknowledged
        self.acknowledged[number] = (message.partition(), message.offset())

    def finish(self) -> None:
        self.stopping.set()
        self.join()
        assert self.producer.flush(90) == 0


def read_all(bootstrap: str, topic: str, partitions: int) -> dict[int, list[tuple[int, int]]]:
    """Where each numbered record lies: (partition, offset), as often as it is there."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False, "enable.partition.eof": True}
    )
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
    found: dict[int, list[tuple[int, int]]] = {}
    at_end: set[int] = set()
    deadline = time.monotonic() + 120
    while len(at_end) < partitions:
        assert time.monotonic() < deadline, f"only partitions {at_end} were read to their ends"
        for message in consumer.consume(2000, timeout=1):
            if message.error() is not None:
                assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                at_end.add(message.partition())
                continue
            number = int(message.value().split(b":")[0])
            found.setdefault(number, []).append((message.partition(), message.offset()))
    consumer.close()
    return found


def test_every_acknowledged_record_is_there_once_after_each_kill(
    new_martlet: Callable[..., Broker], tools: KafkaTools, topic: str
) -> None:
    broker = new_martlet().start()
    partitions = 3
    tools.create_topic(broker.bootstrap, topic, partitions=partitions, segment_bytes="1048576")
    writer = Writer(broker.bootstrap, topic, partitions)
    writer.start()
    pauses = random.Random(20)
    for _ in range(ROUNDS):
        before = len(writer.acknowledged)
        time.sleep(0.8 + pauses.random())
        broker.kill()
        broker.start()
        deadline = time.monotonic() + 60
        while len(writer.acknowledged) <= before and time.monotonic() < deadline:
            time.sleep(0.05)
    writer.finish()
    assert not writer.failures
    assert len(writer.acknowledged) == writer.sent > 5000

    found = read_all(broker.bootstrap, topic, partitions)
    twice = {number: places for number, places in found.items() if len(places) > 1}
    assert not twice, f"{len(twice)} records are there more than once: {list(twice.items())[:5]}"
    lost = [number for number in writer.acknowledged if number not in found]
    assert not lost, f"{len(lost)} acknowledged records are lost: {lost[:10]}"
    assert {number: places[0] for number, places in found.items()} == writer.acknowledged

    broker.stop()
    for partition in range(partitions):
        assert check_partition(tools, broker.data_dir / f"{topic}-{partition}").complaints == []


def test_the_perf_tool_runs_through_a_kill(new_martlet: Callable[..., Broker], tools: KafkaTools, topic: str) -> None:
    broker = new_martlet().start()
    tools.create_topic(broker.bootstrap, topic)
    count = 60_000
    perf = subprocess.Popen(
        tools.command(
            "kafka-producer-perf-test.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic, "--num-records",
            str(count), "--record-size", "512", "--throughput", "12000", "--command-property", "acks=all",
        ),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    time.sleep(3.5)
    broker.kill()
    broker.start()
    said, _ = perf.communicate(timeout=120)
    assert perf.returncode == 0, said
    last = said.strip().splitlines()[-1]
    assert re.match(rf"{count} records sent, ", last), said
    assert not re.search(r"^org\.apache\.kafka\.common\.errors", said, re.MULTILINE), said  # A record given up on.
    ends = tools.text("kafka-get-offsets.sh", "--bootstrap-server", broker.bootstrap, "--topic", topic).split()
    assert ends == [f"{topic}:0:{count}"], "records are lost, or there twice"
    broker.stop()
    assert check_partition(tools, broker.data_dir / f"{topic}-0").complaints == []
