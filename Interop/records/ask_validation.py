#!/usr/bin/env python3
"""Asks a real Apache Kafka broker what it does with record batches, right ones and wrong ones.

    ./ask_validation.py                    prints a table
    ./ask_validation.py --json FILE        and writes the cases with the answers: Tests/RecordsTests/Fixtures/validation.json

Each case is one Produce request. What the broker answered is kept with it, and, where it took the records, the bytes that
a fetch gives back. `LogValidator`'s tests replay the file.
"""

import argparse
import json
import pathlib
import re
import struct
import sys
import time

import batch_bytes as b
from batch_bytes import GZIP, LZ4, NONE, SNAPPY, ZSTD, batch, record, records
from wire import Connection

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from harness.brokers import ApacheKafka  # noqa: E402

NOW = int(time.time() * 1000)
HOUR = 3600 * 1000

TOPICS = {
    "plain": {},
    "compacted": {"cleanup.policy": "compact"},
    "compacted-deleted": {"cleanup.policy": "compact,delete"},
    "append-time": {"message.timestamp.type": "LogAppendTime"},
    "one-minute": {"message.timestamp.before.max.ms": "60000", "message.timestamp.after.max.ms": "60000"},
    "small": {"max.message.bytes": "200"},
    "to-uncompressed": {"compression.type": "uncompressed"},
    "to-gzip": {"compression.type": "gzip"},
    "to-snappy": {"compression.type": "snappy"},
    "to-lz4": {"compression.type": "lz4"},
    "to-zstd": {"compression.type": "zstd"},
    "to-gzip-9": {"compression.type": "gzip", "compression.gzip.level": "9"},
    "to-lz4-17": {"compression.type": "lz4", "compression.lz4.level": "17"},
    "to-zstd-19": {"compression.type": "zstd", "compression.zstd.level": "19"},
    "to-uncompressed-small": {"compression.type": "uncompressed", "max.message.bytes": "200"},
    "to-gzip-append-time": {"compression.type": "gzip", "message.timestamp.type": "LogAppendTime"},
    "to-gzip-compacted": {"compression.type": "gzip", "cleanup.policy": "compact"},
}
CODECS = {"none": NONE, "gzip": GZIP, "snappy": SNAPPY, "lz4": LZ4, "zstd": ZSTD}


class Cases:
    def __init__(self):
        self.list = []

    def add(self, name, data, topic="plain", version=12, **more):
        self.list.append({"name": name, "topic": topic, "version": version, "records": data} | more)


def good(count=3, codec=NONE, **fields):
    return batch(records(count), count=count, codec=codec, base_timestamp=NOW, **fields)


