"""A portal that really serves, in a thread of its own with gevent's hub, and Socket.IO lines to it."""

import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import flask
import gevent
import gevent.event
import websocket

from portal.config import Settings
from portal.server.app import create_app
from portal.server.core.gateway import Gateway
from portal.server.core.realtime import EventRates
from portal.server.core.work import adopt_hub
from tests.server.rooms.driver import Peer, portal_of

ORIGIN = "http://localhost:8700"
WAIT_S = 60.0


@contextlib.contextmanager
def serving(settings: Settings, rates: EventRates | None = None) -> Iterator[tuple[flask.Flask, int]]:
    """Serve an installation; yields the application and its port."""
    ready, found = threading.Event(), []
    port = _free_port()

    def run() -> None:
        hub = adopt_hub()
        app = create_app(settings, rates=rates)
        gateway = Gateway(app, "127.0.0.1", port)
        stop = gevent.event.Event()
        gateway.start()
        portal_of(app).start(hub)
        found.extend([app, hub, stop])
        ready.set()
        stop.wait()
        gateway.stop()
        portal_of(app).stop()
        gevent.get_hub().destroy(destroy_loop=True)

    thread = threading.Thread(target=run, name="served-portal")
    thread.start()
    assert ready.wait(WAIT_S), "the server did not start"
    app, hub, stop = found
    try:
        yield app, port
    finally:
        hub.post(stop.set)
        thread.join(WAIT_S)
        assert not thread.is_alive()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RefusedError(Exception):
    """The server answered an event with an error; ``code`` is of the closed list."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["code"])
        self.code: str = error["code"]


@dataclass
class Line:
    """One signed-in socket; events wait in ``events`` until somebody looks."""

    ws: websocket.WebSocket
    events: deque[list[Any]] = field(default_factory=deque)
    _acks: int = 0

    @classmethod
    def connect(cls, peer: Peer, port: int) -> "Line":
        """Sign in with a fresh ticket."""
        ticket = peer.browser.ok("POST", "/api/socket-ticket", {})["ticket"]
        ws = websocket.create_connection(
            f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket", origin=ORIGIN, timeout=WAIT_S
        )
        line = cls(ws)
        assert ws.recv()[:1] == "0"
        ws.send("40" + json.dumps({"ticket": ticket}))
        accepted = line._packet()
        assert accepted[:2] == "40", accepted
        return line

    def send(self, event: str, *arguments: Any) -> int:
        """Send an event; return the number of its acknowledgement."""
        self._acks += 1
        self.ws.send(f"42{self._acks}" + json.dumps([event, *arguments]))
        return self._acks

    def answer(self, ack: int) -> Any:
        """Wait for the acknowledgement ``ack``; RefusedError if it is a refusal."""
        while True:
            packet = self._packet()
            if packet.startswith(f"43{ack}["):
                (outcome,) = json.loads(packet[len(f"43{ack}") :])
                if "error" in outcome:
                    raise RefusedError(outcome["error"])
                return outcome["ok"]
            self._keep(packet)

    def ask(self, event: str, *arguments: Any) -> Any:
        """Send an event and wait for its answer."""
        return self.answer(self.send(event, *arguments))

    def refused(self, event: str, *arguments: Any) -> str:
        """Send an event that must be refused; return the code."""
        try:
            self.ask(event, *arguments)
        except RefusedError as refusal:
            return refusal.code
        msg = f"{event} was not refused"
        raise AssertionError(msg)

    def next(self, name: str) -> list[Any]:
        """Wait for the next event of this name and return its payload; others are kept."""
        for place, event in enumerate(self.events):
            if event[0] == name:
                del self.events[place]
                return event[1:]
        while True:
            self._keep(self._packet())
            if self.events[-1][0] == name:
                return self.events.pop()[1:]

    def settled(self) -> list[list[Any]]:
        """Return every event that arrived until the server answered a question asked now."""
        with contextlib.suppress(RefusedError):
            self.ask("room.close", "no room")
        events = list(self.events)
        self.events.clear()
        return events

    def close(self) -> None:
        """Hang up."""
        self.ws.close()

    def _packet(self) -> str:
        while True:
            raw = self.ws.recv()
            if raw == "2":
                self.ws.send("3")
            elif raw == "":
                msg = "the server hung up"
                raise ConnectionError(msg)
            else:
                return str(raw)

    def _keep(self, packet: str) -> None:
        assert packet.startswith("42"), packet
        self.events.append(json.loads(packet[2:]))
