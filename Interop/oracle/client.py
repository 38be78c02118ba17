"""A connection that sends frames and says what came back: an answer, the end of the connection, or nothing."""

from __future__ import annotations

import socket
import struct
import time
from enum import Enum


class Nothing(Enum):
    """What can come instead of an answer."""

    CLOSED = "closed"
    SILENT = "silent"


class Connection:
    """One TCP connection. `receive` never raises for what the other side does: closing is an answer too."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.is_open = True

    def send(self, data: bytes) -> None:
        """Sends all of it; a connection closed meanwhile shows when receiving."""
        try:
            self._socket.settimeout(30)
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionError, TimeoutError):
            pass

    def send_frame(self, payload: bytes) -> None:
        self.send(struct.pack(">i", len(payload)) + payload)

    def finish_sending(self) -> None:
        """Tells the other side that no more bytes come."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def receive(self, timeout: float) -> bytes | Nothing:
        """The next frame without its length, waiting at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        header = self._exactly(4, deadline)
        if isinstance(header, Nothing):
            return header
        size = struct.unpack(">i", header)[0]
        if size < 0:
            self.close()
            return Nothing.CLOSED
        return self._exactly(size, deadline)

    def _exactly(self, count: int, deadline: float) -> bytes | Nothing:
        while len(self._buffer) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                return Nothing.SILENT
            self._socket.settimeout(left)
            try:
                part = self._socket.recv(1 << 16)
            except TimeoutError:
                return Nothing.SILENT
            except OSError:
                part = b""
            if not part:
                self.close()
                return Nothing.CLOSED
            self._buffer += part
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def close(self) -> None:
        self.is_open = False
        self._socket.close()
