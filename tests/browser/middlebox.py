"""A program between the browsers and the server: it listens in, and may change what the server says.

To a browser it *is* the server. So it shows what a hostile server could do, and what anyone on the path could see. It
speaks just enough HTTP/1.1 and RFC 6455 for that, one thread a connection.
"""

import contextlib
import http.client
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Final, Self

# Not passed on: what concerns one hop, and the wish for compression, since bodies are looked into here.
HOP_HEADERS: Final = frozenset({"accept-encoding", "connection", "keep-alive", "transfer-encoding", "content-length"})
SOCKET_TIMEOUT_S: Final = 120.0


@dataclass(frozen=True)
class Request:
    """What a browser asked for."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def cookie(self) -> str:
        return next((value for name, value in self.headers if name.lower() == "cookie"), "")


@dataclass(frozen=True)
class Response:
    """What the server answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


ResponseHook = Callable[[Request, Response], Response]
FrameHook = Callable[[Request, str], list[str]]


def unchanged(_request: Request, response: Response) -> Response:
    return response


def unchanged_frame(_request: Request, text: str) -> list[str]:
    return [text]


@dataclass
class Heard:
    """All that went over the wire, both ways, after TLS would have been taken off."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    blocks: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, place: str, raw: bytes) -> None:
        with self.lock:
            self.blocks.append((place, raw))

    def all(self) -> list[tuple[str, bytes]]:
        with self.lock:
            return list(self.blocks)


class Middlebox:
    """Forwards from its own port to ``upstream`` (a port, which may be changed at any time).

    ``on_response`` may change the answer to a request, ``on_frame`` may replace a text frame from the server by none,
    one or several; both are called in the connection's thread.
    """

    def __init__(self, port: int, upstream: int, *, listening: bool = False) -> None:
        self.upstream = upstream
        self.on_response: ResponseHook = unchanged
        self.on_frame: FrameHook = unchanged_frame
        self.heard = Heard()
        self.closed = False
        """While true, every new connection is ended at once, as if there were no server."""
        self._listening = listening
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", port), backlog=64)
        self._thread = threading.Thread(target=self._accept, name="middlebox", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        self._thread.join(5)

    def cut(self) -> None:
        """Close every connection, as a network that goes away does; new ones are served as before."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _close(connection)

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._server.accept()
            except OSError:
                return  # closed: we are done
            if self.closed:
                _close(connection)
                continue
            connection.settimeout(SOCKET_TIMEOUT_S)
            self._hold(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _hold(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def _drop(self, *connections: socket.socket) -> None:
        for connection in connections:
            _close(connection)
        with self._lock:
            self._open.difference_update(connections)

    def _serve(self, browser: socket.socket) -> None:
        try:
            with browser.makefile("rb") as stream:
                while (request := _read_request(stream)) is not None:
                    if any(name.lower() == "upgrade" for name, _ in request.headers):
                        self._bridge(request, browser, stream)
                        return
                    browser.sendall(_written(self._exchange(request)))
        except (OSError, http.client.HTTPException):
            pass  # either side went away; the other one is told by the closed connection
        finally:
            self._drop(browser)

    def _exchange(self, request: Request) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=SOCKET_TIMEOUT_S)
        try:
            connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers:
                if name.lower() not in HOP_HEADERS:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body)
            answer = connection.getresponse()
            kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in HOP_HEADERS)
            response = Response(answer.status, kept, answer.read())
        finally:
            connection.close()
        if self._listening:
            self.heard.add(f"request {request.method} {request.path}", _head_text(request) + request.body)
            self.heard.add(
                f"answer to {request.method} {request.path}", _headers_text(response.headers) + response.body
            )
        return self.on_response(request, response)

    def _bridge(self, request: Request, browser: socket.socket, stream: BinaryIO) -> None:
        server = socket.create_connection(("127.0.0.1", self.upstream), timeout=SOCKET_TIMEOUT_S)
        self._hold(server)
        try:
            server.sendall(_head_text(request))
            upward = threading.Thread(target=self._upward, args=(stream, server, browser), daemon=True)
            with server.makefile("rb") as answers:
                head = _read_head(answers)
                if not head.startswith(b"HTTP/1.1 101 "):
                    return  # refused: the browser sees a connection that fails, as it would anyway
                browser.sendall(head)
                upward.start()
                self._downward(request, answers, browser)
        finally:
            self._drop(server, browser)

    def _upward(self, stream: BinaryIO, server: socket.socket, browser: socket.socket) -> None:
        try:
            while True:
                frame = _read_frame(stream)
                self._hear("frame from the browser", frame)
                server.sendall(frame.raw)
        except (OSError, ValueError):
            _close(server)
            _close(browser)

    def _downward(self, request: Request, stream: BinaryIO, browser: socket.socket) -> None:
        while True:
            frame = _read_frame(stream)
            self._hear("frame from the server", frame)
            if frame.opcode != TEXT:
                browser.sendall(frame.raw)
                continue
            for text in self.on_frame(request, frame.payload.decode()):
                browser.sendall(_text_frame(text))

    def _hear(self, place: str, frame: "Frame") -> None:
        if self._listening:
            self.heard.add(place, frame.payload)


