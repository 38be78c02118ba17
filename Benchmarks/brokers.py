"""The two brokers of a benchmark, each with its own defaults, on directories below Benchmarks/work."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator

from programs import WORK, parse, program
from samples import KAFKA

from harness import places, proc
from harness.brokers import ApacheKafka, Broker, BrokerFailed, Martlet
from harness.tools import KafkaTools

#: The heap that Kafka's own start script gives a broker.
KAFKA_HEAP = "-Xms1g -Xmx1g"


def tools() -> KafkaTools:
    home = places.kafka_home()
    assert home is not None
    return KafkaTools(home)


def fresh(name: str, label: str) -> Broker:
    """A broker that was never started, on an empty directory of its own."""
    directory = WORK / f"{label}-{name}"
    shutil.rmtree(directory, ignore_errors=True)
    return ApacheKafka(directory, heap=KAFKA_HEAP) if name == KAFKA else Martlet(directory)


def discard(broker: Broker) -> None:
    """Ends a broker and removes its directory."""
    broker.close()
    shutil.rmtree(broker.directory, ignore_errors=True)


@contextlib.contextmanager
def alone(broker: Broker, brokers: list[Broker]) -> Iterator[None]:
    """All but `broker` stand still: an idle Kafka takes 4 % of a core, and its threads drive the broker that is measured
    out of the caches, while an idle Martlet takes nothing."""
    others = [other for other in brokers if other is not broker]
    for other in others:
        os.kill(other.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            os.kill(other.pid, signal.SIGCONT)
        for other in others:
            await_service(other)


def await_service(broker: Broker) -> None:
    """Waits until a broker that stood still is a member of its cluster again: Kafka's controller, which stood still with
    it, finds first that nothing was heard of the broker."""
    from confluent_kafka.admin import AdminClient

    time.sleep(3 if broker.name == KAFKA else 0)
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    deadline = time.monotonic() + 60
    while not admin.list_topics(timeout=30).brokers:
        if time.monotonic() > deadline:
            raise BrokerFailed(f"{broker.name} did not come back within 60 s")
        time.sleep(0.1)


@dataclasses.dataclass
class Started:
    """A broker that the small client started: it is no child of this process, and is known by its process id."""

    pid: int
    metadata_ms: float

    def stop(self, timeout_seconds: float = 120) -> None:
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout_seconds
        while not proc.is_gone(self.pid):
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                raise BrokerFailed(f"process {self.pid} did not stop within {timeout_seconds} s")
            time.sleep(0.05)


def start_timed(broker: Broker, partitions: int = 0) -> Started:
    """Starts a broker's command and times it to its first Metadata answer that names so many partitions."""
    return start_by("client", "start", broker, partitions, timed="metadata_ms")


def start_by(name: str, mode: str, broker: Broker, *arguments: object, timed: str = "ms") -> Started:
    """Has a program start the broker's command and time it; `timed` names the time in what it prints."""
    command = broker.command()  # It chooses the port, where none was chosen yet.
    done = subprocess.run(
        [program(name), mode, str(broker.port), *map(str, arguments), *command],
        capture_output=True, text=True, env=broker.environment(), timeout=240,
    )  # fmt: skip
    if done.returncode != 0:
        raise BrokerFailed(f"{broker.name} did not start: {done.stderr}")
    found = parse(done.stdout)
    return Started(int(found["pid"]), found[timed])


def remove_topic(broker: Broker, topic: str) -> None:
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    admin.delete_topics([topic])[topic].result(30)


def create_topics(broker: Broker, topics: dict[str, int]) -> None:
    """Creates topics with so many partitions each, in one request."""
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    made = admin.create_topics([NewTopic(name, count, 1) for name, count in topics.items()], request_timeout=120)
    for future in made.values():
        future.result(180)


def data_bytes(directory: pathlib.Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*.log"))
