"""Rows about consumer groups: a large group settles, many groups load, commits, a lone consumer's first record.

The members and the commits come from one small process (members.c, commits.c), the same for both brokers. Both run with
`group.initial.rebalance.delay.ms=0`, Martlet's default: Kafka's own three seconds would be all that is measured.
"""

import socket
import subprocess
import threading
import time

from brokers import create_topics, discard, fresh, start_by, tools
from programs import run_program
from samples import KAFKA, Metric, Results

from harness import proc
from harness.brokers import Broker, BrokerFailed

MB = 1e6
TOPIC = "bench-groups"


class SettleRow:
    """1,000 members over 1,000 partitions, from the first request until every member has its final share.

    What is measured is the coordinator, not the pauses that are the same for any: a member's heartbeats are 100 ms
    apart (a consumer's own 3 and 5 seconds would be most of the time), and `group.consumer.assignment.interval.ms` is 0,
    so that each of the thousand changes has its assignment. With its default, a second, both brokers take that second.
    """

    fresh_brokers = True
    MEMBERS, PAUSE_MS = 1000, 100

    def __init__(self, protocol: str):
        self.protocol = protocol
        self.name = f"settle-1000-{protocol}"
        self.time = Metric(self.name, "first request to everyone's final share", "ms")
        self.cpu = Metric(self.name, "broker CPU", "s")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        broker.settings["group.consumer.assignment.interval.ms"] = "0"
        try:
            broker.start()
            create_topics(broker, {TOPIC: self.MEMBERS})
            # Both brokers answer before they have made the partitions' files, which is another row's matter.
            self.await_files(broker)
            # The first group is a warm-up: Kafka's compiler sees each path, its coordinator's topic is made.
            for turn in range(1 if quick else 2):
                self.settle(broker, f"warm-up-{turn}", self.MEMBERS // 5)
            for turn in range(2 if quick else 3):
                before = proc.cpu_seconds(broker.pid)
                found = self.settle(broker, f"group-{turn}", self.MEMBERS)
                results.add(self.time, name, found["ms"])
                results.add(self.cpu, name, proc.cpu_seconds(broker.pid) - before)
        finally:
            discard(broker)

    def await_files(self, broker: Broker) -> None:
        deadline = time.monotonic() + 60
        while sum(1 for _ in broker.data_dir.glob(f"{TOPIC}-*")) < self.MEMBERS:
            if time.monotonic() > deadline:
                raise BrokerFailed(f"{broker.name} did not make {self.MEMBERS} partitions within 60 s")
            time.sleep(0.1)

    def settle(self, broker: Broker, group: str, members: int) -> dict[str, float]:
        return run_program("members", self.protocol, broker.port, group, TOPIC, self.MEMBERS, members, self.PAUSE_MS)


class LoadGroupsRow:
    """100,000 groups with a committed offset each: a start with them, and what they take in memory."""

    fresh_brokers = True
    name = "groups-100000"
    GROUPS = 100_000

    def __init__(self) -> None:
        self.time = Metric(self.name, "exec to offsets of every partition's last group", "ms")
        self.bare = Metric(self.name, "the same with one group", "ms")
        self.memory = Metric(self.name, "memory with them", "MB")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        broker = fresh(name, self.name)
        groups = self.GROUPS // 5 if quick else self.GROUPS
        try:
            broker.start()
            create_topics(broker, {TOPIC: 1})
            run_program("commits", "write", broker.port, TOPIC, 1, 1, 1, 1)
            broker.stop(120)
            self.restart(broker, 1, self.bare, name, results)
            broker.start()
            run_program("commits", "write", broker.port, TOPIC, groups, groups, 16, 64)
            broker.stop(120)
            resident = self.restart(broker, groups, self.time, name, results)
            results.add(self.memory, name, resident / MB)
        finally:
            discard(broker)

    def restart(self, broker: Broker, groups: int, metric: Metric, name: str, results: Results) -> int:
        """Starts the broker and stops it again; its resident set when the groups' offsets had been asked for."""
        found = start_by("commits", "load", broker, TOPIC, groups)
        results.add(metric, name, found.metadata_ms)
        time.sleep(3)
        resident = proc.resident_bytes(found.pid)
        found.stop()
        return resident


class CommitRow:
    """Offset commits of 1,000 groups over 16 connections, each with 32 on their way."""

    fresh_brokers = False
    name = "offset-commits"
    GROUPS, CONNECTIONS, DEPTH = 1000, 16, 32

    def __init__(self) -> None:
        self.rate = Metric(self.name, "rate", "commits/s", more_is_better=True)
        self.cpu = Metric(self.name, "broker CPU", "s/million")
        self.p99 = Metric(self.name, "p99", "ms")

    def measure(self, broker: Broker, results: Results, quick: bool) -> None:
        if not self.is_there(broker):
            create_topics(broker, {TOPIC: 1})
        self.commit(broker, 50_000)
        count = 200_000 if quick else 500_000
        before = proc.cpu_seconds(broker.pid)
        found = self.commit(broker, count)
        results.add(self.rate, broker.name, count / (found["ms"] / 1000))
        results.add(self.cpu, broker.name, (proc.cpu_seconds(broker.pid) - before) / (count / 1e6))
        results.add(self.p99, broker.name, found["p99_ms"])

    def commit(self, broker: Broker, count: int) -> dict[str, float]:
        return run_program("commits", "write", broker.port, TOPIC, self.GROUPS, count, self.CONNECTIONS, self.DEPTH)

    @staticmethod
    def is_there(broker: Broker) -> bool:
        return (broker.data_dir / f"{TOPIC}-0").exists()


class Relay:
    """Passes bytes between a client and the broker's own port, and notes when requests and records went by.

    The broker names the relay's port to its clients (`advertised.listeners`), so that every connection comes this way.
    """

    JOIN_GROUP, FETCH = 11, 1

    def __init__(self, port: int, marker: bytes):
        self.port, self.marker = port, marker
        self.joined = 0.0
        self.first_record = 0.0
        self.done = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def own_port(self) -> int:
        return self.listener.getsockname()[1]

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            broker = socket.create_connection(("127.0.0.1", self.port))
            for end in (client, broker):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.pass_on, args=(client, broker, self.see_requests), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(broker, client, self.see_answers), daemon=True).start()

    def pass_on(self, source: socket.socket, sink: socket.socket, see) -> None:
        try:
            while data := source.recv(1 << 16):
                see(data)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                end.close()

    def see_requests(self, data: bytes) -> None:
        # length INT32 | api_key INT16 | …: a client's small requests come one in a piece.
        if not self.joined and len(data) >= 6 and int.from_bytes(data[4:6], "big") == self.JOIN_GROUP:
            self.joined = time.monotonic()

    def see_answers(self, data: bytes) -> None:
        if self.joined and not self.first_record and self.marker in data:
            self.first_record = time.monotonic()
            self.done.set()

    def close(self) -> None:
        self.listener.close()


