"""Writes record batches byte by byte, right ones and wrong ones. Every field can be given; what is not is computed.

An encoder of its own, that shares nothing with Kafka's or with Martlet's.
"""

import struct
import zlib

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)

_CRC_TABLE = []
for _n in range(256):
    for _ in range(8):
        _n = (_n >> 1) ^ (0x82F63B78 if _n & 1 else 0)
    _CRC_TABLE.append(_n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def uvarint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint(value):
    return uvarint((value << 1) ^ (value >> 63) if value >= 0 else ((-value) << 1) - 1)


def nullable(data):
    return varint(-1) if data is None else varint(len(data)) + data


def record(offset=0, timestamp=0, key=b"k", value=b"v", headers=(), attributes=0, length=None,
           key_length=None, value_length=None, header_count=None, tail=b""):
    """One record; `offset` and `timestamp` are the deltas."""
    body = struct.pack(">B", attributes) + varint(timestamp) + varint(offset)
    body += nullable(key) if key_length is None else varint(key_length) + (key or b"")
    body += nullable(value) if value_length is None else varint(value_length) + (value or b"")
    body += varint(len(headers) if header_count is None else header_count)
    for name, content in headers:
        body += nullable(name) + nullable(content)
    body += tail
    return varint(len(body) if length is None else length) + body


def records(count, **fields):
    return b"".join(record(offset=n, timestamp=n, key=b"key%d" % n, value=b"value %d" % n, **fields) for n in range(count))


# --- compression: the plainest valid form of each format -----------------------------------------------------------

def gzip(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def snappy_raw(data):
    """The raw snappy format: a length and literals."""
    out = bytearray(uvarint(len(data)))
    for start in range(0, len(data), 60):
        part = data[start:start + 60]
        out.append((len(part) - 1) << 2)
        out += part
    return bytes(out)


XERIAL_HEADER = b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)


def snappy(data, header=XERIAL_HEADER, chunk=32768):
    """The framing of snappy-java: a header, then chunks each with its length."""
    out = header
    for start in range(0, len(data), chunk):
        block = snappy_raw(data[start:start + chunk])
        out += struct.pack(">i", len(block)) + block
    return out


def xxh32(data, seed=0):
    p1, p2, p3, p4, p5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393
    mask = 0xFFFFFFFF
    rotl = lambda x, r: ((x << r) | (x >> (32 - r))) & mask
    at = 0
    if len(data) >= 16:
        lanes = [(seed + p1 + p2) & mask, (seed + p2) & mask, seed, (seed - p1) & mask]
        while at + 16 <= len(data):
            for n in range(4):
                word = struct.unpack_from("<I", data, at + 4 * n)[0]
                lanes[n] = rotl((lanes[n] + word * p2) & mask, 13) * p1 & mask
            at += 16
        h = (rotl(lanes[0], 1) + rotl(lanes[1], 7) + rotl(lanes[2], 12) + rotl(lanes[3], 18)) & mask
    else:
        h = (seed + p5) & mask
    h = (h + len(data)) & mask
    while at + 4 <= len(data):
        h = rotl((h + struct.unpack_from("<I", data, at)[0] * p3) & mask, 17) * p4 & mask
        at += 4
    while at < len(data):
        h = rotl((h + data[at] * p5) & mask, 11) * p1 & mask
        at += 1
    h = (h ^ (h >> 15)) * p2 & mask
    h = (h ^ (h >> 13)) * p3 & mask
    return h ^ (h >> 16)


def lz4(data, flags=0x60, block_descriptor=0x40, block_limit=65536, descriptor_hash=None, block_hash=None,
        content_hash=None, content_size=None, end_mark=True, magic=0x184D2204):
    """An LZ4 frame of stored blocks."""
    descriptor = struct.pack("<BB", flags, block_descriptor)
    if flags & 0x08:
        descriptor += struct.pack("<Q", len(data) if content_size is None else content_size)
    hash_byte = (xxh32(descriptor) >> 8) & 0xFF if descriptor_hash is None else descriptor_hash
    out = struct.pack("<I", magic) + descriptor + struct.pack("<B", hash_byte)
    for start in range(0, len(data), block_limit):
        part = data[start:start + block_limit]
        out += struct.pack("<I", len(part) | 0x80000000) + part
        if flags & 0x10:
            out += struct.pack("<I", xxh32(part) if block_hash is None else block_hash)
    if end_mark:
        out += struct.pack("<I", 0)
        if flags & 0x04:
            out += struct.pack("<I", xxh32(data) if content_hash is None else content_hash)
    return out


def zstd(data, checksum=False, window_descriptor=0x38):
    """A zstd frame of raw blocks (RFC 8878)."""
    out = struct.pack("<IBB", 0xFD2FB528, 0, window_descriptor)
    starts = list(range(0, len(data), 65536)) or [0]
    for start in starts:
        part = data[start:start + 65536]
        header = (len(part) << 3) | (1 if start == starts[-1] else 0)
        out += struct.pack("<I", header)[:3] + part
    return out


COMPRESS = {NONE: lambda data: data, GZIP: gzip, SNAPPY: snappy, LZ4: lz4, ZSTD: zstd}


# --- batches -------------------------------------------------------------------------------------------------------

def batch(payload, count=1, codec=NONE, base_offset=0, length=None, leader_epoch=-1, magic=2, crc=None, attributes=0,
          last_offset_delta=None, base_timestamp=0, max_timestamp=None, producer_id=-1, producer_epoch=-1,
          base_sequence=-1, compressed=None):
    """One batch of magic 2. `payload` is compressed with `codec`, unless `compressed` says what to put in its place."""
    content = COMPRESS[codec](payload) if compressed is None else compressed
    body = struct.pack(
        ">HiqqqhiI", attributes | codec, (count - 1 if last_offset_delta is None else last_offset_delta), base_timestamp,
        (base_timestamp + max(count - 1, 0) if max_timestamp is None else max_timestamp),
        producer_id, producer_epoch, base_sequence, count & 0xFFFFFFFF) + content
    checksum = crc32c(body) if crc is None else crc
    size = 9 + len(body) if length is None else length
    return struct.pack(">qiibI", base_offset, size, leader_epoch, magic, checksum) + body


def legacy_message(magic, key=b"k", value=b"v", offset=0, timestamp=0, attributes=0):
    """One message of magic 0 or 1, with its offset and size before it."""
    body = struct.pack(">bb", magic, attributes)
    if magic == 1:
        body += struct.pack(">q", timestamp)
    for part in (key, value):
        body += struct.pack(">i", -1) if part is None else struct.pack(">i", len(part)) + part
    message = struct.pack(">I", zlib.crc32(body)) + body
    return struct.pack(">qi", offset, len(message)) + message
