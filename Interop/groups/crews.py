"""A crew is the members of one group, of one client. Each client's way to join, to leave and to be gone without a word.

Members read, commit what they read, and note both in the group's history; what a rebalance takes away is committed first.
"""

import asyncio
import pathlib
import re
import signal
import subprocess
import threading
import time

from aiokafka import AIOKafkaConsumer
from aiokafka import ConsumerRebalanceListener as AioListener
from aiokafka.errors import KafkaError as AioError
from confluent_kafka import Consumer, KafkaException, TopicPartition
from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.errors import KafkaError

from groups.history import Committed, Dropped, History, Lost, Read, Refused
from harness.brokers import Broker

HEARTBEAT_MS = 200
#: How long a member goes on trying to commit what is taken from it: as long as a broker may be away.
PATIENCE_SECONDS = 120


def session_ms(broker: Broker) -> int:
    """After how long a member is missed: Kafka is away for longer than Martlet when it is started again, and takes
    longer to be at work."""
    return 45_000 if broker.name == "kafka" else 20_000


class Crew:
    """The members of the group `name`, which all read `topic`."""

    #: The group is of the consumer protocol (KIP-848).
    is_consumer_protocol = False
    #: Members can be ended without leaving.
    can_drop = True
    #: Members tell of commits that failed.
    says_what_failed = True
    #: Members have a name of their own (`group.instance.id`), under which they may go and come back.
    is_static = False
    #: A member must not be told to leave while records come.
    leaves_in_silence = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.history = History()
        self.members: list[str] = []
        self._numbers = 0

    def join(self, broker: Broker, topic: str) -> str:
        """One more member; its name."""
        self._numbers += 1
        member = f"{self.name}-{self._numbers}"
        self.members.append(member)
        self.start(member, broker, topic)
        return member

    def leave(self, member: str) -> None:
        """The member commits, leaves and ends. Does not wait for it."""
        self.members.remove(member)
        self.end(member, cleanly=True)

    def rest(self, member: str) -> None:
        """The member, a static one, commits and ends, to come back. Does not wait for it."""
        self.end(member, cleanly=True, for_good=False)

    def drop(self, member: str) -> None:
        """The member ends without a commit and without leaving."""
        self.members.remove(member)
        self.history.note(Dropped(member))
        self.end(member, cleanly=False)

    def start(self, member: str, broker: Broker, topic: str) -> None:
        raise NotImplementedError

    def end(self, member: str, cleanly: bool, for_good: bool = True) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Ends what is left."""
        for member in list(self.members):
            self.leave(member)


class JavaMachine:
    """One JVM for the members of several crews."""

    def __init__(self, home: pathlib.Path, broker: Broker) -> None:
        self.crews: dict[str, History] = {}
        program = pathlib.Path(__file__).with_name("GroupMembers.java")
        self.process = subprocess.Popen(
            ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", f"{home}/libs/*", str(program), broker.bootstrap,
             str(session_ms(broker))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, *words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            what, member, *rest = [*line.split(), "", ""]
            history = self.crews.get(member.rpartition("-")[0])
            rest = [word for word in rest if word]
            if history is None:
                continue  # Something that a library prints.
            match what:
                case "read":
                    history.note(Read(member, *map(int, rest)))
                case "committed":
                    history.note(Committed(member, *map(int, rest)))
                case "refused":
                    partition, offset, *why = rest
                    history.note(Refused(member, int(partition), int(offset), " ".join(why)))
                case "lost":
                    for partition in rest:
                        history.note(Lost(member, int(partition)))
                case "owns":
                    history.rebalances[member] += 1
                    history.owns(member, set(map(int, rest)))
                case "gone":
                    history.gone(member)
                case "fault":
                    history.complaints.append(" ".join([member, *rest]))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class JavaCrew(Crew):
    def __init__(
        self, name: str, machine: JavaMachine, protocol: str, assignor: str = "-", commits: str = "sync",
        is_static: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(name)
        self.machine = machine
        self.is_static = is_static
        self.settings = (protocol, assignor, commits)
        self.is_consumer_protocol = protocol == "consumer"
        machine.crews[name] = self.history

    def start(self, member: str, broker: Broker, topic: str) -> None:
        self.machine.tell("start", member, self.name, topic, *self.settings, member if self.is_static else "-")

    def end(self, member: str, cleanly: bool, for_good: bool = True) -> None:
        self.machine.tell(("close" if for_good else "rest") if cleanly else "drop", member)


class ThreadCrew(Crew):
    """Members that are threads of this process."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._threads: dict[str, tuple[threading.Thread, threading.Event, list[bool]]] = {}

    def start(self, member: str, broker: Broker, topic: str) -> None:
        ending, cleanly = threading.Event(), [True]

        def live() -> None:
            try:
                self.live(member, broker, topic, ending, cleanly)
            except Exception as fault:  # noqa: BLE001: whatever ends a member is the test's to report
                self.history.complaints.append(f"{member} {fault!r}")

        thread = threading.Thread(target=live, name=member, daemon=True)
        self._threads[member] = (thread, ending, cleanly)
        thread.start()

    def end(self, member: str, cleanly: bool, for_good: bool = True) -> None:
        _, ending, how = self._threads[member]
        how[0] = cleanly
        ending.set()

    def live(self, member: str, broker: Broker, topic: str, ending: threading.Event, cleanly: list[bool]) -> None:
        """A member's life, in its thread: until `ending`, and then as `cleanly` says."""
        raise NotImplementedError

    def close(self) -> None:
        super().close()
        for thread, _, _ in self._threads.values():
            thread.join(20)


