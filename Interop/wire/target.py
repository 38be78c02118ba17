"""A broker that is sent bad input, and what it says to it, in a form that compares."""

from __future__ import annotations

import pathlib
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any

from oracle.schema import Protocol
from oracle.wire import Malformed, Reader

PROTOCOL = Protocol(pathlib.Path(__file__).resolve().parents[2] / "Protocol")
TOPIC = "wire"
UNMADE = "wire-never-made"
SETTLED_SECONDS = 0.05
"""How long to listen for more once all that should come is there."""


def header(key: int, version: int, correlation: int, client: bytes | None = b"wire", flexible: bool | None = None) -> bytes:
    """A request's header, of version 2 where the request is flexible."""
    name = PROTOCOL.by_key.get(key)
    if flexible is None:
        flexible = name is not None and PROTOCOL.header_version(name, version) == 2
    length = -1 if client is None else len(client)
    return struct.pack(">hhih", key, version, correlation, length) + (client or b"") + (b"\0" if flexible else b"")


def frame(payload: bytes) -> bytes:
    return struct.pack(">i", len(payload)) + payload


def request(api: str, version: int, body: dict[str, Any], correlation: int = 7) -> bytes:
    """A right request in its frame."""
    message, _ = PROTOCOL.apis[api]
    return frame(header(message.api_key or 0, version, correlation) + message.encode(version, body))


@dataclass
class Outcome:
    """What came back: the answers, and whether the connection is "closed" or the broker "waits" for more."""

    end: str
    answers: list[bytes] = field(default_factory=list)


class Target:
    """One broker: a topic to aim at, and a bystander whose connection must not notice anything."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid
        self.bystander = self.connect()
        self._make_topic()
        self.topic_id = self._topic_id()

    def connect(self, timeout: float = 20) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def close(self) -> None:
        self.bystander.close()

    # Right requests

    def ask(self, api: str, version: int, body: dict[str, Any], on: socket.socket | None = None) -> dict[str, Any]:
        """Asks on the bystander's connection, or on another one."""
        connection = on or self.bystander
        connection.sendall(request(api, version, body))
        answer = read_frame(connection)
        reader = Reader(answer)
        assert reader.int32() == 7, f"an answer to somebody else's {api}"
        if PROTOCOL.response_header_version(api, version) == 1:
            reader.take(1)
        return PROTOCOL.apis[api][1].decode(version, reader)

    def _make_topic(self) -> None:
        self.ask("CreateTopics", 7, {"Topics": [{"Name": TOPIC, "NumPartitions": 1, "ReplicationFactor": 1}], "timeoutMs": 20000})
        deadline = time.monotonic() + 20
        while self._end_error() != 0:
            assert time.monotonic() < deadline, "the topic is not there"
            time.sleep(0.02)

    def _topic_id(self) -> str:
        return self.ask("Metadata", 12, {"Topics": [{"Name": TOPIC}]})["Topics"][0]["TopicId"]

    def _ends(self) -> dict[str, Any]:
        ends = {"Topics": [{"Name": TOPIC, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}]}
        return self.ask("ListOffsets", 7, ends)["Topics"][0]["Partitions"][0]

    def _end_error(self) -> int:
        return self._ends()["ErrorCode"]

    def end_offset(self) -> int:
        """Where the topic's partition ends, asked on the bystander's connection."""
        return self._ends()["Offset"]

    # Bad input

    def provoke(self, chunks: list[bytes], half_close: bool, quiet_seconds: float, wanted: int | None) -> Outcome:
        """Sends the chunks, one packet each, and gathers what comes back until the broker hangs up or says no more.

        After `wanted` answers there is not long to wait for what should not come.
        """
        with self.connect() as connection:
            try:
                for chunk in chunks:
                    connection.sendall(chunk)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # It hung up before it had heard all of it.
            return listen(connection, quiet_seconds, wanted)


def listen(connection: socket.socket, quiet_seconds: float, wanted: int | None) -> Outcome:
    received = b""
    outcome = Outcome("waits")
    try:
        while True:
            is_all_there = wanted is not None and len(outcome.answers) >= wanted
            connection.settimeout(SETTLED_SECONDS if is_all_there else quiet_seconds)
            part = connection.recv(1 << 20)
            if not part:
                outcome.end = "closed"
                break
            received += part
            while len(received) >= 4 and len(received) >= 4 + int.from_bytes(received[:4], "big"):
                size = int.from_bytes(received[:4], "big")
                outcome.answers.append(received[4 : 4 + size])
                received = received[4 + size :]
    except TimeoutError:
        pass
    except OSError:
        outcome.end = "closed"
    if received:
        outcome.answers.append(received)
    return outcome


def read_frame(connection: socket.socket) -> bytes:
    size = int.from_bytes(read_exactly(connection, 4), "big")
    return read_exactly(connection, size)


def read_exactly(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(count - len(parts))
        if not part:
            raise ConnectionResetError("the broker closed the connection")
        parts += part
    return bytes(parts)


# Showing


def shown(answers: list[bytes], api: str | None, version: int) -> list[Any]:
    """The answers by correlation id and what they say of errors: everything else differs from broker to broker."""
    return [show(answer, api, version) for answer in answers]


def show(answer: bytes, api: str | None, version: int) -> Any:
    reader = Reader(answer)
    try:
        correlation = reader.int32()
        if api is None:
            return [correlation]
        if PROTOCOL.response_header_version(api, version) == 1:
            reader.take(1)
        body = PROTOCOL.apis[api][1].decode(version, reader)
    except Malformed as error:
        return f"unreadable: {error}"
    return [correlation, *errors_in(body, "")]


def errors_in(value: Any, path: str) -> list[str]:
    """`path: what it says` of every error code and message in a decoded answer."""
    found = []
    if isinstance(value, list):
        for index, item in enumerate(value[:5]):
            found += errors_in(item, f"{path}{index}.")
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in ("ErrorCode", "ErrorMessage", "BatchIndexErrorMessage"):
                if item not in (0, None):
                    found.append(f"{path}{name}: {item}")
            else:
                found += errors_in(item, f"{path}{name}.")
    return found