class FirstRecordRow:
    """A lone kafka-console-consumer.sh in a new group: from its first JoinGroup to the first record that it is sent."""

    fresh_brokers = True
    name = "first-record"
    MARKER = b"a record that is looked for"

    def __init__(self) -> None:
        self.time = Metric(self.name, "JoinGroup to first record", "ms")

    def measure_fresh(self, name: str, results: Results, quick: bool) -> None:
        from confluent_kafka import Producer

        broker = fresh(name, self.name)
        relay = None
        try:
            command = broker.command()
            relay = Relay(broker.port, self.MARKER)
            if name == KAFKA:
                text = broker.properties.read_text()
                named = f"advertised.listeners=PLAINTEXT://127.0.0.1:{broker.port}"
                broker.properties.write_text(text.replace(named, named.replace(str(broker.port), str(relay.own_port))))
            else:
                command += ["--override", f"advertised.listeners=PLAINTEXT://127.0.0.1:{relay.own_port}"]
            broker.spawn(command, broker.environment())
            broker.await_serving(60)
            create_topics(broker, {TOPIC: 1})
            producer = Producer({"bootstrap.servers": broker.bootstrap})
            producer.produce(TOPIC, self.MARKER)
            producer.flush(30)
            for turn in range(2 if quick else 3):
                relay.joined = relay.first_record = 0.0
                relay.done.clear()
                self.consume(relay, f"lone-{turn}")
                # Kafka makes __consumer_offsets in the first turn, and its compiler has seen nothing yet.
                if turn > 0:
                    results.add(self.time, name, (relay.first_record - relay.joined) * 1000)
        finally:
            discard(broker)
            if relay is not None:
                relay.close()

    def consume(self, relay: Relay, group: str) -> None:
        consumer = subprocess.Popen(
            tools().command(
                "kafka-console-consumer.sh", "--bootstrap-server", f"127.0.0.1:{relay.own_port}", "--topic", TOPIC,
                "--group", group, "--from-beginning", "--max-messages", "1", "--timeout-ms", "30000",
            ),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if not relay.done.wait(60):
            consumer.kill()
            raise RuntimeError("the console consumer was sent no record")
        consumer.wait(60)


def rows() -> list:
    return [SettleRow("classic"), SettleRow("consumer"), LoadGroupsRow(), CommitRow(), FirstRecordRow()]
