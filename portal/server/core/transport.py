"""WebSocket connections driven by the hub itself: no greenlet, no request and no buffer is kept for an idle one.

Reading stops when a listener is behind (``pause``), so a fast sender meets TCP's own back-pressure. Writing goes
straight to the kernel; only what it does not take is kept, bounded, as references to the very bytes that others get,
too. Whoever falls further behind is closed: the record has what it missed.
"""

import base64
import binascii
import hashlib
import socket
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

import gevent

from portal.server.core import metrics
from portal.server.core.buckets import Rate, TokenBucket
from portal.server.core.frames import CHATTER_MAX, CloseCode, FrameError, FrameReader, Opcode, close_frame, frame

OUT_MAX_BYTES: Final = 1 << 20
"""What one slow consumer may owe before it is closed."""
SEND_BUFFER_BYTES: Final = 128 * 1024
"""The kernel's share for one connection; it would grow to megabytes by itself."""
CLOSE_WAIT_S: Final = 3.0
DISCARD_MAX_BYTES: Final = 64 * 1024
"""What is still taken from a peer that has been told to go: TCP keeps the rest away from us."""
CHATTER: Final = Rate(burst=CHATTER_MAX / 2, per_s=50)
"""Frames of one connection that are no whole messages; a browser sends few."""
_READ_BYTES: Final = 64 * 1024
_READ, _WRITE = 1, 2
_ACCEPT_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_NONCE_BYTES: Final = 16


class HandshakeError(Exception):
    """The request is no WebSocket handshake of version 13 (RFC 6455 §4.2.1)."""


