"""Just enough of Kafka's protocol over a raw socket: CreateTopics, Metadata, Produce, Fetch. Shares nothing with any client."""

import socket
import struct
import time

from batch_bytes import uvarint


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        part = self.data[self.at:self.at + count]
        if len(part) != count:
            raise ValueError("answer too short")
        self.at += count
        return part

    def int(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def uvarint(self):
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def string(self, flexible):
        count = self.uvarint() - 1 if flexible else self.int("h")
        return None if count < 0 else self.take(count).decode()

    def bytes(self, flexible):
        count = self.uvarint() - 1 if flexible else self.int("i")
        return None if count < 0 else self.take(count)

    def count(self, flexible):
        return self.uvarint() - 1 if flexible else self.int("i")

    def tags(self, flexible):
        if flexible:
            for _ in range(self.uvarint()):
                self.uvarint()
                self.take(self.uvarint())


def string(text, flexible=False):
    if text is None:
        return b"\x00" if flexible else struct.pack(">h", -1)
    data = text.encode()
    return (uvarint(len(data) + 1) if flexible else struct.pack(">h", len(data))) + data


def blob(data, flexible=False):
    if data is None:
        return b"\x00" if flexible else struct.pack(">i", -1)
    return (uvarint(len(data) + 1) if flexible else struct.pack(">i", len(data))) + data


def array(items, flexible=False):
    return (uvarint(len(items) + 1) if flexible else struct.pack(">i", len(items))) + b"".join(items)


class Connection:
    def __init__(self, port):
        self.port = port
        self.socket = None

    def call(self, api, version, body, flexible, client="validation", answered=True):
        """Sends one request and returns a reader over the answer's body, or what came instead: "closed", "silence"."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        header = struct.pack(">hhi", api, version, 7) + string(client) + (b"\x00" if flexible else b"")
        frame = header + body
        try:
            self.socket.sendall(struct.pack(">i", len(frame)) + frame)
            if not answered:
                return None
            size = struct.unpack(">i", self.receive(4))[0]
            reader = Reader(self.receive(size))
        except (ConnectionError, EOFError, TimeoutError) as fault:
            self.socket.close()
            self.socket = None
            return "silence" if isinstance(fault, TimeoutError) else "closed"
        assert reader.int("i") == 7
        reader.tags(flexible)
        return reader

    def receive(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def create_topics(self, topics):
        """`topics` is {name: {config: value}}; each gets one partition."""
        entries = [
            string(name) + struct.pack(">ih", 1, 1) + array([])
            + array([string(key) + string(value) for key, value in configs.items()])
            for name, configs in topics.items()]
        for attempt in range(20):
            answer = self.call(19, 4, array(entries) + struct.pack(">i?", 20000, False), False)
            if isinstance(answer, Reader):
                break
            time.sleep(0.5)  # the controller is not there yet
        answer.int("i")
        for _ in range(answer.count(False)):
            name, code, message = answer.string(False), answer.int("h"), answer.string(False)
            if code != 0:
                raise SystemExit(f"topic {name}: {code} {message}")
        for name in topics:
            for _ in range(100):
                if self.fetch(name, 0) is not None:
                    break
                time.sleep(0.1)

    def topic_id(self, name):
        body = array([b"\x00" * 16 + string(name, True) + b"\x00"], True) + b"\x00\x00\x00"
        answer = self.call(3, 12, body, True)
        answer.int("i")
        for _ in range(answer.count(True)):
            answer.int("i"), answer.string(True), answer.int("i"), answer.string(True), answer.tags(True)
        answer.string(True), answer.int("i"), answer.count(True), answer.int("h"), answer.string(True)
        return answer.take(16)

    def produce(self, partitions, version, acks=-1, transactional_id=None, topic_ids=None):
        """`partitions` is [(topic, index, records)]. Returns [{...}] in the answer's order, or what `call` says."""
        flexible = version >= 9
        end = b"\x00" if flexible else b""
        body = string(transactional_id, flexible) + struct.pack(">hi", acks, 20000)
        topics = []
        for name in dict.fromkeys(topic for topic, _, _ in partitions):
            parts = [struct.pack(">i", index) + blob(data, flexible) + end
                     for topic, index, data in partitions if topic == name]
            label = topic_ids[name] if version >= 13 else string(name, flexible)
            topics.append(label + array(parts, flexible) + end)
        answer = self.call(0, version, body + array(topics, flexible) + end, flexible, answered=acks != 0)
        if answer is None or isinstance(answer, str):
            return answer
        results = []
        for _ in range(answer.count(flexible)):
            name = answer.take(16) if version >= 13 else answer.string(flexible)
            for _ in range(answer.count(flexible)):
                result = {
                    "partition": answer.int("i"), "errorCode": answer.int("h"), "baseOffset": answer.int("q"),
                    "logAppendTimeMs": answer.int("q")}
                if version >= 5:
                    result["logStartOffset"] = answer.int("q")
                if version >= 8:
                    result["recordErrors"] = []
                    for _ in range(answer.count(flexible)):
                        result["recordErrors"].append({"batchIndex": answer.int("i"), "message": answer.string(flexible)})
                        answer.tags(flexible)
                    result["errorMessage"] = answer.string(flexible)
                answer.tags(flexible)
                result["topic"] = name if version < 13 else None
                results.append(result)
            answer.tags(flexible)
        return results

    def fetch(self, topic, offset, max_bytes=1 << 20):
        """The batches from `offset` on; None when the partition is not there (yet)."""
        partition = struct.pack(">iiqqi", 0, -1, offset, -1, max_bytes)
        body = struct.pack(">iiiibii", -1, 100, 0, max_bytes, 0, 0, -1)
        body += array([string(topic) + array([partition])]) + array([]) + string("")
        answer = self.call(1, 11, body, False)
        answer.int("i"), answer.int("h"), answer.int("i")
        for _ in range(answer.count(False)):
            answer.string(False)
            for _ in range(answer.count(False)):
                answer.int("i")
                code = answer.int("h")
                answer.int("q"), answer.int("q"), answer.int("q")
                for _ in range(max(0, answer.count(False))):
                    answer.take(16)
                answer.int("i")
                return answer.bytes(False) if code == 0 else None
        return None
