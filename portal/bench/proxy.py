"""A TCP proxy that does to connections what networks do: breaks them off, leaves them hanging, makes them slow."""

import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"
_READ_BYTES: Final = 16 * 1024
_HELD_MAX_BYTES: Final = 64 * 1024
"""Of each direction of a connection; more waits at its sender."""
_LOOK_S: Final = 0.02
_RESET: Final = struct.pack("ii", 1, 0)  # l_onoff, l_linger: close() sends RST and drops what was not sent


class _Direction:
    """Bytes on their way from one socket to another."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self.source = source
        self.target = target
        self.held = bytearray()
        self.ended = False
        self.allowed_bytes = 0.0
        self.allowed_at_s = time.monotonic()


class Proxy:
    """Passes connections to its ``port`` on to ``upstream``, another port of this machine; a context manager.

    Everything may be called from any thread and holds from the next look at the sockets on, within 20 ms.
    ``bytes_per_s`` bounds what flows to each client; None for no bound. With small buffers, so that what a client does
    not read soon waits at the server.
    """

    def __init__(self, upstream: int, *, bytes_per_s: float | None = None) -> None:
        self.bytes_per_s = bytes_per_s
        self.stalled = False
        """While true, nothing is passed on in either direction, and nothing is closed."""
        self._upstream = upstream
        self._server = socket.create_server((HOST, 0), backlog=256)
        self._server.setblocking(False)  # noqa: FBT003 - the socket's own name for it
        self.port: int = self._server.getsockname()[1]
        self._look = selectors.DefaultSelector()
        self._look.register(self._server, selectors.EVENT_READ)
        self._directions: dict[socket.socket, _Direction] = {}
        self._asked: list[Callable[[], None]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="portal-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self._cut_all(reset=True)
        self._server.close()
        self._look.close()

    def cut(self, *, reset: bool) -> None:
        """Break all connections off, in the middle of whatever they carry; with RST, or as if both sides had ended."""
        self._asked.append(lambda: self._cut_all(reset=reset))

    def _run(self) -> None:
        while not self._stopped.is_set():
            asked, self._asked = self._asked, []
            for work in asked:
                work()
            if self.stalled:
                time.sleep(_LOOK_S)
                continue
            for key, _ in self._look.select(_LOOK_S):
                if key.fileobj is self._server:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    self._read(key.fileobj)
            for direction in tuple(self._directions.values()):
                self._write(direction)
                self._adjust(direction)

    def _accept(self) -> None:
        with suppress(BlockingIOError):  # whoever knocked has gone again
            client, _ = self._server.accept()
            server = socket.socket()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _HELD_MAX_BYTES)
            try:
                server.connect((HOST, self._upstream))
            except OSError:
                server.close()
                _close(client, reset=True)
                return
            for one, other in ((client, server), (server, client)):
                one.setblocking(False)  # noqa: FBT003
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._directions[one] = _Direction(one, other)
                self._look.register(one, selectors.EVENT_READ)

    def _read(self, source: socket.socket) -> None:
        direction = self._directions.get(source)
        if direction is None:
            return
        try:
            data = source.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._break(direction, reset=True)
            return
        direction.held += data
        direction.ended = not data

    def _write(self, direction: _Direction) -> None:
        if direction.source not in self._directions:
            return  # broken off meanwhile
        allowed = self._allowed(direction)
        try:
            while direction.held and allowed > 0:
                sent = direction.target.send(direction.held[:allowed])
                del direction.held[:sent]
                allowed -= sent
                direction.allowed_bytes = max(0.0, direction.allowed_bytes - sent)
        except BlockingIOError:
            return
        except OSError:
            self._break(direction, reset=True)
            return
        if direction.ended and not direction.held:
            self._break(direction, reset=False)

    def _allowed(self, direction: _Direction) -> int:
        """How many bytes may go now: to a client as many as its time has earned, at most those of half a second."""
        downward = direction.source.getpeername()[1] == self._upstream if self.bytes_per_s is not None else False
        if self.bytes_per_s is None or not downward:
            return len(direction.held)
        now_s = time.monotonic()
        earned = (now_s - direction.allowed_at_s) * self.bytes_per_s
        direction.allowed_at_s = now_s
        direction.allowed_bytes = min(direction.allowed_bytes + earned, max(1.0, self.bytes_per_s / 2))
        return int(direction.allowed_bytes)

    def _adjust(self, direction: _Direction) -> None:
        """Read on only where there is room for it."""
        if direction.source not in self._directions:
            return
        wanted = not direction.ended and len(direction.held) < _HELD_MAX_BYTES
        reads = direction.source in self._look.get_map()
        if wanted and not reads:
            self._look.register(direction.source, selectors.EVENT_READ)
        elif reads and not wanted:
            self._look.unregister(direction.source)

    def _cut_all(self, *, reset: bool) -> None:
        for direction in tuple(self._directions.values()):
            self._break(direction, reset=reset)

    def _break(self, direction: _Direction, *, reset: bool) -> None:
        for one in (direction.source, direction.target):
            if self._directions.pop(one, None) is not None:
                with suppress(KeyError):  # it was full, and not read
                    self._look.unregister(one)
                _close(one, reset=reset)


def _close(connection: socket.socket, *, reset: bool) -> None:
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()
