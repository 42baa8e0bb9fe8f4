"""The relay server as a process, and clients for it: socket.io's own, and bare sockets that misbehave."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import socketio

from portal.bench.client_frames import FrameCounter, open_websocket
from portal.bench.dialects import Listener, open_socketio
from portal.bench.process import ServerProcess, free_port

PATH = "/socket.io/?EIO=4&transport=websocket"
_tickets = count()


def ticket(account: str = "a" * 22, device: str = "d" * 22) -> str:
    """A ticket that the relay server takes once."""
    return f"{account}.{device}.{next(_tickets)}"


@dataclass
class Relay:
    """A running relay server."""

    process: ServerProcess
    log: Path
    opened: list[Listener] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.process.port

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def listener(self, account: str = "a" * 22, device: str = "d" * 22, mark: bytes = b'42["line"') -> Listener:
        """A signed-in bare socket."""
        self.opened.append(open_socketio(self.port, PATH, ticket(account, device), mark=mark))
        return self.opened[-1]

    def websocket(self, path: str = PATH) -> Listener:
        """A bare socket that has shaken hands."""
        connection, rest = open_websocket("127.0.0.1", self.port, path, self.origin)
        self.opened.append(Listener(connection, FrameCounter(b"no mark")))
        self.opened[-1].frames.feed(rest)
        return self.opened[-1]

    def stranger(self) -> Listener:
        """A bare socket that has the server's greeting and has said nothing."""
        listener = self.websocket()
        assert listener.next_other().startswith(b"0{")
        return listener

    def close_all(self) -> None:
        """Close every bare socket."""
        while self.opened:
            self.opened.pop().connection.close()

    def call(self, listener: Listener, event: str, *arguments: Any, number: int = 7) -> Any:
        """What the server acknowledges."""
        listener.say(f"42{number}" + json.dumps([event, *arguments]))
        while True:
            answer = listener.next_other()
            if answer.startswith(f"43{number}[".encode()):
                return json.loads(answer[3 + len(str(number)) - 1 :])[0]

    def log_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@contextmanager
def running_relay(database_url: str) -> Iterator[Relay]:
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
        command = [sys.executable, str(Path(__file__).with_name("relay_server.py")), str(port), database_url]
        with ServerProcess(command, port, core=None, errors=log) as process:
            yield Relay(process, Path(log.name))


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """One relay server for the tests of a module, on SQLite."""
    with running_relay(f"sqlite:///{tmp_path_factory.mktemp('relay') / 'lines.sqlite3'}") as running:
        yield running


@pytest.fixture(autouse=True)
def _no_socket_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "relay" in request.fixturenames:
        request.getfixturevalue("relay").close_all()


@pytest.fixture
def client(relay: Relay) -> Iterator[Callable[..., socketio.Client]]:
    """Connects socket.io clients, each signed in; closed at the end."""
    made: list[socketio.Client] = []

    def connect(account: str = "a" * 22, device: str = "d" * 22, transport: str = "websocket") -> socketio.Client:
        one = socketio.Client(reconnection=False)
        made.append(one)
        headers = {"Origin": relay.origin} if transport == "polling" else {}
        auth = {"ticket": ticket(account, device)}
        one.connect(relay.origin, transports=[transport], auth=auth, headers=headers, wait_timeout=60)
        return one

    yield connect
    for one in made:
        one.disconnect()


def closed_with(listener: Listener) -> int | None:
    """The close code with which the server ends the connection; None if it just ends."""
    listener.connection.settimeout(60)
    data = b""
    while True:
        try:
            more = listener.connection.recv(1 << 16)
        except ConnectionError:
            return None
        if not more:
            break
        data += more
    place = data.rfind(b"\x88")
    return int.from_bytes(data[place + 2 : place + 4], "big") if place >= 0 else None