class ConfluentCrew(ThreadCrew):
    """Static members of the classic protocol never leave: librdkafka leaves it to the session timeout."""

    def __init__(self, name: str, protocol: str, strategy: str | None = None, is_static: bool = False) -> None:
        super().__init__(name)
        self.is_static = is_static
        self.is_consumer_protocol = protocol == "consumer"
        self.settings = {"group.protocol": protocol}
        if strategy is not None:
            key = "group.remote.assignor" if self.is_consumer_protocol else "partition.assignment.strategy"
            self.settings[key] = strategy

    def live(self, member: str, broker: Broker, topic: str, ending: threading.Event, cleanly: list[bool]) -> None:
        classic = {"session.timeout.ms": session_ms(broker), "heartbeat.interval.ms": HEARTBEAT_MS}
        consumer = Consumer(
            {"bootstrap.servers": broker.bootstrap, "group.id": self.name, "auto.offset.reset": "earliest",
             "enable.auto.commit": False, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 1000, "log_level": 0}
            | self.settings | ({} if self.is_consumer_protocol else classic)
            | ({"group.instance.id": member} if self.is_static else {})
        )  # fmt: skip
        pending: dict[int, int] = {}

        def commit() -> None:
            if not pending:
                return
            offsets = [TopicPartition(topic, partition, offset) for partition, offset in pending.items()]
            try:
                done = consumer.commit(offsets=offsets, asynchronous=False)
            except KafkaException as why:
                for partition, offset in pending.items():
                    self.history.note(Refused(member, partition, offset, str(why)))
                return  # A rebalance, or the broker is away: tried again.
            for place in done:
                if place.error is None:
                    del pending[place.partition]
                    self.history.note(Committed(member, place.partition, place.offset))
                else:
                    self.history.note(Refused(member, place.partition, place.offset, str(place.error)))

        def given(_: Consumer, partitions: list[TopicPartition]) -> None:
            self.history.rebalances[member] += 1

        def taken(_: Consumer, partitions: list[TopicPartition]) -> None:
            self.history.rebalances[member] += 1
            deadline = time.monotonic() + PATIENCE_SECONDS
            commit()
            while pending and time.monotonic() < deadline and not ending.wait(0.05):
                commit()

        def lost(_: Consumer, partitions: list[TopicPartition]) -> None:
            self.history.rebalances[member] += 1
            for place in partitions:
                pending.pop(place.partition, None)
                self.history.note(Lost(member, place.partition))

        consumer.subscribe([topic], on_assign=given, on_revoke=taken, on_lost=lost)
        while not ending.is_set():
            for number in range(50):
                message = consumer.poll(0 if number else 0.1)
                if message is None:
                    break
                if message.error() is None:
                    self.history.note(Read(member, message.partition(), message.offset(), int(message.value())))
                    pending[message.partition()] = message.offset() + 1
            self.history.owns(member, {place.partition for place in consumer.assignment()})
            commit()
        if cleanly[0]:
            for _ in range(100):
                commit()
                if not pending:
                    break
                consumer.poll(0.02)
            consumer.close()
        # Else the consumer goes away with its last reference, which says nothing to the broker.
        del consumer
        self.history.gone(member)