TEXT: Final = 1


@dataclass(frozen=True)
class Frame:
    """One WebSocket frame; the portal's are never fragmented."""

    opcode: int
    payload: bytes
    raw: bytes


def _read_frame(stream: BinaryIO) -> Frame:
    head = _exactly(stream, 2)
    assert head[0] & 0x80, "a fragmented frame"
    masked, length = head[1] & 0x80, head[1] & 0x7F
    extra = _exactly(stream, {126: 2, 127: 8}.get(length, 0))
    if extra:
        length = int.from_bytes(extra, "big")
    mask = _exactly(stream, 4) if masked else b""
    body = _exactly(stream, length)
    return Frame(head[0] & 0x0F, _unmasked(body, mask), head + extra + mask + body)


def _unmasked(body: bytes, mask: bytes) -> bytes:
    if not mask:
        return body
    stream = mask * (len(body) // 4 + 1)
    key = int.from_bytes(stream[: len(body)], "big")
    return (int.from_bytes(body, "big") ^ key).to_bytes(len(body), "big")


def _text_frame(text: str) -> bytes:
    payload = text.encode()
    if len(payload) < 126:
        return struct.pack("!BB", 0x80 | TEXT, len(payload)) + payload
    if len(payload) < 1 << 16:
        return struct.pack("!BBH", 0x80 | TEXT, 126, len(payload)) + payload
    return struct.pack("!BBQ", 0x80 | TEXT, 127, len(payload)) + payload


def _exactly(stream: BinaryIO, count: int) -> bytes:
    raw = stream.read(count)
    if len(raw) < count:
        raise ConnectionAbortedError
    return raw


def _read_request(stream: BinaryIO) -> Request | None:
    first = stream.readline()
    if not first:
        return None
    method, path, _version = first.decode("latin-1").split()
    headers = []
    while (line := stream.readline().decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return Request(method, path, tuple(headers), _exactly(stream, length))


def _read_head(stream: BinaryIO) -> bytes:
    lines = []
    while (line := stream.readline()) not in {b"\r\n", b""}:
        lines.append(line)
    return b"".join(lines) + b"\r\n"


def _headers_text(headers: tuple[tuple[str, str], ...]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1") + b"\r\n"


def _head_text(request: Request) -> bytes:
    return f"{request.method} {request.path} HTTP/1.1\r\n".encode("latin-1") + _headers_text(request.headers)


def _written(response: Response) -> bytes:
    status = f"HTTP/1.1 {response.status} {http.client.responses.get(response.status, '')}\r\n"
    kept = (*response.headers, ("Content-Length", str(len(response.body))))
    return status.encode() + _headers_text(kept) + response.body


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
