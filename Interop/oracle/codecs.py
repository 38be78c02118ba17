"""The five compression codecs of record batches, by the standard library alone.

Gzip is zlib's. Of snappy, LZ4 and zstd the writing half makes valid streams that store their input uncompressed, which
every reader must accept; the reading half reads all of snappy and LZ4 and, of zstd, stored and repeated blocks.
"""

from __future__ import annotations

import gzip
import zlib

from oracle.checksums import xxh32_short

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
NAMES = ["none", "gzip", "snappy", "lz4", "zstd"]

_XERIAL = b"\x82SNAPPY\x00" + (1).to_bytes(4, "big") + (1).to_bytes(4, "big")
_LZ4_MAGIC = (0x184D2204).to_bytes(4, "little")
_ZSTD_MAGIC = (0xFD2FB528).to_bytes(4, "little")


class Unreadable(Exception):
    """The stream is broken, or uses a part of its format that is not read here."""


def compress(codec: int, data: bytes) -> bytes:
    return [bytes, _gzip, _snappy, _lz4, _zstd][codec](data)


def decompress(codec: int, data: bytes) -> bytes:
    try:
        return [bytes, _gunzip, _unsnappy, _unlz4, _unzstd][codec](data)
    except (IndexError, EOFError, OSError, zlib.error) as error:
        raise Unreadable(str(error)) from error


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _gunzip(data: bytes) -> bytes:
    return gzip.decompress(data)


# Snappy, in the framing of snappy-java's streams: magic, two versions, then blocks with an int32 length each.


def _snappy(data: bytes) -> bytes:
    block = _base128(len(data))
    for start in range(0, len(data), 65536):
        part = data[start : start + 65536]
        block += bytes([61 << 2]) + (len(part) - 1).to_bytes(2, "little") + part  # a literal with a two byte length
    return _XERIAL + len(block).to_bytes(4, "big") + block


def _base128(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _unsnappy(data: bytes) -> bytes:
    if not data.startswith(_XERIAL[:8]):
        return _unsnappy_block(data)
    out = bytearray()
    position = 16
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        out += _unsnappy_block(data[position + 4 : position + 4 + size])
        position += 4 + size
    return bytes(out)


def _unsnappy_block(data: bytes) -> bytes:
    position, size, shift = 0, 0, 0
    while True:
        byte = data[position]
        position += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    out = bytearray()
    while position < len(data):
        tag = data[position]
        position += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[position : position + extra], "little")
                position += extra
            out += data[position : position + length + 1]
            position += length + 1
            continue
        if tag & 3 == 1:
            length = (tag >> 2 & 7) + 4
            offset = (tag >> 5) << 8 | data[position]
            position += 1
        else:
            wide = 2 if tag & 3 == 2 else 4
            length = (tag >> 2) + 1
            offset = int.from_bytes(data[position : position + wide], "little")
            position += wide
        _copy(out, offset, length)
    if len(out) != size:
        raise Unreadable(f"snappy: {len(out)} bytes instead of {size}")
    return bytes(out)


def _copy(out: bytearray, offset: int, length: int) -> None:
    if not 0 < offset <= len(out):
        raise Unreadable("a copy from before the start")
    for _ in range(length):
        out.append(out[-offset])


# LZ4 frames (lz4_Frame_format.md): magic, FLG, BD, header checksum, blocks of a little-endian size, end mark.


def _lz4(data: bytes) -> bytes:
    descriptor = bytes([0x60, 0x40])  # version 1, independent blocks; 64 KiB at most
    out = bytearray(_LZ4_MAGIC + descriptor + bytes([xxh32_short(descriptor) >> 8 & 0xFF]))
    for start in range(0, len(data), 65536):
        part = data[start : start + 65536]
        out += (len(part) | 0x80000000).to_bytes(4, "little") + part
    return bytes(out) + bytes(4)


def _unlz4(data: bytes) -> bytes:
    if data[:4] != _LZ4_MAGIC:
        raise Unreadable("lz4: no frame")
    flags = data[4]
    position = 7 + (8 if flags & 0x08 else 0)
    out = bytearray()
    while True:
        word = int.from_bytes(data[position : position + 4], "little")
        position += 4
        if word == 0:
            return bytes(out)
        size = word & 0x7FFFFFFF
        if position + size > len(data):
            raise Unreadable("lz4: cut short")
        block = data[position : position + size]
        position += size + (4 if flags & 0x10 else 0)
        if word & 0x80000000:
            out += block
        else:
            _unlz4_block(block, out)


def _unlz4_block(data: bytes, out: bytearray) -> None:
    position = 0

    def extended(length: int) -> int:
        nonlocal position
        if length == 15:
            while True:
                byte = data[position]
                position += 1
                length += byte
                if byte != 255:
                    break
        return length

    while position < len(data):
        token = data[position]
        position += 1
        literals = extended(token >> 4)
        out += data[position : position + literals]
        position += literals
        if position >= len(data):
            return
        offset = int.from_bytes(data[position : position + 2], "little")
        position += 2
        _copy(out, offset, extended(token & 15) + 4)


# Zstandard (RFC 8878): a single-segment frame of raw blocks.


def _zstd(data: bytes) -> bytes:
    out = bytearray(_ZSTD_MAGIC + bytes([0xA0]) + len(data).to_bytes(4, "little"))
    parts = [data[start : start + 65536] for start in range(0, len(data), 65536)] or [b""]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        out += (int(last) | len(part) << 3).to_bytes(3, "little") + part
    return bytes(out)


def _unzstd(data: bytes) -> bytes:
    if data[:4] != _ZSTD_MAGIC:
        raise Unreadable("zstd: no frame")
    descriptor = data[4]
    single = descriptor & 0x20
    position = 5 + (0 if single else 1) + [0, 1, 2, 4][descriptor & 3]
    position += [1 if single else 0, 2, 4, 8][descriptor >> 6]
    out = bytearray()
    while True:
        header = int.from_bytes(data[position : position + 3], "little")
        position += 3
        kind, size = header >> 1 & 3, header >> 3
        if kind == 0:
            out += data[position : position + size]
            position += size
        elif kind == 1:
            out += data[position : position + 1] * size
            position += 1
        else:
            raise Unreadable("zstd: a compressed block")
        if header & 1:
            return bytes(out)
