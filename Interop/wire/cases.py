"""The bad input. A case is bytes to send; what Kafka does with them stands in `expected.json`, by the case's name."""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import lz4.frame
import zstandard
from oracle import codecs
from oracle.batches import Record, batch, old_message, records
from oracle.wire import Raw

from wire.target import PROTOCOL, TOPIC, UNMADE, Target, frame, header, request

MOST = 2**31 - 1
FRAME_LIMIT = 104_857_600
"""`socket.request.max.bytes` of both brokers."""


@dataclass
class Case:
    """Bytes for a fresh connection, a packet each chunk."""

    name: str
    chunks: Callable[[Target], list[bytes]]
    half_close: bool = False
    """Nothing more comes after them, and the broker is told so."""
    api: str | None = None
    """What the answers are read as."""
    version: int = 0


def endless(size: int = 10) -> bytes:
    """A varint that does not end."""
    return b"\xff" * size


def fixed(name: str, *chunks: bytes, **more: Any) -> Case:
    return Case(name, lambda _: list(chunks), **more)


def all_cases() -> list[Case]:
    made = [*strangers(), *frames(), *headers(), *keys_and_versions(), *bodies(), *sizes(), *produced(), *packed()]
    names = [case.name for case in made]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, twice
    return made


# What does not speak Kafka