class KafkaPythonCrew(ThreadCrew):
    can_drop = False

    def live(self, member: str, broker: Broker, topic: str, ending: threading.Event, cleanly: list[bool]) -> None:
        consumer = KafkaConsumer(
            bootstrap_servers=broker.bootstrap, group_id=self.name, auto_offset_reset="earliest", enable_auto_commit=False,
            session_timeout_ms=session_ms(broker), heartbeat_interval_ms=HEARTBEAT_MS, reconnect_backoff_ms=20,
            reconnect_backoff_max_ms=1000, retry_backoff_ms=20,
        )  # fmt: skip
        pending: set[int] = set()

        def commit() -> None:
            """Commits the positions, which are after what was read."""
            if not pending:
                return
            places = {place: consumer.position(place) for place in consumer.assignment() if place.partition in pending}
            try:
                consumer.commit()
            except KafkaError as why:
                for place, offset in places.items():
                    self.history.note(Refused(member, place.partition, offset, repr(why)))
                return
            pending.clear()
            for place, offset in places.items():
                self.history.note(Committed(member, place.partition, offset))

        class Taken(ConsumerRebalanceListener):
            def on_partitions_revoked(self, revoked: object) -> None:
                deadline = time.monotonic() + PATIENCE_SECONDS
                commit()
                while pending and time.monotonic() < deadline and not ending.wait(0.05):
                    commit()
                pending.clear()

            def on_partitions_assigned(self, assigned: object) -> None:
                pass

        consumer.subscribe([topic], listener=Taken())
        while not ending.is_set():
            for records in consumer.poll(timeout_ms=100).values():
                for record in records:
                    self.history.note(Read(member, record.partition, record.offset, int(record.value)))
                    pending.add(record.partition)
            self.history.owns(member, {place.partition for place in consumer.assignment()})
            commit()
        for _ in range(100):
            commit()
            if not pending or threading.Event().wait(0.02):
                break
        consumer.close()
        self.history.gone(member)


class AioKafkaCrew(ThreadCrew):
    can_drop = False

    def live(self, member: str, broker: Broker, topic: str, ending: threading.Event, cleanly: list[bool]) -> None:
        asyncio.run(self._live(member, broker, topic, ending))

    async def _live(self, member: str, broker: Broker, topic: str, ending: threading.Event) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=broker.bootstrap, group_id=self.name, auto_offset_reset="earliest", enable_auto_commit=False,
            session_timeout_ms=session_ms(broker), heartbeat_interval_ms=HEARTBEAT_MS, retry_backoff_ms=50,
        )  # fmt: skip
        pending: dict[object, int] = {}
        history = self.history

        async def commit() -> None:
            offsets = dict(pending)
            if not offsets:
                return
            try:
                await consumer.commit(offsets)
            except AioError as why:
                for place, offset in offsets.items():
                    history.note(Refused(member, place.partition, offset, repr(why)))
                return
            for place, offset in offsets.items():
                if pending.get(place) == offset:
                    del pending[place]
                history.note(Committed(member, place.partition, offset))

        class Taken(AioListener):
            async def on_partitions_revoked(self, revoked: object) -> None:
                deadline = time.monotonic() + PATIENCE_SECONDS
                await commit()
                while pending and time.monotonic() < deadline and not ending.is_set():
                    await asyncio.sleep(0.05)
                    await commit()
                pending.clear()

            async def on_partitions_assigned(self, assigned: object) -> None:
                pass

        consumer.subscribe([topic], listener=Taken())
        await consumer.start()
        while not ending.is_set():
            for place, records in (await consumer.getmany(timeout_ms=100)).items():
                for record in records:
                    history.note(Read(member, record.partition, record.offset, int(record.value)))
                    pending[place] = record.offset + 1
            history.owns(member, {place.partition for place in consumer.assignment()})
            await commit()
        for _ in range(100):
            await commit()
            if not pending:
                break
            await asyncio.sleep(0.02)
        await consumer.stop()
        history.gone(member)


class KcatCrew(Crew):
    """Processes of `kcat -G`. kcat commits by itself and says nothing of it."""

    says_what_failed = False
    # A record that comes with the signal it commits, and does not print.
    leaves_in_silence = True
    PLACE = re.compile(r"\[(\d+)\]")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def start(self, member: str, broker: Broker, topic: str) -> None:
        settings = {
            "auto.offset.reset": "earliest", "auto.commit.interval.ms": 200, "session.timeout.ms": session_ms(broker),
            "heartbeat.interval.ms": HEARTBEAT_MS, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 1000,
        }  # fmt: skip
        settings |= {"log_level": 0}
        options = [part for key, value in settings.items() for part in ("-X", f"{key}={value}")]
        process = subprocess.Popen(
            ["kcat", "-b", broker.bootstrap, "-u", "-E", "-f", "%p %o %s\\n", *options, "-G", self.name, topic],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._processes[member] = process
        self.history.owns(member, set())
        for follow in (self._follow_records, self._follow_messages):
            threading.Thread(target=follow, args=(member, process), daemon=True).start()

    def _follow_records(self, member: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            partition, offset, value = line.split()
            self.history.note(Read(member, int(partition), int(offset), int(value)))
        self.history.gone(member)

    def _follow_messages(self, member: str, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            if " rebalanced (" in line and member in self.members:
                _, _, assigned = line.partition(": assigned: ")
                self.history.owns(member, set(map(int, self.PLACE.findall(assigned))))

    def end(self, member: str, cleanly: bool, for_good: bool = True) -> None:
        self._processes[member].send_signal(signal.SIGTERM if cleanly else signal.SIGKILL)

    def close(self) -> None:
        super().close()
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
