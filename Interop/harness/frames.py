"""Kafka's frames by hand, over a raw socket: what a test needs to send right bytes, or bytes that are wrong on purpose.

    frame     length INT32 | request
    request   api_key INT16 | api_version INT16 | correlation_id INT32 | client_id STRING | body      (header version 1)
    answer    correlation_id INT32 | body                                                             (header version 0)
"""

import itertools
import socket
import struct

PRODUCE, FETCH, LIST_OFFSETS, METADATA = 0, 1, 2, 3
API_VERSIONS, CREATE_TOPICS = 18, 19

_correlations = itertools.count(1)


def string(text: str | bytes | None) -> bytes:
    """STRING or NULLABLE_STRING: INT16 length, -1 for null."""
    if text is None:
        return struct.pack(">h", -1)
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack(">h", len(raw)) + raw


def array(items: list[bytes]) -> bytes:
    """ARRAY: INT32 count, then the items."""
    return struct.pack(">i", len(items)) + b"".join(items)


def request(api_key: int, version: int, body: bytes, correlation_id: int | None = None, client_id: str = "interop") -> bytes:
    """A whole frame with a request of header version 1 (the one before flexible versions)."""
    correlation_id = next(_correlations) if correlation_id is None else correlation_id
    payload = struct.pack(">hhi", api_key, version, correlation_id) + string(client_id) + body
    return struct.pack(">i", len(payload)) + payload


class Connection:
    """A connection to 127.0.0.1 that sends frames and reads answers; it raises OSError when the broker hangs up."""

    def __init__(self, port: int, timeout_seconds: float = 10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_exactly(self, count: int) -> bytes:
        parts = []
        while count > 0:
            part = self.socket.recv(min(count, 1 << 20))
            if not part:
                raise ConnectionResetError("the broker closed the connection")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def read_answer(self) -> bytes:
        """The next answer, from its correlation id on."""
        (length,) = struct.unpack(">i", self.read_exactly(4))
        return self.read_exactly(length)

    def ask(self, api_key: int, version: int, body: bytes) -> bytes:
        """Sends a request and returns its answer's body; the correlation id must be the request's."""
        frame = request(api_key, version, body)
        self.send(frame)
        answer = self.read_answer()
        if answer[:4] != frame[8:12]:
            raise ConnectionError(f"the answer has correlation id {answer[:4].hex()}, not {frame[8:12].hex()}")
        return answer[4:]

    def is_closed_by_peer(self, timeout_seconds: float = 5) -> bool:
        """Whether the broker closes the connection within the time; what it sends before that is dropped."""
        self.socket.settimeout(timeout_seconds)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
