"""Requests by the schemas: right in form, with values of every kind, at every version that the broker names."""

from __future__ import annotations

import pathlib
import random
import struct
from typing import Any

from oracle.schema import Field, Message, Protocol, Struct
from oracle.wire import ZERO_UUID, uuid_text

from fuzz import records
from fuzz.values import number, text

PROTOCOL = Protocol(pathlib.Path(__file__).resolve().parents[2] / "Protocol")
TOPIC = "fuzz"

#: Values that lead further into the broker than any other, by the field's name.
SENSIBLE: dict[str, list[Any]] = {
    "Name": [TOPIC], "Topic": [TOPIC], "TopicName": [TOPIC], "Partition": [0, 1], "PartitionIndex": [0, 1], "Index": [0, 1],
    "FetchOffset": [0, 1, 5], "PartitionMaxBytes": [0, 100, 1 << 20], "MaxBytes": [0, 100, 1 << 20], "MinBytes": [0, 1],
    "MaxWaitMs": [0, 1, 30], "Timestamp": [-1, -2, -3, -4, -5, 0, records.NOW], "CurrentLeaderEpoch": [-1, 0],
    "LastFetchedEpoch": [-1, 0], "LeaderEpoch": [0], "ReplicaId": [-1], "IsolationLevel": [0, 1], "SessionId": [0],
    "SessionEpoch": [-1, 0, 1], "Acks": [-1, 1, 0], "TimeoutMs": [1000], "timeoutMs": [1000], "ResourceType": [2, 4],
    "ResourceName": [TOPIC, "1", ""], "KeyType": [0, 1, 2], "TransactionalId": [None], "NumPartitions": [1, -1, 3],
    "ReplicationFactor": [1, -1], "Count": [1, 2, 3], "AllowAutoTopicCreation": [False],
    "GroupId": ["fuzz-1", "fuzz-2"], "Key": ["fuzz-1"], "CoordinatorKeys": ["fuzz-1", "fuzz-2"], "MemberId": ["", "stranger"],
    "SessionTimeoutMs": [6000, 10_000], "RebalanceTimeoutMs": [50, 500], "ProtocolType": ["consumer"],
    "GenerationId": [-1, 0, 1], "GroupInstanceId": [None, "instance"], "CommittedOffset": [0, 1, 5],
}  # fmt: skip

#: Fields that keep their value: a fuzzer that fills the disk finds nothing else.
FIXED: dict[tuple[str, str], Any] = {
    ("CreateTopics", "validateOnly"): True,
    ("CreatePartitions", "ValidateOnly"): True,
    ("Metadata", "AllowAutoTopicCreation"): False,
    ("DeleteTopics", "Name"): "fuzz-gone",
    ("DeleteTopics", "TopicNames"): "fuzz-gone",
}

#: How deep a struct's arrays may be filled.
MAX_ELEMENTS = [0, 1, 1, 1, 2, 3]


class Requests:
    """Makes requests for the APIs that a broker serves, as its answer to ApiVersions names them."""

    def __init__(self, served: list[tuple[str, int, int]], topic_id: str, producers: list[int]) -> None:
        self.layouts = [(api, version) for api, first, last in served for version in range(first, last + 1)]
        self.topic_id = topic_id
        self.producers = producers

        self.made: dict[tuple[int, int], tuple[str, int, bytes]] = {}

    def template(self, seed: int, number: int) -> tuple[str, int, bytes]:
        """A request that is right in form, without its length: its API, its version, its bytes."""
        found = self.made.get((seed, number))
        if found is None:
            if len(self.made) >= 64:
                self.made.clear()
            found = self.made[seed, number] = self.any(random.Random(f"{seed}/template/{number}"))
        return found

    def any(self, dice: random.Random) -> tuple[str, int, bytes]:
        api, version = dice.choice(self.layouts)
        if dice.random() < 0.2:
            api, version = dice.choice([layout for layout in self.layouts if layout[0] in ("Produce", "Fetch")])
        return api, version, self.request(dice, api, version)

    def request(self, dice: random.Random, api: str, version: int) -> bytes:
        message, _ = PROTOCOL.apis[api]
        return self.header(message, api, version) + message.encode(version, self.body(dice, api, version))

    def header(self, message: Message, api: str, version: int) -> bytes:
        tags = b"\0" if PROTOCOL.header_version(api, version) == 2 else b""
        return struct.pack(">hhih", message.api_key or 0, version, 0, 4) + b"fuzz" + tags

    def body(self, dice: random.Random, api: str, version: int) -> dict[str, Any]:
        return self.struct(dice, api, PROTOCOL.apis[api][0].struct, version, 0)

    def struct(self, dice: random.Random, api: str, struct: Struct, version: int, depth: int) -> dict[str, Any]:
        body = {}
        for field in struct.fields:
            if version not in field.versions or (version in field.tagged and dice.random() < 0.6):
                continue
            body[field.name] = self.value(dice, api, field, version, depth)
        if version in PROTOCOL.apis[api][0].flexible and dice.random() < 0.03:
            body["_tags"] = {str(dice.choice([20, 99, 2**31])): dice.randbytes(dice.randrange(8))}
        return body

    def value(self, dice: random.Random, api: str, field: Field, version: int, depth: int) -> Any:
        fixed = FIXED.get((api, field.name))
        if fixed is not None:
            return [fixed] if field.is_array else fixed
        if version in field.nullable and dice.random() < 0.15:
            return None
        if field.is_array:
            count = dice.choice(MAX_ELEMENTS)
            if depth == 0 and dice.random() < 0.01:
                count = 200
            return [self.element(dice, api, field, version, depth) for _ in range(count)]
        return self.element(dice, api, field, version, depth)

    def element(self, dice: random.Random, api: str, field: Field, version: int, depth: int) -> Any:
        if field.struct is not None:
            return self.struct(dice, api, field.struct, version, depth + 1)
        sensible = SENSIBLE.get(field.name)
        if sensible is not None and dice.random() < 0.85:
            chosen = dice.choice(sensible)
            if chosen is not None or version in field.nullable:
                return chosen
        match field.type:
            case "bool":
                return dice.random() < 0.5
            case "string":
                return text(dice)
            case "uuid":
                return dice.choice([self.topic_id, self.topic_id, uuid_text(ZERO_UUID), uuid_text(dice.randbytes(16))])
            case "records":
                made = records.payload(dice, self.producers)
                return b"" if made is None and version not in field.nullable else made
            case "bytes":
                return dice.randbytes(dice.randrange(40))
            case "float64":
                return dice.choice([0.0, -1.5, float("inf")])
            case "uint16":
                return number(dice, 16, signed=False)
            case "uint32":
                return number(dice, 32, signed=False)
            case kind:
                return number(dice, int(kind.removeprefix("int")))