def strangers() -> Iterator[Case]:
    yield fixed("HTTP: GET", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield fixed("HTTP: POST in two packets", b"PO", b"ST /topics HTTP/1.1\r\n\r\n")
    yield fixed("HTTP/2: preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
    hello = b"\x01" + (0x78).to_bytes(3, "big") + b"\x03\x03" + b"\x5a" * 118
    for name, version in (("1.0", b"\x03\x01"), ("1.2", b"\x03\x03")):
        yield fixed(f"TLS: ClientHello, record version {name}", b"\x16" + version + len(hello).to_bytes(2, "big") + hello)
    yield fixed("TLS: SSLv2 ClientHello", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"\x11" * 37)
    yield fixed("SSH: banner", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    yield fixed("Redis: PING", b"*1\r\n$4\r\nPING\r\n")
    yield fixed("PROXY protocol: version 1", b"PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\n")
    yield fixed("SASL: a token without a frame of Kafka's", frame(b"\0user\0secret"))


# Lengths, and what comes of them


def frames() -> Iterator[Case]:
    good = request("ApiVersions", 0, {})
    for size in (-1, -2, -(2**31), MOST, FRAME_LIMIT + 1):
        yield fixed(f"length {size}", struct.pack(">i", size) + b"x" * 64)
        yield fixed(f"a right request, then length {size}", good, struct.pack(">i", size) + b"x" * 64, api="ApiVersions")
    yield fixed("length 0", struct.pack(">i", 0))
    yield fixed("length 0, then a right request", struct.pack(">i", 0) + good)
    yield fixed("zeros", bytes(64))
    yield fixed("the largest length, then little", struct.pack(">i", FRAME_LIMIT) + b"x" * 100)
    yield fixed("the largest length, then the end", struct.pack(">i", FRAME_LIMIT) + b"x" * 100, half_close=True)
    yield fixed("nothing, then the end", half_close=True)
    for count in (1, 3):
        yield fixed(f"{count} bytes of a length", good[:count])
        yield fixed(f"{count} bytes of a length, then the end", good[:count], half_close=True)
    for count in (4, 8, len(good) - 1):
        yield fixed(f"a frame cut after {count} bytes", good[:count])
        yield fixed(f"a frame cut after {count} bytes, then the end", good[:count], half_close=True)
    yield fixed("a right request byte by byte", *[bytes([byte]) for byte in good], api="ApiVersions")
    yield fixed("a right request, then the end", good, half_close=True, api="ApiVersions")
    yield fixed("two in a packet", good + request("ApiVersions", 0, {}, 8), api="ApiVersions")
    yield fixed("fifty in a packet", b"".join(request("ApiVersions", 0, {}, n) for n in range(50)), api="ApiVersions")
    yield fixed("a right one, half of one, then the end", good + good[:9], half_close=True, api="ApiVersions")
    wrong = frame(header(9999, 0, 8))
    yield fixed("right, wrong, right in a packet", good + wrong + request("ApiVersions", 0, {}, 9), api="ApiVersions")
    for size in (1, 2, 3, 4, 7, 8, 9):
        yield fixed(f"a frame of {size} bytes", frame(header(18, 0, 7)[:size]))


# Headers


def headers() -> Iterator[Case]:
    versions = PROTOCOL.apis["ApiVersions"][0]
    software = {"ClientSoftwareName": "wire", "ClientSoftwareVersion": "1"}
    body = versions.encode(3, software)

    def plain(name: str, start: bytes) -> Case:
        return fixed(f"client id: {name}", frame(start), api="ApiVersions")

    yield plain("null", header(18, 0, 7, None))
    yield plain("empty", header(18, 0, 7, b""))
    yield plain("32,767 bytes", header(18, 0, 7, b"c" * 32767))
    yield plain("length -2", struct.pack(">hhih", 18, 0, 7, -2))
    yield plain("longer than the frame", struct.pack(">hhih", 18, 0, 7, 100) + b"short")
    yield plain("bad UTF-8", header(18, 0, 7, b"\xff\xfe\xc0\x80"))
    yield plain("a surrogate", header(18, 0, 7, b"\xed\xa0\x80"))
    yield plain("zero bytes", header(18, 0, 7, b"\0\0\0"))
    yield plain("correlation id -1", header(18, 0, -1))

    def tagged(name: str, tags: bytes) -> Case:
        start = header(18, 3, 7, flexible=False)
        return fixed(f"header tags: {name}", frame(start + tags + body), api="ApiVersions", version=3)

    yield tagged("none", b"\0")
    yield tagged("one unknown", b"\x01\x05\x03abc")
    yield tagged("one unknown, empty", b"\x01\x05\x00")
    yield tagged("one twice", b"\x02\x05\x01a\x05\x01b")
    yield tagged("falling", b"\x02\x06\x01a\x05\x01b")
    yield tagged("two billion", b"\xff\xff\xff\xff\x07")
    yield tagged("four billion", b"\xff\xff\xff\xff\x0f")
    yield tagged("a count without end", endless())
    yield tagged("a tag without end", b"\x01" + endless())
    yield tagged("a size without end", b"\x01\x05" + endless())
    yield tagged("a size of two billion", b"\x01\x05\xff\xff\xff\xff\x07")
    yield tagged("a size beyond the frame", b"\x01\x05\x7f")


def keys_and_versions() -> Iterator[Case]:
    for key in (-1, -(2**15), 9999, 2**15 - 1, 93, 255):
        yield fixed(f"key {key}", frame(header(key, 0, 7)))
    for key in (4, 5, 6, 7):
        yield fixed(f"key {key}, given up", frame(header(key, 0, 7) + bytes(32)))
    for key, api in ((52, "Vote"), (53, "BeginQuorumEpoch"), (62, "BrokerRegistration"), (82, "AddRaftVoter")):
        yield fixed(f"{api}, for controllers only", frame(header(key, 1, 7, flexible=True) + bytes(64)))
    for version in (-1, 5, 99, 2**15 - 1):
        yield fixed(f"ApiVersions {version}", frame(header(18, version, 7, flexible=version > 2)), api="ApiVersions")
    yield fixed("ApiVersions 99, cut after the correlation id", frame(struct.pack(">hhi", 18, 99, 7)))
    yield fixed("ApiVersions 99 with any body", frame(header(18, 99, 7) + endless(64)), api="ApiVersions")
    for api in ("Produce", "Fetch", "ListOffsets", "Metadata", "CreateTopics", "FindCoordinator", "InitProducerId"):
        message, _ = PROTOCOL.apis[api]
        first, last = message.valid.lowest, message.valid.highest
        for version in {-1, first - 1, last + 1, 2**15 - 1}:
            start = header(message.api_key, version, 7, flexible=version >= (message.flexible.lowest or 0))
            yield fixed(f"{api} {version}", frame(start + message.encode(last, {})))


# Bodies


def bodies() -> Iterator[Case]:
    def body(name: str, api: str, version: int, content: bytes) -> Case:
        key = PROTOCOL.apis[api][0].api_key
        return fixed(f"{api} {version}: {name}", frame(header(key, version, 7) + content), api=api, version=version)

    for count in (MOST, 2_000_000_000, 100, -2, -(2**31)):
        yield body(f"{count} topics", "Metadata", 1, struct.pack(">i", count) + b"\0\x01a")
    for name, count in (("two billion", b"\xff\xff\xff\xff\x07"), ("four billion", b"\xff\xff\xff\xff\x0f"), ("endless", endless())):
        yield body(f"{name} topics", "Metadata", 12, count + bytes(40))
        yield body(f"a name of {name} bytes", "Metadata", 9, b"\x02" + count + b"a\0\x01\0\0\0")
        yield body(f"{name} tags", "Metadata", 9, b"\x01\x01\0\0" + count)
        yield body(f"{name} topics", "Fetch", 12, bytes(25) + count)
        yield body(f"{name} topics", "CreateTopics", 7, count + bytes(20))
    yield body("nothing", "Metadata", 12, b"")
    yield body("nothing", "Produce", 9, b"")
    yield body("a null name", "Metadata", 1, struct.pack(">ih", 1, -1))
    yield body("a name of -5 bytes", "Metadata", 1, struct.pack(">ih", 1, -5))
    yield body("a name beyond the frame", "Metadata", 1, struct.pack(">ih", 1, 500) + b"abc")
    yield body("a compact name of 40,000 bytes", "Metadata", 9, b"\x02\xc1\xb8\x02" + b"a" * 40000 + b"\0\0\0\0\0")
    for name, text in (
        ("bad UTF-8", b"\xff\xfe"), ("an overlong slash", b"\xc0\xaf"), ("a surrogate", b"\xed\xa0\x80"),
        ("half of a character", b"caf\xc3"), ("a zero byte", b"a\0b"), ("beyond Unicode", b"\xf5\x80\x80\x80"),
    ):
        content = struct.pack(">ih", 1, len(text)) + text + b"\0"
        yield body(f"a name with {name}", "Metadata", 4, content)
    yield body("bytes behind it", "Metadata", 1, struct.pack(">i", 0) + b"behind")
    yield body("half of a topic id", "Metadata", 12, b"\x02" + bytes(8))
    bad_software = {"ClientSoftwareName": "a b", "ClientSoftwareVersion": ""}
    yield body("a bad software name", "ApiVersions", 3, PROTOCOL.apis["ApiVersions"][0].encode(3, bad_software))
    yield body("software with bad UTF-8", "ApiVersions", 3, b"\x03\xff\xfe\x02a\0")
    yield body("nothing", "ApiVersions", 3, b"")
    yield body("bytes behind it", "ApiVersions", 0, b"behind")
    for end in (b"", b"\0", bytes(7), bytes(200)):
        yield body(f"{len(end)} zeros", "Fetch", 4, end)
        yield body(f"{len(end)} zeros", "Produce", 3, end)
        yield body(f"{len(end)} zeros", "CreateTopics", 2, end)
        yield body(f"{len(end)} zeros", "DescribeConfigs", 1, end)
        yield body(f"{len(end)} zeros", "FindCoordinator", 4, end)
        yield body(f"{len(end)} zeros", "DescribeTopicPartitions", 0, end)


def sizes() -> Iterator[Case]:
    """Requests that are right in form, and ask for too much or for what cannot be."""

    def asked(name: str, api: str, version: int, body: dict[str, Any]) -> Case:
        return Case(f"{api} {version}: {name}", lambda _: [request(api, version, body)], api=api, version=version)

    def topic(**more: Any) -> dict[str, Any]:
        return {"Topics": [{"Name": UNMADE, "NumPartitions": 1, "ReplicationFactor": 1, **more}], "timeoutMs": 1000, "validateOnly": True}

    for count in (MOST, 1_000_000, 10_001, 0, -2, -(2**31)):
        yield asked(f"{count} partitions", "CreateTopics", 7, topic(NumPartitions=count))
    for factor in (2**15 - 1, 2, 0, -2):
        yield asked(f"replication factor {factor}", "CreateTopics", 7, topic(ReplicationFactor=factor))
    for name in ("", ".", "..", "a" * 250, "a/b", "a\0b", "é", "../../etc"):
        yield asked(f"the name {name[:12]!r}", "CreateTopics", 7, topic(Name=name))
    for count in (MOST, 1, 0, -1):
        wanted = {"Topics": [{"Name": TOPIC, "Count": count, "Assignments": None}], "TimeoutMs": 1000, "ValidateOnly": True}
        yield asked(f"{count} partitions", "CreatePartitions", 3, wanted)

    def fetch(name: str, limits: dict[str, Any], partition: dict[str, Any]) -> Case:
        part = {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1 << 20, **partition}
        body = {"MaxWaitMs": 0, "MinBytes": 0, "MaxBytes": 1 << 20, **limits, "Topics": [{"Topic": TOPIC, "Partitions": [part]}]}
        return asked(name, "Fetch", 11, body)

    for number in (-1, -(2**31), MOST):
        yield fetch(f"{number} bytes at most", {"MaxBytes": number}, {})
        yield fetch(f"{number} bytes of a partition at most", {}, {"PartitionMaxBytes": number})
        yield fetch(f"partition {number}", {}, {"Partition": number})
        yield fetch(f"session {number}", {"SessionId": number, "SessionEpoch": 3}, {})
        yield fetch(f"session epoch {number}", {"SessionId": 0, "SessionEpoch": number}, {})
    for offset in (-1, -(2**63), 2**63 - 1):
        yield fetch(f"offset {offset}", {}, {"FetchOffset": offset})
    yield fetch("-1 bytes at least, -1 ms at most", {"MinBytes": -1, "MaxWaitMs": -1}, {})
    yield fetch("an unknown replica", {"ReplicaId": 77}, {})
    yield fetch("isolation level 9", {"IsolationLevel": 9}, {})
    yield asked("an unknown topic", "ListOffsets", 7, {"Topics": [{"Name": UNMADE, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}]})
    for time in (-9, -(2**63), 2**63 - 1):
        yield asked(f"timestamp {time}", "ListOffsets", 7, {"Topics": [{"Name": TOPIC, "Partitions": [{"PartitionIndex": 0, "Timestamp": time}]}]})
    yield asked("key type 9", "FindCoordinator", 4, {"KeyType": 9, "CoordinatorKeys": ["x"]})
    yield asked("resource type 99", "DescribeConfigs", 4, {"Resources": [{"ResourceType": 99, "ResourceName": "x"}]})
    yield asked("limit -1", "DescribeTopicPartitions", 0, {"Topics": [{"Name": TOPIC}], "ResponsePartitionLimit": -1})


# Records


def produced() -> Iterator[Case]:
    def produce(name: str, content: Any, version: int = 9, topic: str = TOPIC, partition: int = 0, acks: int = -1) -> Case:
        def chunks(target: Target) -> list[bytes]:
            data = {"Name": topic, "TopicId": target.topic_id, "PartitionData": [{"Index": partition, "Records": content}]}
            return [request("Produce", version, {"Acks": acks, "TimeoutMs": 5000, "TopicData": [data]})]

        return Case(f"Produce {version}: {name}", chunks, api="Produce", version=version)

    three = records("a", "b", "c")
    good = batch(three)
    for version in (3, 9, 13):
        yield produce("wrong CRC", batch(three, crc=0x12345678), version)
        for magic in (0, 1):
            yield produce(f"magic {magic}", old_message(magic, b"old"), version)
        yield produce("magic 3", batch(three, magic=3), version)
        yield produce("an unknown partition", good, version, partition=4)
    yield produce("an unknown topic", good, topic=UNMADE)
    yield produce("acks 7", good, acks=7)
    for acks in (0, 1):
        yield produce(f"wrong CRC, acks {acks}", batch(three, crc=1), acks=acks)
    for count in (0, 2, 4, -1, MOST):
        yield produce(f"{count} records said, 3 there", batch(three, count=count, last_offset_delta=2))
    for delta in (0, 3, -1, MOST):
        yield produce(f"last offset delta {delta} of 3 records", batch(three, last_offset_delta=delta))
    for size in (0, 1, 48, 49, len(good) - 13, MOST, -1):
        yield produce(f"batch length {size}", batch(three, length=size))
    for size in (1, 17, 60, len(good) - 1):
        yield produce(f"a batch cut after {size} bytes", good[:size])
    yield produce("bytes behind the batch", good + b"behind")
    yield produce("two batches", good + good)
    yield produce("a record of two billion bytes", batch([Record(b"v", size=2_000_000_000)]))
    yield produce("a record's length without end", batch(endless(20), count=1))
    yield produce("two billion headers", batch([Record(b"v", header_count=2_000_000_000)]))
    yield produce("offset deltas 0, 2", batch([Record(b"v"), Record(b"v", offset_delta=2)]))
    yield produce("too large a batch", batch(records(b"x" * 1_100_000)))
    yield produce("a record that says two billion bytes, in the request", Raw(b"\xff\xff\xff\xff\x07" + good))
    yield produce("records of -2 bytes", Raw(struct.pack(">i", -2)), 3)
    yield produce("records beyond the frame", Raw(struct.pack(">i", 1000) + good[:40]), 3)
    yield produce("records of two billion bytes", Raw(struct.pack(">i", 2_000_000_000) + good[:40]), 3)


BOMB = 128 << 20
"""What a bomb swells to; the batch that holds it is far below `max.message.bytes`."""


@functools.cache
def bombs() -> dict[str, tuple[int, bytes]]:
    """By codec: a batch's payload that is one record of zeros, and little on the wire."""
    body = b"\0\0\0\x01" + varint(BOMB) + bytes(BOMB) + b"\0"
    record = varint(len(body)) + body
    gzip = zlib.compressobj(9, zlib.DEFLATED, 31)
    return {
        "gzip": (codecs.GZIP, gzip.compress(record) + gzip.flush()),
        "lz4": (codecs.LZ4, lz4.frame.compress(record, block_size=lz4.frame.BLOCKSIZE_MAX64KB, block_linked=False)),
        "zstd": (codecs.ZSTD, zstandard.ZstdCompressor(level=3).compress(record)),
    }


def bomb(kind: str, count: int) -> bytes:
    """A request with a bomb. One record is in it; the batch's header says `count`."""
    codec, payload = bombs()[kind]
    content = batch(b"", codec=codec, compressed=payload, count=count)
    data = {"Name": TOPIC, "PartitionData": [{"Index": 0, "Records": content}]}
    return request("Produce", 9, {"Acks": -1, "TimeoutMs": 30000, "TopicData": [data]})


@functools.cache
def slow_bomb(kind: str) -> bytes:
    """A request with a batch of less than 1 MiB that takes most of a second to check."""
    if kind == "zeros":
        count, codec, payload = 1, codecs.GZIP, gzip_of_zeros(400)
        return with_batch(batch(b"", codec=codec, compressed=payload, count=count))
    if kind == "forty million records":
        count, codec, compressor = 40_000_000, codecs.ZSTD, zstandard.ZstdCompressor(level=1).compressobj()
        parts = [bytes([12, 0, 0, 0, 1, 1, 0]) * 100_000] * 400
    else:
        count, codec, compressor = 1, codecs.GZIP, zlib.compressobj(6, zlib.DEFLATED, 31)
        body = b"\0\0\0\x01" + varint(500_000_000)
        parts = [varint(len(body) + 500_000_001) + body, *[bytes(1_000_000)] * 500, b"\0"]
    payload = b"".join(compressor.compress(part) for part in parts) + compressor.flush()
    return with_batch(batch(b"", codec=codec, compressed=payload, count=count))


def gzip_of_zeros(million: int) -> bytes:
    """One record with a value of so many million zeros: the same compressed part again and again, as zlib would take long."""
    head = b"\0\0\0\x01" + varint(million * 1_000_000)
    head = varint(len(head) + million * 1_000_000 + 1) + head
    part = bytes(10_000_000)
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = compressor.compress(head) + compressor.flush(zlib.Z_FULL_FLUSH)
    middle = compressor.compress(part) + compressor.flush(zlib.Z_FULL_FLUSH)
    last = compressor.compress(b"\0") + compressor.flush()
    checksum = zlib.crc32(head)
    for _ in range(million // 10):
        checksum = zlib.crc32(part, checksum)
    checksum = zlib.crc32(b"\0", checksum)
    size = (len(head) + million * 1_000_000 + 1) & 0xFFFFFFFF
    gzip_head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return gzip_head + first + middle * (million // 10) + last + struct.pack("<II", checksum, size)


def with_batch(content: bytes) -> bytes:
    """A request with one batch."""
    data = {"Name": TOPIC, "PartitionData": [{"Index": 0, "Records": content}]}
    return request("Produce", 9, {"Acks": -1, "TimeoutMs": 30000, "TopicData": [data]})


def varint(value: int) -> bytes:
    """A zigzag varint."""
    value = value << 1 if value >= 0 else (-value << 1) - 1
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def packed() -> Iterator[Case]:
    """Compressed data that is not what it says."""

    def produce(name: str, content: bytes) -> Case:
        data = {"Name": TOPIC, "PartitionData": [{"Index": 0, "Records": content}]}
        body = {"Acks": -1, "TimeoutMs": 30000, "TopicData": [data]}
        return Case(f"Produce 9: {name}", lambda _: [request("Produce", 9, body)], api="Produce", version=9)

    two = records("a", "b")
    plain = b"".join(record.encode(index, 1_700_000_000_000) for index, record in enumerate(two))
    for codec in (codecs.GZIP, codecs.SNAPPY, codecs.LZ4, codecs.ZSTD):
        kind = codecs.NAMES[codec]
        squeezed = codecs.compress(codec, plain)
        yield produce(f"{kind}: not compressed", batch(two, codec=codec, compressed=plain))
        yield produce(f"{kind}: cut short", batch(two, codec=codec, compressed=squeezed[: len(squeezed) // 2]))
        yield produce(f"{kind}: nothing", batch(two, codec=codec, compressed=b""))
        yield produce(f"{kind}: ones in the middle", batch(two, codec=codec, compressed=squeezed[:-6] + b"\xff" * 6))
        yield produce(f"{kind}: three records said", batch(two, codec=codec, count=3))
    yield produce("codec 5", batch(two, attributes=5))
    xerial = b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1)
    yield produce("snappy: a block of two billion bytes", batch(two, codec=2, compressed=xerial + struct.pack(">i", MOST)))
    swollen = xerial + struct.pack(">i", 8) + b"\xff\xff\xff\xff\x0f" + b"abc"
    yield produce("snappy: a block that swells to four billion", batch(two, codec=2, compressed=swollen))
    window = b"\x28\xb5\x2f\xfd" + b"\x00" + b"\xff" + b"\x03\0\0" + b"\0"
    yield produce("zstd: a window of terabytes", batch(two, codec=4, compressed=window))
    said = b"\x28\xb5\x2f\xfd" + b"\xe0" + struct.pack("<Q", 2**62) + b"\x01\0\0"
    yield produce("zstd: says that it holds exabytes", batch(two, codec=4, compressed=said))
    for kind in ("gzip", "lz4", "zstd"):
        for count in (1, 2):

            def chunks(_: Target, kind: str = kind, count: int = count) -> list[bytes]:
                return [bomb(kind, count)]

            name = f"Produce 9: {kind}: a bomb that says it is {count}"
            yield Case(name, chunks, api="Produce", version=9)
