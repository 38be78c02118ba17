"""Messages of magic 0 and 1, as brokers before 0.11 wrote them; no client of today writes them.

      0  offset    INT64   of a wrapper: that of its last message
      8  size      INT32   of what follows
     12  crc       UINT32  CRC-32 of byte 16 to the end
     16  magic     INT8
     17  attributes INT8   0-2 codec, 3 LogAppendTime (magic 1)
     18  timestamp INT64   magic 1 alone
         key       BYTES   INT32 length, -1 for null
         value     BYTES

A wrapper's value is messages, compressed. Of magic 1 they have offsets counted from the first of them, of magic 0 their own.
"""

import struct
import zlib
from typing import NamedTuple

from oracle import codecs
from oracle.checksums import xxh32_short

LOG_APPEND_TIME = 8


class Message(NamedTuple):
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = 0


def _sized(data: bytes | None) -> bytes:
    return struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data


def encode(magic: int, message: Message, attributes: int = 0) -> bytes:
    body = bytes([magic, attributes])
    if magic == 1:
        body += struct.pack(">q", message.timestamp)
    body += _sized(message.key) + _sized(message.value)
    return struct.pack(">qiI", message.offset, 4 + len(body), zlib.crc32(body)) + body


def wrap(magic: int, codec: int, messages: list[Message], stamp: int | None = None, inner_magic: int | None = None) -> bytes:
    """The messages in one wrapper; `stamp` is the broker's time, which goes for all of them."""
    last = messages[-1].offset
    first = messages[0].offset if magic == 1 else 0
    inner_magic = magic if inner_magic is None else inner_magic
    inner = b"".join(encode(inner_magic, each._replace(offset=each.offset - first)) for each in messages)
    data = codecs.compress(codec, inner)
    if magic == 0 and codec == codecs.LZ4:
        # The producers of that time hashed the frame's magic number too: the header's hash is wrong in all they wrote.
        data = data[:6] + bytes([xxh32_short(data[:6]) >> 8 & 0xFF]) + data[7:]
    time = max(each.timestamp for each in messages) if stamp is None else stamp
    return encode(magic, Message(last, None, data, time), codec | (LOG_APPEND_TIME if stamp is not None else 0))
