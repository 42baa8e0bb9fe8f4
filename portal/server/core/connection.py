"""One client's Socket.IO connection: reads packets, spends its tokens, runs its events in order, answers them.

Events run one at a time and in the order of their arrival. One that need not wait runs in the event loop itself; any
other goes through a bounded inbox that one greenlet works off, and while the inbox is full nothing more is read.
"""

import inspect
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Final

import gevent

from portal.server.core import i18n, logs, metrics
from portal.server.core.actor import Actor
from portal.server.core.buckets import Rate, TokenBucket
from portal.server.core.engine import MESSAGE_MAX_BYTES, EngineSocket
from portal.server.core.frames import CloseCode, text_frame
from portal.server.core.packets import (
    Json,
    MalformedPacketError,
    Packet,
    PacketKind,
    attach,
    decode_packet,
    encode_ack,
    encode_event,
)
from portal.wire.errors import OwnFault, PeerError, PortalError

_NUMBERS: Final = count(1)
INBOX_MAX: Final = 64
SIGN_IN_TOKENS: Final = 5.0
MISBEHAVIOUR_TOKENS: Final = 10.0
"""What a PeerError costs its sender beyond the event."""


@dataclass(frozen=True, slots=True)
class EventHandler:
    """A function for one event.

    ``nowait``: it gets a reply function as its second argument and runs in the event loop. ``least`` and ``most`` bound
    how many arguments it takes.
    """

    function: Callable[..., Any]
    nowait: bool
    least: int
    most: int

    @classmethod
    def of(cls, function: Callable[..., Any], *, nowait: bool) -> "EventHandler":
        """Return the handler that calls ``function(connection, *args)`` or ``function(connection, reply, *args)``."""
        parameters = list(inspect.signature(function).parameters.values())[2 if nowait else 1 :]
        required = sum(parameter.default is parameter.empty for parameter in parameters)
        variadic = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
        return cls(function, nowait, required - variadic, 64 if variadic else len(parameters))


