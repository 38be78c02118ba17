"""The primitive types of the Kafka protocol, read from and written to bytes.

The oracle has a codec of its own on purpose: what it holds Martlet to must not come from Martlet.
"""

from __future__ import annotations

import base64
import struct


class Malformed(Exception):
    """The bytes are not what the schema says they are."""


ZERO_UUID = bytes(16)


def uuid_text(raw: bytes) -> str:
    """Kafka's text form of a uuid: URL-safe base64 without padding, 22 characters."""
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def uuid_bytes(text: str) -> bytes:
    """The 16 bytes that `uuid_text` came from."""
    raw = base64.urlsafe_b64decode(text + "==")
    if len(raw) != 16:
        raise ValueError(f"not a uuid: {text!r}")
    return raw


class Reader:
    """Reads from a byte string; raises Malformed where it ends too early."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    @property
    def remaining(self) -> int:
        return len(self.data) - self.position

    def take(self, count: int) -> bytes:
        if count < 0 or count > self.remaining:
            raise Malformed(f"{count} bytes wanted at {self.position}, {self.remaining} left")
        start = self.position
        self.position += count
        return self.data[start : self.position]

    def number(self, layout: str) -> int | float:
        size = struct.calcsize(layout)
        return struct.unpack(layout, self.take(size))[0]

    def int8(self) -> int:
        return int(self.number(">b"))

    def int16(self) -> int:
        return int(self.number(">h"))

    def uint16(self) -> int:
        return int(self.number(">H"))

    def int32(self) -> int:
        return int(self.number(">i"))

    def uint32(self) -> int:
        return int(self.number(">I"))

    def int64(self) -> int:
        return int(self.number(">q"))

    def unsigned_varint(self, bits: int = 32) -> int:
        value = 0
        shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte & 0x80 == 0:
                break
            shift += 7
            if shift > bits + 2:
                raise Malformed(f"varint without end at {self.position}")
        return value

    def varint(self, bits: int = 32) -> int:
        """Zigzag."""
        value = self.unsigned_varint(bits)
        return (value >> 1) ^ -(value & 1)


class Writer:
    """Writes to a growing byte string."""

    def __init__(self) -> None:
        self.data = bytearray()

    def raw(self, data: bytes) -> None:
        self.data += data

    def number(self, layout: str, value: int | float) -> None:
        self.data += struct.pack(layout, value)

    def int8(self, value: int) -> None:
        self.number(">b", value)

    def int16(self, value: int) -> None:
        self.number(">h", value)

    def uint16(self, value: int) -> None:
        self.number(">H", value)

    def int32(self, value: int) -> None:
        self.number(">i", value)

    def uint32(self, value: int) -> None:
        self.number(">I", value)

    def int64(self, value: int) -> None:
        self.number(">q", value)

    def unsigned_varint(self, value: int) -> None:
        while value >= 0x80:
            self.data.append((value & 0x7F) | 0x80)
            value >>= 7
        self.data.append(value)

    def varint(self, value: int) -> None:
        """Zigzag; holds 64 bits too."""
        self.unsigned_varint((value << 1) ^ (value >> 63))

    def bytes(self) -> bytes:
        return bytes(self.data)


class Raw:
    """A field's value given as the bytes to send, right or wrong, length prefix and all."""

    def __init__(self, data: bytes) -> None:
        self.data = data
