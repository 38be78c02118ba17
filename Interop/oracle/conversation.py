"""What a scenario talks through: it asks a broker, keeps every answer in a form that can be compared, and hands it back.

A scenario is a module in `scenarios/` with a function `run(talk: Conversation)`. It asks with `talk.ask`; its steps may
depend on what was answered (a session id, a topic id), as the answer comes back decoded and as the broker gave it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field as dataclass_field
from typing import Any

from oracle.client import Connection, Nothing
from oracle.normalise import Names, Place, show_bytes, view
from oracle.schema import Body, Protocol
from oracle.wire import Malformed, Raw, Reader

ANSWER_SECONDS = 20.0
QUIET_SECONDS = 0.5
"""How long a broker must say nothing to have ignored something."""


@dataclass
class Entry:
    """One thing asked and what came of it, both in comparable form."""

    case: str
    version: int | None
    api: str
    request: Any
    answer: Body

    @property
    def key(self) -> tuple[str, int | None]:
        return (self.case, self.version)


@dataclass
class Answer:
    """What came back, for the scenario's own use."""

    body: Body = dataclass_field(default_factory=dict)
    nothing: Nothing | None = None

    def get(self, *path: str | int, default: Any = None) -> Any:
        """The value at the end of a path of names and indexes; `default` where the path ends early."""
        value: Any = self.body
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return default
        return value


class ScenarioFault(Exception):
    """The scenario itself is wrong."""


