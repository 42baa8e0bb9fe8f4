"""Flask-SocketIO and python-socketio on our engine: the libraries' API for servers, our path for every packet.

Events of Realtime.on and of SocketIO.on land in the same table. ``SocketIO.emit``, ``join_room`` and the like work on
Realtime's audiences. Only the default namespace exists.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

import flask
import flask_socketio
import socketio
from engineio import packet as engine_packet
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from portal.server.core import i18n, metrics
from portal.server.core.connection import Connection, EventHandler
from portal.server.core.engine import EngineServer, EngineSocket
from portal.server.core.frames import CloseCode
from portal.server.core.outbox import Audience

if TYPE_CHECKING:
    from portal.server.core.realtime import Realtime


class SocketIO(flask_socketio.SocketIO):  # type: ignore[misc]  # the library is not typed
    """Flask-SocketIO with our server behind it."""

    def __init__(self, app: flask.Flask, realtime: "Realtime") -> None:
        super().__init__(app, async_mode="gevent", async_handlers=False, manage_session=False)
        self.server = SocketServer(app, realtime)
        self.sockio_mw.engineio_app = self.server


class SocketServer(socketio.Server):  # type: ignore[misc]  # the library is not typed
    """Hands every connection and packet to Realtime's connections."""

    def __init__(self, app: flask.Flask, realtime: "Realtime") -> None:
        self._app = app
        self._realtime = realtime
        super().__init__(client_manager=AudienceManager(realtime), async_handlers=False)

    @property
    def engine(self) -> EngineServer:
        """The Engine.IO server below."""
        engine: EngineServer = self.eio
        return engine

    def on(self, event: str, handler: Any = None, namespace: str | None = None) -> Any:
        """Register ``handler(sid, *args)`` for ``event``, as the library does; usable as a decorator."""
        if handler is None:
            return lambda function: self.on(event, function, namespace)
        realtime = self._realtime
        realtime.handlers[event] = EventHandler(
            lambda peer, *args: handler(peer.sid, *args), nowait=False, least=0, most=64
        )
        return handler

    def get_environ(self, sid: str, namespace: str | None = None) -> dict[str, Any]:  # noqa: ARG002 - as in the base
        """Return a bare WSGI environ: connections keep nothing of their request."""
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/socket.io/",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
            "flask.app": self._app,
        }

    def _engineio_server_class(self) -> Any:
        def make(**options: Any) -> EngineServer:
            realtime = self._realtime
            return EngineServer(
                origins=realtime.origins,
                polling=realtime.polling,
                make_listener=self._listener,
                connections_max=realtime.connections_max,
                async_handlers=options["async_handlers"],
            )

        return make

    def _listener(self, session: EngineSocket, environ: dict[str, Any]) -> Connection:
        accepted = parse_accept_header(environ.get("HTTP_ACCEPT_LANGUAGE", ""), LanguageAccept)
        return self._realtime.connection(session, i18n.best_language(accepted))

    def _handle_eio_connect(self, eio_sid: str, _environ: dict[str, Any]) -> None:
        metrics.SOCKETS_OPENED.counts[()] += 1
        self._realtime.opened(self.eio.sockets[eio_sid].listener)

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        self.eio.sockets[eio_sid].listener.message(data)

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        session = self.eio.sockets.get(eio_sid)
        if session is not None:
            metrics.SOCKETS_CLOSED.counts[reason,] += 1
            self._realtime.closed(session.listener)


class AudienceManager(socketio.Manager):  # type: ignore[misc]  # the library is not typed
    """The library's rooms as Realtime's audiences."""

    def __init__(self, realtime: "Realtime") -> None:
        super().__init__()
        self._realtime = realtime

    def get_namespaces(self) -> list[str]:
        """Return the default namespace."""
        return ["/"]

    def is_connected(self, sid: str, _namespace: str) -> bool:
        """Tell whether ``sid`` is signed in."""
        return self._realtime.find(sid) is not None

    can_disconnect = is_connected

    def get_participants(self, _namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Yield (sid, session id), which are the same here."""
        for peer in self._members(room):
            yield peer.sid, peer.sid

    def get_rooms(self, sid: str, _namespace: str) -> list[str]:
        """Return the audiences of ``sid``."""
        peer = self._realtime.find(sid)
        return [] if peer is None else [sid, *sorted(peer.audiences)]

    def enter_room(self, sid: str, _namespace: str, room: str, eio_sid: str | None = None) -> None:  # noqa: ARG002
        """Let ``sid`` join an audience."""
        peer = self._realtime.find(sid)
        if peer is not None:
            self._realtime.join(peer, Audience(room))

    def leave_room(self, sid: str, _namespace: str, room: str) -> None:
        """Let ``sid`` leave an audience."""
        peer = self._realtime.find(sid)
        if peer is not None:
            self._realtime.leave(peer, Audience(room))

    def close_room(self, room: str, _namespace: str) -> None:
        """Let everyone leave an audience."""
        for peer in self._members(room):
            self._realtime.leave(peer, Audience(room))

    def pre_disconnect(self, sid: str, namespace: str) -> str:  # noqa: ARG002 - named so by callers
        """Return the session id."""
        return sid

    def disconnect(self, sid: str, namespace: str, **_options: Any) -> None:  # noqa: ARG002 - named so by callers
        """Close ``sid``."""
        peer = self._realtime.find(sid)
        if peer is not None:
            peer.close(CloseCode.NORMAL)

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **_options: Any,
    ) -> None:
        """Send ``event`` to an audience, a sid or everyone. Clients are never asked to acknowledge."""
        if callback is not None:
            msg = "events to clients have no acknowledgement"
            raise ValueError(msg)
        skipped = set(skip_sid if isinstance(skip_sid, list) else [skip_sid])
        arguments = data if isinstance(data, tuple) else () if data is None else (data,)
        packet = self.server.packet_class(2, data=[event, *arguments], namespace=namespace)
        encoded = packet.encode()
        parts = encoded if isinstance(encoded, list) else [encoded]
        for peer in self._members(to or room):
            if peer.sid not in skipped:
                for part in parts:
                    peer.session.send(engine_packet.Packet(engine_packet.MESSAGE, part))

    def _members(self, room: Any) -> list[Connection]:
        names = room if isinstance(room, (list, tuple)) else [room]
        members: dict[str, Connection] = {}
        for name in names:
            one = self._realtime.find(name) if name is not None else None
            found = [one] if one is not None else self._realtime.connections(Audience(name or "all"))
            members.update((peer.sid, peer) for peer in found)
        return list(members.values())
