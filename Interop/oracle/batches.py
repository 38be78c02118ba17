"""Record batches (magic 2): made right, made wrong on purpose, and shown.

    offset  size  field
     0       8    baseOffset
     8       4    batchLength          bytes after this field
    12       4    partitionLeaderEpoch
    16       1    magic = 2
    17       4    crc                  CRC-32C of bytes 21 to the end
    21       2    attributes           0-2 codec, 3 LogAppendTime, 4 transactional, 5 control, 6 delete horizon
    23       4    lastOffsetDelta
    27       8    baseTimestamp
    35       8    maxTimestamp
    43       8    producerId
    51       2    producerEpoch
    53       4    baseSequence
    57       4    record count
    61       -    records              one block of the codec's where there is one
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oracle import codecs
from oracle.checksums import crc32c
from oracle.wire import Malformed, Reader, Writer

TIME = 1_700_000_000_000
"""The timestamp of every record that is not given another: 14 November 2023."""

LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 0x08, 0x10, 0x20

USUAL = {
    "baseOffset": 0,
    "partitionLeaderEpoch": -1,
    "attributes": 0,
    "baseTimestamp": TIME,
    "maxTimestamp": TIME,
    "producerId": -1,
    "producerEpoch": -1,
    "baseSequence": -1,
}
"""The fields of a batch, as `show` names them, that most producers write so."""

_HEADER = struct.Struct(">qiibIhiqqqhii")


@dataclass(frozen=True)
class Record:
    value: bytes | None = None
    key: bytes | None = None
    headers: Sequence[tuple[bytes | None, bytes | None]] = ()
    timestamp: int | None = None
    """Milliseconds; the batch's base timestamp where it is None."""
    offset_delta: int | None = None
    """Its place in the batch where it is None."""
    attributes: int = 0
    header_count: int | None = None
    """What is written for the number of headers; the true number where it is None."""
    size: int | None = None
    """What is written for the record's length; the true one where it is None."""
    tail: bytes = b""
    """Bytes after the headers, counted in the length."""

    def encode(self, index: int, base_timestamp: int) -> bytes:
        body = Writer()
        body.int8(self.attributes)
        body.varint((base_timestamp if self.timestamp is None else self.timestamp) - base_timestamp)
        body.varint(index if self.offset_delta is None else self.offset_delta)
        _sized(body, self.key)
        _sized(body, self.value)
        body.varint(len(self.headers) if self.header_count is None else self.header_count)
        for name, value in self.headers:
            _sized(body, name)
            _sized(body, value)
        body.raw(self.tail)
        out = Writer()
        out.varint(len(body.data) if self.size is None else self.size)
        out.raw(body.bytes())
        return out.bytes()


def _sized(writer: Writer, data: bytes | None) -> None:
    writer.varint(-1 if data is None else len(data))
    writer.raw(data or b"")


def records(*values: bytes | str) -> list[Record]:
    """Records with these values and no key."""
    return [Record(value=v.encode() if isinstance(v, str) else v) for v in values]


def batch(
    content: Sequence[Record] | bytes,
    *,
    codec: int = codecs.NONE,
    compressed: bytes | None = None,
    base_offset: int = 0,
    length: int | None = None,
    leader_epoch: int = -1,
    magic: int = 2,
    crc: int | None = None,
    attributes: int = 0,
    last_offset_delta: int | None = None,
    base_timestamp: int = TIME,
    max_timestamp: int | None = None,
    producer_id: int = -1,
    producer_epoch: int = -1,
    base_sequence: int = -1,
    count: int | None = None,
) -> bytes:
    """A batch as a producer writes it; every field of its header can be given a value of its own, however wrong.

    `content` may also be the bytes of the records; `compressed` the bytes that stand where the records are.
    """
    if isinstance(content, bytes):
        plain, number, latest = content, 0, base_timestamp
    else:
        plain = b"".join(record.encode(index, base_timestamp) for index, record in enumerate(content))
        number = len(content)
        latest = max([base_timestamp if r.timestamp is None else r.timestamp for r in content], default=base_timestamp)
    payload = compressed if compressed is not None else codecs.compress(codec, plain)
    counted = number if count is None else count
    after_crc = (
        struct.pack(
            ">hiqqqhii",
            attributes | codec,
            counted - 1 if last_offset_delta is None else last_offset_delta,
            base_timestamp,
            latest if max_timestamp is None else max_timestamp,
            producer_id,
            producer_epoch,
            base_sequence,
            counted,
        )
        + payload
    )
    checksum = crc32c(after_crc) if crc is None else crc
    size = len(after_crc) + 9 if length is None else length
    return struct.pack(">qiibI", base_offset, size, leader_epoch, magic, checksum) + after_crc


