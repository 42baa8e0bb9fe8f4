"""Engine.IO (protocol 4) on the portal's own transport.

python-engineio keeps the sessions and serves long polling; this module replaces its WebSocket side. A connection costs
no greenlet, no queue and no copy of its request: the hub reads it, one timer pings all of them.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

import engineio
import engineio.exceptions
import engineio.socket
import gevent
import gevent.queue
from engineio import packet

from portal.server.core import metrics
from portal.server.core.frames import CloseCode, Opcode, frame, text_frame
from portal.server.core.transport import HandshakeError, WebSocket, handshake_reply

TAKE_OVER: Final = "portal.take_over"
"""WSGI environ key: a callable that detaches the connection's socket from the HTTP server and returns it."""
PING_INTERVAL_S: Final = 25
PING_TIMEOUT_S: Final = 20
MESSAGE_MAX_BYTES: Final = 512 * 1024
FIRST_MESSAGE_MAX_BYTES: Final = 4 * 1024
"""Before sign-in."""
CONNECTIONS_MAX: Final = 16_384
QUEUED_MAX: Final = 256
"""Packets that a long-polling client may leave waiting."""
_PING_FRAME: Final = text_frame("2")
_HEADERS: Final = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
_REFUSALS: Final = {403: "403 Forbidden", 503: "503 Service Unavailable"}


class Listener(Protocol):
    """What a socket tells the layer above; called in the event loop or a request's greenlet, must not wait."""

    def message(self, data: str | bytes) -> None:
        """Take one Socket.IO packet, or an attachment of the last one."""
        ...

    def malformed(self) -> None:
        """Learn that the peer sent what no client of ours sends; the socket closes."""
        ...


