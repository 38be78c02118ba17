"""Logs that a broker of the years before 0.11 left and a later one went on with: put where a stopped broker finds them."""

import os
import pathlib
import random

from oracle import batches, codecs

from .old_messages import LOG_APPEND_TIME, Message, encode, wrap

TIME = 1_400_000_000_000
#: In seconds.
DAY = 86_400
#: Tombstones go that are a day older than what was cleaned last; what is replaced stays to be looked at.
SETTINGS = {"delete.retention.ms": "86400000", "file.delete.delay.ms": "3600000"}
#: Topics, each with where it is clean up to by the checkpoint; None: it was never cleaned.
OLD = {"old": None, "old-cleaned": 120}
#: What of each is cleaned: up to where the last segment begins.
END = 240
#: The keys: few enough that most records are replaced.
KEYS = 150


class _Segment:
    """Bytes with offsets that go up."""

    def __init__(self, base: int):
        self.base = base
        self.next = base
        self.data = b""
        self.random = random.Random(base)

    def message(self, timestamp: int = 0, kinds: int = 8) -> Message:
        offset = self.next
        self.next += 1
        number = self.random.randrange(KEYS)
        # One in some has no key, and some have no value.
        key = None if offset % 13 == 5 else b"key-%d" % number
        value = None if self.random.randrange(kinds) == 0 else b"value-%d-" % offset + b"x" * self.random.randrange(40)
        return Message(offset, key, value, timestamp or TIME + offset * 1000 - self.random.randrange(3000))

    def plain(self, magic: int, count: int, attributes: int = 0) -> None:
        for _ in range(count):
            self.data += encode(magic, self.message(), attributes)

    def wrapped(self, magic: int, codec: int, count: int, stamp: int | None = None, inner_magic: int | None = None) -> None:
        messages = [self.message() for _ in range(count)]
        # The first and one in the middle went in a cleaning that the old broker did.
        left = [each for slot, each in enumerate(messages) if slot != 1 or count < 4][min(1, count // 4) :]
        self.data += wrap(magic, codec, left, stamp, inner_magic)

    def batch(self, count: int, codec: int = codecs.NONE) -> None:
        base = self.next
        messages = [self.message() for _ in range(count)]
        self.data += batches.batch(
            [batches.Record(each.value, each.key, timestamp=each.timestamp) for each in messages],
            base_offset=base, base_timestamp=messages[0].timestamp, leader_epoch=0, codec=codec,
        )  # fmt: skip

    def value(self) -> None:
        """A message with a key and a value of its own, which stays."""
        self.data += encode(0, Message(self.next, b"last-%d" % self.next, b"value"))
        self.next += 1


def _segments() -> list[_Segment]:
    made = []
    for slot, base in enumerate(range(0, END, 60)):
        segment = _Segment(base)
        for magic in (0, 1):
            segment.plain(magic, 4)
            for codec in (codecs.GZIP, codecs.SNAPPY, codecs.LZ4):
                segment.wrapped(magic, codec, 5 - slot % 2)
        segment.plain(1, 2, LOG_APPEND_TIME)
        segment.wrapped(1, codecs.GZIP, 4, stamp=TIME + base * 1000 + 500)
        # A cleaner of 0.10 wrapped messages of the one format in the other.
        segment.wrapped(1, codecs.GZIP, 2, inner_magic=0)
        segment.wrapped(0, codecs.GZIP, 2, inner_magic=1)
        if slot % 2 == 1:
            segment.batch(3, codecs.GZIP)
        segment.plain(0, base + 59 - segment.next)
        segment.value()
        assert segment.next == base + 60, segment.next
        made.append(segment)
    active = _Segment(END)
    active.batch(4)
    return [*made, active]


def put(data_dir: pathlib.Path) -> None:
    """Puts the logs into the directories of the topics, which nothing was written to; their indexes are missing."""
    for topic in OLD:
        directory = data_dir / f"{topic}-0"
        for file in directory.iterdir():
            if file.suffix in (".log", ".index", ".timeindex", ".snapshot"):
                file.unlink()
        for slot, segment in enumerate(_segments()):
            file = directory / f"{segment.base:020}.log"
            file.write_bytes(segment.data)
            # A day lies between one and the next: what has no time of its own goes by that of its file.
            time = TIME // 1000 + slot * DAY
            os.utime(file, (time, time))
    _set_offsets(data_dir / "recovery-point-offset-checkpoint", dict.fromkeys(OLD, END + 4))
    _set_offsets(data_dir / "cleaner-offset-checkpoint", {topic: offset for topic, offset in OLD.items() if offset})


def _set_offsets(checkpoint: pathlib.Path, offsets: dict[str, int]) -> None:
    rows = checkpoint.read_text().splitlines()[2:] if checkpoint.exists() else []
    rows = [row for row in rows if row.split()[0] not in offsets] + [f"{topic} 0 {end}" for topic, end in offsets.items()]
    checkpoint.write_text("\n".join(["0", str(len(rows)), *rows, ""]))


def left(data_dir: pathlib.Path, topic: str) -> dict[str, list[dict]]:
    """The batches in each segment, without what the cleaner's clock and its compressor put into them."""
    return {
        file.name: [_comparable(batch) for batch in batches.show(file.read_bytes())]
        for file in sorted((data_dir / f"{topic}-0").glob("*.log"))
    }


def rebuilt_indexes(data_dir: pathlib.Path, topic: str) -> dict[str, bytes]:
    """The indexes that were built anew for the segments as they were put there, which a cleaning then replaced."""
    return {file.name: file.read_bytes() for file in (data_dir / f"{topic}-0").glob("*index.deleted")}


def _comparable(batch: dict) -> dict:
    assert "partial" not in batch and "crcValid" not in batch, batch
    base = batch["baseTimestamp"]
    has_horizon = batch["attributes"] & 0x40 != 0
    shown = batch | {
        "records": [record | {"time": base + record["time"]} for record in batch["records"]],
        "baseTimestamp": 0 if has_horizon else base,
    }
    return {key: value for key, value in shown.items() if key not in ("crc", "batchLength")} if (
        has_horizon or batch["attributes"] & 7
    ) else shown


def check_that_all_kinds_are_there(left: dict[str, dict[str, list[dict]]]) -> None:
    """The comparison was of something: every codec, both clocks, tombstones that stayed and that went."""
    for topic, clean_to in OLD.items():
        cleaned = [batch for batch in left[topic][f"{0:020}.log"] if batch["baseOffset"] < END]
        anew = [batch for batch in cleaned if batch["partitionLeaderEpoch"] == -1]
        assert {batch["attributes"] & 7 for batch in anew} == {0, 1, 2, 3}
        assert {batch["attributes"] >> 3 & 1 for batch in anew} == {0, 1}
        assert {batch["maxTimestamp"] == -1 for batch in anew} == {False, True}
        assert any(batch["count"] <= batch["lastOffsetDelta"] for batch in anew)
        records = [(batch["baseOffset"] + record["offset"], record) for batch in anew for record in batch["records"]]
        assert all(record["key"] is not None for _, record in records) and len(records) < 150
        tombstones = {offset for offset, record in records if record["value"] is None}
        # Those of a segment that is a day older than the last that was clean are gone.
        assert any(60 <= offset < 120 for offset in tombstones)
        assert any(offset < 60 for offset in tombstones) == (clean_to is None)
