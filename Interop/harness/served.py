"""What a broker serves of a partition, batch for batch as it lies on disk, asked over a raw socket.

A batch's CRC covers all that its producer wrote and is checked here, so two partitions whose batches have the same headers
hold the same bytes.
"""

import dataclasses
import struct
import time
from typing import NamedTuple

import crc32c

from . import frames
from .brokers import Broker

EARLIEST, LATEST = -2, -1
READ_UNCOMMITTED, READ_COMMITTED = 0, 1
PAGE_BYTES = 1 << 20
#: UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER: of a broker that has just begun.
NOT_YET = (3, 5, 6)

_HEADER = struct.Struct(">qiibIhiqqqhii")


class Batch(NamedTuple):
    """The header of a record batch of magic 2, field by field."""

    base_offset: int
    length: int
    leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    base_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    records: int

    @property
    def last_offset(self) -> int:
        return self.base_offset + self.last_offset_delta

    @property
    def codec(self) -> int:
        return self.attributes & 7

    @property
    def is_transactional(self) -> bool:
        return self.attributes & 0x10 != 0

    @property
    def is_control(self) -> bool:
        return self.attributes & 0x20 != 0

    @property
    def has_delete_horizon(self) -> bool:
        return self.attributes & 0x40 != 0


@dataclasses.dataclass(frozen=True)
class Served:
    """A partition as its clients see it."""

    start: int
    stable_end: int
    end: int
    batches: tuple[Batch, ...]
    #: (producer id, first offset) of the aborted transactions, as a reader of what is committed is told of them.
    aborted: frozenset[tuple[int, int]]
    #: Where the records begin that have a timestamp or a later one: (that timestamp, the record's, its offset).
    by_time: tuple[tuple[int, int, int], ...]

    def begins_with(self, other: "Served") -> bool:
        return self.start == other.start and self.batches[: len(other.batches)] == other.batches


def parse_batches(data: bytes) -> list[Batch]:
    """The whole batches that the bytes begin with; an answer may end in the middle of one."""
    found = []
    at = 0
    while at + _HEADER.size <= len(data):
        batch = Batch(*_HEADER.unpack_from(data, at))
        size = 12 + batch.length
        assert batch.magic == 2 and size >= _HEADER.size, f"no batch at byte {at}: {batch}"
        if at + size > len(data):
            break
        assert crc32c.crc32c(data[at + 21 : at + size]) == batch.crc, f"wrong CRC: {batch}"
        found.append(batch)
        at += size
    return found


def list_offset(connection: frames.Connection, topic: str, partition: int, at: int, isolation: int) -> tuple[int, int]:
    """ListOffsets v2: the timestamp and the offset found, both -1 where there is none."""
    body = struct.pack(">ib", -1, isolation) + frames.array(
        [frames.string(topic) + frames.array([struct.pack(">iq", partition, at)])]
    )
    deadline = time.monotonic() + 120
    while True:
        error, timestamp, offset = struct.unpack(">hqq", connection.ask(frames.LIST_OFFSETS, 2, body)[-18:])
        if error not in NOT_YET or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert error == 0, f"ListOffsets of {topic}-{partition} is answered {error}"
    return timestamp, offset


def fetch(
    connection: frames.Connection, topic: str, partition: int, offset: int, isolation: int
) -> tuple[list[tuple[int, int]], bytes]:
    """Fetch v5: the aborted transactions that the answer names, and its bytes."""
    body = struct.pack(">iiiib", -1, 500, 0, PAGE_BYTES, isolation) + frames.array(
        [frames.string(topic) + frames.array([struct.pack(">iqqi", partition, offset, -1, PAGE_BYTES)])]
    )
    answer = connection.ask(frames.FETCH, 5, body)
    # throttle INT32 | 1 topic INT32 | name STRING | 1 partition INT32 | index INT32 | error INT16
    # | high watermark INT64 | last stable offset INT64 | log start INT64
    # | aborted ARRAY of (producer id INT64, first offset INT64) | records BYTES
    at = 10 + len(topic.encode()) + 8
    (error,) = struct.unpack_from(">h", answer, at)
    assert error == 0, f"Fetch of {topic}-{partition} at {offset} is answered {error}"
    at += 2 + 24
    (count,) = struct.unpack_from(">i", answer, at)
    at += 4
    aborted = [struct.unpack_from(">qq", answer, at + 16 * slot) for slot in range(max(count, 0))]
    at += 16 * len(aborted)
    (size,) = struct.unpack_from(">i", answer, at)
    return aborted, answer[at + 4 : at + 4 + max(size, 0)]


def served(broker: Broker, topic: str, partition: int = 0) -> Served:
    """All that the broker serves of the partition."""
    with frames.Connection(broker.port, timeout_seconds=60) as connection:
        start = list_offset(connection, topic, partition, EARLIEST, READ_UNCOMMITTED)[1]
        stable_end = list_offset(connection, topic, partition, LATEST, READ_COMMITTED)[1]
        end = list_offset(connection, topic, partition, LATEST, READ_UNCOMMITTED)[1]
        batches: list[Batch] = []
        offset = start
        while offset < end:
            found = parse_batches(fetch(connection, topic, partition, offset, READ_UNCOMMITTED)[1])
            if not found:
                break
            batches += found
            offset = found[-1].last_offset + 1
        aborted: set[tuple[int, int]] = set()
        offset = start
        while offset < stable_end:
            named, data = fetch(connection, topic, partition, offset, READ_COMMITTED)
            aborted.update(named)
            if not (found := parse_batches(data)):
                break
            assert found[-1].last_offset < stable_end, f"what is not stable yet is served of {topic}-{partition}"
            offset = found[-1].last_offset + 1
        # Batches spread over the log; by the first timestamp and the last.
        some = batches[:: max(1, len(batches) // 8)]
        times = sorted({time for batch in some for time in (batch.base_timestamp, batch.max_timestamp) if time > 0})
        by_time = tuple((time, *list_offset(connection, topic, partition, time, READ_UNCOMMITTED)) for time in times)
    return Served(start, stable_end, end, tuple(batches), frozenset(aborted), by_time)
