"""Sockets of signed-in people: who is there, what they may send, and events to audiences after a commit.

A connection signs in with a one-time ticket (docs/protocol.md §7) and joins ``all``, its account and its device.
Socket.IO only wakes clients: whoever misses an event finds the gap in the record's numbers and fetches it.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import flask
import structlog

from portal.server.core import i18n, metrics, outbox
from portal.server.core.actor import Actor
from portal.server.core.buckets import Rate, TokenBucket
from portal.server.core.connection import Connection, EventHandler
from portal.server.core.descriptors import files_allowed
from portal.server.core.engine import CONNECTIONS_MAX, EngineSocket
from portal.server.core.fanout import Fanout, Prepared, fanout, prepare
from portal.server.core.frames import CloseCode
from portal.server.core.outbox import Audience, Eviction, Outbox
from portal.server.core.packets import encode_acceptance, encode_event, encode_refusal
from portal.server.core.sockets import SocketIO, SocketServer
from portal.server.core.transport import broadcast
from portal.server.core.work import Hub, run_in_thread
from portal.wire.errors import PeerError, PortalError

SIGN_IN_DEADLINE_S: Final = 10.0
STRANGERS_MAX: Final = 2048
"""Sockets that have not signed in."""
TICKET_MAX_CHARS: Final = 128
_REMEMBERED_S: Final = 60.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EventRates:
    """What one socket and one account (all its sockets together) may send, in events."""

    socket: Rate = field(default_factory=partial(Rate, burst=200, per_s=50))
    account: Rate = field(default_factory=partial(Rate, burst=400, per_s=100))


class Realtime:
    """All sockets of this process. Methods are for the hub's thread unless they say otherwise.

    ``authenticate`` turns a ticket into an actor; it runs in a native thread and raises PeerError ``session.ticket``.
    """

    def __init__(
        self,
        app: flask.Flask,
        *,
        origins: frozenset[str],
        polling: bool = False,
        rates: EventRates = EventRates(),
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        self.origins = origins
        self.polling = polling
        self.connections_max = min(connections_max, files_allowed() // 2)
        self.authenticate: Callable[[str], Actor] = _refuse_everyone
        self.handlers: dict[str, EventHandler] = {}
        self._rates = rates
        self._hub: Hub | None = None
        self._signed_in: list[Callable[[Connection], None]] = []
        self._closed: list[Callable[[Connection], None]] = []
        self._by_sid: dict[str, Connection] = {}
        # Insertion-ordered, so that events go out in one order; a set would do otherwise.
        self._audiences: dict[str, dict[Connection, None]] = {}
        self._account_buckets: dict[str, TokenBucket] = {}
        self._closings: dict[str, float] = {}
        self._strangers: dict[Connection, None] = {}
        self.socketio = SocketIO(app, self)

    def start(self, hub: Hub) -> None:
        """Begin to serve on ``hub``."""
        self._hub = hub
        sweeper = self._server.engine.sweeper
        sweeper.start()
        sweeper.after(_REMEMBERED_S, self._forget)

    def stop(self) -> None:
        """Close every socket: this process goes away, clients connect again."""
        self._close_all()
        self._server.engine.sweeper.stop()
        self._hub = None

    @property
    def sockets(self) -> tuple[int, int]:
        """How many sockets there are, and how many of them have signed in; from any thread."""
        return len(self._server.engine.sockets), len(self._by_sid)

    def on(self, event: str, handler: Callable[..., Any]) -> None:
        """Answer ``event`` with ``handler(connection, *args)``, whose JSON result is acknowledged.

        It runs in a greenlet and may wait; a connection's events run one after another. It refuses with a PortalError.
        """
        self.handlers[event] = EventHandler.of(handler, nowait=False)

    def on_nowait(self, event: str, handler: Callable[..., None]) -> None:
        """Answer ``event`` with ``handler(connection, reply, *args)``, which must not wait.

        ``reply(outcome)`` acknowledges, once, at any later time, with a JSON value or a PortalError; on the hub.
        """
        self.handlers[event] = EventHandler.of(handler, nowait=True)

    def on_signed_in(self, listener: Callable[[Connection], None]) -> None:
        """Call ``listener`` for each connection that signs in, in a greenlet that may wait."""
        self._signed_in.append(listener)

    def on_closed(self, listener: Callable[[Connection], None]) -> None:
        """Call ``listener`` for each signed-in connection that is gone, in a greenlet that may wait."""
        self._closed.append(listener)

    def join(self, connection: Connection, audience: Audience) -> None:
        """Send events for ``audience`` to ``connection`` from now on; nothing happens if it is closed."""
        if not connection.closed:
            self._audiences.setdefault(audience.name, {})[connection] = None
            connection.audiences.add(audience.name)

    def leave(self, connection: Connection, audience: Audience) -> None:
        """Stop that."""
        connection.audiences.discard(audience.name)
        members = self._audiences.get(audience.name)
        if members is not None:
            members.pop(connection, None)
            if not members:
                del self._audiences[audience.name]

    def connections(self, audience: Audience) -> tuple[Connection, ...]:
        """Return who gets the events for ``audience``."""
        return tuple(self._audiences.get(audience.name, ()))

    def find(self, sid: str) -> Connection | None:
        """Return the signed-in connection with this Socket.IO id."""
        return self._by_sid.get(sid)

    def emit(self, name: str, *payload: Any, to: Audience, skip: Connection | None = None) -> None:
        """Send what belongs to no transaction, such as typing, to ``to``."""
        self._write(fanout(to, (encode_event(name, payload),)), skip)

    def deliver(self, committed: Outbox) -> None:
        """Do what a committed unit of work noted. Callable from any thread; ``Database.write`` calls it."""
        self.post(prepare(committed.steps))

    def post(self, steps: Sequence[Prepared]) -> None:
        """Do ``steps`` after all that were posted before. Callable from any thread."""
        if self._hub is not None:
            self._hub.post(partial(self._do, steps))

    def hears(self, audience: str) -> bool:
        """Tell whether any socket gets the events for ``audience``. Callable from any thread.

        A socket that joins later reads what was committed before.
        """
        return audience in self._audiences

    def close_everyone(self) -> None:
        """Close all sockets, after what was posted before: what they missed they find when they connect again.

        Callable from any thread.
        """
        if self._hub is not None:
            self._hub.post(self._close_all)

    def connection(self, session: EngineSocket, language: str) -> Connection:
        """Return a new connection for ``session``; the engine asks."""
        return Connection(session, self.handlers, self._sign_in, self._rates.socket, language)

    def opened(self, connection: Connection) -> None:
        """Give ``connection`` its deadline; the engine says that it is there.

        Of too many that have not signed in the oldest goes: a person's signs in at once.
        """
        self._strangers[connection] = None
        if len(self._strangers) > STRANGERS_MAX:
            next(iter(self._strangers)).close(CloseCode.TRY_LATER)
        self._server.engine.sweeper.after(SIGN_IN_DEADLINE_S, partial(_close_stranger, connection))

    def closed(self, connection: Connection) -> None:
        """Forget ``connection``; the engine says that it is gone."""
        self._strangers.pop(connection, None)
        if self._by_sid.pop(connection.sid, None) is None:
            return
        for name in tuple(connection.audiences):
            self.leave(connection, Audience(name))
        for listener in self._closed:
            connection.later(partial(listener, connection))

    @property
    def _server(self) -> SocketServer:
        server: SocketServer = self.socketio.server
        return server

    def _sign_in(self, connection: Connection, credentials: Any) -> None:
        """Answer a CONNECT packet; runs in the connection's greenlet."""
        begun_s = time.monotonic()
        try:
            actor = run_in_thread(partial(self.authenticate, _ticket(connection, credentials)))
            if self._was_closed_since(actor, begun_s):
                raise PeerError("session.ticket")
        except PortalError as error:
            message = i18n.text(f"error.{error.code}", connection.language)
            body = {"code": error.code, "message": message, "detail": error.detail}
            connection.send(encode_refusal(error.code, body))
            return
        if connection.closed:
            return
        bucket = self._account_buckets.setdefault(actor.account, TokenBucket(self._rates.account))
        connection.welcome(actor, bucket)
        self._strangers.pop(connection, None)
        self._by_sid[connection.sid] = connection
        connection.send(encode_acceptance(connection.sid))
        for audience in _own_audiences(actor):
            self.join(connection, audience)
        for listener in self._signed_in:
            listener(connection)

    def _was_closed_since(self, actor: Actor, since_s: float) -> bool:
        """Tell whether a revocation overtook the ticket while its database was asked."""
        return any(self._closings.get(audience.name, 0.0) >= since_s for audience in _own_audiences(actor))

    def _close_all(self) -> None:
        for session in list(self._server.engine.sockets.values()):
            session.close(abort=True, code=CloseCode.GOING_AWAY)

    def _do(self, steps: Iterable[Prepared]) -> None:
        for step in steps:
            if isinstance(step, Fanout):
                self._write(step, None)
            elif isinstance(step, Eviction):
                for connection in self.connections(step.who):
                    self.leave(connection, step.audience)
            else:
                self._closings[step.who.name] = time.monotonic()
                for connection in self.connections(step.who):
                    connection.close()

    def _write(self, events: Fanout, skip: Connection | None) -> None:
        members = self._audiences.get(events.audience)
        if members is None:
            return
        sockets = [connection.session.ws for connection in members if connection is not skip]
        metrics.DELIVERIES.counts[()] += len(sockets)
        broadcast(sockets, events.frames)
        if self.polling:
            for connection in members:
                if connection.session.ws is None and connection is not skip:
                    connection.session.send_texts(events.texts)

    def _forget(self) -> None:
        """Drop what no longer matters: full buckets of absent accounts, old closings."""
        long_ago_s = time.monotonic() - _REMEMBERED_S
        self._closings = {name: at_s for name, at_s in self._closings.items() if at_s > long_ago_s}
        self._account_buckets = {
            name: bucket
            for name, bucket in self._account_buckets.items()
            if f"account:{name}" in self._audiences or not bucket.full
        }
        self._server.engine.sweeper.after(_REMEMBERED_S, self._forget)


def _own_audiences(actor: Actor) -> tuple[Audience, ...]:
    own = (outbox.everyone(), outbox.account(actor.account))
    return own if actor.device is None else (*own, outbox.device(actor.device))


def _ticket(connection: Connection, credentials: Any) -> str:
    ticket = credentials.get("ticket") if isinstance(credentials, dict) else None
    if connection.signed_in or not isinstance(ticket, str) or len(ticket) > TICKET_MAX_CHARS:
        raise PeerError("session.ticket")
    return ticket


def _close_stranger(connection: Connection) -> None:
    if not connection.signed_in:
        connection.close()


def _refuse_everyone(_ticket: str) -> Actor:
    raise PeerError("session.ticket")
