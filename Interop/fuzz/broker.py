"""The fuzzer's connections to a broker: many that may be cut off at any time, and a bystander that must not be."""

from __future__ import annotations

import selectors
import socket
import struct
import time
from typing import Any

from oracle.wire import Reader

from fuzz.requests import PROTOCOL, TOPIC

PATIENCE_SECONDS = 20.0
WAITING_APIS = {PROTOCOL.apis[api][0].api_key for api in ("JoinGroup", "SyncGroup")}
"""These wait for other members, whether or not the one who asks is still there."""
WAIT_SECONDS = 0.5
"""So long is listened to those that may wait."""


def may_wait(data: bytes) -> bool:
    """Also where the frame's length is wrong: what comes behind the frame is a request too, and may be any."""
    return len(data) < 6 or int.from_bytes(data[4:6], "big") in WAITING_APIS or int.from_bytes(data[:4], "big") + 4 < len(data)


class Fault(Exception):
    """The broker did what it must not do."""


def exchange(port: int, all_data: list[bytes]) -> list[bytes]:
    """Sends each over a connection of its own, says that no more comes, and returns what each was answered."""
    selector = selectors.DefaultSelector()
    answers: dict[int, bytes] = {}
    left: dict[int, memoryview] = {}
    connections = []
    for place, data in enumerate(all_data):
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        connection.setblocking(False)
        connections.append(connection)
        answers[place], left[place] = b"", memoryview(data)
        selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, place)
    started = time.monotonic()
    try:
        while places := [key.data for key in selector.get_map().values()]:
            seconds = time.monotonic() - started
            if seconds > WAIT_SECONDS and all(may_wait(all_data[place]) for place in places):
                break
            if seconds > PATIENCE_SECONDS:
                raise Fault(f"no end of requests {places} of the group within {PATIENCE_SECONDS:.0f} s")
            for key, events in selector.select(0.1):
                if events & selectors.EVENT_WRITE:
                    send(selector, key, left)
                elif not receive(key, answers):
                    selector.unregister(key.fileobj)
    finally:
        selector.close()
        for connection in connections:
            connection.close()
    return [answers[place] for place in range(len(all_data))]


def send(selector: selectors.BaseSelector, key: selectors.SelectorKey, left: dict[int, memoryview]) -> None:
    connection: socket.socket = key.fileobj  # type: ignore[assignment]
    try:
        left[key.data] = left[key.data][connection.send(left[key.data]) :]
        if left[key.data]:
            return
        connection.shutdown(socket.SHUT_WR)
    except BlockingIOError:
        return
    except OSError:
        pass  # It was cut off already; what it was answered can still be read.
    selector.modify(connection, selectors.EVENT_READ, key.data)


def receive(key: selectors.SelectorKey, answers: dict[int, bytes]) -> bool:
    """False at the connection's end."""
    connection: socket.socket = key.fileobj  # type: ignore[assignment]
    try:
        part = connection.recv(1 << 18)
    except BlockingIOError:
        return True
    except OSError:
        return False
    answers[key.data] += part
    return bool(part)


class Bystander:
    """A client that asks for what is right, over one connection for all of its life."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation = 0

    def close(self) -> None:
        self.connection.close()

    def ask(self, api: str, version: int, body: dict[str, Any]) -> dict[str, Any]:
        self.correlation += 1
        message, answer = PROTOCOL.apis[api]
        tags = b"\0" if PROTOCOL.header_version(api, version) == 2 else b""
        head = struct.pack(">hhih", message.api_key or 0, version, self.correlation, 9) + b"bystander" + tags
        payload = head + message.encode(version, body)
        try:
            self.connection.sendall(struct.pack(">i", len(payload)) + payload)
            reader = Reader(self.read_exactly(int.from_bytes(self.read_exactly(4), "big")))
        except OSError as error:
            raise Fault(f"the bystander was not served: {error}") from error
        if reader.int32() != self.correlation:
            raise Fault("the bystander was given another's answer")
        if PROTOCOL.response_header_version(api, version) == 1:
            reader.take(1)
        return answer.decode(version, reader)

    def read_exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.connection.recv(count - len(data))
            if not part:
                raise ConnectionResetError("the connection was closed")
            data += part
        return data

    # What it asks

    def check(self) -> None:
        found = self.ask("Metadata", 12, {"Topics": [{"Name": TOPIC}], "AllowAutoTopicCreation": False})
        if found["Topics"][0]["ErrorCode"] not in (0, 3):
            raise Fault(f"the bystander's question was answered {found}")

    def served(self) -> list[tuple[str, int, int]]:
        """The APIs that the broker names, with their first and last version, as far as there are schemas for them."""
        keys = self.ask("ApiVersions", 3, {"ClientSoftwareName": "fuzz", "ClientSoftwareVersion": "1"})["ApiKeys"]
        found = []
        for key in keys:
            api = PROTOCOL.by_key.get(key["ApiKey"])
            if api is not None:
                lowest = PROTOCOL.apis[api][0].valid.lowest or 0
                found.append((api, max(key["MinVersion"], lowest), key["MaxVersion"]))
        return found

    def make_topic(self) -> str:
        """The topic's id."""
        topic = {"Name": TOPIC, "NumPartitions": 2, "ReplicationFactor": 1}
        self.ask("CreateTopics", 7, {"Topics": [topic], "timeoutMs": 20000})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.ends() is None:
            if time.monotonic() > deadline:
                raise Fault("the topic did not come")
            time.sleep(0.02)
        return self.ask("Metadata", 12, {"Topics": [{"Name": TOPIC}]})["Topics"][0]["TopicId"]

    def producer_ids(self, count: int) -> list[int]:
        return [self.ask("InitProducerId", 4, {"TransactionalId": None})["ProducerId"] for _ in range(count)]

    def ends(self) -> list[int] | None:
        """Where the topic's partitions end; None while one does not answer."""
        partitions = [{"PartitionIndex": index, "Timestamp": -1} for index in range(2)]
        found = self.ask("ListOffsets", 7, {"Topics": [{"Name": TOPIC, "Partitions": partitions}]})["Topics"][0]["Partitions"]
        if any(partition["ErrorCode"] for partition in found):
            return None
        return [partition["Offset"] for partition in sorted(found, key=lambda partition: partition["PartitionIndex"])]
