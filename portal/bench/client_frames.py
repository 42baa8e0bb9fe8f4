"""WebSocket as a client speaks it (RFC 6455), for load: frames to send, and a counter of what comes."""

import base64
import os
import socket
from contextlib import ExitStack

ZERO_MASK = b"\0\0\0\0"
"""A legal mask that costs the sender nothing; the server undoes it like any other."""


def masked_frame(payload: bytes, opcode: int = 0x1) -> bytes:
    """Return a whole client frame."""
    length = len(payload)
    if length < 126:
        head = bytes((0x80 | opcode, 0x80 | length))
    elif length < 1 << 16:
        head = bytes((0x80 | opcode, 0xFE)) + length.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + length.to_bytes(8, "big")
    return head + ZERO_MASK + payload


def open_websocket(
    host: str, port: int, path: str, origin: str, timeout_s: float = 30.0
) -> tuple[socket.socket, bytes]:
    """Connect and shake hands; return the blocking socket and the bytes that came after the response.

    Raises:
        ConnectionError: the server did not answer with 101.
    """
    with ExitStack() as on_failure:
        connection = socket.create_connection((host, port), timeout=timeout_s)
        on_failure.callback(connection.close)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
            ).encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = connection.recv(65_536)
            if not more:
                break
            answer += more
        head, _, rest = answer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            msg = f"no WebSocket: {head[:80]!r}"
            raise ConnectionError(msg)
        on_failure.pop_all()
    return connection, rest


class FrameCounter:
    """Cuts a server's bytes into frames and counts those that begin with ``mark``.

    ``others`` keeps the payloads of all other frames, in order; control frames are left out.
    """

    __slots__ = ("_rest", "count", "mark", "others")

    def __init__(self, mark: bytes, rest: bytes = b"") -> None:
        self.mark = mark
        self.count = 0
        self.others: list[bytes] = []
        self._rest = rest

    def feed(self, data: bytes) -> int:
        """Take ``data``; return how many marked frames it completed."""
        if self._rest:
            data = self._rest + data
        place, size, found, mark = 0, len(data), 0, self.mark
        while size - place >= 2:
            length = data[place + 1]
            header = 2
            if length == 126:
                header = 4
                length = int.from_bytes(data[place + 2 : place + 4], "big")
            elif length == 127:
                header = 10
                length = int.from_bytes(data[place + 2 : place + 10], "big")
            body = place + header
            if size < body + length or size < body:
                break
            if data.startswith(mark, body) and data[place] < 0x88:
                found += 1
            elif data[place] < 0x88:
                self.others.append(data[body : body + length])
            place = body + length
        self._rest = data[place:]
        self.count += found
        return found
