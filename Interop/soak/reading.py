"""Reads partitions after a start, and compares what is there with what was acknowledged."""

import time
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from soak.load import KEYS, Acknowledged, value_of


class Lost(AssertionError):
    """Something acknowledged is not there, or something is there that must not be."""


@dataclass
class Found:
    """A record as a consumer got it."""

    offset: int
    number: int
    key: bytes | None
    value: bytes | None

    @classmethod
    def of(cls, message: Message) -> "Found":
        return cls(message.offset(), int(message.headers()[0][1]), message.key(), message.value())


class Reader:
    """One consumer for all reads of a topic; it belongs to no group."""

    def __init__(self, bootstrap: str, topic: str):
        self.topic = topic
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": "unused", "enable.auto.commit": False,
             "enable.partition.eof": True, "auto.offset.reset": "error", "reconnect.backoff.ms": 10,
             "reconnect.backoff.max.ms": 60, "fetch.wait.max.ms": 20, "fetch.error.backoff.ms": 20,
             "check.crcs": True, "log_level": 0}
        )  # fmt: skip

    def read(self, starts: dict[int, int], ends: dict[int, int], timeout_seconds: float = 60) -> dict[int, list[Found]]:
        """The records of each partition from its start to its end; what lies behind, as far as it came along."""
        found: dict[int, list[Found]] = {partition: [] for partition in starts}
        open_ = {partition for partition in starts if starts[partition] < ends[partition]}
        self._consumer.assign([TopicPartition(self.topic, partition, starts[partition]) for partition in open_])
        deadline = time.monotonic() + timeout_seconds
        while open_:
            if time.monotonic() > deadline:
                raise Lost(f"{self.topic}: partitions {sorted(open_)} were not read to {ends} in {timeout_seconds} s")
            for message in self._consumer.consume(5000, timeout=0.01):
                self._take(message, found, open_, ends)
        self._consumer.unassign()
        return found

    def _take(self, message: Message, found: dict[int, list[Found]], open_: set[int], ends: dict[int, int]) -> None:
        partition, error = message.partition(), message.error()
        if error is None:
            found[partition].append(Found.of(message))
            if message.offset() + 1 >= ends[partition]:
                open_.discard(partition)
        elif error.code() == KafkaError._PARTITION_EOF:
            if message.offset() >= ends[partition]:
                open_.discard(partition)
        elif error.code() in (KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET):
            raise Lost(f"{self.topic}-{partition}: {error}")

    def close(self) -> None:
        self._consumer.close()


def check_order(name: str, records: list[Found]) -> None:
    """A producer's records lie in the order it sent them, each once, whole."""
    for before, record in zip(records, records[1:]):
        if record.offset <= before.offset or record.number <= before.number:
            raise Lost(f"{name}: record {record.number} at {record.offset} after {before.number} at {before.offset}")
    for record in records:
        if record.value is not None and record.value != value_of(record.number):
            raise Lost(f"{name}: record {record.number} at {record.offset} has other bytes than were sent")


@dataclass
class PlainTopic:
    """Every acknowledged record is there, at its offset, and none is there twice."""

    reader: Reader
    acknowledged: Acknowledged
    #: Up to here it was compared, by partition.
    verified: dict[int, int] = field(default_factory=dict)

    def verify(self, from_start: bool = False) -> int:
        """Compares what was acknowledged before the call and not compared yet; the number of records."""
        expected = [dict(numbers) for numbers in self.acknowledged.numbers]
        starts = {slot: 0 if from_start else self.verified.get(slot, 0) for slot in range(len(expected))}
        ends = {slot: max(numbers, default=-1) + 1 for slot, numbers in enumerate(expected)}
        compared = 0
        for partition, records in self.reader.read(starts, ends).items():
            name = f"{self.reader.topic}-{partition}"
            check_order(name, records)
            there = {record.offset: record.number for record in records}
            due = {o: n for o, n in expected[partition].items() if o >= starts[partition]}
            lost = {offset: number for offset, number in due.items() if there.get(offset) != number}
            if lost:
                offset, number = min(lost.items())
                raise Lost(f"{name}: {len(lost)} acknowledged records are lost: first {number}, acknowledged at {offset}")
            self.verified[partition] = ends[partition]
            compared += len(due)
        return compared


@dataclass
class CompactedTopic:
    """Of every key the last acknowledged record is there or a later one; what was cleaned away does not come back."""

    reader: Reader
    acknowledged: Acknowledged
    #: What was there when it was read last, and up to where.
    left: dict[int, tuple[set[int], int]] = field(default_factory=dict)
    cleaned: int = 0

    def verify(self) -> int:
        """Compares the whole topic; the number of records acknowledged before the call."""
        expected = [dict(numbers) for numbers in self.acknowledged.numbers]
        ends = {slot: max(numbers, default=-1) + 1 for slot, numbers in enumerate(expected)}
        for partition, records in self.reader.read({slot: 0 for slot in ends}, ends).items():
            self._compare(f"{self.reader.topic}-{partition}", partition, expected[partition], records, ends[partition])
        return sum(map(len, expected))

    def _compare(self, name: str, partition: int, expected: dict[int, int], records: list[Found], end: int) -> None:
        check_order(name, records)
        for record in records:
            if record.offset < end and expected.get(record.offset) != record.number:
                raise Lost(f"{name}: record {record.number} at {record.offset}, acknowledged elsewhere or not at all")
            is_tombstone = record.number % 11 == 0
            if record.key != b"key-%d" % (record.number * 7919 % KEYS) or (record.value is None) != is_tombstone:
                raise Lost(f"{name}: record {record.number} at {record.offset} has another key or value than was sent")
        newest = {record.key: record.offset for record in records}
        last: dict[bytes, tuple[int, int]] = {}
        for offset, number in sorted(expected.items()):
            last[b"key-%d" % (number * 7919 % KEYS)] = (offset, number)
        for key, (offset, number) in last.items():
            # The last record of a key may be a tombstone that had its time.
            if newest.get(key, -1) < offset and not (number % 11 == 0 and key not in newest):
                raise Lost(f"{name}: {key!r} has lost record {number}, acknowledged at {offset}")
        before, known_end = self.left.get(partition, (set(), 0))
        now = {record.offset for record in records if record.offset < end}
        if back := {offset for offset in now if offset < known_end} - before:
            raise Lost(f"{name}: offset {min(back)} was cleaned away and is there again")
        self.cleaned += len(before - now)
        self.left[partition] = (now, end)
