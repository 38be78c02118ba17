"""Producers that number their records and remember what the broker acknowledged, and where."""

import random
import threading
import time
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, Message, Producer

KEYS = 40
_NOISE = random.Random(1).randbytes(8192)


def value_of(number: int) -> bytes:
    """The value of a record: its number, and bytes that follow from it."""
    start = number * 37 % 7000
    return b"%d:" % number + _NOISE[start : start + number * 131 % 900]


@dataclass
class Acknowledged:
    """What one producer was told: per partition, the number of the record at each offset, in the order of the answers."""

    numbers: list[dict[int, int]]
    failures: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(map(len, self.numbers))


class Load(threading.Thread):
    """An idempotent producer with acks=all on a thread of its own; it outlives the broker's deaths."""

    def __init__(self, bootstrap: str, topic: str, partitions: int, *, is_keyed: bool, codec: str, per_second: int):
        super().__init__(daemon=True)
        self.topic, self.partitions, self.is_keyed, self.per_second = topic, partitions, is_keyed, per_second
        self.acknowledged = Acknowledged([{} for _ in range(partitions)])
        self.sent = 0
        self._stopping = threading.Event()
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 2,
             "compression.type": codec, "message.timeout.ms": 300_000, "reconnect.backoff.ms": 10,
             "reconnect.backoff.max.ms": 60, "retry.backoff.ms": 20, "log_level": 0}
        )  # fmt: skip

    def run(self) -> None:
        began = time.monotonic()
        while not self._stopping.is_set():
            due = int((time.monotonic() - began) * self.per_second)
            # While the broker is down, no more than this piles up.
            while self.sent < due and self.sent - self.acknowledged.count < 3000:
                self._send(self.sent)
                self.sent += 1
            if self.sent < due:
                began = time.monotonic() - self.sent / self.per_second
            self._producer.poll(0.005)

    def _send(self, number: int) -> None:
        key, value = None, value_of(number)
        if self.is_keyed:
            key = b"key-%d" % (number * 7919 % KEYS)
            # One in eleven takes its key away; 11 shares no factor with the number of keys.
            value = None if number % 11 == 0 else value
        self._producer.produce(
            self.topic, value, key, partition=number % self.partitions, headers=[("n", b"%d" % number)],
            on_delivery=lambda error, message: self._delivered(number, error, message),
        )  # fmt: skip

    def _delivered(self, number: int, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.acknowledged.failures.append(f"record {number}: {error}")
            return
        known = self.acknowledged.numbers[message.partition()]
        if message.offset() in known:
            self.acknowledged.failures.append(f"records {known[message.offset()]} and {number} have one offset")
        known[message.offset()] = number

    def finish(self, timeout_seconds: float = 120) -> None:
        """Sends no more, and waits until everything that was sent is acknowledged."""
        self._stopping.set()
        self.join()
        left = self._producer.flush(timeout_seconds)
        if left:
            self.acknowledged.failures.append(f"{left} records were never acknowledged")
