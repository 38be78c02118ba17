"""Bytes of requests, changed: the frame that comes out may be anything."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

ODD = [
    b"\xff\xff\xff\xff\x07", b"\xff\xff\xff\xff\x0f", b"\xff" * 10, b"\x80" * 10, b"\0\0\0\0", b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\x7f\xff", b"\xff\xfe", b"\0", b"\x01", b"\xc0\x80", b"\xed\xa0\x80",
]  # fmt: skip


def frame(payload: bytes) -> bytes:
    return struct.pack(">i", len(payload)) + payload


def flipped(dice: random.Random, payload: bytearray, other: bytes) -> None:
    for _ in range(dice.randint(1, 4)):
        payload[dice.randrange(len(payload))] ^= 1 << dice.randrange(8)


def overwritten(dice: random.Random, payload: bytearray, other: bytes) -> None:
    odd = dice.choice(ODD)
    at = dice.randrange(len(payload))
    payload[at : at + len(odd)] = odd


def inserted(dice: random.Random, payload: bytearray, other: bytes) -> None:
    at = dice.randrange(len(payload) + 1)
    payload[at:at] = dice.choice(ODD)


def cut_out(dice: random.Random, payload: bytearray, other: bytes) -> None:
    at = dice.randrange(len(payload))
    del payload[at : at + dice.randint(1, 16)]


def truncated(dice: random.Random, payload: bytearray, other: bytes) -> None:
    del payload[dice.randrange(len(payload)) :]


def spliced(dice: random.Random, payload: bytearray, other: bytes) -> None:
    """The beginning of one request, the end of another."""
    payload[dice.randrange(len(payload)) :] = other[dice.randrange(len(other)) :]


def repeated(dice: random.Random, payload: bytearray, other: bytes) -> None:
    at = dice.randrange(len(payload))
    piece = payload[at : at + dice.randint(1, 40)]
    payload[at:at] = piece * dice.choice([1, 2, 50])


def counted(dice: random.Random, payload: bytearray, other: bytes) -> None:
    """A byte that may be a length or a count goes up or down a little."""
    at = dice.randrange(len(payload))
    payload[at] = (payload[at] + dice.choice([1, -1, 2, -2, 16])) % 256


MUTATIONS: list[Callable[[random.Random, bytearray, bytes], None]] = [
    flipped, overwritten, inserted, cut_out, truncated, spliced, repeated, counted, counted,
]  # fmt: skip


def mutated(dice: random.Random, payload: bytes, other: bytes) -> bytes:
    """A frame whose payload, and seldom whose length, is not what it was."""
    changed = bytearray(payload)
    for _ in range(dice.choice([1, 1, 1, 2, 4])):
        if not changed:
            break
        # The first eight bytes say what the rest is: changing only what follows leads further.
        head = bytes(changed[:8]) if dice.random() < 0.9 else b""
        rest = changed[len(head) :]
        if not rest:
            break
        dice.choice(MUTATIONS)(dice, rest, other)
        changed = bytearray(head) + rest
    length = len(changed)
    if dice.random() < 0.02:
        length = dice.choice([0, -1, 3, length - 1, length + 1, 2**31 - 1, 100_000_000])
    return struct.pack(">i", length) + bytes(changed)
