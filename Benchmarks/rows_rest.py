"""Rows without much traffic: starting, idling, many partitions, many connections."""

import subprocess
import time

from brokers import create_topics, discard, fresh, start_timed
from programs import program
from samples import KAFKA, Metric, Results

from harness import proc
from harness.brokers import BrokerFailed

MB = 1e6


class StartRow:
    """From exec to the first Metadata answer, in an empty directory."""

    fresh_brokers = True
    name = "start"

    def __init__(self) -> None:
        self.formatting = Metric(self.name, "format of the directory", "ms")
        self.first_answer = Metric(self.name, "exec to first Metadata answer", "ms")
        self.both = Metric(self.name, "both", "ms")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        # Martlet starts in milliseconds: it is started several times a round, and each time counts.
        for _ in range(1 if name == KAFKA else 5):
            broker = fresh(name, self.name)
            try:
                format_ms = 0.0
                if name == KAFKA:
                    broker.configure()
                    began = time.monotonic()
                    broker.format()
                    format_ms = (time.monotonic() - began) * 1000
                started = start_timed(broker)
                started.stop()
            finally:
                discard(broker)
            results.add(self.formatting, name, format_ms)
            results.add(self.first_answer, name, started.metadata_ms)
            results.add(self.both, name, format_ms + started.metadata_ms)


class IdleRow:
    """What a broker takes that nobody talks to: memory, and CPU over ten seconds."""

    fresh_brokers = True
    name = "idle"
    SETTLE_SECONDS, WATCHED_SECONDS = 10, 10

    def __init__(self) -> None:
        self.memory = Metric(self.name, "memory", "MB")
        self.proportional = Metric(self.name, "memory, what is shared divided", "MB")
        self.cpu = Metric(self.name, "CPU", "%")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        try:
            broker.start()
            time.sleep(self.SETTLE_SECONDS)
            before, began = proc.cpu_nanoseconds(broker.pid), time.monotonic()
            time.sleep(self.WATCHED_SECONDS)
            spent = proc.cpu_nanoseconds(broker.pid) - before
            results.add(self.cpu, name, spent / 1e9 / (time.monotonic() - began) * 100)
            results.add(self.memory, name, proc.resident_bytes(broker.pid) / MB)
            results.add(self.proportional, name, proc.proportional_bytes(broker.pid) / MB)
        finally:
            discard(broker)


class PartitionsRow:
    """5,000 partitions: making them, starting again with them, and what they take in memory then."""

    fresh_brokers = True
    name = "partitions-5000"
    TOPICS, EACH = 50, 100

    def __init__(self) -> None:
        self.creation = Metric(self.name, "creation", "s")
        self.restart = Metric(self.name, "restart to a Metadata answer with all of them", "s")
        self.memory = Metric(self.name, "memory after the restart", "MB")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        try:
            broker.start()
            began = time.monotonic()
            create_topics(broker, {f"bench-{number}": self.EACH for number in range(self.TOPICS)})
            results.add(self.creation, name, time.monotonic() - began)
            if name == KAFKA:
                time.sleep(15)  # Its broker makes the logs after its controller has answered.
            broker.stop(120)
            started = start_timed(broker, self.TOPICS * self.EACH)
            results.add(self.restart, name, started.metadata_ms / 1000)
            time.sleep(3)
            results.add(self.memory, name, proc.resident_bytes(started.pid) / MB)
            started.stop()
        finally:
            discard(broker)


class ConnectionsRow:
    """10,000 connections that have each asked once: the memory that they take, all of them still served."""

    fresh_brokers = True
    name = "connections-10000"
    COUNT = 10_000

    def __init__(self) -> None:
        self.memory = Metric(self.name, "memory more", "MB")
        self.time = Metric(self.name, "time to open and ask them all", "s")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        try:
            broker.start()
            time.sleep(5)
            before = proc.resident_bytes(broker.pid)
            holder = subprocess.Popen(
                [program("client"), "connections", str(broker.port), str(self.COUNT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            words = holder.stdout.readline().split()
            if len(words) != 4:
                raise BrokerFailed(f"{name} did not take {self.COUNT} connections")
            time.sleep(1)
            more = proc.resident_bytes(broker.pid) - before
            said, _ = holder.communicate("")
            if said.split() != ["alive", str(self.COUNT)]:
                raise BrokerFailed(f"{name} did not serve all {self.COUNT} connections to the end")
            results.add(self.memory, name, more / MB)
            results.add(self.time, name, float(words[1]) / 1000)
        finally:
            discard(broker)


def rows() -> list:
    return [StartRow(), IdleRow(), PartitionsRow(), ConnectionsRow()]
