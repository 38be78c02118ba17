"""Record batches for produce requests: some right, most wrong somewhere, and most of those with a right checksum."""

from __future__ import annotations

import gzip
import random
import struct

import cramjam
import crc32c
import lz4.frame
import zstandard

from fuzz.values import number

NOW = 1_800_000_000_000
HEADER_BYTES = 61


def varint(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sized(data: bytes | None) -> bytes:
    return varint(-1) if data is None else varint(len(data)) + data


def record(dice: random.Random, index: int) -> bytes:
    key = dice.choice([None, b"", b"key", dice.randbytes(dice.randrange(20))])
    value = dice.choice([None, b"", b"value", dice.randbytes(dice.randrange(60))])
    headers = [(b"h", dice.choice([None, b"", b"v"])) for _ in range(dice.choice([0, 0, 0, 1, 3]))]
    body = b"\0" + varint(dice.choice([0, 0, 1, -1, 5000])) + varint(index) + sized(key) + sized(value)
    body += varint(len(headers)) + b"".join(sized(name) + sized(content) for name, content in headers)
    return varint(len(body)) + body


def snappy(data: bytes) -> bytes:
    block = bytes(cramjam.snappy.compress_raw(data))
    return b"\x82SNAPPY\0" + struct.pack(">iii", 1, 1, len(block)) + block


def lz4_frame(data: bytes) -> bytes:
    return lz4.frame.compress(data, block_linked=False, store_size=False)


CODECS = [bytes, gzip.compress, snappy, lz4_frame, zstandard.ZstdCompressor().compress]


def damaged(dice: random.Random, data: bytes) -> bytes:
    """A few bytes changed, cut out or put in."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 3)):
        if not changed:
            return bytes(dice.randbytes(3))
        at = dice.randrange(len(changed))
        match dice.randrange(4):
            case 0:
                changed[at] = dice.randrange(256)
            case 1:
                changed[at] ^= 1 << dice.randrange(8)
            case 2:
                del changed[at : at + dice.randint(1, 9)]
            case _:
                changed[at:at] = dice.choice([b"\xff" * 6, b"\0" * 4, dice.randbytes(4), b"\xff\xff\xff\xff\x07"])
    return bytes(changed)


def batch(dice: random.Random, producers: list[int]) -> bytes:
    count = dice.choice([1, 1, 1, 2, 3, 3, 10]) if dice.random() < 0.98 else 100
    plain = b"".join(record(dice, index) for index in range(count))
    wrong = dice.random()
    if wrong < 0.25:
        plain = damaged(dice, plain)
    codec = dice.choice([0, 0, 1, 2, 3, 4])
    packed = CODECS[codec](plain)
    if 0.25 <= wrong < 0.4:
        packed = damaged(dice, packed)
    producer = dice.choice([-1, -1, dice.choice(producers)])
    fields = {
        "attributes": codec | dice.choice([0, 0, 0, 0, 8, 16, 32, 48, 0x40]),
        "last": count - 1,
        "base": NOW,
        "latest": NOW + dice.choice([0, 0, 1]),
        "producer": producer,
        "epoch": -1 if producer < 0 else 0,
        "sequence": -1 if producer < 0 else dice.randrange(4),
        "count": count,
    }
    widths = {"attributes": 16, "last": 32, "base": 64, "latest": 64, "producer": 64, "epoch": 16, "sequence": 32, "count": 32}
    if 0.4 <= wrong < 0.6:
        name = dice.choice(list(fields))
        fields[name] = number(dice, widths[name])
    checked = struct.pack(">hiqqqhii", *fields.values()) + packed
    if 0.6 <= wrong < 0.65:
        checked = damaged(dice, checked)
    checksum = crc32c.crc32c(checked) if dice.random() < 0.97 else dice.getrandbits(32)
    offset = 0 if dice.random() < 0.95 else number(dice, 64)
    length = len(checked) + 9 if dice.random() < 0.97 else number(dice, 32)
    magic = 2 if dice.random() < 0.97 else number(dice, 8)
    return struct.pack(">qiibI", offset, length, -1, magic, checksum) + checked


def payload(dice: random.Random, producers: list[int]) -> bytes | None:
    """What stands in a `records` field."""
    chance = dice.random()
    if chance < 0.02:
        return None
    if chance < 0.04:
        return b""
    if chance < 0.08:
        return dice.randbytes(dice.randrange(120))
    made = batch(dice, producers)
    if chance < 0.12:
        made += batch(dice, producers)
    if chance < 0.16:
        made = made[: dice.randrange(len(made))]
    return made