def whole_batches(cases):
    cases.add("one good batch", good())
    cases.add("no bytes", b"")
    cases.add("null records", None)
    for version in (3, 7, 8, 9, 13):
        cases.add(f"good batch, version {version}", good(), version=version)
        cases.add(f"no bytes, version {version}", b"", version=version)
        cases.add(f"wrong crc, version {version}", good(crc=1), version=version)
    for name, codec in CODECS.items():
        cases.add(f"wrong crc, {name}", good(crc=0x12345678, codec=codec))
    cases.add("two batches", good() + good())
    cases.add("two batches, the second with a wrong crc", good() + good(crc=5))
    cases.add("two batches, the second with magic 1", good() + b.legacy_message(1))
    cases.add("two batches, the second with magic 3", good() + good(magic=3))
    cases.add("two batches, the second cut", good() + good()[:-1])
    cases.add("good batch and 11 bytes", good() + bytes(11))
    cases.add("good batch and 12 zero bytes", good() + bytes(12))
    cases.add("good batch and 16 bytes that say 100", good() + bytes(8) + struct.pack(">i", 100) + bytes(4))
    cases.add("good batch and 17 bytes that say 100", good() + bytes(8) + struct.pack(">i", 100) + bytes(4) + b"\x02")
    for cut in (1, 5, 16, 17, 20, 60, 61, 70):
        cases.add(f"the first {cut} bytes of a batch", good()[:cut])
    for length in (-2147483648, -1, 0, 13, 14, 15, 20, 48, 49, 50, 1000, 2147483647, 2147483640):
        cases.add(f"batch length {length}", good(length=length))
    wrong = good()
    cases.add("batch length one too small", good(length=len(wrong) - 13))
    cases.add("batch length one too large", good(length=len(wrong) - 11))
    cases.add("batch length one too small, crc right for it", resized(good(), -1))
    for size in (26, 42, 43, 50, 51, 52, 53, 56, 57, 60):
        cases.add(f"a batch of {size} bytes", resized(good()[:size], 0))
        cases.add(f"a batch of {size} bytes, base offset 1", b"\0\0\0\0\0\0\0\1" + resized(good()[:size], 0)[8:])
    cases.add("header alone, count 0", batch(b"", count=0, last_offset_delta=0, base_timestamp=NOW))
    cases.add("header alone, count 0, delta -1", batch(b"", count=0, last_offset_delta=-1, base_timestamp=NOW))
    cases.add("header alone, count 1", batch(b"", count=1, base_timestamp=NOW))
    for magic in (-128, -1, 0, 1, 3, 127):
        cases.add(f"magic {magic} in a batch", good(magic=magic))
    for magic in (0, 1):
        for version in (3, 12):
            cases.add(f"a message of magic {magic}, version {version}", b.legacy_message(magic), version=version)
    cases.add("a message of magic 1, then a good batch", b.legacy_message(1) + good())
    for codec in (5, 6, 7):
        cases.add(f"codec id {codec}", batch(records(3), count=3, base_timestamp=NOW, attributes=codec))
        cases.add(f"codec id {codec}, version 3", batch(records(3), count=3, base_timestamp=NOW, attributes=codec), version=3)
        cases.add(f"codec id {codec}, wrong crc", batch(records(3), count=3, base_timestamp=NOW, attributes=codec, crc=3))
    for version in (3, 6, 7, 8):
        cases.add(f"zstd, version {version}", good(codec=ZSTD), version=version)
    cases.add("two batches, the first zstd, version 6", good(codec=ZSTD) + good(), version=6)
    cases.add("leader epoch set by the client", good(leader_epoch=77))


def resized(data, change):
    """The batch with its length changed and a CRC that is right for that length."""
    size = len(data) + change
    head = bytearray(data[:size].ljust(size, b"\x00"))
    struct.pack_into(">i", head, 8, size - 12)
    struct.pack_into(">I", head, 17, b.crc32c(bytes(head[21:])))
    return bytes(head) + data[size:]


def headers_that_lie(cases):
    for offset in (1, 5, -1, 2**62, -2**63):
        cases.add(f"base offset {offset}", good(base_offset=offset))
    cases.add("base offset 5, wrong crc", good(base_offset=5, crc=9))
    for count in (2, 4, 0, -1, -2147483648, 2147483647):
        cases.add(f"count {count} for 3 records", batch(records(3), count=count, last_offset_delta=2, base_timestamp=NOW))
    for delta in (0, 1, 3, -1, -2, 2147483647, -2147483648):
        cases.add(f"last offset delta {delta} for 3 records", good(last_offset_delta=delta))
    for name, codec in CODECS.items():
        for count in (2, 4, 2147483647):
            cases.add(f"count and delta say {count} for 3 records, {name}",
                      batch(records(3), count=count, codec=codec, base_timestamp=NOW))
        cases.add(f"count 0 for 3 records, {name}",
                  batch(records(3), count=0, codec=codec, last_offset_delta=2, base_timestamp=NOW))
        cases.add(f"count 0, delta -1 for 3 records, {name}",
                  batch(records(3), count=0, codec=codec, last_offset_delta=-1, base_timestamp=NOW))
    for name, codec in CODECS.items():
        gap = record(offset=0) + record(offset=2) + record(offset=3)
        cases.add(f"offset deltas 0 2 3, {name}", batch(gap, count=3, codec=codec, base_timestamp=NOW))
        same = record(offset=0) + record(offset=0) + record(offset=0)
        cases.add(f"offset deltas 0 0 0, {name}", batch(same, count=3, codec=codec, base_timestamp=NOW))
        back = record(offset=2) + record(offset=1) + record(offset=0)
        cases.add(f"offset deltas 2 1 0, {name}", batch(back, count=3, codec=codec, base_timestamp=NOW))
        low = record(offset=-5) + record(offset=-4) + record(offset=-3)
        cases.add(f"offset deltas -5 -4 -3, {name}", batch(low, count=3, codec=codec, base_timestamp=NOW))
    cases.add("control batch", good(attributes=0x20))
    cases.add("control batch, gzip", good(attributes=0x20, codec=GZIP))
    cases.add("control batch, to gzip", good(attributes=0x20), topic="to-gzip")
    cases.add("control batch with producer id and epoch",
              batch(record(key=b"\0\0\0\0", value=b"\0\0\0\0\0\0"), attributes=0x30, base_timestamp=NOW,
                    producer_id=70, producer_epoch=0, base_sequence=0), transactional_id="t")
    cases.add("transactional without a transactional id", good(attributes=0x10, producer_id=71, producer_epoch=0, base_sequence=0))
    cases.add("transactional without a producer id", good(attributes=0x10), transactional_id="t")
    for sequence in (-1, -2, -2147483648):
        cases.add(f"producer id with sequence {sequence}", good(producer_id=72, producer_epoch=0, base_sequence=sequence))
    cases.add("producer id and epoch -1", good(producer_id=73, producer_epoch=-1, base_sequence=0))
    cases.add("producer id -2", good(producer_id=-2, producer_epoch=0, base_sequence=0))
    cases.add("no producer id but a sequence", good(producer_id=-1, producer_epoch=5, base_sequence=9))
    cases.add("idempotent batch", good(producer_id=74, producer_epoch=0, base_sequence=0))
    cases.add("idempotent batch whose sequence wraps",
              good(producer_id=75, producer_epoch=0, base_sequence=2147483646))
    for bit in range(6, 16):
        cases.add(f"attribute bit {bit}", good(attributes=1 << bit))
        cases.add(f"attribute bit {bit}, gzip", good(attributes=1 << bit, codec=GZIP))
    cases.add("delete horizon to append time", good(attributes=0x40), topic="append-time")
    cases.add("attribute bits 7 and 15 to append time", good(attributes=0x8080), topic="append-time")
    cases.add("delete horizon to gzip", good(attributes=0x40), topic="to-gzip")
    cases.add("attribute bits 7 and 15 to gzip", good(attributes=0x8080), topic="to-gzip")


