"""Values for the fields of requests: those that are sensible here, and those at the ends of what a type holds."""

from __future__ import annotations

import random

EDGES = [0, 1, -1, 2, -2, 127, 128, 255, 256]


def number(dice: random.Random, bits: int, signed: bool = True) -> int:
    """Of the type's whole range, its ends and what is near zero more often."""
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    chance = dice.random()
    if chance < 0.5:
        return min(max(dice.choice(EDGES), low), high)
    if chance < 0.8:
        return dice.choice([low, high, low + 1, high - 1])
    return dice.randint(low, high)


NAMES = [
    "", ".", "..", "fuzz", "fuzz", "fuzz-other", "__consumer_offsets", "__cluster_metadata", "a" * 249, "a" * 250,
    "with space", "slash/ed", "\0", "é", "日本", "\U0001f389", "-1", "1", "0", "cleanup.policy", "compact", "retention.ms",
    "x" * 5000,
]  # fmt: skip


def text(dice: random.Random) -> str:
    return dice.choice(NAMES)
