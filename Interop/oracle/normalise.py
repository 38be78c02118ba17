"""Turns a decoded message into plain JSON, with names in place of what two honest brokers may answer differently.

Replaced, each by a name that is the same wherever the same value stands again:

    topic ids made by the broker      <topic-id:foo>, and <topic-id:foo, 2> for the next topic called foo
    producer ids it gave out          <producer-id:1>, by order of appearance
    fetch session ids                 <session:1>
    member ids it gave out            <member:1>, by order of appearance
    its cluster id, host and ports    <cluster-id> <host> <port> <controller-port>
    its data directory                <data-dir>
    the time now, ± 1 day             <now>; <now - 2^63 + 1> where a limit counts that far back
    an offset of the metadata log     <metadata-offset>
    its data directory's id           <directory-id>
    sizes of the file system          <disk-bytes>
    prose that documents a setting    <text>

A value that the scenario itself made up stays as it is, and so does a host or port that is not the broker's own.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field as dataclass_field
from typing import Any

from oracle import batches
from oracle.checksums import crc32c
from oracle.schema import Body, Field, Struct
from oracle.wire import ZERO_UUID, uuid_text

_DAY_MS = 86_400_000
_NO_UUID = uuid_text(ZERO_UUID)
_TIMES = ("LogAppendTimeMs", "Timestamp", "LastTimestamp", "LastFetchTimestamp", "LastCaughtUpTimestamp")
_METADATA_ENDS = ("HighWatermark", "LogEndOffset")
_MADE_UP = re.compile(r"(^|-)(?!00000000)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$|^[-\w]{22}$")
"""How a member id ends that a broker made up: with a UUID in one of its two forms."""
_LONG = 320
"""Bytes; longer values are shown by their first ones, their size and their checksum."""


@dataclass
class Place:
    """What is known of the broker that answers."""

    host: str
    port: int
    controller_port: int = 0
    data_dir: str = ""


@dataclass
class Names:
    """The names given so far, for one scenario on one broker."""

    place: Place
    topic_ids: dict[str, str] = dataclass_field(default_factory=dict)
    producer_ids: dict[int, str] = dataclass_field(default_factory=dict)
    sessions: dict[int, str] = dataclass_field(default_factory=dict)
    members: dict[str, str] = dataclass_field(default_factory=dict)
    cluster_id: str | None = None
    aliases: dict[str, str] = dataclass_field(default_factory=dict)
    """Topic names that differ from version to version, and what they are called at all of them."""
    _times_named: dict[str, int] = dataclass_field(default_factory=dict)

    def learn(self, api: str, body: Body, tried: bool = False) -> None:
        """Takes from an answer what the broker made up; `tried` where it was only asked whether it would."""
        if api == "InitProducerId" and body.get("ProducerId", -1) >= 0:
            self.producer_ids.setdefault(body["ProducerId"], f"<producer-id:{len(self.producer_ids) + 1}>")
        if api == "Fetch" and body.get("SessionId", 0) != 0:
            self.sessions.setdefault(body["SessionId"], f"<session:{len(self.sessions) + 1}>")
        if api in ("JoinGroup", "ConsumerGroupHeartbeat") and _MADE_UP.search(body.get("MemberId") or ""):
            self.members.setdefault(body["MemberId"], f"<member:{len(self.members) + 1}>")
        if body.get("ClusterId"):
            self.cluster_id = body["ClusterId"]
        self._learn_topics(body, tried)

    def _learn_topics(self, value: Any, tried: bool) -> None:
        if isinstance(value, list):
            for element in value:
                self._learn_topics(element, tried)
        elif isinstance(value, dict):
            uuid = value.get("TopicId", _NO_UUID)
            name = value.get("Name") or value.get("Topic") or value.get("TopicName")
            if uuid != _NO_UUID and isinstance(name, str) and uuid not in self.topic_ids:
                self.topic_ids[uuid] = f"<topic-id:{self.aliases.get(name, name)}{self._which(name, tried)}>"
            for element in value.values():
                if isinstance(element, (list, dict)):
                    self._learn_topics(element, tried)

    def _which(self, name: str, tried: bool) -> str:
        """Tells a topic from an earlier one of the same name."""
        if tried:
            return ", not made"
        times = self._times_named[name] = self._times_named.get(name, 0) + 1
        return "" if times == 1 else f", {times}"

    def text(self, value: str) -> str:
        """A string of the broker's, with the names put in."""
        place = self.place
        for found, name in [(place.data_dir, "<data-dir>"), (self.cluster_id, "<cluster-id>"), *self.topic_ids.items()]:
            if found:
                value = value.replace(found, name)
        for found, name in [*self.members.items(), *self.aliases.items()]:
            value = value.replace(found, name)
        value = re.sub(rf"\b{place.port}\b", "<port>", value)
        if place.controller_port:
            value = re.sub(rf"\b{place.controller_port}\b", "<controller-port>", value)
        value = re.sub(r"-?\b(\d{13}|\d{19})\b", _time_text, value)
        return re.sub(
            r"(?i)\b(producer(?:id)?(?: id)?(?:=|: | ))(\d+)\b",
            lambda m: m[1] + self.producer_ids.get(int(m[2]), m[2]),
            value,
        )