def timestamps(cases):
    for topic in ("plain", "one-minute", "append-time"):
        for name, stamp in (("zero", 0), ("-1", -1), ("-2", -2), ("smallest", -2**63), ("largest", 2**63 - 1),
                            ("two hours ago", NOW - 2 * HOUR), ("in two hours", NOW + 2 * HOUR), ("now", NOW)):
            data = batch(records(3), count=3, base_timestamp=stamp, max_timestamp=stamp)
            cases.add(f"timestamps {name}", data, topic=topic)
            packed = batch(records(3), count=3, base_timestamp=stamp, max_timestamp=stamp, codec=GZIP)
            cases.add(f"timestamps {name}, gzip", packed, topic=topic)
    for name, codec in CODECS.items():
        one = record(offset=0) + record(offset=1, timestamp=2 * HOUR) + record(offset=2)
        cases.add(f"the second of three too new, {name}", batch(one, count=3, codec=codec, base_timestamp=NOW))
        negative = record(offset=0, timestamp=-5) + record(offset=1, timestamp=-9) + record(offset=2, timestamp=-1)
        cases.add(f"deltas below zero, {name}", batch(negative, count=3, codec=codec, base_timestamp=NOW))
        none = record(offset=0, timestamp=0) + record(offset=1, timestamp=5) + record(offset=2)
        cases.add(f"timestamps -1 4 -1, {name}", batch(none, count=3, codec=codec, base_timestamp=-1))
        minus = record(offset=0) + record(offset=1) + record(offset=2)
        cases.add(f"timestamps all -1, {name}", batch(minus, count=3, codec=codec, base_timestamp=-1, max_timestamp=-1))
        cases.add(f"timestamps all -1, max claims now, {name}",
                  batch(minus, count=3, codec=codec, base_timestamp=-1, max_timestamp=NOW))
        cases.add(f"max timestamp lies low, {name}", good(codec=codec, max_timestamp=NOW - 100))
        cases.add(f"max timestamp lies high, {name}", good(codec=codec, max_timestamp=NOW + 5 * HOUR))
        cases.add(f"max timestamp -1, {name}", good(codec=codec, max_timestamp=-1))
        for topic in ("plain", "append-time"):
            cases.add(f"log append time set by the client, {name}", good(codec=codec, attributes=8), topic=topic)
        cases.add(f"log append time and timestamps -1, {name}",
                  batch(minus, count=3, codec=codec, base_timestamp=-1, max_timestamp=-1, attributes=8))
        cases.add(f"to append time, {name}", good(codec=codec), topic="append-time")
    many = b"".join(record(offset=n, timestamp=2 * HOUR) for n in range(5))
    cases.add("five too new", batch(many, count=5, base_timestamp=NOW))
    cases.add("delta overflows", batch(record(timestamp=2**63 - 1), base_timestamp=NOW))
    cases.add("delta overflows back to now", batch(record(timestamp=-2**63), base_timestamp=NOW - 2**63 + 2**63))
    cases.add("append time, timestamps too new", batch(records(3), count=3, base_timestamp=NOW + 5 * HOUR), topic="append-time")