def old_message(magic: int, value: bytes, *, offset: int = 0, timestamp: int = TIME) -> bytes:
    """A message of the format before batches (magic 0 or 1), with its CRC-32."""
    import zlib

    inner = struct.pack(">bb", magic, 0)
    if magic == 1:
        inner += struct.pack(">q", timestamp)
    inner += struct.pack(">i", -1) + struct.pack(">i", len(value)) + value
    message = struct.pack(">I", zlib.crc32(inner)) + inner
    return struct.pack(">qi", offset, len(message)) + message


# Showing


def show(data: bytes) -> list[dict[str, Any]]:
    """The batches of a records field, as far as they are whole; what is left over comes last as {"partial": bytes}."""
    shown: list[dict[str, Any]] = []
    position = 0
    while position < len(data):
        rest = data[position:]
        size = 12 + int.from_bytes(rest[8:12], "big", signed=True) if len(rest) >= 12 else -1
        if len(rest) < _HEADER.size or size < _HEADER.size or size > len(rest) or rest[16] != 2:
            shown.append({"partial": rest})
            break
        shown.append(_show_batch(rest[:size]))
        position += size
    return shown


def _show_batch(data: bytes) -> dict[str, Any]:
    (offset, length, epoch, _, crc, attributes, last, base, latest, producer, producer_epoch, sequence, count) = (
        _HEADER.unpack_from(data)
    )
    shown: dict[str, Any] = {
        "baseOffset": offset,
        "batchLength": length,
        "partitionLeaderEpoch": epoch,
        "crc": crc,
        "attributes": attributes,
        "lastOffsetDelta": last,
        "baseTimestamp": base,
        "maxTimestamp": latest,
        "producerId": producer,
        "producerEpoch": producer_epoch,
        "baseSequence": sequence,
        "count": count,
    }
    if crc32c(data[21:]) != crc:
        shown["crcValid"] = False
    payload = data[_HEADER.size :]
    try:
        plain = codecs.decompress(attributes & 7, payload) if attributes & 7 < 5 else payload
        shown["records"] = _show_records(plain, count)
    except codecs.Unreadable:
        shown["compressedBytes"] = len(payload)
    except Malformed:
        shown["payload"] = payload
    return shown


def _show_records(data: bytes, count: int) -> list[dict[str, Any]]:
    reader = Reader(data)
    shown = []
    for _ in range(max(0, count)):
        inner = Reader(reader.take(reader.varint()))
        record: dict[str, Any] = {"attributes": inner.int8(), "time": inner.varint(64), "offset": inner.varint()}
        record["key"] = _sized_bytes(inner)
        record["value"] = _sized_bytes(inner)
        headers = [[_sized_bytes(inner), _sized_bytes(inner)] for _ in range(max(0, inner.varint()))]
        if headers:
            record["headers"] = headers
        if inner.remaining:
            record["tail"] = inner.take(inner.remaining)
        shown.append({name: value for name, value in record.items() if not (name == "attributes" and value == 0)})
    if reader.remaining:
        shown.append({"tail": reader.take(reader.remaining)})
    return shown


def _sized_bytes(reader: Reader) -> bytes | None:
    length = reader.varint()
    return None if length < 0 else reader.take(length)
