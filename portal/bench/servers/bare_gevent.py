"""The yardstick: gevent and a WebSocket handshake, nothing else. A frame is made once and written to every listener."""

import base64
import hashlib
import re
import sys
from typing import Any

from gevent.server import StreamServer

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ACCEPT = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n"
)
_members: set[tuple[Any, Any]] = set()


def main() -> None:
    """Serve on the port that is the first argument."""
    StreamServer(("127.0.0.1", int(sys.argv[1])), _serve, backlog=1024).serve_forever()


def _serve(connection: Any, _address: Any) -> None:
    connection.setsockopt(6, 1, 1)
    request = b""
    while b"\r\n\r\n" not in request:
        more = connection.recv(4096)
        if not more:
            return
        request += more
    key = re.search(rb"(?i)\r\nsec-websocket-key: *(\S+)", request)
    if key is None:
        return
    accept = base64.b64encode(hashlib.sha1(key[1] + _GUID, usedforsecurity=False).digest())
    connection.sendall(_ACCEPT % accept)
    # The raw socket's send is the fastest way that gevent has.
    member = (connection._sock.send, connection)  # noqa: SLF001
    if b"GET /listen" in request:
        _members.add(member)
    try:
        _relay(connection)
    except OSError:
        pass
    finally:
        _members.discard(member)


def _relay(connection: Any) -> None:
    buffered = b""
    while data := connection.recv(65_536):
        buffered += data
        while True:
            if len(buffered) < 8:
                break
            length, header = buffered[1] & 0x7F, 2
            if length == 126:
                length, header = int.from_bytes(buffered[2:4], "big"), 4
            end = header + 4 + length
            if len(buffered) < end:
                break
            key = buffered[header : header + 4]
            masked = buffered[header + 4 : end]
            stream = (key * (length // 4 + 1))[:length]
            payload = (int.from_bytes(masked, "little") ^ int.from_bytes(stream, "little")).to_bytes(length, "little")
            buffered = buffered[end:]
            _broadcast(b"\x81\x7e" + length.to_bytes(2, "big") + payload)


def _broadcast(frame: bytes) -> None:
    for send, connection in _members:
        try:
            sent = send(frame)
        except BlockingIOError:
            sent = 0
        if sent < len(frame):
            connection.sendall(frame[sent:])


if __name__ == "__main__":
    main()