class EngineSocket(engineio.socket.Socket):  # type: ignore[misc]  # the library is not typed
    """One Engine.IO session; ``ws`` is its WebSocket from the moment on at which packets go that way."""

    def __init__(self, server: "EngineServer", sid: str) -> None:
        # The base class would make a queue and a dictionary for each; see its __init__ for the names.
        self.server = server
        self.sid = sid
        self.queue: Any = None
        self.last_ping: float | None = None
        self.connected = self.upgrading = self.upgraded = self.closing = self.closed = False
        self.ws: WebSocket | None = None
        self._probing: WebSocket | None = None
        self.listener: Listener

    def accept(self, environ: dict[str, Any], opening: packet.Packet) -> None:
        """Take the request's connection over as this session's WebSocket. Raises HandshakeError."""
        ws = self._take_over(environ)
        ws.write(handshake_reply(environ) + text_frame(opening.encode()))
        self.connected = True
        self._use(ws)
        ws.start()

    def send(self, pkt: packet.Packet) -> None:
        """Send one packet, or queue it for the next poll."""
        if self.closed:
            return
        if self.ws is not None:
            encoded = pkt.encode()
            self.ws.write(text_frame(encoded) if isinstance(encoded, str) else frame(Opcode.BINARY, encoded))
        elif self.queue is not None:
            self.queue.put(pkt)
            if self.queue.qsize() > QUEUED_MAX and not self.closing:
                metrics.SLOW_CLOSED.counts[()] += 1
                self.close(abort=True, reason=self.server.reason.TRANSPORT_ERROR)

    def send_texts(self, texts: Iterable[str]) -> None:
        """Send Socket.IO packets that are text."""
        for text in texts:
            self.send(packet.Packet(packet.MESSAGE, text))

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take the packets that a long-polling client posts."""
        try:
            super().handle_post_request(environ)
        except ValueError:
            self.listener.malformed()

    def receive(self, pkt: packet.Packet) -> None:
        """Take a packet of a long-polling client."""
        if pkt.packet_type == packet.PONG:
            self.last_ping = None
        elif pkt.packet_type == packet.MESSAGE:
            # engineio has parsed what it could; the packet layer wants the text.
            data = pkt.data if isinstance(pkt.data, (str, bytes)) else pkt.json.dumps(pkt.data)
            self.listener.message(data)
        elif pkt.packet_type == packet.CLOSE:
            self.close(abort=True, reason=self.server.reason.CLIENT_DISCONNECT)
        else:
            raise engineio.exceptions.UnknownPacketError

    def ping(self) -> None:
        """Ask whether the peer is there; the sweeper closes the socket if ``last_ping`` is not cleared in time."""
        self.last_ping = time.monotonic()
        if self.ws is not None:
            self.ws.write(_PING_FRAME)
        else:
            self.send(packet.Packet(packet.PING))

    def check_ping_timeout(self) -> bool:
        """Tell whether the session is open; time is the sweeper's business."""
        return not self.closed

    def schedule_ping(self) -> None:
        """Do nothing: the sweeper pings all sockets."""

    def close(
        self,
        wait: bool = True,  # noqa: ARG002, FBT001, FBT002 - the base class's signature
        abort: bool = False,  # noqa: FBT001, FBT002
        reason: str | None = None,
        code: int = CloseCode.NORMAL,
    ) -> None:
        """End the session and tell the layer above. ``abort``: without an Engine.IO goodbye."""
        if self.closed or self.closing:
            return
        self.closing = True
        self.server._trigger_event("disconnect", self.sid, reason or self.server.reason.SERVER_DISCONNECT)  # noqa: SLF001
        if not abort:
            self.send(packet.Packet(packet.CLOSE))
        self.closed = True
        if self.queue is not None:
            self.queue.put(None)
        for ws in (self.ws, self._probing):
            if ws is not None:
                ws.close(code)
        self.ws = self._probing = None
        self.server.sockets.pop(self.sid, None)

    def _upgrade_websocket(self, environ: dict[str, Any], _start_response: Any) -> Any:
        """Begin the change from polling to WebSocket (Engine.IO protocol 4, "Upgrade")."""
        if self.upgraded or self.upgrading:
            return self.server._bad_request()  # noqa: SLF001 - the base class's own way
        try:
            ws = self._take_over(environ)
        except HandshakeError:
            return self.server._bad_request()  # noqa: SLF001
        ws.write(handshake_reply(environ))
        self.upgrading = True
        self._probing = ws
        ws.on_message = self._probed
        ws.on_closed = self._probe_failed
        ws.start()
        return []

    def _take_over(self, environ: dict[str, Any]) -> WebSocket:
        handshake_reply(environ)  # raises before the connection is ours
        take_over = environ.get(TAKE_OVER)
        if take_over is None:
            raise HandshakeError
        return WebSocket(take_over(), limit_bytes=FIRST_MESSAGE_MAX_BYTES)

    def _use(self, ws: WebSocket) -> None:
        self.ws, self._probing = ws, None
        self.upgraded, self.upgrading = True, False
        ws.on_message = self._message
        ws.on_closed = self._lost

    def _probed(self, data: str | bytes) -> None:
        ws = self._probing
        if ws is None:
            return
        if data == "2probe":
            ws.write(text_frame("3probe"))
            self.queue.put(packet.Packet(packet.NOOP))  # ends the poll that is under way
        elif data == "5":
            self._use(ws)
            self._flush_queue()
        else:
            ws.close(CloseCode.PROTOCOL)

    def _probe_failed(self) -> None:
        self._probing, self.upgrading = None, False

    def _flush_queue(self) -> None:
        waiting, self.queue = self.queue, None
        while waiting.qsize():
            pkt = waiting.get_nowait()
            if pkt is not None and pkt.packet_type != packet.NOOP:
                self.send(pkt)

    def _message(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self.listener.message(data)
        elif data.startswith("4"):
            self.listener.message(data[1:])
        elif data == "3" and self.last_ping is not None:
            self.last_ping = None
        elif data == "1":
            self.close(abort=True, reason=self.server.reason.CLIENT_DISCONNECT)
        else:
            self.listener.malformed()

    def _lost(self) -> None:
        self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE)