def _time_text(found: re.Match[str]) -> str:
    number = int(found[0])
    if is_now(number):
        return "<now>"
    # The earliest time allowed, where all of the past is: Kafka takes the largest long from now all the same.
    return "<now - 2^63 + 1>" if is_now(number + 2**63 - 1) else found[0]


def is_now(millis: int) -> bool:
    return abs(millis - time.time() * 1000) < _DAY_MS


def view(api: str, struct: Struct, body: Body, names: Names, brief: bool = False) -> Body:
    """The message as JSON. Brief: of record batches only what is not as most producers write it."""
    return _Viewer(api, names, brief).struct(struct, body)


class _Viewer:
    def __init__(self, api: str, names: Names, brief: bool) -> None:
        self.api = api
        self.names = names
        self.brief = brief

    def struct(self, struct: Struct, body: Body) -> Body:
        shown: Body = {}
        for field in struct.fields:
            if field.name in body:
                shown[field.name] = self.field(field, body[field.name])
        if "_tags" in body:
            shown["_tags"] = {tag: show_bytes(data) for tag, data in body["_tags"].items()}
        return shown

    def field(self, field: Field, value: Any) -> Any:
        if isinstance(value, list):
            return [self.element(field, element) for element in value]
        return self.element(field, value)

    def element(self, field: Field, value: Any) -> Any:
        if hasattr(value, "data"):
            return "raw " + show_bytes(value.data)
        if field.struct is not None and isinstance(value, dict):
            return self.struct(field.struct, value)
        if value is None:
            return None
        if field.type == "records":
            return [self.batch(shown) for shown in batches.show(value)]
        if field.type == "bytes":
            return show_bytes(value)
        if isinstance(value, bytes):
            return show_bytes(value)
        return self.scalar(field, value)

    def scalar(self, field: Field, value: Any) -> Any:
        names, place, name = self.names, self.names.place, field.name
        if field.type == "uuid":
            if name == "ReplicaDirectoryId" and value != _NO_UUID:
                return "<directory-id>"
            return names.topic_ids.get(value, value)
        if isinstance(value, str):
            if name == "Host" and value == place.host:
                return "<host>"
            if name == "Documentation":
                return "<text>"
            return names.text(value)
        if name == "Port" and value == place.port:
            return "<port>"
        if name == "Port" and value == place.controller_port:
            return "<controller-port>"
        if name == "ProducerId":
            return names.producer_ids.get(value, value)
        if name == "SessionId":
            return names.sessions.get(value, value)
        if name in _TIMES and is_now(value):
            return "<now>"
        if name in ("TotalBytes", "UsableBytes") and value >= 0:
            return "<disk-bytes>"
        if (name == "FinalizedFeaturesEpoch" or name in _METADATA_ENDS and self.api == "DescribeQuorum") and value > 0:
            return "<metadata-offset>"
        return value

    def batch(self, shown: dict[str, Any]) -> dict[str, Any]:
        shown = {name: _plain(value) for name, value in shown.items()}
        before = dict(shown)
        for name in ("baseTimestamp", "maxTimestamp"):
            if name in shown and is_now(shown[name]):
                shown[name] = "<now>"
        if "producerId" in shown:
            shown["producerId"] = self.names.producer_ids.get(shown["producerId"], shown["producerId"])
        if shown != before:
            # The checksum covers these fields; that it is right is said by there being no "crcValid": false.
            shown["crc"] = "<crc>"
        if self.brief:
            shown = {name: value for name, value in shown.items() if (name, value) not in batches.USUAL.items()}
        return shown


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return show_bytes(value)
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {name: _plain(element) for name, element in value.items()}
    return value


def show_bytes(data: bytes) -> str:
    """Text where it is printable, else hexadecimal; long values by their beginning, size and checksum."""
    if len(data) > _LONG:
        return f"hex:{data[:16].hex()}… {len(data)} bytes, crc32c {crc32c(data):08x}"
    if data and all(0x20 <= byte < 0x7F for byte in data) and not data.startswith(b"hex:"):
        return data.decode("ascii")
    return "hex:" + data.hex()
