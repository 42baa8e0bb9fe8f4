"""How to speak to each server: connect, listen, and the next message to send. Payload: 1 KiB of opaque bytes."""

import base64
import json
import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from portal.bench.client_frames import FrameCounter, masked_frame, open_websocket

PAYLOAD_BYTES: Final = 1024
HOST: Final = "127.0.0.1"


@dataclass(slots=True)
class Listener:
    """A connection and the counter of what comes on it."""

    connection: socket.socket
    frames: FrameCounter

    @contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """Close the connection if what is done meanwhile fails."""
        with ExitStack() as stack:
            stack.callback(self.connection.close)
            yield
            stack.pop_all()

    def next_other(self) -> bytes:
        """Wait for the next frame that is no delivery; only while the socket blocks."""
        while not self.frames.others:
            data = self.connection.recv(65_536)
            if not data:
                msg = "the server closed the connection"
                raise ConnectionError(msg)
            self.frames.feed(data)
        return self.frames.others.pop(0)

    def say(self, text: str) -> None:
        """Send one text message."""
        self.connection.sendall(masked_frame(text.encode()))


class Dialect(ABC):
    """One protocol. ``unanswered`` counts the messages whose acknowledgement, where there is one, is still to come."""

    unanswered = 0

    @abstractmethod
    def sender(self, port: int) -> Listener:
        """Return a connection that sends and is not itself counted."""

    @abstractmethod
    def listener(self, port: int, place: int) -> Listener:
        """Return connection ``place`` of those that get every message."""

    @abstractmethod
    def message(self) -> bytes:
        """Return the next message as a client's frame."""

    def look_at(self, listener: Listener) -> None:
        """Look at what came besides deliveries: pings are answered."""
        others = listener.frames.others
        if b"2" in others:
            listener.connection.setblocking(True)  # noqa: FBT003 - the socket's own name for it
            listener.say("3")
            listener.connection.setblocking(False)  # noqa: FBT003
        others.clear()


class PlainDialect(Dialect):
    """Text frames, relayed as they are: bare gevent and Node's ws."""

    def __init__(self) -> None:
        self._frame = masked_frame(base64.b64encode(os.urandom(PAYLOAD_BYTES)))

    def sender(self, port: int) -> Listener:
        """Connect without listening."""
        return self._open(port, "/send")

    def listener(self, port: int, place: int) -> Listener:  # noqa: ARG002 - all are alike
        """Connect and listen."""
        return self._open(port, "/listen")

    def message(self) -> bytes:
        """The same payload each time."""
        return self._frame

    def _open(self, port: int, path: str) -> Listener:
        connection, rest = open_websocket(HOST, port, path, f"http://{HOST}:{port}")
        frames = FrameCounter(b"")
        frames.feed(rest)
        return Listener(connection, frames)


class SocketIoDialect(Dialect):
    """An event ``msg`` to one room: stock Flask-SocketIO and Node's socket.io."""

    def __init__(self) -> None:
        payload = base64.b64encode(os.urandom(PAYLOAD_BYTES)).decode()
        self._frame = masked_frame(f'42["msg","{payload}"]'.encode())

    def sender(self, port: int) -> Listener:
        """Connect without listening."""
        return self._open(port, "")

    def listener(self, port: int, place: int) -> Listener:  # noqa: ARG002 - all are alike
        """Connect and listen."""
        return self._open(port, "&listen=1")

    def message(self) -> bytes:
        """The same payload each time."""
        return self._frame

    def _open(self, port: int, query: str) -> Listener:
        path = f"/socket.io/?EIO=4&transport=websocket{query}"
        return open_socketio(port, path, None, mark=b'42["msg"')


class PortalDialect(Dialect):
    """Items of a room's record, signed by a device, stored before anybody gets them."""

    def __init__(
        self, room: str, items: Iterator[str], *, sender_tickets: Iterator[str], listener_tickets: Iterator[str]
    ) -> None:
        self._room = room
        self._sender_tickets = sender_tickets
        self._listener_tickets = listener_tickets
        self._items = items
        self.number = 1

    def sender(self, port: int) -> Listener:
        """Sign in without opening the room."""
        return self._open(port, next(self._sender_tickets))

    def listener(self, port: int, place: int) -> Listener:  # noqa: ARG002 - all are alike
        """Sign in and open the room, of whose record nothing is missed: nothing is sent but what comes."""
        listener = self._open(port, next(self._listener_tickets))
        with listener.closed_on_failure():
            listener.say(f'420["room.open","{self._room}",{self.number}]')
            answer = listener.next_other()
            if not answer.startswith(f'430[{{"ok":{{"number":{self.number},'.encode()):
                raise ConnectionError(answer)
        return listener

    def message(self) -> bytes:
        """The next item of the sending device."""
        self.unanswered += 1
        return masked_frame(f'421["item.submit","{self._room}","{next(self._items)}"]'.encode())

    def look_at(self, listener: Listener) -> None:
        """Take acknowledgements: remember the newest number, stop at a refusal."""
        for other in listener.frames.others:
            if other.startswith(b"431["):
                answer = json.loads(other[3:])[0]
                if "ok" not in answer:
                    raise ConnectionError(answer)
                self.unanswered -= 1
                self.number = max(self.number, answer["ok"]["number"])
        super().look_at(listener)

    def _open(self, port: int, ticket: str) -> Listener:
        path = "/socket.io/?EIO=4&transport=websocket"
        return open_socketio(port, path, ticket, mark=b'42["item"')


def open_socketio(
    port: int, path: str, ticket: str | None, *, mark: bytes, origin: str = "", timeout_s: float = 30.0
) -> Listener:
    """Connect to the default namespace; ConnectionError if the server refuses. ``origin``: not that of ``port``."""
    connection, rest = open_websocket(HOST, port, path, origin or f"http://{HOST}:{port}", timeout_s)
    listener = Listener(connection, FrameCounter(mark))
    with listener.closed_on_failure():
        listener.frames.feed(rest)
        opening = listener.next_other()
        listener.say("40" if ticket is None else "40" + json.dumps({"ticket": ticket}))
        accepted = listener.next_other()
        if not (opening.startswith(b"0{") and accepted.startswith(b"40")):
            raise ConnectionError(accepted.decode())
    return listener