class Conversation:
    def __init__(
        self, protocol: Protocol, place: Place, api: str, restart_broker: Callable[[bool], object] | None = None
    ) -> None:
        self._restart_broker = restart_broker
        self.protocol = protocol
        self.place = place
        self.api = api
        self.names = Names(place)
        self.entries: list[Entry] = []
        self._keys: set[tuple[str, int | None]] = set()
        self._connection: Connection | None = None
        self._bystander: Connection | None = None
        self._correlation = 0
        self._silences = 0

    # What a scenario uses

    def versions(self, first: int | None = None, last: int | None = None, api: str | None = None) -> range:
        """All versions of the API, or those from `first` to `last`."""
        valid = self.protocol.apis[api or self.api][0].valid
        assert valid.lowest is not None and valid.highest is not None
        return range(
            valid.lowest if first is None else max(first, valid.lowest),
            (valid.highest if last is None else min(last, valid.highest)) + 1,
        )

    def named(self, stem: str, version: int) -> str:
        """A topic's name for one version, which the recordings call `stem-#` at all versions, so that these compare."""
        name = f"{stem}-{version:02}"
        self.names.aliases[name] = f"{stem}-#"
        return name

    def ask(
        self,
        case: str,
        version: int,
        body: Body | None = None,
        *,
        api: str | None = None,
        only_topics: str | None = None,
        any_order: Sequence[str] = (),
        waits_ms: int | None = None,
        chased: bool = False,
        quiet: bool = False,
        meanwhile: Callable[[], object] | None = None,
        client_id: str | None = "oracle",
        header_tags: dict[int, bytes] | None = None,
        trailing: bytes = b"",
        decode_as: int | None = None,
    ) -> Answer:
        """Sends one request and keeps what comes back under (`case`, `version`).

        - only_topics: of the answer's list of topics keep those whose names start so. For questions about all topics,
          as other scenarios made some too.
        - any_order: the lists of the answer, by their paths ("Topics.Partitions"), whose order says nothing: they are kept
          sorted. Only where Kafka's own order is that of a hash table; the scenario says which.
        - waits_ms: also keep whether the answer took that long or longer.
        - chased: another request follows at once. For a request that has no answer, or may close the connection: what is
          kept says too whether the connection lived.
        - quiet: no answer is expected, though the connection stays; the wait is short.
        - meanwhile: done between sending and waiting for the answer; see `aside`.
        - trailing: bytes after the request. decode_as: the version of the answer, where it is not that of the request.
        """
        api = api or self.api
        body = body or {}
        payload = self.request(api, version, body, client_id=client_id, header_tags=header_tags) + trailing
        request, _ = self.protocol.apis[api]
        shown = view(api, request.struct, body, self.names, brief=True)
        if client_id != "oracle":
            shown["clientId"] = client_id
        if header_tags:
            shown["headerTags"] = {str(tag): show_bytes(data) for tag, data in header_tags.items()}
        if trailing:
            shown["trailing"] = show_bytes(trailing)
        return self.exchange(
            case,
            version,
            payload,
            shown,
            api=api,
            decode_as=version if decode_as is None else decode_as,
            only_topics=only_topics,
            any_order=any_order,
            waits_ms=waits_ms,
            chased=chased,
            quiet=quiet,
            meanwhile=meanwhile,
            tried=bool(body.get("validateOnly") or body.get("ValidateOnly")),
        )

    def peek(self, api: str, version: int, body: Body) -> Answer:
        """Asks without keeping anything: for waiting until something is so."""
        return self._peek(self._connected(), api, version, body)

    def aside(self, api: str, version: int, body: Body) -> Answer:
        """Asks over a connection of its own, while the other waits; nothing is kept."""
        connection = Connection(self.place.host, self.place.port)
        try:
            return self._peek(connection, api, version, body)
        finally:
            connection.close()

    def _peek(self, connection: Connection, api: str, version: int, body: Body) -> Answer:
        connection.send_frame(self.request(api, version, body))
        received = connection.receive(self._patience())
        if isinstance(received, Nothing):
            return Answer(nothing=received)
        try:
            decoded, _, _ = self._decode(api, version, received)
        except Malformed:
            return Answer()
        self.names.learn(api, decoded)
        return Answer(decoded)

    def create_topic(self, name: str, partitions: int = 1, configs: dict[str, str] | None = None) -> str:
        """Makes a topic, waits until it can be used and returns its id."""
        settings = [{"Name": key, "Value": value} for key, value in (configs or {}).items()]
        topic = {"Name": name, "NumPartitions": partitions, "ReplicationFactor": 1, "Configs": settings}
        case = f"setup: create {name}"
        while (case, 4) in self._keys:
            case += " again"
        # Version 4 is the last whose answer does not repeat every setting of the topic.
        self.ask(case, 4, {"Topics": [topic], "timeoutMs": 15000}, api="CreateTopics")
        return self.await_topic(name, partitions)

    def await_topic(self, name: str, partitions: int = 1, seconds: float = 15) -> str:
        """Waits until every partition of the topic answers for itself; returns the topic's id, zero where it never did."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            topic = self.peek(
                "Metadata", 12, {"Topics": [{"Name": name}], "AllowAutoTopicCreation": False}
            ).get("Topics", 0, default={})
            if topic.get("ErrorCode") == 0 and len(topic["Partitions"]) >= partitions:
                ends = [{"PartitionIndex": p["PartitionIndex"], "Timestamp": -1} for p in topic["Partitions"]]
                asked = {"Topics": [{"Name": name, "Partitions": ends}]}
                found = self.peek("ListOffsets", 7, asked).get("Topics", 0, "Partitions", default=[])
                if len(found) == len(ends) and all(p["ErrorCode"] == 0 for p in found):
                    return str(topic["TopicId"])
            time.sleep(0.01)
        return "AAAAAAAAAAAAAAAAAAAAAA"

    def await_gone(self, name: str, seconds: float = 15) -> None:
        """Waits until the topic is unknown."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.peek("Metadata", 12, {"Topics": [{"Name": name}], "AllowAutoTopicCreation": False})
            if found.get("Topics", 0, "ErrorCode") != 0:
                return
            time.sleep(0.01)

    def await_coordinator(self, key: str, key_type: int, seconds: float = 5) -> None:
        """Waits until a coordinator is there for the key: the first to ask has its internal topic made."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            body = {"KeyType": key_type, "CoordinatorKeys": [key]}
            if self.peek("FindCoordinator", 4, body).get("Coordinators", 0, "ErrorCode") == 0:
                return
            time.sleep(0.02)

    def await_producer_ids(self, seconds: float = 5) -> None:
        """Waits until producer ids are given out: a fresh broker's first answer is that it is not ready."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.peek("InitProducerId", 5, {"TransactionalId": None}).get("ErrorCode") == 0:
                return
            time.sleep(0.02)

    def fresh_connection(self) -> None:
        """The next question goes over a new connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def restart(self, kill: bool = False) -> None:
        """Stops the broker, or kills it, and starts it again on the same data. For scenarios that are ALONE."""
        if self._restart_broker is None:
            raise ScenarioFault(f"{self.api}: this broker cannot be restarted")
        self.close()
        self._restart_broker(kill)

    # For scenarios of bad input

    def request(
        self,
        api: str,
        version: int,
        body: Body,
        *,
        client_id: str | bytes | Raw | None = "oracle",
        header_tags: dict[int, bytes] | None = None,
    ) -> bytes:
        """The bytes of a request with its header, without the frame's length."""
        message, _ = self.protocol.apis[api]
        return self.header(message.api_key or 0, version, self.protocol.header_version(api, version), client_id, header_tags) + (
            message.encode(version, body)
        )

    def header(
        self,
        key: int,
        version: int,
        header_version: int = 2,
        client_id: Any = "oracle",
        header_tags: dict[int, bytes] | None = None,
    ) -> bytes:
        self._correlation += 1
        fields: Body = {
            "RequestApiKey": key,
            "RequestApiVersion": version,
            "CorrelationId": self._correlation,
            "ClientId": client_id,
        }
        if header_tags:
            fields["_tags"] = header_tags
        return self.protocol.message("RequestHeader").encode(header_version, fields)

    def exchange(
        self,
        case: str,
        version: int | None,
        payload: bytes,
        shown: Any,
        *,
        api: str | None = None,
        decode_as: int = 0,
        framed: bool = True,
        only_topics: str | None = None,
        any_order: Sequence[str] = (),
        waits_ms: int | None = None,
        chased: bool = False,
        quiet: bool = False,
        meanwhile: Callable[[], object] | None = None,
        bystander: bool = False,
        tried: bool = False,
    ) -> Answer:
        """Sends bytes as they are (in a frame unless `framed` is false) and keeps what comes back.

        - shown: how the request stands in the recording.
        - quiet: nothing is expected; the wait is short.
        - bystander: another connection must still be served afterwards.
        - tried: nothing is made by this; ids in the answer are of no topic.
        """
        api = api or self.api
        if (case, version) in self._keys:
            raise ScenarioFault(f"{self.api}: {case!r} at version {version} is asked twice")
        self._keys.add((case, version))
        expected = self._correlation
        if bystander:
            self._check_bystander()
        connection = self._connected()
        started = time.monotonic()
        connection.send_frame(payload) if framed else connection.send(payload)
        if chased:
            connection.send_frame(self.request("ApiVersions", 0, {}))
        chaser = self._correlation
        if meanwhile is not None:
            meanwhile()
        received = connection.receive(QUIET_SECONDS if quiet else self._patience())
        answer = Answer()
        kept: Body = {}
        if isinstance(received, Nothing):
            answer.nothing = received
            kept["nothing"] = received.value
            self._silences += received is Nothing.SILENT and not quiet
        elif chased and int.from_bytes(received[:4], "big", signed=True) == chaser:
            kept["nothing"] = "open"
        else:
            answer.body = self._keep(kept, api, decode_as, received, expected, only_topics, tried)
            for path in any_order:
                _sort(kept.get("body", {}), path.split("."))
            if chased:
                following = connection.receive(self._patience())
                kept["then"] = following.value if isinstance(following, Nothing) else "open"
        if waits_ms is not None:
            kept["waited"] = (time.monotonic() - started) * 1000 >= waits_ms * 0.95
        if bystander and not self._check_bystander():
            kept["others"] = "harmed"
        if quiet or answer.nothing is not None:
            self.fresh_connection()
        self.entries.append(Entry(case, version, api, shown, kept))
        return answer

    def close(self) -> None:
        self.fresh_connection()
        if self._bystander is not None:
            self._bystander.close()
            self._bystander = None

    # Inside

    def _connected(self) -> Connection:
        if self._connection is None or not self._connection.is_open:
            self._connection = Connection(self.place.host, self.place.port)
        return self._connection

    def _patience(self) -> float:
        # A broker that does not know an API yet would else be waited for a thousand times.
        return ANSWER_SECONDS if self._silences < 3 else 2.0

    def _check_bystander(self) -> bool:
        if self._bystander is None or not self._bystander.is_open:
            self._bystander = Connection(self.place.host, self.place.port)
        self._bystander.send_frame(self.request("ApiVersions", 0, {}))
        return isinstance(self._bystander.receive(5), bytes)

    def _decode(self, api: str, version: int, frame: bytes) -> tuple[Body, Body, bytes]:
        """Header, body, and what is left over."""
        reader = Reader(frame)
        header_version = self.protocol.response_header_version(api, version)
        header_message = self.protocol.message("ResponseHeader")
        flexible = header_version in header_message.flexible
        header: Body = {"CorrelationId": reader.int32()}
        if flexible:
            tags = {}
            for _ in range(reader.unsigned_varint()):
                tag = reader.unsigned_varint()
                tags[tag] = reader.take(reader.unsigned_varint())
            header["_tags"] = tags
        _, response = self.protocol.apis[api]
        start = reader.position
        body = response.decode(version, reader)
        header["_wire"] = frame[start : reader.position]
        return body, header, reader.take(reader.remaining)

    def _keep(
        self, kept: Body, api: str, version: int, frame: bytes, correlation: int, only_topics: str | None, tried: bool
    ) -> Body:
        try:
            body, header, leftover = self._decode(api, version, frame)
        except Malformed as fault:
            kept["undecodable"] = str(fault)
            kept["raw"] = show_bytes(frame[4:])
            return {}
        self.names.learn(api, body, tried)
        _, response = self.protocol.apis[api]
        # The bytes follow from the values where the schema's own writer makes the same ones of them; where it does not,
        # they are kept too.
        wire = header.pop("_wire")
        if response.encode(version, body) != wire:
            kept["raw"] = wire.hex()
        if header["CorrelationId"] != correlation:
            kept["correlation"] = "not the request's"
        if header.get("_tags"):
            kept["headerTags"] = {str(tag): show_bytes(data) for tag, data in header["_tags"].items()}
        if leftover:
            kept["leftover"] = show_bytes(leftover)
        if only_topics is not None:
            body = _only_topics(body, only_topics)
        kept["body"] = view(api, response.struct, body, self.names)
        return body


def _sort(body: Body, path: list[str]) -> None:
    found = body.get(path[0])
    if isinstance(found, dict) and len(path) > 1:
        _sort(found, path[1:])
    if not isinstance(found, list):
        return
    if len(path) == 1:
        found.sort(key=_place_in_order)
    for element in found if len(path) > 1 else []:
        _sort(element, path[1:])


def _place_in_order(element: Any) -> tuple[str, int, str]:
    text = json.dumps(element, sort_keys=True)
    if not isinstance(element, dict):
        return ("", 0, text)
    name = element.get("Name") or element.get("Topic") or element.get("TopicId") or ""
    number = element.get("Index", element.get("PartitionIndex", element.get("Partition", 0)))
    return (name, number, text)


def _only_topics(body: Body, prefix: str) -> Body:
    def belongs(element: Any) -> bool:
        return not isinstance(element, dict) or (element.get("Name") or element.get("Topic") or "").startswith(prefix)

    return {
        name: [e for e in value if belongs(e)] if isinstance(value, list) and name in ("Topics", "Responses") else value
        for name, value in body.items()
    }