class Connection:
    """A socket and, once it is signed in, whose it is.

    ``sid`` is its Socket.IO id; ``audiences`` are the names of those it has joined, changed by Realtime alone.
    """

    __slots__ = (
        "_account_bucket",
        "_actor",
        "_attached",
        "_bucket",
        "_busy",
        "_events",
        "_handlers",
        "_inbox",
        "_number",
        "_sign_in",
        "audiences",
        "language",
        "session",
        "sid",
    )

    def __init__(
        self,
        session: EngineSocket,
        handlers: Mapping[str, EventHandler],
        sign_in: "Callable[[Connection, Any], None]",
        rate: Rate,
        language: str,
    ) -> None:
        self.session = session
        self.sid = session.sid
        self.language = language
        self.audiences: set[str] = set()
        self._handlers = handlers
        self._sign_in = sign_in
        self._actor: Actor | None = None
        self._bucket = TokenBucket(rate)
        self._account_bucket: TokenBucket | None = None
        self._attached: Packet | None = None  # an event whose attachment has not come yet
        self._inbox: deque[Callable[[], None]] = deque()
        self._busy = False
        self._number = next(_NUMBERS)
        self._events = 0

    @property
    def actor(self) -> Actor:
        """Who acts; PeerError session.required before sign-in."""
        if self._actor is None:
            raise PeerError("session.required")
        return self._actor

    @property
    def signed_in(self) -> bool:
        """Whether a ticket was accepted."""
        return self._actor is not None

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return bool(self.session.closed)

    def emit(self, name: str, *payload: Any) -> None:
        """Send one event of portal.wire.events to this client alone; on the hub's thread."""
        self.send(encode_event(name, payload))

    def send(self, text: str) -> None:
        """Send one Socket.IO packet."""
        ws = self.session.ws
        if ws is not None:
            ws.write(text_frame("4" + text))
        else:
            self.session.send_texts((text,))

    def close(self, code: CloseCode = CloseCode.POLICY) -> None:
        """Close the socket."""
        self.session.close(code=code)

    def welcome(self, actor: Actor, account_bucket: TokenBucket) -> None:
        """Make this the connection of ``actor``: it may send more, and spends the account's tokens, too."""
        self._actor = actor
        self._account_bucket = account_bucket
        if self.session.ws is not None:
            self.session.ws.start(limit_bytes=MESSAGE_MAX_BYTES)

    def later(self, task: Callable[[], None]) -> None:
        """Run ``task``, which may wait, after everything that this client has sent so far."""
        self._inbox.append(task)
        if len(self._inbox) == INBOX_MAX and self.session.ws is not None:
            self.session.ws.pause()
        if not self._busy:
            self._busy = True
            gevent.spawn(self._work_off)

    def message(self, data: str | bytes) -> None:
        """Take what the transport received."""
        try:
            packet = self._packet(data)
        except MalformedPacketError:
            self.malformed()
            return
        if packet is None or not self._spend(packet):
            return
        if packet.kind is PacketKind.EVENT:
            self._event(packet)
        elif packet.kind is PacketKind.CONNECT:
            self.later(partial(self._sign_in, self, packet.data))
        elif packet.kind is PacketKind.DISCONNECT:
            self.session.close(reason=self.session.server.reason.CLIENT_DISCONNECT)

    def malformed(self) -> None:
        """Close: no client of ours sends this, and nothing after it can be trusted to be whole."""
        self.close(CloseCode.PROTOCOL)

    def _packet(self, data: str | bytes) -> Packet | None:
        if isinstance(data, bytes):
            if self._attached is None:
                raise MalformedPacketError
            packet, self._attached = attach(self._attached, data), None
            return packet
        if self._attached is not None:
            raise MalformedPacketError
        packet = decode_packet(data)
        if packet.kind is PacketKind.BINARY_EVENT:
            if self._actor is None:
                raise MalformedPacketError
            self._attached = packet
            return None
        return packet

    def _spend(self, packet: Packet) -> bool:
        """Pay for ``packet``; whoever goes on without tokens is closed."""
        tokens = SIGN_IN_TOKENS if packet.kind is PacketKind.CONNECT else 1.0
        bucket = self._bucket
        if bucket.take(tokens):
            if self._account_bucket is None or self._account_bucket.take(tokens):
                return True
            bucket = self._account_bucket
        if bucket.abused:
            self.close()
        elif packet.ack is not None:
            self._answer(packet.ack, OwnFault("request.too_many", wait_ms=int(bucket.wait_s * 1000)))
        return False

    def _event(self, packet: Packet) -> None:
        name, *arguments = packet.data
        handler = self._handlers.get(name)
        if handler is None or not handler.least <= len(arguments) <= handler.most:
            self._answer(packet.ack, PeerError("request.malformed", field=name[:64]))
            return
        metrics.EVENTS.counts[name,] += 1
        self._events += 1
        event = (self._number, self._events, name)
        run = self._run_nowait if handler.nowait else self._run
        if handler.nowait and not self._busy:
            self._named(event, run, handler, arguments, packet.ack)
        else:
            self.later(partial(self._named, event, run, handler, arguments, packet.ack))

    def _named(
        self,
        event: tuple[int, int, str],
        run: Callable[[EventHandler, list[Any], int | None], None],
        handler: EventHandler,
        arguments: list[Any],
        ack: int | None,
    ) -> None:
        """Run an event under its id, for the lines of logs."""
        token = logs.SOCKET_EVENT.set(event)
        try:
            run(handler, arguments, ack)
        finally:
            logs.SOCKET_EVENT.reset(token)

    def _run(self, handler: EventHandler, arguments: list[Any], ack: int | None) -> None:
        try:
            self._answer(ack, handler.function(self, *self._checked(arguments)))
        except PortalError as error:
            self._answer(ack, error)
        except BaseException as defect:
            self._answer(ack, _fault(defect))
            raise

    def _run_nowait(self, handler: EventHandler, arguments: list[Any], ack: int | None) -> None:
        try:
            handler.function(self, partial(self._answer, ack), *self._checked(arguments))
        except PortalError as error:
            self._answer(ack, error)
        except BaseException as defect:
            self._answer(ack, _fault(defect))
            raise

    def _checked(self, arguments: list[Any]) -> list[Any]:
        """Return ``arguments`` if this client may send events at all: not before sign-in, not after its end."""
        if self._actor is None or self.session.closed:
            raise PeerError("session.required")
        return arguments

    def _answer(self, ack: int | None, outcome: Any) -> None:
        """Acknowledge with ``outcome``, a JSON value or a refusal."""
        if isinstance(outcome, PortalError):
            metrics.REFUSALS.counts["socket", outcome.code] += 1
            if isinstance(outcome, PeerError):
                self._bucket.take(MISBEHAVIOUR_TOKENS)
            message = i18n.text(f"error.{outcome.code}", self.language)
            answer: Any = {"error": {"code": outcome.code, "message": message, "detail": outcome.detail}}
        elif type(outcome) is Json:
            answer = Json(f'{{"ok":{outcome}}}')
        else:
            answer = {"ok": outcome}
        if ack is not None and not self.session.closed:
            self.send(encode_ack(ack, answer))

    def _work_off(self) -> None:
        inbox = self._inbox
        try:
            while inbox:
                task = inbox.popleft()
                if len(inbox) == INBOX_MAX // 2 and self.session.ws is not None:
                    self.session.ws.start()
                task()
        finally:
            self._busy = False
            if inbox:  # a defect ended this greenlet; the hub reports it, the rest still runs
                self._busy = True
                gevent.spawn(self._work_off)


def _fault(defect: BaseException) -> OwnFault:
    """Return what the client is told of a defect; the same id stands in the log."""
    fault = secrets.token_hex(6)
    defect.add_note(f"fault {fault}")
    return OwnFault("server.fault", fault=fault)