def keys(cases):
    for topic in ("compacted", "compacted-deleted", "to-gzip-compacted"):
        for name, codec in CODECS.items():
            data = record(offset=0) + record(offset=1, key=None) + record(offset=2)
            cases.add(f"the second of three has no key, {name}",
                      batch(data, count=3, codec=codec, base_timestamp=NOW), topic=topic)
    data = b"".join(record(offset=n, key=None) for n in range(5))
    cases.add("five without keys", batch(data, count=5, base_timestamp=NOW), topic="compacted")
    cases.add("one without key", batch(record(key=None), base_timestamp=NOW), topic="compacted")
    mixed = record(offset=0, key=None) + record(offset=1, timestamp=2 * HOUR)
    cases.add("no key, then too new", batch(mixed, count=2, base_timestamp=NOW), topic="compacted")
    cases.add("no key and too new", batch(record(key=None, timestamp=2 * HOUR), base_timestamp=NOW), topic="compacted")
    cases.add("empty key", batch(record(key=b""), base_timestamp=NOW), topic="compacted")
    cases.add("key length -2", batch(record(key=None, key_length=-2), base_timestamp=NOW), topic="compacted")
    cases.add("tombstone", batch(record(value=None), base_timestamp=NOW), topic="compacted")
    two = record(offset=0, key=None) + record(offset=1)[:-3]
    cases.add("no key, then a cut record", batch(two, count=2, base_timestamp=NOW), topic="compacted")
    cases.add("no key, then a cut record, gzip", batch(two, count=2, codec=GZIP, base_timestamp=NOW), topic="compacted")


def sizes(cases):
    for size in (199, 200, 201, 400):
        filler = b"x" * (size - 61 - 10)
        data = batch(record(value=filler, key=None), base_timestamp=NOW)
        while len(data) < size:
            filler += b"x"
            data = batch(record(value=filler, key=None), base_timestamp=NOW)
        cases.add(f"a batch of {len(data)} bytes where 200 may be", data, topic="small")
    large = batch(record(value=b"x" * 300), base_timestamp=NOW, crc=4)
    cases.add("too large and a wrong crc", large, topic="small")
    cases.add("too large and base offset 3", batch(record(value=b"x" * 300), base_timestamp=NOW, base_offset=3), topic="small")
    cases.add("too large once it is unpacked", batch(record(value=b"x" * 5000), base_timestamp=NOW, codec=GZIP),
              topic="to-uncompressed-small")
    cases.add("small enough when it is unpacked", batch(record(value=b"x" * 50), base_timestamp=NOW, codec=GZIP),
              topic="to-uncompressed-small")