def handshake_reply(environ: dict[str, Any]) -> bytes:
    """Return the 101 response to the opening handshake in ``environ``; HandshakeError if it is none."""
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
    try:
        nonce = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        nonce = b""
    tokens = {token.strip().lower() for token in environ.get("HTTP_CONNECTION", "").split(",")}
    if (
        environ.get("REQUEST_METHOD") != "GET"
        or "upgrade" not in tokens
        or environ.get("HTTP_UPGRADE", "").lower() != "websocket"
        or environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13"
        or len(nonce) != _NONCE_BYTES
    ):
        raise HandshakeError
    # SHA-1 is what the RFC asks for; it proves understanding, nothing rests on it.
    accept = base64.b64encode(hashlib.sha1(key.encode() + _ACCEPT_GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class WebSocket:
    """One accepted connection. All methods are the hub thread's; none of them waits.

    ``on_message`` gets each text or binary message in the event loop and must not wait; ``on_closed`` comes once.
    """

    __slots__ = (
        "_chatter",
        "_closing",
        "_discarded_bytes",
        "_finished",
        "_frames",
        "_idle",
        "_offset",
        "_out",
        "_out_bytes",
        "_reader",
        "_send",
        "_socket",
        "_timer",
        "_writer",
        "on_closed",
        "on_message",
    )

    def __init__(self, connection: socket.socket, *, limit_bytes: int) -> None:
        connection.setblocking(False)  # noqa: FBT003 - the socket's own name for it
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._send = connection.send
        self._frames = FrameReader(limit_bytes)
        self._out: deque[bytes] | None = None
        self._offset = 0
        self._out_bytes = 0
        self._reader: Any = gevent.get_hub().loop.io(connection.fileno(), _READ)
        self._writer: Any = None
        self._timer: Any = None
        self._idle = True  # neither closing nor owing anything
        self._chatter: TokenBucket | None = None
        self._discarded_bytes = 0
        self._closing = False
        self._finished = False
        self.on_message: Callable[[str | bytes], None] = _ignore
        self.on_closed: Callable[[], None] = _nothing

    @property
    def closed(self) -> bool:
        """Whether messages can no longer be sent."""
        return self._closing

    @property
    def owed_bytes(self) -> int:
        """What the kernel has not taken yet."""
        return self._out_bytes

    def start(self, *, limit_bytes: int | None = None) -> None:
        """Read, from now on; ``limit_bytes`` changes the greatest size of a message."""
        if limit_bytes is not None:
            self._frames.limit_bytes = limit_bytes
        if not self._finished and not self._reader.active:
            self._reader.start(self._readable)

    def pause(self) -> None:
        """Stop reading, so that the sender feels it, until ``start``."""
        if not self._finished:
            self._reader.stop()

    def write(self, frames: bytes) -> None:
        """Send whole frames. A consumer that owes too much is closed instead."""
        broadcast((self,), frames)

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Say goodbye after what is owed, and wait for the peer's answer at most CLOSE_WAIT_S."""
        if not self._closing:
            self.write(close_frame(code, reason))
            self._begin_closing()

    def abort(self) -> None:
        """End the connection now."""
        self._finish()

    def _sent_less(self, frames: bytes, sent: int) -> None:
        """Keep what the kernel did not take, until it does."""
        self._idle = False
        self._out, self._offset, self._out_bytes = deque(), sent, -sent
        self._owe(frames)
        self._await_writable()

    def _owe(self, frames: bytes) -> None:
        if self._out is None or self._closing:
            return
        self._out.append(frames)
        self._out_bytes += len(frames)
        if self._out_bytes > OUT_MAX_BYTES:
            metrics.SLOW_CLOSED.counts[()] += 1
            self._finish()

    def _await_writable(self) -> None:
        if self._finished:
            return
        if self._writer is None:
            self._writer = gevent.get_hub().loop.io(self._socket.fileno(), _WRITE)
        self._writer.start(self._writable)

    def _writable(self) -> None:
        out = self._out
        if out is None:
            return
        try:
            while out:
                view = memoryview(out[0])[self._offset :]
                sent = self._send(view)
                self._out_bytes -= sent
                if sent < len(view):
                    self._offset += sent
                    return
                out.popleft()
                self._offset = 0
        except BlockingIOError:
            return
        except OSError:
            self._finish()
            return
        self._writer.stop()
        self._out = None
        if self._closing:
            self._shut_down()
        else:
            self._idle = True

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._finish()
        elif not self._closing:
            self._receive(data)
        else:
            self._discarded_bytes += len(data)
            if self._discarded_bytes > DISCARD_MAX_BYTES:
                self._reader.stop()

    def _receive(self, data: bytes) -> None:
        try:
            messages = self._frames.feed(data)
        except FrameError as error:
            self.close(error.close_code, str(error))
            return
        if self._frames.chatter and self._chatters():
            self.close(CloseCode.POLICY)
            return
        pinged: bytes | None = None
        for opcode, payload in messages:
            if self._closing:
                return
            if isinstance(payload, str) or opcode is Opcode.BINARY:
                self.on_message(payload)
            elif opcode is Opcode.PING:
                pinged = payload
            elif opcode is Opcode.CLOSE:
                self.write(frame(Opcode.CLOSE, payload[:2]))
                self._begin_closing()
        if pinged is not None:  # the newest ping alone needs its pong (RFC 6455 §5.5.3)
            self.write(frame(Opcode.PONG, pinged))

    def _chatters(self) -> bool:
        """Tell whether so many frames came that are no messages that this is no accident."""
        if self._chatter is None:
            self._chatter = TokenBucket(CHATTER)
        self._chatter.take(self._frames.chatter)
        self._frames.chatter = 0
        return self._chatter.abused

    def _begin_closing(self) -> None:
        if self._finished:
            return
        self._closing = True
        self._idle = False
        self._timer = gevent.get_hub().loop.timer(CLOSE_WAIT_S)
        self._timer.start(self._finish)
        if not self._reader.active:
            self._reader.start(self._readable)  # a paused one, too, must notice the peer's end
        if self._out is None:
            self._shut_down()
        self._tell_closed()

    def _shut_down(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._finish()

    def _tell_closed(self) -> None:
        tell, self.on_closed, self.on_message = self.on_closed, _nothing, _ignore
        tell()

    def _finish(self) -> None:
        if self._finished:
            return
        self._closing = self._finished = True
        self._idle = False
        for watcher in (self._reader, self._writer, self._timer):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._out = None
        self._out_bytes = 0
        self._socket.close()
        self._tell_closed()


def broadcast(sockets: Iterable[WebSocket | None], frames: bytes) -> None:
    """Send the same whole frames to each socket there is; no queue, no greenlet and no copy for those that keep up."""
    length = len(frames)
    for ws in sockets:
        if ws is None:
            continue
        if ws._idle:  # noqa: SLF001 - one module; a method call would cost a tenth of the delivery
            try:
                sent = ws._send(frames)  # noqa: SLF001
            except BlockingIOError:
                sent = 0
            except OSError:
                ws.abort()
                continue
            if sent != length:
                ws._sent_less(frames, sent)  # noqa: SLF001
        else:
            ws._owe(frames)  # noqa: SLF001


def _ignore(_message: str | bytes) -> None:
    """Take a message that comes after the end."""


def _nothing() -> None:
    """Nobody is left to be told."""
