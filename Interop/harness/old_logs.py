"""Logs that a broker of the years before 0.11 left and a later one went on with: put where a stopped broker finds them."""

import os
import pathlib
import random

from oracle import batches, codecs

from .old_messages import LOG_APPEND_TIME, Message, encode, wrap

TIME = 1_400_000_000_000
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
    """Puts the logs into the directories of the topics, which nothing was written to."""
    for topic in OLD:
        directory = data_dir / f"{topic}-0"
        for file in directory.iterdir():
            if file.suffix in (".log", ".index", ".timeindex", ".snapshot"):
                file.unlink()
        for slot, segment in enumerate(_segments()):
            file = directory / f"{segment.base:020}.log"
            file.write_bytes(segment.data)
            # A day lies between one and the next: what has no time of its own goes by that of its file.
            time = TIME // 1000 + slot * 86_400
            os.utime(file, (time, time))
    checkpoint = data_dir / "cleaner-offset-checkpoint"
    rows = checkpoint.read_text().splitlines()[2:] if checkpoint.exists() else []
    rows += [f"{topic} 0 {offset}" for topic, offset in OLD.items() if offset is not None]
    checkpoint.write_text("\n".join(["0", str(len(rows)), *rows, ""]))