class EngineServer(engineio.Server):  # type: ignore[misc]  # the library is not typed
    """The sessions. ``origins`` may connect; others, and browsers that hide theirs, are refused."""

    def __init__(
        self,
        *,
        origins: frozenset[str],
        polling: bool,
        make_listener: Callable[[EngineSocket, dict[str, Any]], Listener],
        connections_max: int = CONNECTIONS_MAX,
        **options: Any,
    ) -> None:
        super().__init__(
            async_mode="gevent",
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            max_http_buffer_size=MESSAGE_MAX_BYTES,
            http_compression=False,
            cors_allowed_origins=[],  # no answer is for other origins; the check is ours, below
            monitor_clients=False,
            transports=["polling", "websocket"] if polling else ["websocket"],
            **options,
        )
        self._origins = origins
        self._make_listener = make_listener
        self._connections_max = connections_max
        self.sweeper = Sweeper()

    def handle_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Serve one HTTP request of Engine.IO, after looking where it comes from."""
        refusal = self._refusal(environ)
        if refusal is None:
            return super().handle_request(
                environ, lambda status, headers: start_response(status, [*headers, *_HEADERS])
            )
        start_response(_REFUSALS[refusal], [("Content-Type", "text/plain"), *_HEADERS])
        return [b""]

    def _refusal(self, environ: dict[str, Any]) -> int | None:
        origin = environ.get("HTTP_ORIGIN")
        # Whoever knows a session's random id has opened it.
        opening = "sid=" not in environ.get("QUERY_STRING", "")
        if origin is None:
            # Browsers omit it on same-origin GETs alone, and then say so in a header that pages can not set.
            same = "HTTP_UPGRADE" not in environ and environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
            if opening and not same:
                return 403
        elif origin not in self._origins:
            return 403
        return 503 if opening and len(self.sockets) >= self._connections_max else None

    def _handle_connect(
        self,
        environ: dict[str, Any],
        start_response: Any,  # noqa: ARG002 - the base class's signature
        transport: str,
        jsonp_index: int | None = None,
    ) -> Any:
        if jsonp_index is not None:
            return self._bad_request()
        session = EngineSocket(self, self.generate_id())
        session.listener = self._make_listener(session, environ)
        opening = self._opening(session, transport)
        try:
            if transport == "websocket":
                session.accept(environ, opening)
            else:
                session.queue = gevent.queue.JoinableQueue()
                session.connected = True
        except HandshakeError:
            return self._bad_request()
        self.sockets[session.sid] = session
        self._trigger_event("connect", session.sid, environ)
        self.sweeper.watch(session)
        return [] if transport == "websocket" else self._ok([opening])

    def _opening(self, session: EngineSocket, transport: str) -> packet.Packet:
        return packet.Packet(
            packet.OPEN,
            {
                "sid": session.sid,
                "upgrades": ["websocket"] if transport == "polling" else [],
                "pingTimeout": PING_TIMEOUT_S * 1000,
                "pingInterval": PING_INTERVAL_S * 1000,
                "maxPayload": self.max_http_buffer_size,
            },
        )


class Sweeper:
    """One timer for all sockets: pings, closes those that did not answer, and calls what is due.

    All waits of one kind are equally long, so each kind is a queue in order of time and a look costs nothing.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._to_ping: deque[tuple[float, EngineSocket]] = deque()
        self._to_check: deque[tuple[float, EngineSocket]] = deque()
        self._due: dict[float, deque[tuple[float, Callable[[], None]]]] = {}
        self._timer: Any = None

    def start(self) -> None:
        """Look once a second, on this thread's hub."""
        self._timer = gevent.get_hub().loop.timer(1.0, 1.0)
        self._timer.start(self.sweep)

    def stop(self) -> None:
        """End the timer."""
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def watch(self, session: EngineSocket) -> None:
        """Ping ``session`` from now on."""
        self._to_ping.append((self._clock_s() + PING_INTERVAL_S, session))

    def after(self, wait_s: float, call: Callable[[], None]) -> None:
        """Call ``call`` in ``wait_s`` seconds, to the second; few different waits are expected."""
        self._due.setdefault(wait_s, deque()).append((self._clock_s() + wait_s, call))

    def sweep(self) -> None:
        """Do what is due by now."""
        now_s = self._clock_s()
        for session in _pop_due(self._to_check, now_s):
            if session.last_ping is not None and not session.closed:
                session.close(abort=True, reason=session.server.reason.PING_TIMEOUT)
        for session in _pop_due(self._to_ping, now_s):
            if not session.closed:
                session.ping()
                self._to_check.append((now_s + PING_TIMEOUT_S, session))
                self._to_ping.append((now_s + PING_INTERVAL_S, session))
        for waiting in self._due.values():
            for call in _pop_due(waiting, now_s):
                call()


def _pop_due(waiting: deque[tuple[float, Any]], now_s: float) -> list[Any]:
    due = []
    while waiting and waiting[0][0] <= now_s:
        due.append(waiting.popleft()[1])
    return due