def records_that_lie(cases):
    def each(name, data, count=1, codecs=CODECS, topics=("plain", "to-lz4")):
        for codec_name in codecs:
            for topic in topics:
                cases.add(f"{name}, {codec_name}", batch(data, count=count, codec=CODECS[codec_name], base_timestamp=NOW),
                          topic=topic)

    each("record length one too large", record(length=len(record()) - 1 + 1))
    each("record length one too small", record(length=len(record()) - 1 - 1))
    each("record length 0", record(length=0))
    each("record length -1", record(length=-1))
    each("record length largest", record(length=2**31 - 1))
    each("record length smallest", record(length=-2**31))
    each("record length is a varint without end", b"\xff" * 12)
    each("record length 1, nothing more", b"\x02")
    each("a byte between two records", record(offset=0) + b"\x00" + record(offset=1), count=2)
    each("a byte after the last record", record() + b"\x00")
    each("bytes after the last record", record() + b"\x00" * 40)
    each("the last record cut by one byte", records(2)[:-1], count=2)
    each("the last record cut in its value", records(2)[:-4], count=2)
    each("the last record cut in its length", record() + b"\x80", count=2)
    each("a tail inside the record", record(tail=b"more"))
    each("key length too large", record(key_length=100))
    each("key length -1 with bytes", record(key_length=-1))
    each("key length -2", record(key=None, key_length=-2))
    each("key length smallest", record(key=None, key_length=-2**31))
    each("value length too large", record(value_length=100))
    each("value length -2", record(value=None, value_length=-2))
    each("value length largest", record(value_length=2**31 - 1))
    each("header count -1", record(header_count=-1))
    each("header count 1 without a header", record(header_count=1))
    each("header count largest", record(header_count=2**31 - 1))
    each("header with null key", record(headers=[(None, b"v")]))
    each("header with null value", record(headers=[(b"h", None)]))
    each("header with empty key and value", record(headers=[(b"", b"")]))
    each("header key that is not UTF-8", record(headers=[(b"\xff\xfe\xc0", b"v")]))
    each("the same header twice", record(headers=[(b"h", b"1"), (b"h", b"2")]))
    each("header value length -2", record(header_count=1, tail=b.varint(1) + b"h" + b.varint(-2)))
    each("header value length too large", record(header_count=1, tail=b.varint(1) + b"h" + b.varint(9)))
    each("record attributes 1", record(attributes=1))
    each("record attributes 127", record(attributes=127))
    each("timestamp delta is a varlong without end", b.varint(20) + b"\x00" + b"\xff" * 19)
    each("offset delta is a varint without end", b.varint(20) + b"\x00\x00" + b"\xff" * 18)
    each("varints longer than they need be", b"\x94\x80\x00" + b"\x00\x80\x00\x80\x00\x82\x00k\x82\x00v\x00"[:10])
    each("only zeros", bytes(30), count=30)


