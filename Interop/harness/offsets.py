"""The offsets that groups committed, all of them, asked over a raw socket: OffsetFetch v7, for every topic at once."""

import itertools
import struct
import time

from confluent_kafka.admin import AdminClient

from . import frames
from .brokers import Broker

OFFSET_FETCH = 9
#: COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR: of a broker that has just begun.
NOT_YET = (14, 15, 16)

#: By topic and partition: the offset, its leader epoch, its metadata, and the answer's error code.
Committed = dict[tuple[str, int], tuple[int, int, str | None, int]]


class _Compact:
    """Reads the forms of flexible versions: a length or a count is one more than it is, 0 for null."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def length(self) -> int:
        value = self.number("B")
        if value >= 0x80:
            value = value & 0x7F | self.number("B") << 7
        return value - 1

    def string(self) -> str | None:
        size = self.length()
        if size < 0:
            return None
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def no_tags(self) -> None:
        assert self.length() == -1


def committed(broker: Broker, group: str, require_stable: bool = False) -> Committed:
    """The group's offsets; waits for a coordinator that is still loading them."""
    name = group.encode()
    body = bytes([len(name) + 1]) + name + b"\0" + bytes([require_stable]) + b"\0"
    deadline = time.monotonic() + 120
    with frames.Connection(broker.port, timeout_seconds=60) as connection:
        # Header version 2: tags after the client id. The answer's has them after the correlation id.
        while True:
            error, found = _read(_Compact(connection.ask(OFFSET_FETCH, 7, b"\0" + body)))
            if error not in NOT_YET or time.monotonic() > deadline:
                break
            time.sleep(0.1)
    assert error == 0, f"OffsetFetch of {group} is answered {error}"
    return found


def _read(answer: _Compact) -> tuple[int, Committed]:
    answer.no_tags()
    answer.number("i")
    found: Committed = {}
    for _ in range(answer.length()):
        topic = answer.string()
        for _ in range(answer.length()):
            partition = answer.number("i")
            found[topic, partition] = (answer.number("q"), answer.number("i"), answer.string(), answer.number("h"))
            answer.no_tags()
        answer.no_tags()
    return answer.number("h"), found


def partition_of(group: str, count: int) -> int:
    """Which partition of __consumer_offsets a group belongs to: Java's hash of its name, without the sign."""
    value = 0
    for letter in group.encode("utf-16-be")[1::2]:
        value = value * 31 + letter & 0xFFFFFFFF
    value -= (value & 0x80000000) << 1
    return 0 if value == -0x80000000 else abs(value) % count


def await_coordinators(admin: AdminClient, broker: Broker) -> None:
    """Waits until all of __consumer_offsets is loaded: before that a list lacks groups, and says nothing of it."""
    topic = admin.list_topics(timeout=20).topics.get("__consumer_offsets")
    unasked = set(topic.partitions) if topic else set()
    for number in itertools.count():
        if not unasked:
            return
        group = f"nobody-{number}"
        if (partition := partition_of(group, len(topic.partitions))) in unasked:
            committed(broker, group)
            unasked.remove(partition)


def groups(broker: Broker) -> dict[str, tuple[str, str, Committed, Committed]]:
    """Every group: its type, its state, what it committed, and the same asked for what is stable alone."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    await_coordinators(admin, broker)
    listed = admin.list_consumer_groups(request_timeout=30).result()
    assert not listed.errors
    return {
        group.group_id: (
            group.type.name, group.state.name, committed(broker, group.group_id), committed(broker, group.group_id, True)
        )
        for group in listed.valid
    }  # fmt: skip