def compressed_that_lies(cases):
    inner = records(3)

    def each(name, codec, compressed, topics=("plain", "to-lz4", "to-zstd", "to-uncompressed"), count=3):
        for topic in topics:
            cases.add(name, batch(b"", count=count, codec=codec, compressed=compressed, base_timestamp=NOW), topic=topic)

    for name, codec in CODECS.items():
        if codec == NONE:
            continue
        packed = b.COMPRESS[codec](inner)
        each(f"{name}: no bytes", codec, b"")
        each(f"{name}: not compressed at all", codec, inner)
        each(f"{name}: ones", codec, b"\xff" * 40)
        each(f"{name}: the first half", codec, packed[:len(packed) // 2])
        for cut in (1, 2, 4, 8, 9):
            each(f"{name}: cut by {cut}", codec, packed[:-cut])
        each(f"{name}: zeros after the end", codec, packed + bytes(12))
        each(f"{name}: one byte after the end", codec, packed + b"\x07")
        each(f"{name}: ones after the end", codec, packed + b"\xff" * 12)
        each(f"{name}: a second stream with nothing in it", codec, packed + b.COMPRESS[codec](b""))
        each(f"{name}: a second stream with the rest", codec, b.COMPRESS[codec](inner[:20]) + b.COMPRESS[codec](inner[20:]))
        each(f"{name}: nothing inside", codec, b.COMPRESS[codec](b""))
        damaged = bytearray(packed)
        damaged[len(packed) // 2] ^= 0x55
        each(f"{name}: a byte changed in the middle", codec, bytes(damaged))

    bad_crc = bytearray(b.gzip(inner))
    bad_crc[-8] ^= 1
    each("gzip: wrong checksum", GZIP, bytes(bad_crc))
    bad_size = bytearray(b.gzip(inner))
    bad_size[-1] ^= 1
    each("gzip: wrong size", GZIP, bytes(bad_size))
    plain = b.gzip(inner)
    each("gzip: with a name", GZIP, plain[:3] + b"\x08" + plain[4:10] + b"name\0" + plain[10:])
    each("gzip: with extra, name, comment and header crc", GZIP, gzip_with_everything(inner, True))
    each("gzip: with a wrong header crc", GZIP, gzip_with_everything(inner, False))
    each("gzip: unknown method", GZIP, plain[:2] + b"\x07" + plain[3:])
    each("gzip: reserved flags", GZIP, plain[:3] + b"\xe0" + plain[4:])
    zlib_form = __import__("zlib").compress(inner)
    each("gzip: zlib's own format", GZIP, zlib_form)

    each("snappy: raw, without framing", SNAPPY, b.snappy_raw(inner))
    each("snappy: chunks of 10", SNAPPY, b.snappy(inner, chunk=10))
    each("snappy: header alone", SNAPPY, b.XERIAL_HEADER)
    each("snappy: version 0", SNAPPY, b.snappy(inner, header=b"\x82SNAPPY\0" + struct.pack(">ii", 0, 0)))
    each("snappy: version 2, compatible 1", SNAPPY, b.snappy(inner, header=b"\x82SNAPPY\0" + struct.pack(">ii", 2, 1)))
    each("snappy: version 1, compatible 2", SNAPPY, b.snappy(inner, header=b"\x82SNAPPY\0" + struct.pack(">ii", 1, 2)))
    each("snappy: wrong magic", SNAPPY, b.snappy(inner, header=b"\x82SNAPPX\0" + struct.pack(">ii", 1, 1)))
    each("snappy: chunk length 0", SNAPPY, b.XERIAL_HEADER + struct.pack(">i", 0) + b.snappy(inner)[16:])
    each("snappy: chunk length -1", SNAPPY, b.XERIAL_HEADER + struct.pack(">i", -1) + b.snappy_raw(inner))
    each("snappy: chunk length too large", SNAPPY, b.XERIAL_HEADER + struct.pack(">i", 1000) + b.snappy_raw(inner))
    each("snappy: chunk length largest", SNAPPY, b.XERIAL_HEADER + struct.pack(">i", 2**31 - 1) + b.snappy_raw(inner))
    big = b.uvarint(2**31 - 1) + b.snappy_raw(inner)[1:]
    each("snappy: raw length largest", SNAPPY, b.XERIAL_HEADER + struct.pack(">i", len(big)) + big)
    mid = b.uvarint(1 << 20) + b.snappy_raw(inner)[1:]
    each("snappy: raw length a megabyte", SNAPPY, b.XERIAL_HEADER + struct.pack(">i", len(mid)) + mid)
    each("snappy: header twice", SNAPPY, b.snappy(inner[:20]) + b.snappy(inner[20:]))
    each("snappy: an empty chunk in the middle", SNAPPY,
         b.snappy(inner[:20]) + struct.pack(">i", 1) + b"\x00" + b.snappy(inner[20:])[16:])
    each("snappy: three bytes after the end", SNAPPY, b.snappy(inner) + b"\0\0\0")

    each("lz4: with block hashes", LZ4, b.lz4(inner, flags=0x70))
    each("lz4: wrong block hash", LZ4, b.lz4(inner, flags=0x70, block_hash=1))
    each("lz4: with content hash", LZ4, b.lz4(inner, flags=0x64))
    each("lz4: wrong content hash", LZ4, b.lz4(inner, flags=0x64, content_hash=1))
    each("lz4: content hash cut off", LZ4, b.lz4(inner, flags=0x64)[:-4])
    each("lz4: with content size", LZ4, b.lz4(inner, flags=0x68))
    each("lz4: wrong content size", LZ4, b.lz4(inner, flags=0x68, content_size=5))
    each("lz4: linked blocks", LZ4, b.lz4(inner, flags=0x40))
    each("lz4: with dictionary id", LZ4, b.lz4(inner, flags=0x61))
    each("lz4: reserved flag", LZ4, b.lz4(inner, flags=0x62))
    each("lz4: version 0", LZ4, b.lz4(inner, flags=0x20))
    each("lz4: wrong descriptor hash", LZ4, b.lz4(inner, descriptor_hash=0))
    each("lz4: block size 4 MiB", LZ4, b.lz4(inner, block_descriptor=0x70))
    each("lz4: block size 3", LZ4, b.lz4(inner, block_descriptor=0x30))
    each("lz4: reserved descriptor bits", LZ4, b.lz4(inner, block_descriptor=0x41))
    each("lz4: top descriptor bit", LZ4, b.lz4(inner, block_descriptor=0xC0))
    each("lz4: old magic", LZ4, b.lz4(inner, magic=0x184C2102))
    each("lz4: no end mark", LZ4, b.lz4(inner, end_mark=False))
    each("lz4: blocks of 10", LZ4, b.lz4(inner, block_limit=10))
    frame = b.lz4(inner)
    each("lz4: block larger than said", LZ4, frame[:7] + struct.pack("<I", 0x80000000 | 70000) + bytes(70000) + bytes(4),
         topics=("plain",))
    each("lz4: block length too large", LZ4, frame[:7] + struct.pack("<I", 0x80000000 | 500) + frame[11:])
    each("lz4: an empty stored block", LZ4, frame[:7] + struct.pack("<I", 0x80000000) + frame[7:])
    each("lz4: skippable frame first", LZ4, struct.pack("<II", 0x184D2A50, 4) + b"skip" + frame)
    each("lz4: compressed block of rubbish", LZ4, frame[:7] + struct.pack("<I", 20) + b"\xf7" * 20 + bytes(4))

    each("zstd: skippable frame first", ZSTD, struct.pack("<II", 0x184D2A50, 4) + b"skip" + b.zstd(inner))
    each("zstd: skippable frame last", ZSTD, b.zstd(inner) + struct.pack("<II", 0x184D2A50, 4) + b"skip")
    each("zstd: wrong magic", ZSTD, b"\x28\xb5\x2f\xfe" + b.zstd(inner)[4:])
    each("zstd: reserved block type", ZSTD, b.zstd(inner)[:6] + b"\x07\x00\x00" + b.zstd(inner)[9:])
    each("zstd: window of 8 MiB", ZSTD, b.zstd(inner, window_descriptor=0x68))
    each("zstd: window of 128 MiB", ZSTD, b.zstd(inner, window_descriptor=0x88))
    each("zstd: window of 256 MiB", ZSTD, b.zstd(inner, window_descriptor=0x90))
    each("zstd: window of 3.75 TiB", ZSTD, b.zstd(inner, window_descriptor=0xFF))
    each("zstd: run-length block", ZSTD,
         struct.pack("<IBB", 0xFD2FB528, 0, 0x38) + struct.pack("<I", (131072 << 3) | 3)[:3] + b"\x00", count=3)


def much_in_little(cases):
    wide = batch(record(value=bytes(1 << 20)), codec=GZIP, base_timestamp=NOW)
    for topic in ("plain", "to-lz4", "to-zstd", "to-uncompressed"):
        cases.add("a value of 1 MiB, gzip", wide, topic=topic)
    long = b"".join(record(offset=n, timestamp=n, value=bytes(100)) for n in range(2000))
    cases.add("2,000 records, gzip", batch(long, count=2000, codec=GZIP, base_timestamp=NOW), topic="plain")
    broken = long[:-50]
    for topic in ("plain", "to-zstd"):
        cases.add("2,000 records, the last cut, gzip", batch(broken, count=2000, codec=GZIP, base_timestamp=NOW), topic=topic)
    late = bytearray(b.gzip(long))
    late[-20] ^= 0x10
    for topic in ("plain", "to-zstd"):
        cases.add("2,000 records, damaged near the end, gzip",
                  batch(b"", count=2000, codec=GZIP, compressed=bytes(late), base_timestamp=NOW), topic=topic)
    early = bytearray(long)
    early[3:13] = b"\xff" * 10
    both = bytearray(b.gzip(bytes(early)))
    both[-20] ^= 0x10
    for topic in ("plain", "to-zstd"):
        cases.add("2,000 records, the first wrong, damaged near the end, gzip",
                  batch(b"", count=2000, codec=GZIP, compressed=bytes(both), base_timestamp=NOW), topic=topic)


def gzip_with_everything(data, right):
    plain = b.gzip(data)
    head = plain[:3] + b"\x1e" + plain[4:10] + struct.pack("<H", 3) + b"abc" + b"name\0" + b"comment\0"
    crc = __import__("zlib").crc32(head) & 0xFFFF
    return head + struct.pack("<H", crc if right else crc ^ 1) + plain[10:]


def conversions(cases):
    for topic in TOPICS:
        if not topic.startswith("to-") or topic.endswith(("small", "compacted")):
            continue
        for name, codec in CODECS.items():
            cases.add(f"from {name}", good(codec=codec), topic=topic)
            rich = (record(offset=0, key=None, value=None, headers=[(b"h", b"1"), (b"n", None)])
                    + record(offset=1, timestamp=-7, key=b"", value=b"", attributes=5) + record(offset=2, timestamp=9))
            cases.add(f"nulls, headers, attributes, from {name}",
                      batch(rich, count=3, codec=codec, base_timestamp=NOW, leader_epoch=9), topic=topic)
            cases.add(f"idempotent, from {name}",
                      good(codec=codec, producer_id=100 + codec, producer_epoch=1, base_sequence=7), topic=topic)
            cases.add(f"max timestamp lies, from {name}", good(codec=codec, max_timestamp=NOW - 9), topic=topic)
            cases.add(f"timestamps -2, from {name}",
                      batch(records(1), count=1, codec=codec, base_timestamp=-2, max_timestamp=-2), topic=topic)
            cases.add(f"timestamps all -1, from {name}",
                      batch(record() + record(offset=1), count=2, codec=codec, base_timestamp=-1, max_timestamp=-1), topic=topic)


def several_partitions(connection, topic_ids):
    """What one partition's batch does to another's in the same request: printed, and kept under `together`."""
    table = []
    versions = {"too old codec": (6, 12), "codec id 6": (6, 12)}
    bad = {
        "wrong crc": good(crc=1), "magic 3": good(magic=3), "codec id 6": batch(records(1), attributes=6),
        "length 13": good(length=13), "no bytes": b"", "length 20": good(length=20), "two batches": good() + good(),
        "magic 3 in the second batch": good() + good(magic=3),
        "transactional": good(attributes=0x10, producer_id=81, producer_epoch=0, base_sequence=0),
        "too old codec": good(codec=ZSTD), "length 2147483640": good(length=2147483640), "length 1000": good(length=1000),
        "26 bytes": resized(good()[:26], 0), "51 bytes": resized(good()[:51], 0),
    }
    for name, data in bad.items():
        for version in versions.get(name, (12,)):
            answer = connection.produce([("plain", 0, good()), ("compacted", 0, data)], version, topic_ids=topic_ids)
            table.append({"name": name, "version": version, "answer": answer,
                          "good": good().hex(), "bad": data.hex()})
    return table


def ask(connection, case, topic_ids):
    partitions = [(case["topic"], 0, case["records"])]
    before = int(time.time() * 1000)
    answer = connection.produce(partitions, case["version"], transactional_id=case.get("transactional_id"),
                                topic_ids=topic_ids)
    result = dict(case)
    result["records"] = None if case["records"] is None else case["records"].hex()
    if isinstance(answer, str):
        result["answer"] = answer
        return result
    (one,) = answer
    one.pop("topic"), one.pop("partition")
    result["answer"] = one
    result["nowMs"] = clock_of(one, TOPICS[case["topic"]], before)
    if one["errorCode"] == 0 and one["baseOffset"] >= 0:
        result["stored"] = connection.fetch(case["topic"], one["baseOffset"]).hex()
    return result


def clock_of(answer, configs, before):
    """The broker's clock at the case, as far as its answer tells."""
    if answer["logAppendTimeMs"] >= 0:
        return answer["logAppendTimeMs"]
    for error in answer.get("recordErrors", []):
        found = re.search(r"within \[(-?\d+), (-?\d+)\]", error["message"] or "")
        if found:
            return int(found[2]) - int(configs.get("message.timestamp.after.max.ms", HOUR))
    return before


def write_lines(file, families):
    """JSON with a line for each case."""
    parts = []
    for name, rows in families.items():
        if isinstance(rows, dict):
            parts.append(f'"{name}": {json.dumps(rows)}')
        else:
            parts.append(f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]")
    file.write("{\n" + ",\n".join(parts) + "\n}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", help="write the cases and answers here")
    options = parser.parse_args()
    cases = Cases()
    for family in (whole_batches, headers_that_lie, timestamps, keys, sizes, records_that_lie, compressed_that_lies, much_in_little,
                   conversions):
        family(cases)
    with ApacheKafka(settings={"auto.create.topics.enable": "false"}) as broker:
        broker.start()
        connection = Connection(broker.port)
        connection.create_topics(TOPICS)
        topic_ids = {name: connection.topic_id(name) for name in TOPICS}
        results = [ask(connection, case, topic_ids) for case in cases.list]
        together = several_partitions(connection, topic_ids)
    for result in results:
        answer = result["answer"]
        if isinstance(answer, str):
            print(f"{result['topic']:22} v{result['version']:<2} {result['name']:60} {answer}")
            continue
        errors = "; ".join(f"{e['batchIndex']}: {e['message']}" for e in answer.get("recordErrors", []))
        stored = f"stored {len(result['stored']) // 2} bytes" if "stored" in result else ""
        print(f"{result['topic']:22} v{result['version']:<2} {result['name']:60} {answer['errorCode']:>3} {stored} "
              f"{answer.get('errorMessage') or ''} {errors}".rstrip())
    for row in together:
        print("together", row["name"], row["version"], row["answer"])
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            write_lines(file, {"topics": TOPICS, "cases": results, "together": together})
    print(len(results), "cases", file=sys.stderr)


if __name__ == "__main__":
    main()
